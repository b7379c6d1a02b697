/* confine.c: a fork with limits, a pipe, and no trust in what comes out of it. */
#include "confine/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 1 << 13 };

static bool limit(int what, size_t most)
{
    const struct rlimit value = {.rlim_cur = most, .rlim_max = most};

    return setrlimit(what, &value) == 0;
}

/* A sanitizer's own tables are larger than any share, and what it finds it writes to a file. */
static bool limit_sizes(size_t memory)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)memory;
    return true;
#else
    return limit(RLIMIT_DATA, memory) && limit(RLIMIT_FSIZE, 0);
#endif
}

static bool lead_nowhere(void)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    return nowhere >= 0 && dup2(nowhere, STDIN_FILENO) >= 0 &&
           dup2(nowhere, STDOUT_FILENO) >= 0 && dup2(nowhere, STDERR_FILENO) >= 0;
}

/* Where a caller has closed standard input, output or error, the pipe may stand there. */
static _Noreturn void child(const struct confine *confine, confine_fn *work, void *user,
                            int pipe_end)
{
    int answer = fcntl(pipe_end, F_DUPFD, STDERR_FILENO + 1);
    bool ok = answer >= 0 && close(pipe_end) == 0 && lead_nowhere() && limit(RLIMIT_CORE, 0) &&
              limit(RLIMIT_CPU, confine->seconds) && limit_sizes(confine->memory);

    signal(SIGALRM, SIG_DFL);
    alarm(2 * confine->seconds);
    _exit(ok && work(user, answer) ? 0 : 1);
}

/* Until the child's end, or until it says too much. */
static bool listen_to(int answer, struct buf *out)
{
    char chunk[CHUNK];
    ssize_t n;

    while ((n = read(answer, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        buf_add(out, chunk, (size_t)n);
        if (out->failed)
            return false;
    }
    return true;
}

enum confined confine_run(const struct confine *confine, confine_fn *work, void *user,
                          struct buf *out)
{
    int ends[2], status = 0;
    bool heard;
    pid_t pid;

    if (pipe(ends) < 0)
        return CONFINED_NOT_RUN;
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        child(confine, work, user, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return CONFINED_NOT_RUN;
    }
    heard = listen_to(ends[0], out);
    close(ends[0]);
    if (!heard)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return heard && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? CONFINED_WELL
                                                                  : CONFINED_DIED;
}

bool confine_write(int answer, const void *bytes, size_t n)
{
    const char *at = bytes;

    while (n > 0) {
        ssize_t done = write(answer, at, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        at += done;
        n -= (size_t)done;
    }
    return true;
}
