/* power.c: preloaded, writes down what a program and its children ask of a disk, in the order
 * in which it happens, for power.py, which works out what is left when the power goes.
 *
 *   POWER_TRACE=FILE   a file of a fixed size, made by power.py; every process adds to it
 *   POWER_ROOT=PATH    what lies under this folder is written down; absolute, without links
 *
 * A call and its place in the trace are one step: nothing of another process comes between.
 * What is synced is written down and not synced, which the test need not wait for. Mapped
 * writes are not seen, as if they were lost. What a program says to others (pipes, sockets,
 * standard output) stands there too, by its length: behind it nothing of before may be
 * missing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HEAD = 64, FILES = 1024, PATH_ROOM = 4096 };

/* used: bytes of records behind the head; power.py knows this layout. */
struct trace {
    uint64_t used;
    pthread_mutex_t lock;
};

/* Texts of sizes a and b follow. */
struct record {
    uint32_t size;
    char what;
    uint32_t pid;
    uint64_t file;
    int64_t at;
    uint32_t a, b;
};

static struct trace *trace;
static size_t most;
static const char *root;
static uint64_t inodes[FILES]; /* of what is open under the root; 0: another */

#define REAL(name, type, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

static void enter(void)
{
    if (trace && pthread_mutex_lock(&trace->lock) == EOWNERDEAD)
        pthread_mutex_consistent(&trace->lock);
}

static void leave(void)
{
    int saved = errno;

    if (trace)
        pthread_mutex_unlock(&trace->lock);
    errno = saved;
}

/* Between enter and leave. */
static void add(char what, uint64_t file, int64_t at, const void *a, size_t an, const void *b,
                size_t bn)
{
    struct record record = {.what = what, .file = file, .at = at};
    size_t size = (sizeof record + an + bn + 7) / 8 * 8;
    char *to = (char *)trace + HEAD + trace->used;

    if (HEAD + trace->used + size > most)
        abort();
    record.size = (uint32_t)size;
    record.pid = (uint32_t)getpid();
    record.a = (uint32_t)an;
    record.b = (uint32_t)bn;
    memcpy(to, &record, sizeof record);
    if (an)
        memcpy(to + sizeof record, a, an);
    if (bn)
        memcpy(to + sizeof record + an, b, bn);
    trace->used += size;
}

/* Whether it lies under the root; absolute is its path from there. */
static bool below(const char *path, char absolute[PATH_ROOM])
{
    char folder[PATH_ROOM];
    size_t n = root ? strlen(root) : 0;

    if (!trace || !root)
        return false;
    if (path[0] == '/')
        snprintf(absolute, PATH_ROOM, "%s", path);
    else if (getcwd(folder, sizeof folder))
        snprintf(absolute, PATH_ROOM, "%.2000s/%.2000s", folder, path);
    else
        return false;
    if (strncmp(absolute, root, n) != 0 || (absolute[n] != '/' && absolute[n] != '\0'))
        return false;
    memmove(absolute, absolute + n, strlen(absolute + n) + 1);
    return true;
}

static uint64_t inode_of(int fd)
{
    return trace && fd >= 0 && fd < FILES ? inodes[fd] : 0;
}

/* ---- standard output, which libc writes past us */

static ssize_t say(void *cookie, const char *bytes, size_t n)
{
    size_t at = 0;

    (void)cookie;
    while (at < n) {
        ssize_t done = write(STDOUT_FILENO, bytes + at, n - at);

        if (done < 0 && errno != EINTR)
            return 0;
        at += done > 0 ? (size_t)done : 0;
    }
    return (ssize_t)n;
}

/* power.py calls it, and the two below. */
void power_open(const char *path)
{
    int fd = REAL("open", int, const char *, int, ...)(path, O_RDWR | O_CLOEXEC);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0)
        abort();
    most = (size_t)info.st_size;
    trace = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    REAL("close", int, int)(fd);
    if (trace == MAP_FAILED)
        abort();
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("POWER_TRACE");

    root = getenv("POWER_ROOT");
    if (!path || !root)
        return;
    power_open(path);
    stdout = fopencookie(NULL, "w", (cookie_io_functions_t){.write = say});
}

/* Before the first process of a trace. */
void power_begin(void)
{
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&trace->lock, &attributes);
}

/* A mark of the test's own. */
void power_mark(int64_t n)
{
    enter();
    add('!', 0, n, NULL, 0, NULL, 0);
    leave();
}

/* ---- files */

int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) = REAL("open", int, const char *, int, ...);
    char name[PATH_ROOM];
    struct stat info;
    va_list args;
    mode_t mode;
    int fd;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if (!below(path, name))
        return real(path, flags, mode);
    enter();
    fd = real(path, flags, mode);
    if (fd >= FILES)
        abort();
    if (fd >= 0 && fstat(fd, &info) == 0 && (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))) {
        inodes[fd] = info.st_ino;
        add('o', info.st_ino, flags & O_TRUNC, name, strlen(name), NULL, 0);
    }
    leave();
    return fd;
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

