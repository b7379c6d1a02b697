/* deliver.c: whole files or none. Whatever stops a write, the folder is left as it was: the
 * bytes go to a temporary file beside the target, and only a complete, synced file takes its
 * name. */
#define _GNU_SOURCE /* realpath, syncfs */
#include "deliver/deliver.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 100, CHUNK = 1 << 16 };

static bool cannot_write(const char *path, int why, struct err *err)
{
    err_add(err, FILE_WRITE, where_file(path, 0, 0), "无法写入“%s”：%s",
            "cannot write '%s': %s", path, strerror(why));
    err_hint(err, "check the folder, its permissions and the space left (df -h)");
    return false;
}

static int write_all(int fd, struct str bytes)
{
    size_t at = 0;

    while (at < bytes.n) {
        ssize_t n = write(fd, bytes.p + at, bytes.n - at);

        if (n >= 0)
            at += (size_t)n;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

bool deliver_fd(int fd, const char *name, struct str bytes, struct err *err)
{
    int why = write_all(fd, bytes);

    return why == 0 || cannot_write(name, why, err);
}

/* Length of the folder part with its slash; 0: the current folder. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* mkstemp would make the file private; a paper has the permissions that umask gives. */
static int open_temporary(const char *path, char name[PATH_MAX])
{
    size_t folder = folder_length(path);

    for (int i = 0; i < TRIES; i++) {
        int n = snprintf(name, PATH_MAX, "%.*s.danzheng-%ld-%d", (int)folder, path,
                         (long)getpid(), i);
        int fd;

        if (n >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* The name survives a power cut only when its folder is synced too. 0, or errno; there are
 * folders that cannot be read, and file systems that cannot do it. */
static int sync_folder(const char *path)
{
    char folder[PATH_MAX] = ".";
    size_t n = folder_length(path);
    int fd, why = 0;

    if (n >= sizeof folder)
        return ENAMETOOLONG;
    if (n) {
        memcpy(folder, path, n);
        folder[n] = '\0';
    }
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        why = errno;
    close(fd);
    return why;
}

/* 0, or errno. */
static int write_whole(const char *path, struct str bytes, enum deliver_mode mode)
{
    char temporary[PATH_MAX];
    int fd = open_temporary(path, temporary);
    int why;

    if (fd < 0)
        return errno;
    why = write_all(fd, bytes);
    if (!why && fsync(fd) != 0)
        why = errno;
    if (close(fd) != 0 && !why)
        why = errno;
    if (!why && mode == DELIVER_REPLACE && rename(temporary, path) != 0)
        why = errno;
    /* rename would replace a file that appeared meanwhile, link does not */
    if (!why && mode == DELIVER_KEEP && link(temporary, path) != 0)
        why = errno;
    if (why || mode == DELIVER_KEEP)
        unlink(temporary);
    if (why)
        return why;
    why = sync_folder(path);
    if (why)
        unlink(path);
    return why;
}

static bool exists(const char *path, struct err *err)
{
    err_add(err, FILE_EXISTS, where_file(path, 0, 0), "文件“%s”已存在，不予覆盖",
            "'%s' exists and is not overwritten", path);
    err_hint(err, "choose another folder, or move the file away");
    return false;
}

bool deliver_stage(const char *path, struct str bytes, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int why = fd < 0 ? errno : write_all(fd, bytes);

    if (fd >= 0 && close(fd) != 0 && !why)
        why = errno;
    if (why)
        unlink(path);
    return why == 0 || cannot_write(path, why, err);
}

/* One for many files, although it waits for what others have written, too: an fdatasync of
 * each, even with the writing begun long before, was a third slower. */
bool deliver_flush(const char *folder, struct err *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int why = fd < 0 || syncfs(fd) != 0 ? errno : 0;

    if (fd >= 0)
        close(fd);
    return why == 0 || cannot_write(folder, why, err);
}

bool deliver_take(const char *staged, const char *path, struct err *err)
{
    if (link(staged, path) == 0)
        return true;
    return errno == EEXIST ? exists(path, err) : cannot_write(path, errno, err);
}

bool deliver_sync(const char *folder, struct err *err)
{
    char path[PATH_MAX];
    int why = ENAMETOOLONG;

    if (snprintf(path, sizeof path, "%s/", folder) < (int)sizeof path)
        why = sync_folder(path);
    return why == 0 || cannot_write(folder, why, err);
}

/* /dev/null, a terminal or a pipe takes bytes, and must not be replaced by a file. */
static bool write_device(const char *path, struct str bytes, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok;

    if (fd < 0)
        return cannot_write(path, errno, err);
    ok = deliver_fd(fd, path, bytes, err);
    close(fd);
    return ok;
}

bool deliver_file(const char *path, struct str bytes, enum deliver_mode mode, struct err *err)
{
    char real[PATH_MAX];
    const char *target = path;
    struct stat info;
    int why;

    if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode) && realpath(path, real))
        target = real;
    if (stat(target, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            return cannot_write(path, EISDIR, err);
        if (!S_ISREG(info.st_mode))
            return write_device(target, bytes, err);
    }
    why = write_whole(target, bytes, mode);
    if (why == EEXIST && mode == DELIVER_KEEP)
        return exists(path, err);
    return why == 0 || cannot_write(path, why, err);
}

/* 0, or errno. */
static int make_folder(const char *path)
{
    if (mkdir(path, 0777) != 0)
        return errno == EEXIST ? 0 : errno;
    return sync_folder(path);
}

bool deliver_folder(const char *path, struct err *err)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    struct stat info;
    int why;

    if (n >= sizeof part)
        return cannot_write(path, ENAMETOOLONG, err);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        why = make_folder(part);
        if (why)
            return cannot_write(path, why, err);
    }
    if (stat(path, &info) != 0)
        return cannot_write(path, errno, err);
    return S_ISDIR(info.st_mode) || cannot_write(path, ENOTDIR, err);
}

/* 0, or errno; EFBIG above the most. */
static int read_all(int fd, struct buf *buf, size_t most)
{
    for (;;) {
        char *room = buf_room(buf, CHUNK);
        ssize_t n = room ? read(fd, room, CHUNK) : -1;

        if (!room)
            return ENOMEM;
        buf->n -= CHUNK;
        if (n == 0)
            return 0;
        if (n > 0)
            buf->n += (size_t)n;
        else if (errno != EINTR)
            return errno;
        if (buf->n > most)
            return EFBIG;
    }
}

bool deliver_read(struct arena *arena, const char *path, size_t most, struct str *out,
                  struct err *err)
{
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    struct buf *buf = buf_new(arena, most + 2 * (size_t)CHUNK);
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int why = fd < 0 ? errno : read_all(fd, buf, most);

    if (fd >= 0 && !standard)
        close(fd);
    if (why == ENOMEM) {
        err_add(err, MEMORY_LIMIT, where_file(name, 0, 0), "内存不足，“%s”读不了",
                "memory is too short to read '%s'", name);
    } else if (why == EFBIG) {
        err_add(err, LIMIT_LINE, where_file(name, 0, 0), "“%s”超过 %zu 字节",
                "'%s' exceeds %zu bytes", name, most);
    } else if (why) {
        err_add(err, FILE_READ, where_file(name, 0, 0), "无法读取“%s”：%s",
                "cannot read '%s': %s", name, strerror(why));
        err_hint(err, "check the path and its permissions");
    } else {
        *out = (struct str){arena_text(arena, buf->p, buf->n), buf->n};
    }
    buf_release(buf);
    return why == 0;
}
