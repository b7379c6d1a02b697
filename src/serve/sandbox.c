/* sandbox.c: Landlock first (it needs calls that seccomp then takes away), then seccomp. */
#define _GNU_SOURCE /* syscall */
#include "serve/sandbox.h"

#include "serve/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Later than the oldest headers that build this: the kernel is asked which it knows. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

enum { ADDRESSES = 2, MINUTES = 60, NEW_NAMESPACES = 0x7e020000 };

/* What rendering was seen to need, and reading and writing one socket. getpid: by it the random
 * generator sees that it was forked, so that no two renderers sign with the same numbers. */
static const int calls[] = {
    SCMP_SYS(read),         SCMP_SYS(write),         SCMP_SYS(close),      SCMP_SYS(lseek),
    SCMP_SYS(brk),          SCMP_SYS(munmap),        SCMP_SYS(mremap),     SCMP_SYS(madvise),
    SCMP_SYS(futex),        SCMP_SYS(exit),          SCMP_SYS(exit_group), SCMP_SYS(fstat),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(getrandom),     SCMP_SYS(sendto),     SCMP_SYS(recvfrom),
    SCMP_SYS(poll),         SCMP_SYS(clock_gettime), SCMP_SYS(getpid),
};

/* Libraries look whether a file is there, and go on when it is not; a sealer that has gone is
 * looked for again, and then this process is replaced. */
static const int looks[] = {
    SCMP_SYS(open),   SCMP_SYS(openat),   SCMP_SYS(stat),      SCMP_SYS(lstat),
    SCMP_SYS(access), SCMP_SYS(readlink), SCMP_SYS(faccessat), SCMP_SYS(socket),
};

/* What it takes to fork, to listen to a child, and to end it by its limits. */
static const int forks[] = {
    SCMP_SYS(wait4),        SCMP_SYS(pipe),           SCMP_SYS(pipe2),
    SCMP_SYS(dup2),         SCMP_SYS(dup3),           SCMP_SYS(setrlimit),
    SCMP_SYS(prlimit64),    SCMP_SYS(alarm),          SCMP_SYS(setitimer),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(set_robust_list),
    SCMP_SYS(gettid),       SCMP_SYS(rseq),           SCMP_SYS(openat),
    SCMP_SYS(fcntl),
};

/* What asking another machine does not take. */
static const int no_network[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(ptrace),
    SCMP_SYS(kill),
    SCMP_SYS(listen),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(io_uring_setup),
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* /dev/null, where a child's standard input and output lead. */
static const char *const nowhere[] = {"/dev/null"};

/* What the C library reads to look up a name, its plug-ins for that among it. */
static const char *const lookups[] = {
    "/etc/hosts",    "/etc/host.conf",   "/etc/resolv.conf",     "/etc/nsswitch.conf",
    "/etc/gai.conf", "/etc/ld.so.cache", "/run/systemd/resolve", "/lib",
    "/lib64",        "/usr/lib",         "/usr/lib64",
};

/* What is not there is left out. */
static bool allow_paths(int rules, const char *const *paths, size_t count, uint64_t access)
{
    const uint64_t of_file = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
    bool ok = true;

    for (size_t i = 0; i < count && ok; i++) {
        struct landlock_path_beneath_attr path = {
            .allowed_access = access,
            .parent_fd = open(paths[i], O_PATH | O_CLOEXEC),
        };
        struct stat info;

        if (path.parent_fd < 0)
            continue;
        if (fstat(path.parent_fd, &info) == 0 && !S_ISDIR(info.st_mode))
            path.allowed_access &= of_file;
        ok = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &path, 0) == 0;
        close(path.parent_fd);
    }
    return ok;
}

static bool allow_files(int rules, enum sandbox_kind kind)
{
    const uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    const uint64_t both = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;

    switch (kind) {
    case SANDBOX_ALONE:
        return true;
    case SANDBOX_CHILDREN:
        return allow_paths(rules, nowhere, COUNT(nowhere), both);
    case SANDBOX_NETWORK:
        return allow_paths(rules, lookups, COUNT(lookups), read);
    }
    return false;
}

/* 0 when the kernel has none. */
static int enter_landlock(enum sandbox_kind kind)
{
    uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    struct landlock_ruleset_attr attr = {0};
    int abi, fd, denied;

    abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return 0;
    attr.handled_access_fs = all | (abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) |
                             (abi >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0);
    fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (fd < 0)
        return 0;
    if (!allow_files(fd, kind)) {
        close(fd);
        return 0;
    }
    denied = (int)syscall(SYS_landlock_restrict_self, fd, 0);
    close(fd);
    return denied == 0 ? abi : 0;
}

