/* stamper.c: a process that fetches time-stamps for one that may not connect: what is to be
 * stamped goes to it as one message, the token or the fault comes back as one. */
#define _GNU_SOURCE /* close_range */
#include "seal/cms-internal.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MEMORY = 64 << 20, MESSAGE_MOST = 1 << 16 };

/* What is behind a first byte of 1 is the token; behind 0 it is a fault: code, zh, en and hint,
 * each with a NUL behind it. */
static void put_fault(struct buf *out, const struct err *err)
{
    const struct fault *fault = err_fault(err);
    const struct str texts[] = {str_from(err_info(fault->code)->name), fault->zh, fault->en,
                                fault->hint};

    buf_byte(out, 0);
    for (size_t i = 0; i < COUNT(texts); i++) {
        buf_str(out, texts[i]);
        buf_byte(out, '\0');
    }
}

static ssize_t receive(int fd, char *room, size_t n)
{
    ssize_t got;

    do
        got = read(fd, room, n);
    while (got < 0 && errno == EINTR);
    return got;
}

NORETURN static void stamp(struct stamp_ask ask, int fd)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    char *room = arena_alloc(arena, MESSAGE_MOST);
    struct arena *each = arena_like(arena);
    struct buf *out = buf_new(arena, MESSAGE_MOST);
    ssize_t n;

    while ((n = receive(fd, room, MESSAGE_MOST)) > 0) {
        struct cms_stamp made;
        struct str token;
        struct err err;

        ask.bytes = (struct str){room, (size_t)n};
        err_init(&err, each);
        buf_clear(out);
        if (stamp_ask(each, &ask, &token, &made, &err)) {
            buf_byte(out, 1);
            buf_str(out, token);
        } else {
            put_fault(out, &err);
        }
        if (out->failed || send(fd, out->p, out->n, MSG_NOSIGNAL) < 0)
            break;
        arena_reset(each);
    }
    _exit(0);
}

bool stamper_start(const struct stamp_ask *ask, int *fd, struct err *err)
{
    pid_t parent = getpid(), pid = -1;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
        pid = fork();
    if (pid < 0)
        return err_add(err, INTERNAL, where_none(), "无法建立取时间戳的进程：%s",
                       "no process can be started that fetches time-stamps: %s",
                       strerror(errno));
    if (pid == 0) {
        /* whoever waits for the end of another socket must not wait for this process */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
            dup2(ends[1], STDERR_FILENO + 1) < 0 || close_range(STDERR_FILENO + 2, ~0U, 0) != 0)
            _exit(0);
        stamp(*ask, STDERR_FILENO + 1);
    }
    close(ends[1]);
    *fd = ends[0];
    return true;
}

static bool take_fault(struct arena *arena, struct str rest, struct err *err)
{
    struct str texts[4];
    enum err_code code = STAMP_FAILED;

    for (size_t i = 0; i < COUNT(texts); i++)
        texts[i] = str_cut(rest, '\0', &rest);
    if (!err_find(texts[0], &code))
        code = STAMP_FAILED;
    err_add(err, code, where_none(), "%s%.0s", "%.0s%s",
            arena_text(arena, texts[1].p, texts[1].n),
            arena_text(arena, texts[2].p, texts[2].n));
    if (texts[3].n)
        err_hint(err, "%.*s", STR_ARG(texts[3]));
    return false;
}

bool stamper_ask(int fd, struct arena *arena, struct str bytes, struct str *token,
                 struct err *err)
{
    char *room = arena_alloc(arena, MESSAGE_MOST);
    ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

    if (n >= 0)
        n = receive(fd, room, MESSAGE_MOST);
    if (n <= 0)
        return err_add(err, STAMP_FAILED, where_none(), "取时间戳的进程没有应答",
                       "the process that fetches time-stamps does not answer");
    if (!room[0])
        return take_fault(arena, (struct str){room + 1, (size_t)n - 1}, err);
    *token = (struct str){room + 1, (size_t)n - 1};
    return true;
}
