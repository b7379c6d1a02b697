/* faults.c: preloaded into the program, plants faults in it: memory that ends, disks that are
 * full.
 *
 * Memory: the program runs once; where a fault is due, a child is forked that has it and goes on
 * to its own end in a folder of its own, while the parent waits and then goes on without. Paths
 * that it writes to must be relative, standard input must be a file.
 *   FAULTS_DEPTH=n   a fault for each place in the code, told by n callers; 0: every time
 *   FAULTS_DIR=DIR   child k runs in DIR/k; its output is DIR/k.out and DIR/k.err, DIR/k.at says
 *                    where it was hit, DIR/k.end what was done to it and how it ended
 *
 * Files: call n of those that write, counted from 1, fails in one way. Programs of several
 * processes, which count together, cannot be forked like that, so that for their memory there is
 * the same: call n of those that ask for some fails.
 *   FAULTS_WITH=WAY  full, broken, short or cut: short, and broken from there on; memory
 *   FAULTS_AT=n      0: none; FAULTS_COUNT=FILE is told how many calls there are */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEEN_MOST = 1 << 16, DEPTH_MOST = 40, SECONDS_MOST = 5 };

/* What a child does from here on. */
enum fault { NONE, ONCE, FOREVER, NO_SPACE, BROKEN, SHORT, SHORT_AND_BROKEN };

static const char *const names[] = {
    [NONE] = "none",     [ONCE] = "once",   [FOREVER] = "forever",
    [NO_SPACE] = "full", [BROKEN] = "broken", [SHORT] = "short", [SHORT_AND_BROKEN] = "cut",
};

static struct {
    bool busy, child, memory, files, shared;
    bool begun; /* a record is being read */
    enum fault fault; /* of a child */
    int depth;
    long children, due;
    long *calls; /* of all processes */
    int at; /* where a child says what befell it */
    char folder[3000];
    uint64_t seen[SEEN_MOST];
} all;

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv("FAULTS_DIR"), *depth = getenv("FAULTS_DEPTH");
    const char *with = getenv("FAULTS_WITH"), *at = getenv("FAULTS_AT");
    void *frames[4];

    all.calls = mmap(NULL, sizeof *all.calls, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (all.calls == MAP_FAILED)
        _exit(95);
    if (with && at && strcmp(with, "memory") == 0) {
        all.due = atol(at);
        all.shared = true;
        backtrace(frames, 4);
    } else if (with && at) {
        all.due = atol(at);
        for (enum fault f = NO_SPACE; f <= SHORT_AND_BROKEN; f++)
            if (strcmp(with, names[f]) == 0)
                all.fault = f;
        all.files = true;
    }
    if (!folder || strlen(folder) >= sizeof all.folder)
        return;
    strcpy(all.folder, folder);
    all.depth = depth ? atoi(depth) : 8;
    if (all.depth > DEPTH_MOST - 4)
        all.depth = DEPTH_MOST - 4;
    backtrace(frames, 4); /* loads what it needs */
    all.memory = true;
}