static bool allow(scmp_filter_ctx filter, enum sandbox_kind kind)
{
    const struct scmp_arg_cmp plain_fork =
        SCMP_A0(SCMP_CMP_MASKED_EQ, NEW_NAMESPACES | CLONE_VM, 0);
    const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp of_file =
        SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH);
    const struct scmp_arg_cmp by_name = SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, 0);
    int bad = 0;

    for (size_t i = 0; i < COUNT(calls); i++)
        bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    for (size_t i = 0; i < COUNT(forks) && kind == SANDBOX_CHILDREN; i++)
        bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, forks[i], 0);
    if (kind == SANDBOX_CHILDREN) {
        bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, plain_fork);
        bad |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(kill), 0);
    }
    for (size_t i = 0; i < COUNT(looks); i++) {
        if (kind == SANDBOX_CHILDREN && looks[i] == SCMP_SYS(openat))
            continue; /* Landlock says which */
        bad |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), looks[i], 0);
    }
    /* fstat is newfstatat of an open file; by name it is a look */
    bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1, of_file);
    bad |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 1, by_name);
    bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_exec);
    bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_exec);
    return bad == 0;
}

/* Looking up names takes more calls than could be listed. A Unix socket leads to processes of
 * this machine, the sealer among them. */
static bool deny(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp local = SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0);
    int bad = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1, local);

    for (size_t i = 0; i < COUNT(no_network); i++)
        bad |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), no_network[i], 0);
    return bad == 0;
}

static bool enter_seccomp(enum sandbox_kind kind)
{
    bool network = kind == SANDBOX_NETWORK, ok;
    scmp_filter_ctx filter = seccomp_init(network ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);

    if (!filter)
        return false;
    ok = (network ? deny(filter) : allow(filter, kind)) &&
         seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
         seccomp_load(filter) == 0;
    seccomp_release(filter);
    return ok;
}

static bool missing(const struct sandbox *sandbox, struct err *err)
{
    err_add(err, SANDBOX_FAILED, where_none(), "内核缺少%s", "the kernel has no %s",
            sandbox->seccomp ? "Landlock" : "seccomp");
    err_hint(err, "sandbox = optional in config/danzheng.ini starts without it");
    return false;
}

bool sandbox_enter(enum sandbox_kind kind, bool required, struct sandbox *out, struct err *err)
{
    struct sandbox sandbox = {0};

    /* a sanitizer opens /proc and maps as it likes */
    if (!SANITIZED) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        sandbox.landlock = enter_landlock(kind);
        sandbox.seccomp = enter_seccomp(kind);
    }
    *out = sandbox;
    if ((sandbox.landlock && sandbox.seccomp) || !required || SANITIZED)
        return true;
    return missing(&sandbox, err);
}

/* What is found goes into memory that both see. It ends in the attempt to fork, where that is
 * denied. */
static NORETURN void attempt(struct sandbox_trial *trial)
{
    struct err err;
    pid_t child;

    err_init(&err, NULL);
    sandbox_limits();
    if (!sandbox_enter(SANDBOX_ALONE, /* required */ false, &trial->sandbox, &err))
        _exit(1);
    trial->opens = open("/", O_RDONLY | O_CLOEXEC) >= 0;
    trial->connects = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
    child = fork();
    _exit(child < 0);
}

void sandbox_try(struct sandbox_trial *out)
{
    struct sandbox_trial *trial =
        mmap(NULL, sizeof *trial, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;
    pid_t child;

    *out = (struct sandbox_trial){.opens = true, .connects = true, .forks = true};
    if (trial == MAP_FAILED)
        return;
    *trial = *out;
    child = fork();
    if (child == 0)
        attempt(trial);
    trial->forks = child < 0 || waitpid(child, &status, 0) != child || !WIFSIGNALED(status);
    *out = *trial;
    munmap(trial, sizeof *trial);
}

void sandbox_tell(const struct sandbox_trial *trial)
{
    bool less = !trial->sandbox.landlock || !trial->sandbox.seccomp || trial->opens ||
                trial->connects || trial->forks;
    struct log_line line;

    log_begin(&line, less ? LOG_WARNING : LOG_NOTICE, "self-test");
    log_number(&line, "landlock_abi", trial->sandbox.landlock);
    log_text(&line, "seccomp", trial->sandbox.seccomp ? STR("on") : STR("off"));
    log_text(&line, "files", trial->opens ? STR("open") : STR("denied"));
    log_text(&line, "sockets", trial->connects ? STR("open") : STR("denied"));
    log_text(&line, "forks", trial->forks ? STR("open") : STR("denied"));
    log_end(&line);
}

bool sandbox_well(const struct sandbox_trial *trial, struct err *err)
{
    if (SANITIZED)
        return true;
    if (!trial->sandbox.landlock || !trial->sandbox.seccomp)
        return missing(&trial->sandbox, err);
    if (!trial->opens && !trial->connects && !trial->forks)
        return true;
    return err_add(err, SANDBOX_FAILED, where_none(), "沙箱没有拦住%s%.0s",
                   "the sandbox does not deny%.0s %s",
                   trial->opens      ? "打开文件"
                   : trial->connects ? "建立套接字"
                                     : "派生进程",
                   trial->opens      ? "files"
                   : trial->connects ? "sockets"
                                     : "forks");
}

void sandbox_limits(void)
{
    const struct rlimit core = {0, 0}, files = {16, 16};
    const struct rlimit space = {(rlim_t)ADDRESSES << 30, (rlim_t)ADDRESSES << 30};
    const struct rlimit time = {MINUTES * 60, MINUTES * 60};

    setrlimit(RLIMIT_CORE, &core);
    setrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_CPU, &time);
    if (!SANITIZED)
        setrlimit(RLIMIT_AS, &space);
}
