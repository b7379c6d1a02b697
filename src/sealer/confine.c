/* confine.c: what a sealer gives up before it answers anybody. If somebody should take it over
 * through its socket, it can read and write what is open, and nothing else: no other file, no
 * program, no network. */
#define _GNU_SOURCE
#include "sealer/sealer-internal.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "the sealer's list of system calls is not known on this machine"
#endif

static bool refused(const char *what, struct err *err)
{
    return err_add(err, INTERNAL, where_none(), "内核拒绝隔离签章进程（%s）：%s",
                   "the kernel does not confine the sealer (%s): %s", what, strerror(errno));
}

bool sealer_confine(bool *locked, struct err *err)
{
    const struct rlimit none = {0, 0};
    struct rlimit memory;

    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        return refused("dumpable", err);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return refused("no_new_privs", err);
    /* With a limit later memory would be refused; the keys themselves are locked anyway. */
    *locked = getrlimit(RLIMIT_MEMLOCK, &memory) == 0 && memory.rlim_cur == RLIM_INFINITY &&
              mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
    return true;
}

/* Everything that a ready sealer, its allocator and its crypto library call. */
static const int permitted[] = {
    SYS_read,
    SYS_write,
    SYS_pread64,
    SYS_recvfrom,
    SYS_sendto,
    SYS_ppoll,
    SYS_accept4,
    SYS_close,
    SYS_fsync,
    SYS_fdatasync,
    SYS_ftruncate,
    SYS_fstat,
    SYS_lseek,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_mprotect,
    SYS_brk,
    SYS_getrandom,
    SYS_clock_gettime,
    SYS_gettimeofday,
    SYS_getpid,
    SYS_futex,
    SYS_rt_sigreturn,
    SYS_rt_sigprocmask,
    SYS_exit,
    SYS_exit_group,
    SYS_restart_syscall,
    SYS_unlinkat,
    SYS_newfstatat,
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_time
    SYS_time,
#endif
#ifdef SYS_unlink
    SYS_unlink, /* the socket's own name, at the end */
#endif
};

/* Sanitizers call more, and are let. */
#ifdef __SANITIZE_ADDRESS__
static const uint32_t otherwise = SECCOMP_RET_ALLOW;
#else
static const uint32_t otherwise = SECCOMP_RET_KILL_PROCESS;
#endif

bool confine_calls(struct err *err)
{
    struct sock_filter code[2 * COUNT(permitted) + 8];
    struct sock_fprog program = {.filter = code};
    unsigned short n = 0;

    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                             offsetof(struct seccomp_data, arch));
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                             offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < COUNT(permitted); i++) {
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                 (uint32_t)permitted[i], 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, otherwise);
    program.len = n;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        return refused("seccomp", err);
    return true;
}
