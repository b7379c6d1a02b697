/* serve.c: the sealer's loop. A round: whoever has said something is heard, one frame each;
 * what is new goes to the log and to disk with one commit; then everybody is answered. So many
 * renderers share the cost of one write. */
#define _GNU_SOURCE /* accept4, ppoll */
#include "sealer/sealer-internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    CLIENTS_MOST = 64,
    CHUNK = 1 << 16,
    IN_MOST = TALK_FRAME_MOST + 2 * CHUNK,
    OUT_MOST = 8 << 20,
    ROUND_MEMORY = 512 << 20,
    BACKLOG = 64,
};

struct loop {
    struct sealer sealer;
    int listener, signals;
    struct client clients[CLIENTS_MOST];
};

/* ---- the socket */

static bool socket_fault(const char *path, const char *what, struct err *err)
{
    return err_add(err, FILE_WRITE, where_file(path, 0, 0), "套接字不能用（%s）：%s",
                   "the socket cannot be used (%s): %s", what, strerror(errno));
}

/* A socket that nobody answers on was left by a process that was killed. */
static bool stale_remove(const struct sockaddr_un *name, struct err *err)
{
    struct stat info;
    int fd, answered;

    if (lstat(name->sun_path, &info) != 0)
        return true;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    answered = fd >= 0 ? connect(fd, (const struct sockaddr *)name, sizeof *name) : -1;
    if (fd >= 0)
        close(fd);
    if (answered == 0)
        return err_add(err, SEALER_BUSY, where_file(name->sun_path, 0, 0),
                       "另一个签章进程正在此套接字上", "another sealer answers on this socket");
    if (!S_ISSOCK(info.st_mode)) {
        errno = EEXIST;
        return socket_fault(name->sun_path, "bind", err);
    }
    return unlink(name->sun_path) == 0 || socket_fault(name->sun_path, "unlink", err);
}

static bool listen_on(const char *path, int *out, struct err *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    mode_t was;
    int fd, bound;

    if (n >= sizeof name.sun_path) {
        errno = ENAMETOOLONG;
        return socket_fault(path, "bind", err);
    }
    memcpy(name.sun_path, path, n);
    if (!stale_remove(&name, err))
        return false;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return socket_fault(path, "socket", err);
    was = umask(0117); /* owner and group */
    bound = bind(fd, (const struct sockaddr *)&name, sizeof name);
    umask(was);
    if (bound != 0 || listen(fd, BACKLOG) != 0) {
        close(fd);
        return socket_fault(path, "bind", err);
    }
    *out = fd;
    return true;
}

/* ---- clients */

static void client_drop(struct client *client)
{
    close(client->fd);
    buf_release(&client->in);
    buf_release(&client->out);
    *client = (struct client){.fd = -1};
}

static void client_accept(struct loop *loop)
{
    for (size_t i = 0; i < CLIENTS_MOST; i++) {
        struct client *client = &loop->clients[i];

        if (client->fd >= 0)
            continue;
        client->fd = accept4(loop->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client->fd < 0)
            return;
        buf_init(&client->in, IN_MOST);
        buf_init(&client->out, OUT_MOST);
    }
}

