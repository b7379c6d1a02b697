/* conn.c: a client. Its requests are read while it has room for more of them and reads its
 * answers; otherwise it is not read, and the socket's own buffer makes it wait. */
#include "serve/front-internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIPE_WRITE = 4096, PARTS = 8 };

void chunks_add(struct chunks *chunks, struct buf *bytes)
{
    struct chunk *chunk = calloc(1, sizeof *chunk);

    if (!chunk)
        abort();
    chunk->p = bytes->p;
    chunk->n = bytes->n;
    chunks->bytes += bytes->n;
    *bytes = (struct buf){.max = bytes->max};
    if (chunks->last)
        chunks->last->next = chunk;
    else
        chunks->first = chunk;
    chunks->last = chunk;
}

void chunks_move(struct chunks *to, struct chunks *from)
{
    if (!from->first)
        return;
    if (to->last)
        to->last->next = from->first;
    else
        to->first = from->first;
    to->last = from->last;
    to->bytes += from->bytes;
    *from = (struct chunks){0};
}

static void drop_first(struct chunks *chunks)
{
    struct chunk *chunk = chunks->first;

    chunks->first = chunk->next;
    if (!chunks->first)
        chunks->last = NULL;
    free(chunk->p);
    free(chunk);
}

void chunks_drop(struct chunks *chunks)
{
    while (chunks->first)
        drop_first(chunks);
    chunks->bytes = 0;
}

/* A socket says how much it takes. A pipe that is ready takes so much; its flags are shared
 * with other processes and stay as they are. */
