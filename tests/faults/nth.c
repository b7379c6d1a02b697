/* nth.c: preloaded, lets the n-th call of one sort fail on files of one folder.
 *
 *   NTH_CALL=write|sync|open|cut   pwrite and write, fsync and fdatasync, open, ftruncate
 *   NTH_AT=n                       which call, from 1
 *   NTH_WAY=eio|enospc|short|wait  short: half of the bytes, then ENOSPC from there on; wait:
 *                                  it does not fail, but makes NTH_GO.in and waits for NTH_GO
 *   NTH_FOR=once|ever              ever: until the program calls nth_off
 *   NTH_PATH=TEXT                  only files whose path has this in it
 *
 * The program may call nth_off, which ends it and says whether the fault came. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    bool off, came, full;
    long calls;
} all;

int nth_off(void)
{
    all.off = true;
    return all.came;
}

static bool named(const char *name, const char *value)
{
    const char *given = getenv(name);

    return given && strcmp(given, value) == 0;
}

static void wait_for(const char *go)
{
    char in[4096];
    FILE *file;

    snprintf(in, sizeof in, "%s.in", go);
    file = fopen(in, "w");
    if (file)
        fclose(file);
    while (access(go, F_OK) != 0)
        usleep(10000);
}

/* Does this call fail? errno is set when it does. */
static bool fails(const char *call, const char *path)
{
    const char *part = getenv("NTH_PATH"), *at = getenv("NTH_AT");

    if (all.off || !at || !named("NTH_CALL", call) || !path || (part && !strstr(path, part)))
        return false;
    all.calls++;
    if (all.calls < atol(at) || (all.calls > atol(at) && !named("NTH_FOR", "ever")))
        return false;
    all.came = true;
    if (named("NTH_WAY", "wait") && getenv("NTH_GO")) {
        wait_for(getenv("NTH_GO"));
        return false;
    }
    errno = named("NTH_WAY", "eio") ? EIO : ENOSPC;
    return true;
}

static const char *path_of(int fd, char out[4096])
{
    char link[64];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, out, 4095);
    out[n > 0 ? n : 0] = '\0';
    return out;
}

#define REAL(name, type, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

/* Bytes that may be written; -1: none, errno says why. */
static ssize_t allowed(int fd, size_t n)
{
    char path[4096];

    if (!fails("write", path_of(fd, path)))
        return (ssize_t)n;
    if (!named("NTH_WAY", "short") || n < 2 || all.full)
        return -1;
    all.full = true;
    return (ssize_t)(n / 2);
}

ssize_t write(int fd, const void *p, size_t n)
{
    ssize_t fine = allowed(fd, n);

    return fine < 0 ? -1
                    : REAL("write", ssize_t, int, const void *, size_t)(fd, p, (size_t)fine);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    ssize_t fine = allowed(fd, n);

    return fine < 0 ? -1
                    : REAL("pwrite", ssize_t, int, const void *, size_t,
                           off_t)(fd, p, (size_t)fine, at);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    return pwrite(fd, p, n, (off_t)at);
}

int fsync(int fd)
{
    char path[4096];

    return fails("sync", path_of(fd, path)) ? -1 : REAL("fsync", int, int)(fd);
}

int fdatasync(int fd)
{
    char path[4096];

    return fails("sync", path_of(fd, path)) ? -1 : REAL("fdatasync", int, int)(fd);
}

int ftruncate(int fd, off_t length)
{
    char path[4096];

    return fails("cut", path_of(fd, path)) ? -1
                                           : REAL("ftruncate", int, int, off_t)(fd, length);
}

int ftruncate64(int fd, off64_t length)
{
    return ftruncate(fd, (off_t)length);
}

int open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fails("open", path) ? -1
                               : REAL("open", int, const char *, int, ...)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return open(path, flags, mode);
}
