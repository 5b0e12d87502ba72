/* fallocate and statfs as rustix calls them: by an instruction of its own, past the C library. A seccomp
 * filter turns them into a signal, whose handler asks the same code as the other calls. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* In the upper half of the mode, which is an int, and in an argument too many: the filter sees it, the
 * kernel does not look. */
#define OURS 0x51u

long raw_fallocate(int fd, int mode, off_t offset, off_t length) {
    long marked = (long)((unsigned long)OURS << 32 | (unsigned)mode);
    return syscall(SYS_fallocate, fd, marked, offset, length) == 0 ? 0 : -errno;
}

long raw_statfs(const char *path, struct statfs *found) {
    return syscall(SYS_statfs, path, found, (unsigned long)OURS) == 0 ? 0 : -errno;
}

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#define ARGUMENT(context, n) ((context)->uc_mcontext.gregs[(const int[]){REG_RDI, REG_RSI, REG_RDX, REG_R10}[n]])
#define RESULT(context) ((context)->uc_mcontext.gregs[REG_RAX])
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#define ARGUMENT(context, n) ((context)->uc_mcontext.regs[n])
#define RESULT(context) ((context)->uc_mcontext.regs[0])
#else
#error "the shim knows x86-64 and arm64"
#endif

static void trapped(int signal, siginfo_t *info, void *raw) {
    (void)signal;
    ucontext_t *context = raw;
    int before = errno;
    if (info->si_syscall == SYS_statfs)
        RESULT(context) = space((const char *)ARGUMENT(context, 0), (struct statfs *)ARGUMENT(context, 1));
    else RESULT(context) = allocate((int)ARGUMENT(context, 0), (int)ARGUMENT(context, 1), (off_t)ARGUMENT(context, 2),
                               (off_t)ARGUMENT(context, 3));
    errno = before;
}

void trap_calls(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 0, 7),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fallocate, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_statfs, 2, 4),
        /* Both machines are little-endian: the upper half comes second. */
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]) + 4),
        BPF_STMT(BPF_JMP | BPF_JA, 1),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OURS, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
    if (sigaction(SIGSYS, &action, NULL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("seccomp");
        abort();
    }
}