static ssize_t write_some(int fd, const struct chunk *chunk)
{
    const char *p = chunk->p + chunk->at;
    size_t n = chunk->n - chunk->at;
    struct pollfd ask = {.fd = fd, .events = POLLOUT};
    struct iovec parts[PARTS];
    struct msghdr message = {.msg_iov = parts};
    ssize_t sent;

    for (; chunk && message.msg_iovlen < PARTS; chunk = chunk->next)
        parts[message.msg_iovlen++] =
            (struct iovec){chunk->p + chunk->at, chunk->n - chunk->at};
    sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0 || errno != ENOTSOCK)
        return sent;
    if (poll(&ask, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return write(fd, p, n < PIPE_WRITE ? n : PIPE_WRITE);
}

static void written(struct front *front, struct chunks *chunks, size_t n)
{
    while (chunks->first) {
        struct chunk *chunk = chunks->first;
        size_t rest = chunk->n - chunk->at, part = n < rest ? n : rest;

        chunk->at += part;
        n -= part;
        if (part < rest)
            return;
        if (chunk->paper)
            issue_done(front, chunk->paper);
        drop_first(chunks);
    }
}

bool chunks_write(struct front *front, struct chunks *chunks, int fd)
{
    while (chunks->first) {
        ssize_t n = write_some(fd, chunks->first);

        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        chunks->bytes -= (size_t)n;
        written(front, chunks, (size_t)n);
    }
    return true;
}

static void conn_write(struct front *front, struct conn *conn)
{
    size_t before = conn->queue.bytes;

    if (conn->dead)
        return;
    if (!chunks_write(front, &conn->queue, conn->out.fd))
        conn->dead = true;
    if (conn->queue.bytes == 0)
        conn->write_since = 0;
    else if (conn->queue.bytes != before || conn->write_since == 0)
        conn->write_since = front->loop.now;
}

void conn_send(struct front *front, struct conn *conn, struct chunks *answer)
{
    bool idle = conn->queue.first == NULL;

    chunks_move(&conn->queue, answer);
    if (idle)
        conn_write(front, conn);
}

static void add_fatal(struct front *front, struct buf *line, const struct err *err)
{
    buf_init(line, STREAM_LINE_MOST);
    buf_text(line, "{\"id\":null,");
    answer_fault(line, front->arena, err);
    buf_text(line, ",\"fatal\":true}\n");
}

void conn_fatal(struct front *front, struct conn *conn, const struct err *err)
{
    struct chunks answer = {0};
    struct buf line;

    add_fatal(front, &line, err);
    chunks_add(&answer, &line);
    conn->ended = conn->broken = true;
    if (conn->incoming)
        job_detach(front, conn->incoming);
    conn->incoming = NULL;
    front->counts.fatal[err_fault(err)->code]++;
    if (front_logs(front, LOG_WARNING)) {
        struct log_line log;

        log_begin(&log, LOG_WARNING, "stream lost");
        log_text(&log, "role", conn->rights ? conn->rights->name : STR("none"));
        log_number(&log, "uid", (long long)conn->uid);
        log_text(&log, "code", str_from(err_info(err_fault(err)->code)->name));
        log_end(&log);
    }
    conn_send(front, conn, &answer);
}

void conn_refuse(struct front *front, int fd, const struct err *err)
{
    struct buf line;

    front->counts.refused[err_fault(err)->code]++;
    if (front_logs(front, LOG_WARNING)) {
        struct log_line log;

        log_begin(&log, LOG_WARNING, "connection refused");
        log_fault(&log, err);
        log_end(&log);
    }
    add_fatal(front, &line, err);
    (void)send(fd, line.p, line.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    buf_release(&line);
    close(fd);
}

size_t conn_owed(const struct conn *conn)
{
    return conn->queue.bytes + conn->unwritten + conn->waits;
}

/* May it send more? */
static bool is_read(const struct front *front, const struct conn *conn)
{
    return !conn->ended && !conn->dead && !limits_hold(front, conn);
}

/* What comes behind it is another request, which has time of its own. */
static void whole(struct front *front, struct conn *conn, struct str body)
{
    conn->spoken = true;
    conn->frame_since = 0;
    buf_str(&conn->incoming->body, body);
    ask(front, conn->incoming);
    conn->incoming = NULL;
}

/* The next request's line, with its job made; false when it is not there, or the stream
 * lost. */
static bool take_line(struct front *front, struct conn *conn)
{
    struct wire_request request;
    enum stream_found found;
    struct str line;
    struct err err;

    err_init(&err, front->arena);
    found = stream_line(&conn->stream, &line);
    if (found == STREAM_MORE)
        return false;
    if (found == STREAM_FAULT) {
        err_add(&err, LIMIT_LINE, where_none(), "一行超过 %d 字节", "a line exceeds %d bytes",
                (int)STREAM_LINE_MOST);
        conn_fatal(front, conn, &err);
        return false;
    }
    if (line.n == 0)
        return true;
    if (!conn->rights && !(conn->rights = peer_again(front, conn, &err))) {
        refuse_peer(front, conn->uid, &err);
        conn_fatal(front, conn, &err);
        return false;
    }
    if (!wire_request_read(front->arena, line, &request, &err)) {
        conn_fatal(front, conn, &err);
        return false;
    }
    conn->incoming = ask_read(front, conn, &request, &err);
    conn->incoming_bytes = request.bytes < 0 ? 0 : (size_t)request.bytes;
    if (request.bytes >= 0)
        return true;
    whole(front, conn, request.record);
    return true;
}

static bool take_body(struct front *front, struct conn *conn)
{
    enum stream_found found;
    struct str body;
    struct err err;

    found = stream_body(&conn->stream, conn->incoming_bytes, &body);
    if (found == STREAM_MORE)
        return false;
    if (found == STREAM_FAULT) {
        err_init(&err, front->arena);
        err_add(&err, FRAME_BROKEN, where_none(), "%zu 字节的内容之后没有换行",
                "no line feed behind %zu octets", conn->incoming_bytes);
        conn_fatal(front, conn, &err);
        return false;
    }
    whole(front, conn, body);
    return true;
}

void conn_take(struct front *front, struct conn *conn)
{
    bool more = true;

    while (more && is_read(front, conn)) {
        arena_reset(front->arena);
        more = conn->incoming ? take_body(front, conn) : take_line(front, conn);
    }
    if (!is_read(front, conn) || (conn->incoming == NULL && stream_held(&conn->stream) == 0))
        conn->frame_since = 0;
    else if (conn->frame_since == 0)
        conn->frame_since = front->loop.now;
    stream_rest(&conn->stream);
}

/* The end of input: what is open is finished; a request cut off by it is a fault. */
static void input_ended(struct front *front, struct conn *conn)
{
    struct err err;

    conn_take(front, conn);
    if (!is_read(front, conn))
        return;
    if (conn->incoming == NULL && stream_held(&conn->stream) == 0) {
        conn->ended = true;
        return;
    }
    err_init(&err, front->arena);
    err_add(&err, FRAME_BROKEN, where_none(), "输入在请求中间结束",
            "the input ends within a request");
    conn_fatal(front, conn, &err);
}

/* Once each time that there is something to read: sockets of clients and standard input block,
 * so a second read could wait for ever, and everybody with it. */
static void read_some(struct front *front, struct conn *conn)
{
    size_t room;
    char *to = stream_room(&conn->stream, &room);
    ssize_t n;

    if (!to) { /* a line at its limit was told already; only memory can be short here */
        conn->dead = true;
        return;
    }
    n = read(conn->in.fd, to, room);
    if (n < 0) {
        conn->dead = errno != EAGAIN && errno != EINTR;
    } else if (n == 0) {
        input_ended(front, conn);
    } else {
        stream_fill(&conn->stream, (size_t)n);
        conn_take(front, conn);
    }
}

static void conn_ready(void *user, struct source *source, unsigned events)
{
    struct front *front = user;
    struct conn *conn = source->owner;

    if (conn->dead)
        return;
    if (events & EPOLLOUT)
        conn_write(front, conn);
    if (source == &conn->in && (events & EPOLLIN)) {
        if (is_read(front, conn))
            read_some(front, conn);
    } else if (events & (EPOLLERR | EPOLLHUP)) {
        conn->dead = conn->dead || source == &conn->out || conn->in.fd == conn->out.fd;
        if (!conn->dead)
            input_ended(front, conn);
    }
}

struct conn *conn_new(struct front *front, int in, int out, const struct rights *rights,
                      uid_t uid)
{
    struct conn *conn = calloc(1, sizeof *conn);

    if (!conn)
        abort();
    conn->in = (struct source){.fd = in, .ready = conn_ready, .owner = conn};
    conn->out = (struct source){.fd = out, .ready = conn_ready, .owner = conn};
    conn->rights = rights;
    conn->uid = uid;
    conn->user = limits_user(front, uid);
    conn->user->connections++;
    conn->begun = front->loop.now;
    stream_init(&conn->stream, STREAM_LINE_MOST, STREAM_BODY_MOST);
    conn->next = front->conns;
    front->conns = conn;
    front->conn_count++;
    return conn;
}

/* It cannot be told; so those who run the service are. */
static void drop_unread(struct front *front, struct conn *conn)
{
    struct log_line line;

    conn->dead = true;
    front->counts.fatal[WRITE_TIMEOUT]++;
    log_begin(&line, LOG_WARNING, "client dropped");
    log_text(&line, "role", conn->rights ? conn->rights->name : STR("none"));
    log_number(&line, "uid", (long long)conn->uid);
    log_text(&line, "code", str_from(err_info(WRITE_TIMEOUT)->name));
    log_number(&line, "unread", (long long)conn->queue.bytes);
    log_end(&line);
}

static bool is_over(const struct front *front, int64_t since, long seconds)
{
    return since && front->loop.now - since > seconds * 1000;
}

static void check_times(struct front *front, struct conn *conn)
{
    const struct settings *settings = front->settings;
    struct err err;

    if (conn->dead)
        return;
    if (is_over(front, conn->write_since, settings->write)) {
        drop_unread(front, conn);
        return;
    }
    if (conn->ended)
        return;
    err_init(&err, front->arena);
    if (front->serve->socket && !conn->spoken && is_over(front, conn->begun, settings->first))
        err_add(&err, FRAME_TIMEOUT, where_none(), "连接后 %ld 秒内没有完整的请求",
                "no whole request within %ld seconds of connecting", settings->first);
    else if (is_over(front, conn->frame_since, settings->frame))
        err_add(&err, FRAME_TIMEOUT, where_none(), "请求在 %ld 秒内没有发完",
                "the request was not whole within %ld seconds", settings->frame);
    if (!err_ok(&err))
        conn_fatal(front, conn, &err);
}

/* Nothing of it changes until something comes, which is how most of many connections are. */
static bool is_idle(const struct front *front, const struct conn *conn)
{
    return conn->spoken && conn->open == 0 && !conn->incoming && !conn->queue.first &&
           conn->in.wanted == EPOLLIN && stream_held(&conn->stream) == 0 && !conn->held &&
           conn->frame_since == 0 && conn->write_since == 0 && !conn->ended && !conn->dead &&
           !front->draining && conn->counted == conn->stream.held.cap &&
           !limits_hold(front, conn);
}

void conn_turn(struct front *front, struct conn *conn)
{
    unsigned in, out;

    if (is_idle(front, conn))
        return;
    arena_reset(front->arena);
    limits_count(front, conn);
    limits_turn(front, conn);
    conn_take(front, conn);
    check_times(front, conn);
    if (front->draining && !conn->incoming)
        conn->ended = true;
    if (conn->ended && conn->open == 0 && conn->queue.first == NULL)
        conn->dead = true;
    if (conn->dead)
        return;
    front->counts.held += limits_hold(front, conn) && !conn->held;
    conn->held = limits_hold(front, conn);
    in = is_read(front, conn) ? EPOLLIN : 0;
    out = conn->queue.first ? EPOLLOUT : 0;
    if (conn->in.fd == conn->out.fd) {
        source_watch(&front->loop, &conn->in, in | out);
        return;
    }
    source_watch(&front->loop, &conn->in, in);
    source_watch(&front->loop, &conn->out, out);
}

void conn_free(struct front *front, struct conn *conn)
{
    while (conn->oldest)
        job_detach(front, conn->oldest);
    conn->dead = true;
    limits_count(front, conn);
    limits_turn(front, conn);
    limits_leave(front, conn->user);
    chunks_drop(&conn->queue);
    stream_release(&conn->stream);
    if (conn->out.fd != conn->in.fd)
        source_close(&front->loop, &conn->out);
    source_close(&front->loop, &conn->in);
    front->conn_count--;
    free(conn);
}