/* False when the connection is over. */
static bool client_read(struct client *client)
{
    char *room = buf_room(&client->in, CHUNK);
    ssize_t n;

    if (!room)
        return false;
    n = read(client->fd, room, CHUNK);
    client->in.n -= CHUNK;
    if (n > 0)
        client->in.n += (size_t)n;
    return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

static bool client_write(struct client *client)
{
    while (client->out.n > 0) {
        ssize_t n = send(client->fd, client->out.p, client->out.n, MSG_NOSIGNAL);

        if (n < 0)
            return errno == EINTR || errno == EAGAIN;
        memmove(client->out.p, client->out.p + n, client->out.n - (size_t)n);
        client->out.n -= (size_t)n;
    }
    return true;
}

static bool frame_waits(const struct client *client)
{
    enum talk_type type;
    struct str body;
    size_t used;

    return client->fd >= 0 && client->out.n == 0 &&
           (!talk_frame(buf_view(&client->in), &type, &body, &used) || used > 0);
}

/* ---- rounds */

/* Hears everybody once, commits, answers. False when the log is uncertain: then nobody is
 * answered as sealed, and the process ends. */
static bool round_serve(struct loop *loop, struct err *err)
{
    struct sealer *sealer = &loop->sealer;
    struct err fault;
    bool broken, well;

    err_init(&fault, sealer->round);
    for (size_t i = 0; i < CLIENTS_MOST; i++) {
        struct client *client = &loop->clients[i];

        if (frame_waits(client) && !frame_serve(sealer, client))
            client_drop(client);
    }
    well = log_commit(sealer->log, &broken, &fault);
    for (size_t i = 0; i < CLIENTS_MOST; i++) {
        struct client *client = &loop->clients[i];

        if (client->fd < 0)
            continue;
        frame_answer(client, sealer->round, well ? NULL : &fault);
        if (client->out.failed || !client_write(client))
            client_drop(client);
    }
    if (broken)
        err_add(err, fault.last->code, fault.last->at, "%s%.0s", "%.0s%s",
                arena_text(sealer->round, fault.last->zh.p, fault.last->zh.n),
                arena_text(sealer->round, fault.last->en.p, fault.last->en.n));
    arena_reset(sealer->round);
    return !broken;
}

static bool any_waits(const struct loop *loop)
{
    for (size_t i = 0; i < CLIENTS_MOST; i++)
        if (frame_waits(&loop->clients[i]))
            return true;
    return false;
}

/* Listener and signals first, then the clients: one that is being answered is not heard. */
static nfds_t polls_set(const struct loop *loop, struct pollfd polls[2 + CLIENTS_MOST])
{
    nfds_t n = 2;
    bool full = true;

    for (size_t i = 0; i < CLIENTS_MOST; i++) {
        const struct client *client = &loop->clients[i];

        full = full && client->fd >= 0;
        polls[n++] = (struct pollfd){client->fd, client->out.n ? POLLOUT : POLLIN, 0};
    }
    polls[0] = (struct pollfd){loop->signals, POLLIN, 0};
    polls[1] = (struct pollfd){full ? -1 : loop->listener, POLLIN, 0};
    return n;
}

static bool loop_run(struct loop *loop, struct err *err)
{
    struct pollfd polls[2 + CLIENTS_MOST];

    for (;;) {
        nfds_t n = polls_set(loop, polls);

        if (poll(polls, n, any_waits(loop) ? 0 : -1) < 0 && errno != EINTR)
            return err_add(err, INTERNAL, where_none(), "poll 失败：%s", "poll failed: %s",
                           strerror(errno));
        if (polls[0].revents)
            return true;
        for (size_t i = 0; i < CLIENTS_MOST; i++) {
            struct client *client = &loop->clients[i];
            short events = polls[2 + i].revents;

            if (client->fd < 0 || !events)
                continue;
            if (client->out.n ? !client_write(client) : !client_read(client))
                client_drop(client);
        }
        if (polls[1].revents)
            client_accept(loop);
        if (!round_serve(loop, err))
            return false;
    }
}

static int signals_open(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGXFSZ);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    sigdelset(&set, SIGXFSZ);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

bool sealer_run(struct arena *arena, const struct sealer_setup *setup, struct err *err)
{
    struct loop *loop = NEW(arena, struct loop);
    bool ok = false;
    size_t cut = 0;

    loop->sealer.setup = setup;
    loop->sealer.round = arena_new(ROUND_MEMORY, NULL, NULL);
    loop->listener = -1;
    for (size_t i = 0; i < CLIENTS_MOST; i++)
        loop->clients[i].fd = -1;
    loop->signals = signals_open();
    if (loop->signals < 0 || !log_open(setup->log, &loop->sealer.log, &cut, err) ||
        !listen_on(setup->socket, &loop->listener, err))
        goto out;
    setup->ready(setup->user, log_entries(loop->sealer.log), cut);
    ok = confine_calls(err) && loop_run(loop, err);
    unlink(setup->socket);
out:
    for (size_t i = 0; i < CLIENTS_MOST; i++)
        if (loop->clients[i].fd >= 0)
            client_drop(&loop->clients[i]);
    if (loop->listener >= 0)
        close(loop->listener);
    if (loop->signals >= 0)
        close(loop->signals);
    log_close(loop->sealer.log);
    arena_free(loop->sealer.round);
    return ok;
}