/* What fortified programs call where no file is made. */
int __open_2(const char *path, int flags)
{
    return open(path, flags);
}

int __open64_2(const char *path, int flags)
{
    return open(path, flags);
}

int close(int fd)
{
    if (fd >= 0 && fd < FILES)
        inodes[fd] = 0;
    return REAL("close", int, int)(fd);
}

/* What the program has decided to say, it may have said; n < 0: it was less after all. */
static void tell(int fd, int64_t n)
{
    if (!trace || n == 0)
        return;
    enter();
    add('a', (uint64_t)fd, n, NULL, 0, NULL, 0);
    leave();
}

static ssize_t told(int fd, size_t n, ssize_t done)
{
    int saved = errno;

    tell(fd, (done > 0 ? done : 0) - (int64_t)n);
    errno = saved;
    return done;
}

ssize_t write(int fd, const void *p, size_t n)
{
    ssize_t (*real)(int, const void *, size_t) =
        REAL("write", ssize_t, int, const void *, size_t);
    ssize_t done;

    if (!inode_of(fd)) {
        tell(fd, (int64_t)n);
        return told(fd, n, real(fd, p, n));
    }
    enter();
    done = real(fd, p, n);
    if (done > 0)
        add('w', inode_of(fd), lseek(fd, 0, SEEK_CUR) - done, p, (size_t)done, NULL, 0);
    leave();
    return done;
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
    tell(fd, (int64_t)n);
    return told(fd, n, REAL("send", ssize_t, int, const void *, size_t, int)(fd, p, n, flags));
}

/* Files are written in other ways; whoever asks for these is to be taught here first. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    (void)fd;
    (void)parts;
    (void)count;
    abort();
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    ssize_t done;

    enter();
    done = REAL("pwrite", ssize_t, int, const void *, size_t, off_t)(fd, p, n, at);
    if (done > 0 && inode_of(fd))
        add('w', inode_of(fd), at, p, (size_t)done, NULL, 0);
    leave();
    return done;
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    return pwrite(fd, p, n, (off_t)at);
}

int ftruncate(int fd, off_t length)
{
    int done;

    enter();
    done = REAL("ftruncate", int, int, off_t)(fd, length);
    if (done == 0 && inode_of(fd))
        add('t', inode_of(fd), length, NULL, 0, NULL, 0);
    leave();
    return done;
}

int ftruncate64(int fd, off64_t length)
{
    return ftruncate(fd, (off_t)length);
}

/* Files grow by writing and ftruncate; whoever asks otherwise is to be taught here first. */
int posix_fallocate(int fd, off_t at, off_t length)
{
    (void)fd;
    (void)at;
    (void)length;
    abort();
}

int posix_fallocate64(int fd, off64_t at, off64_t length)
{
    return posix_fallocate(fd, at, length);
}

int sync_file_range(int fd, off64_t at, off64_t length, unsigned flags)
{
    (void)fd;
    (void)at;
    (void)length;
    (void)flags;
    abort(); /* it promises nothing that could be relied on */
}

/* ---- what makes it last */

static int synced(const char *name, char what, int fd)
{
    if (!inode_of(fd))
        return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
    enter();
    add(what, inode_of(fd), 0, NULL, 0, NULL, 0);
    leave();
    return 0;
}

int fsync(int fd)
{
    return synced("fsync", 's', fd);
}

int fdatasync(int fd)
{
    return synced("fdatasync", 's', fd);
}

int syncfs(int fd)
{
    return synced("syncfs", 'S', fd);
}

/* ---- names */

static int named(const char *call, char what, const char *path)
{
    int (*real)(const char *) = dlsym(RTLD_NEXT, call);
    char name[PATH_ROOM];
    int done;

    if (!below(path, name))
        return real(path);
    enter();
    done = real(path);
    if (done == 0)
        add(what, 0, 0, name, strlen(name), NULL, 0);
    leave();
    return done;
}

int unlink(const char *path)
{
    return named("unlink", 'u', path);
}

int rmdir(const char *path)
{
    return named("rmdir", 'u', path);
}

int mkdir(const char *path, mode_t mode)
{
    int (*real)(const char *, mode_t) = REAL("mkdir", int, const char *, mode_t);
    char name[PATH_ROOM];
    int done;

    if (!below(path, name))
        return real(path, mode);
    enter();
    done = real(path, mode);
    if (done == 0)
        add('m', 0, 0, name, strlen(name), NULL, 0);
    leave();
    return done;
}

static int moved(const char *call, char what, const char *from, const char *to)
{
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, call);
    char old[PATH_ROOM], new[PATH_ROOM];
    int done;

    if (!below(from, old) || !below(to, new))
        return real(from, to);
    enter();
    done = real(from, to);
    if (done == 0)
        add(what, 0, 0, old, strlen(old), new, strlen(new));
    leave();
    return done;
}

int rename(const char *from, const char *to)
{
    return moved("rename", 'r', from, to);
}

int link(const char *from, const char *to)
{
    return moved("link", 'l', from, to);
}