__attribute__((destructor)) static void finish(void)
{
    const char *path = getenv("FAULTS_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;

    if (file && (fprintf(file, "%ld\n", *all.calls) < 0 || fclose(file) != 0))
        _exit(96);
}

/* Whether this place in the code was not seen before. */
static bool is_new(void)
{
    void *frames[DEPTH_MOST];
    uint64_t hash = 14695981039346656037u;
    int n;

    if (all.depth == 0)
        return true;
    n = backtrace(frames, all.depth + 3);
    for (int i = 3; i < n; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211u;
    for (size_t k = hash % SEEN_MOST;; k = (k + 1) % SEEN_MOST) {
        if (all.seen[k] == hash)
            return false;
        if (all.seen[k])
            continue;
        all.seen[k] = hash;
        return true;
    }
}

/* OpenSSL 3 sets itself up when it is first asked for anything, which is while the service is
 * opened, before any record is read; without memory it dies in that, or waits for ever. */
static bool sets_up(void)
{
    void *frames[DEPTH_MOST];
    int n = all.begun ? 0 : backtrace(frames, DEPTH_MOST);
    Dl_info info;

    for (int i = 3; i < n; i++)
        if (dladdr(frames[i], &info) && strstr(info.dli_fname, "/libcrypto."))
            return true;
    return false;
}

static void into(const char *name, const char *ending, char path[4096])
{
    snprintf(path, 4096, "%s/%s%s", all.folder, name, ending);
}

static void died(int number)
{
    void *frames[DEPTH_MOST];

    dprintf(all.at, "\ndied of signal %d\n", number);
    backtrace_symbols_fd(frames, backtrace(frames, DEPTH_MOST), all.at);
    signal(number, SIG_DFL);
    raise(number);
}

/* What the program has made up to now: the folders, and files outside of them. */
static void copy_made(const char *to)
{
    DIR *open = opendir(".");
    const struct dirent *entry;
    char path[5000];

    while (open && (entry = readdir(open))) {
        snprintf(path, sizeof path, "%s/%s", to, entry->d_name);
        if (entry->d_type == DT_REG)
            link(entry->d_name, path);
        else if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
            mkdir(path, 0777);
    }
    if (open)
        closedir(open);
}

/* A child's folder, and where it speaks to. */
static void settle(const char *name)
{
    void *frames[DEPTH_MOST];
    char path[4096];
    int fd;

    into(name, "", path);
    if (mkdir(path, 0777) != 0)
        _exit(99);
    copy_made(path);
    if (chdir(path) != 0)
        _exit(99);
    into(name, ".out", path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || dup2(fd, 1) < 0)
        _exit(99);
    close(fd);
    into(name, ".err", path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || dup2(fd, 2) < 0)
        _exit(99);
    close(fd);
    into(name, ".at", path);
    all.at = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    backtrace_symbols_fd(frames, backtrace(frames, DEPTH_MOST), all.at);
    signal(SIGSEGV, died);
    signal(SIGABRT, died);
    signal(SIGALRM, died);
    alarm(SECONDS_MOST);
}

static void tell(const char *name, enum fault fault, const char *call, int status)
{
    char path[4096], text[256];
    int fd, n;

    into(name, ".end", path);
    n = snprintf(text, sizeof text, "%s %s %ld %s %d\n", names[fault], call, *all.calls,
                 WIFSIGNALED(status) ? "signal" : "exit",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || write(fd, text, (size_t)n) != n)
        _exit(98);
    close(fd);
}

/* A child with this fault; true in the child. */
static bool sent(enum fault fault, const char *call)
{
    off_t input = lseek(0, 0, SEEK_CUR);
    char name[32];
    int status;
    pid_t pid;

    snprintf(name, sizeof name, "%ld", ++all.children);
    pid = fork();
    if (pid < 0)
        _exit(97);
    if (pid == 0) {
        all.child = true;
        all.fault = fault;
        settle(name);
        return true;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (input >= 0)
        lseek(0, input, SEEK_SET);
    tell(name, fault, call, status);
    return false;
}

/* ---- memory */

static bool no_memory(const char *call)
{
    bool failed = all.child && all.fault == FOREVER;
    int saved = errno;

    if (all.shared && !all.busy && __atomic_add_fetch(all.calls, 1, __ATOMIC_RELAXED) == all.due) {
        all.busy = true;
        failed = !sets_up();
        all.busy = false;
        errno = failed ? ENOMEM : saved;
        return failed;
    }
    if (!all.memory || all.busy)
        return false;
    all.busy = true;
    ++*all.calls;
    if (!all.child && is_new() && !sets_up())
        failed = sent(ONCE, call) || sent(FOREVER, call);
    all.busy = false;
    errno = failed ? ENOMEM : saved;
    return failed;
}

void *malloc(size_t n)
{
    return no_memory("malloc") ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
    return no_memory("calloc") ? NULL : __libc_calloc(count, n);
}

void *realloc(void *p, size_t n)
{
    return no_memory("realloc") ? NULL : __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    return no_memory("aligned_alloc") ? NULL : __libc_memalign(align, n);
}

void *memalign(size_t align, size_t n)
{
    return no_memory("memalign") ? NULL : __libc_memalign(align, n);
}

int posix_memalign(void **p, size_t align, size_t n)
{
    void *got = no_memory("posix_memalign") ? NULL : __libc_memalign(align, n);

    if (!got)
        return ENOMEM;
    *p = got;
    return 0;
}

/* ---- files */

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static enum fault due(void)
{
    long call = all.files ? __atomic_add_fetch(all.calls, 1, __ATOMIC_RELAXED) : 0;

    if (call < all.due || all.due == 0)
        return NONE;
    if (call == all.due)
        return all.fault;
    return all.fault == SHORT_AND_BROKEN ? BROKEN : NONE;
}

/* What is said of a fault that was due: whoever judges must know what it hit. */
static enum fault hit(const char *call)
{
    enum fault fault = due();

    if (fault != NONE)
        dprintf(2, "fault in %s\n", call);
    return fault;
}

/* Whether the call fails; errno is set then. */
static bool refused(const char *call)
{
    enum fault fault = hit(call);

    if (fault != NO_SPACE && fault != BROKEN)
        return false;
    errno = fault == NO_SPACE ? ENOSPC : EIO;
    return true;
}

/* What processes say to each other is no file. */
static bool is_socket(int fd)
{
    struct stat info;

    return all.files && fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    ssize_t (*real)(int, const void *, size_t) = next("write");
    enum fault fault = is_socket(fd) ? NONE : hit("write");

    switch (fault) {
    case NO_SPACE:
    case BROKEN:
        errno = fault == NO_SPACE ? ENOSPC : EIO;
        return -1;
    case SHORT:
    case SHORT_AND_BROKEN:
        return real(fd, bytes, n > 1 ? n / 2 : n);
    default:
        return real(fd, bytes, n);
    }
}

int fsync(int fd)
{
    int (*real)(int) = next("fsync");

    return refused("fsync") ? -1 : real(fd);
}

int fdatasync(int fd)
{
    int (*real)(int) = next("fdatasync");

    return refused("fdatasync") ? -1 : real(fd);
}

int syncfs(int fd)
{
    int (*real)(int) = next("syncfs");

    return refused("syncfs") ? -1 : real(fd);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t) = next("pwrite");
    enum fault fault = hit("pwrite");

    if (fault == NO_SPACE || fault == BROKEN) {
        errno = fault == NO_SPACE ? ENOSPC : EIO;
        return -1;
    }
    return real(fd, bytes, fault != NONE && n > 1 ? n / 2 : n, at);
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *) = next("rename");

    return refused("rename") ? -1 : real(from, to);
}

int link(const char *from, const char *to)
{
    int (*real)(const char *, const char *) = next("link");

    return refused("link") ? -1 : real(from, to);
}

int mkdir(const char *path, mode_t mode)
{
    int (*real)(const char *, mode_t) = next("mkdir");

    return refused("mkdir") ? -1 : real(path, mode);
}

ssize_t read(int fd, void *bytes, size_t n)
{
    ssize_t (*real)(int, void *, size_t) = next("read");

    all.begun = all.begun || fd == 0;
    return real(fd, bytes, n);
}

/* A fault only where it makes a file. */
int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) = next("open");
    mode_t mode = 0;
    va_list args;

    va_start(args, flags);
    if (flags & O_CREAT)
        mode = va_arg(args, mode_t);
    va_end(args);
    if ((flags & O_CREAT) && refused("open"))
        return -1;
    all.begun = all.begun || (strlen(path) > 5 && strcmp(path + strlen(path) - 5, ".json") == 0);
    return real(path, flags, mode);
}

/* What is written at the end is closed, and the disk says so then. */
int close(int fd)
{
    int (*real)(int) = next("close");
    bool file = all.files && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY;

    if (file && refused("fopen")) {
        int saved = errno;

        real(fd);
        errno = saved;
        return -1;
    }
    return real(fd);
}
