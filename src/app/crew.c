/* crew.c: sockets and processes. */
#define _DEFAULT_SOURCE /* prctl's header wants it on some systems */
#include "app/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES_MOST = 1 << 28, CHUNK = 1 << 16, ASKED_MOST = 256, LEAST = 1 << 16 };

/* Lines that a worker has, in the order in which it works on them. */
struct asked {
    long seq;
    int waits; /* answers to come that it must work for */
};

struct seat {
    int fd; /* -1: nobody is there */
    pid_t pid;
    struct buf in, out;
    size_t sent;                      /* of out */
    struct message asked[ASKED_MOST]; /* without texts; not answered yet */
    size_t asked_count;
    long lines[CREW_DEPTH]; /* not over */
    size_t line_count;
};

struct crew {
    const struct works *works;
    const struct crew_ears *ears;
    struct arena *arena;
    struct worker *local; /* or NULL */
    struct seat seats[CREW_MOST];
    int count;
};

/* ---- the process */

static bool read_more(int fd, struct buf *in)
{
    char *room = buf_room(in, CHUNK);
    ssize_t n;

    if (!room)
        return false;
    in->n -= CHUNK;
    do
        n = read(fd, room, CHUNK);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        in->n += (size_t)n;
    return n > 0;
}

static bool write_whole(int fd, struct buf *out)
{
    size_t at = 0;

    while (at < out->n) {
        ssize_t n = send(fd, out->p + at, out->n - at, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    buf_clear(out);
    return true;
}

static _Noreturn void work(const struct works *works, struct arena *arena, int fd)
{
    struct worker *worker = worker_new(arena, works);
    struct message message;
    struct buf in, out;
    size_t at;

    buf_init(&in, BYTES_MOST);
    buf_init(&out, BYTES_MOST);
    if (!buf_room(&out, LEAST))
        _exit(err_info(MEMORY_LIMIT)->exit);
    buf_clear(&out);
    while (read_more(fd, &in)) {
        at = 0;
        while (message_next((struct str){in.p + at, in.n - at}, &message)) {
            worker_hear(worker, &message, &out);
            if (!write_whole(fd, &out))
                _exit(0);
            at += message.size;
        }
        memmove(in.p, in.p + at, in.n - at);
        in.n -= at;
    }
    _exit(0);
}

static bool hire(struct crew *crew, struct seat *seat, struct err *err)
{
    pid_t parent = getpid();
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return err_add(err, INTERNAL, where_none(), "无法建立工作进程：%s",
                       "no worker can be started: %s", strerror(errno));
    seat->pid = fork();
    if (seat->pid == 0) {
        /* with the batch killed, nobody would read an answer */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
            _exit(0);
        for (int i = 0; i < crew->count; i++)
            if (crew->seats[i].fd >= 0)
                close(crew->seats[i].fd);
        close(ends[0]);
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        work(crew->works, crew->arena, ends[1]);
    }
    close(ends[1]);
    if (seat->pid < 0) {
        close(ends[0]);
        return err_add(err, INTERNAL, where_none(), "无法建立工作进程：%s",
                       "no worker can be started: %s", strerror(errno));
    }
    seat->fd = ends[0];
    (void)fcntl(seat->fd, F_SETFL, O_NONBLOCK);
    buf_clear(&seat->in);
    buf_clear(&seat->out);
    seat->sent = 0;
    return true;
}

bool crew_open(struct arena *arena, const struct works *works, int jobs,
               const struct crew_ears *ears, struct crew **out, struct err *err)
{
    struct crew *crew = NEW(arena, struct crew);

    crew->works = works;
    crew->ears = ears;
    crew->arena = arena;
    crew->count = jobs;
    for (int i = 0; i < jobs; i++) {
        crew->seats[i].fd = -1;
        buf_init(&crew->seats[i].in, BYTES_MOST);
        buf_init(&crew->seats[i].out, BYTES_MOST);
    }
    *out = crew;
    if (jobs == 1) {
        crew->local = worker_new(arena, works);
        if (!buf_room(&crew->seats[0].in, LEAST))
            return err_add(err, MEMORY_LIMIT, where_none(), "内存不足", "memory is too short");
        buf_clear(&crew->seats[0].in);
        return true;
    }
    for (int i = 0; i < jobs; i++)
        if (!hire(crew, &crew->seats[i], err))
            return false;
    return true;
}

void crew_close(struct crew *crew)
{
    if (!crew)
        return;
    for (int i = 0; i < crew->count; i++) {
        struct seat *seat = &crew->seats[i];

        if (seat->fd >= 0) {
            close(seat->fd);
            while (waitpid(seat->pid, NULL, 0) < 0 && errno == EINTR)
                continue;
        }
        buf_release(&seat->in);
        buf_release(&seat->out);
    }
    worker_free(crew->local);
}

/* ---- what is said */

int crew_free(const struct crew *crew)
{
    int best = -1;
    size_t most = crew->local ? 1 : CREW_DEPTH;

    for (int i = 0; i < crew->count; i++) {
        size_t n = crew->seats[i].line_count;

        if (n < most) {
            most = n;
            best = i;
        }
    }
    return best;
}

static void drop_line(struct seat *seat, long seq)
{
    for (size_t i = 0; i < seat->line_count; i++) {
        if (seat->lines[i] != seq)
            continue;
        seat->line_count--;
        memmove(seat->lines + i, seat->lines + i + 1,
                (seat->line_count - i) * sizeof *seat->lines);
        return;
    }
}

/* An answer ends what was asked first: a worker does one thing after the other. */
static void note(struct seat *seat, const struct message *message)
{
    if (message->say == SAY_PAPER)
        return;
    if (seat->asked_count > 0) {
        seat->asked_count--;
        memmove(seat->asked, seat->asked + 1, seat->asked_count * sizeof *seat->asked);
    }
    if (message->say == SAY_OVER || (message->say == SAY_ASK && !message->ok))
        drop_line(seat, message->seq);
}

static void hear(struct crew *crew, struct seat *seat)
{
    struct message message;
    size_t at = 0;

    while (seat->in.n > at &&
           message_next((struct str){seat->in.p + at, seat->in.n - at}, &message)) {
        at += message.size;
        note(seat, &message);
        crew->ears->heard(crew->ears->user, &message);
    }
    memmove(seat->in.p, seat->in.p + at, seat->in.n - at);
    seat->in.n -= at;
}

static void push(struct seat *seat)
{
    while (seat->fd >= 0 && seat->sent < seat->out.n) {
        ssize_t n =
            send(seat->fd, seat->out.p + seat->sent, seat->out.n - seat->sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return; /* full; or gone, which reading tells */
        seat->sent += (size_t)n;
    }
    if (seat->sent == seat->out.n) {
        buf_clear(&seat->out);
        seat->sent = 0;
    }
}

void crew_send(struct crew *crew, int worker, const struct message *message)
{
    struct seat *seat = &crew->seats[worker];

    if (message->say == SAY_LINE)
        seat->lines[seat->line_count++] = message->seq;
    if (seat->asked_count < ASKED_MOST)
        seat->asked[seat->asked_count++] = *message;
    if (crew->local) {
        worker_hear(crew->local, message, &seat->in);
        return;
    }
    message_put(&seat->out, message);
    push(seat);
}

void crew_forget(struct crew *crew)
{
    struct seat *seat = &crew->seats[0];

    buf_clear(&seat->in);
    seat->asked_count = seat->line_count = 0;
    worker_forget(crew->local);
}

static void lose(struct crew *crew, struct seat *seat, bool *failed)
{
    long lines[CREW_DEPTH], blamed = seat->asked_count ? seat->asked[0].seq : -1;
    size_t count = seat->line_count;
    struct err err;

    memcpy(lines, seat->lines, sizeof lines);
    close(seat->fd);
    seat->fd = -1;
    while (waitpid(seat->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    seat->asked_count = seat->line_count = 0;
    err_init(&err, crew->arena);
    if (!hire(crew, seat, &err))
        *failed = true;
    for (size_t i = 0; i < count; i++)
        crew->ears->lost(crew->ears->user, lines[i], lines[i] == blamed);
}

bool crew_wait(struct crew *crew, int input, int ms, bool *failed)
{
    struct pollfd polled[CREW_MOST + 1];
    int count = crew->count;

    if (crew->local) {
        hear(crew, &crew->seats[0]);
        count = 0;
        ms = input >= 0 ? -1 : 0;
    }
    for (int i = 0; i < count; i++) {
        struct seat *seat = &crew->seats[i];
        short events = seat->sent < seat->out.n ? POLLIN | POLLOUT : POLLIN;

        polled[i] = (struct pollfd){.fd = seat->fd, .events = events};
    }
    polled[count] = (struct pollfd){.fd = input, .events = POLLIN};
    if (poll(polled, (nfds_t)count + 1, ms) <= 0)
        return false;
    for (int i = 0; i < count; i++) {
        struct seat *seat = &crew->seats[i];

        if (polled[i].revents & POLLOUT)
            push(seat);
        if (!(polled[i].revents & (POLLIN | POLLHUP | POLLERR)))
            continue;
        if (read_more(seat->fd, &seat->in))
            hear(crew, seat);
        else
            lose(crew, seat, failed);
    }
    return polled[count].revents != 0;
}
