/* line.c: the renderer's end of the sealer's socket. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "seal/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE = 30, CHUNK = 1 << 16, REPLY_MOST = TALK_FRAME_MOST + 2 * CHUNK };

struct line {
    int fd; /* -1: not connected */
    struct sockaddr_un name;
    struct talk_hello hello;
    struct buf out, in;
};

struct line *line_new(const char *path)
{
    struct line *line = calloc(1, sizeof *line);

    if (!line)
        return NULL;
    line->fd = -1;
    line->name.sun_family = AF_UNIX;
    /* a path that is too long names no socket, and is told as one that nobody answers on */
    if (strlen(path) < sizeof line->name.sun_path)
        memcpy(line->name.sun_path, path, strlen(path));
    buf_init(&line->out, REPLY_MOST);
    buf_init(&line->in, REPLY_MOST);
    return line;
}

static void line_drop(struct line *line)
{
    if (line->fd >= 0)
        close(line->fd);
    line->fd = -1;
    buf_clear(&line->in);
}

void line_free(struct line *line)
{
    if (!line)
        return;
    line_drop(line);
    buf_release(&line->out);
    buf_release(&line->in);
    free(line);
}

static bool down(const struct line *line, struct err *err)
{
    err_add(err, SEALER_DOWN,
            where_file(arena_printf(err->arena, "%s", line->name.sun_path), 0, 0),
            "签章服务没有应答：%s", "the sealer does not answer: %s",
            errno ? strerror(errno) : "the connection was closed");
    err_hint(err, "start danzheng sealer, or check [sealer] socket in config/danzheng.ini");
    return false;
}

static bool strange(const struct line *line, struct err *err)
{
    return err_add(err, SEALER_FAULT,
                   where_file(arena_printf(err->arena, "%s", line->name.sun_path), 0, 0),
                   "签章服务的答复不合约定", "the sealer does not answer as agreed");
}

/* false: errno says why, 0 when the other end closed. */
static bool send_all(struct line *line)
{
    for (size_t at = 0; at < line->out.n;) {
        ssize_t n = send(line->fd, line->out.p + at, line->out.n - at, MSG_NOSIGNAL);

        if (n > 0)
            at += (size_t)n;
        else if (errno != EINTR)
            return false;
    }
    return true;
}

enum heard { HEARD, HEARD_NOTHING, HEARD_NONSENSE };

/* One frame of this type; body points into line->in until the next call. */
static enum heard hear(struct line *line, enum talk_type wanted, struct str *body)
{
    enum talk_type type = wanted;
    size_t used = 0;

    buf_clear(&line->in);
    for (;;) {
        char *room;
        ssize_t n;

        if (!talk_frame(buf_view(&line->in), &type, body, &used))
            return HEARD_NONSENSE;
        if (used)
            return type == wanted && used == line->in.n ? HEARD : HEARD_NONSENSE;
        room = buf_room(&line->in, CHUNK);
        if (!room)
            return HEARD_NONSENSE;
        n = recv(line->fd, room, CHUNK, 0);
        line->in.n -= CHUNK;
        if (n > 0) {
            line->in.n += (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            errno = n == 0 ? 0 : errno;
            return HEARD_NOTHING;
        }
    }
}

/* Sends what is in line->out and hears the answer. */
static enum heard exchange(struct line *line, enum talk_type type, struct str *body)
{
    enum heard heard = send_all(line) ? hear(line, type, body) : HEARD_NOTHING;

    if (heard != HEARD) {
        int why = errno;

        line_drop(line);
        errno = why;
    }
    return heard;
}

static bool line_connect(struct line *line, struct err *err)
{
    const struct timeval patience = {.tv_sec = PATIENCE};
    struct talk_reader reader;
    struct str body;
    enum heard heard;
    size_t begin;

    line->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line->fd < 0 ||
        connect(line->fd, (const struct sockaddr *)&line->name, sizeof line->name) != 0 ||
        setsockopt(line->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        setsockopt(line->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
        int why = errno;

        line_drop(line);
        errno = why;
        return down(line, err);
    }
    buf_clear(&line->out);
    begin = talk_begin(&line->out, TALK_HELLO);
    talk_number(&line->out, TALK_PROTOCOL, 1);
    talk_end(&line->out, begin);
    heard = exchange(line, TALK_HELLO, &body);
    if (heard == HEARD_NOTHING)
        return down(line, err);
    reader = talk_reader(heard == HEARD ? body : STR_NONE);
    if (!talk_read_hello(&reader, &line->hello) || line->hello.protocol != TALK_PROTOCOL ||
        line->hello.most < 1) {
        line_drop(line);
        return strange(line, err);
    }
    return true;
}

bool line_hello(struct line *line, struct talk_hello *out, struct err *err)
{
    if (line->fd < 0 && !line_connect(line, err))
        return false;
    *out = line->hello;
    return true;
}

static bool answers_read(struct arena *arena, struct str body, size_t count,
                         struct talk_answer *answers)
{
    struct talk_reader reader = talk_reader(str_copy(arena, body));

    if ((size_t)talk_read_number(&reader, 2) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!talk_read_answer(&reader, &answers[i]))
            return false;
    return reader.n == 0;
}

static bool frame_ask(struct line *line, struct arena *arena, const struct talk_ask *asks,
                      size_t count, struct talk_answer *answers, struct err *err)
{
    enum heard heard = HEARD_NOTHING;
    struct str body;

    for (int tries = 0; tries < 2 && heard == HEARD_NOTHING; tries++) {
        size_t begin;

        if (line->fd < 0 && !line_connect(line, err))
            return false;
        buf_clear(&line->out);
        begin = talk_begin(&line->out, TALK_SEAL);
        talk_number(&line->out, (int)count, 2);
        for (size_t i = 0; i < count; i++)
            talk_ask(&line->out, &asks[i]);
        talk_end(&line->out, begin);
        heard = exchange(line, TALK_SEAL, &body);
    }
    if (heard == HEARD_NOTHING)
        return down(line, err);
    if (heard == HEARD && answers_read(arena, body, count, answers))
        return true;
    line_drop(line);
    return strange(line, err);
}

bool line_ask(struct line *line, struct arena *arena, const struct talk_ask *asks, size_t count,
              struct talk_answer *answers, struct err *err)
{
    struct talk_hello hello;

    if (!line_hello(line, &hello, err))
        return false;
    for (size_t at = 0, n; at < count; at += n) {
        n = count - at < (size_t)hello.most ? count - at : (size_t)hello.most;
        if (!frame_ask(line, arena, asks + at, n, answers + at, err))
            return false;
    }
    return true;
}
