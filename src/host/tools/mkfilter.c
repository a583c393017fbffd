/* mkfilter.c -- writes the filter of system calls (callfilter.h) as a C table for
** src/host/callfilter_code.h; run by the Makefile. What is allowed stands here. It is compiled
** by libseccomp when lrrun is built: to do so at each start took 0.5 ms.
** Usage: mkfilter > filter.c */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "host/callfilter_code.h"

#define ALLOW SCMP_ACT_ALLOW

/* What is allowed whatever its arguments. A name that this architecture lacks is none. */
static const char *const PLAIN[] = {
    /* files that are open, or opened by an allowed call */
    "read", "pread64", "fadvise64", "write", "pwrite64", "writev", "lseek", "close", "fsync", "fdatasync",
    "ftruncate", "flock", "getdents64",
    /* the socket to the supervisor, which is all that there is to send over */
    "sendto", "sendmsg", "recvmsg",
    /* names: what they may reach is Landlock's affair */
    "stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "getcwd",
#ifdef LRR_COVER /* counters of lines are written by the process itself, when it ends */
    "mkdir", "fcntl",
#endif
    /* memory */
    "brk", "munmap", "mremap",
    /* time */
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday",
    "time",
    /* threads, and the end of one or all */
    "futex", "rseq", "set_robust_list", "membarrier", "sched_yield", "gettid", "exit",
    "exit_group", "restart_syscall",
    /* signals to this process: their handlers */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    /* who and where we are */
    "getpid", "getppid", "getuid", "geteuid", "getgid", "getegid", "sysinfo",
    "getrlimit", "getrandom", NULL
};

/* One of the arguments' comparisons under which a call is allowed. */
typedef struct rule {
    int call;
    unsigned n;
    struct scmp_arg_cmp when[2];
} rule;

#define NONE                 \
    {                        \
        0, SCMP_CMP_EQ, 0, 0 \
    }
#define MASKED(arg, mask, value)                                               \
    {                                                                          \
        (arg), SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)(value) \
    }
#define EQUAL(arg, value)                            \
    {                                                \
        (arg), SCMP_CMP_EQ, (scmp_datum_t)(value), 0 \
    }
#define BELOW(arg, value)                            \
    {                                                \
        (arg), SCMP_CMP_LT, (scmp_datum_t)(value), 0 \
    }

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
/* What a C library may add to it; CLONE_DETACHED has had no meaning since 2.6. */
#define THREAD_EXTRA                                                             \
    (CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | \
     0x00400000u)
#define LOW          0xffffffffu

/* Opening for reading leaves the file alone: O_TRUNC cuts one that may only be read, too.
** Access mode 3 is neither reading nor writing, and Landlock looks at neither. */
#define TMPFILE      (__O_TMPFILE & ~O_DIRECTORY)
#define READING      (O_ACCMODE | O_TRUNC | O_CREAT | O_PATH | TMPFILE)

/* TCGETS2, which isatty() calls since glibc 2.42; its header is the kernel's alone. */
#define TERMIOS2_GET 0x802c542au
/* MADV_HWPOISON and what follows it: a page of memory is declared broken. */
#define MADV_BROKEN  100

static int allow_rules(scmp_filter_ctx filter, const rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int rc = seccomp_rule_add_array(filter, ALLOW, rules[i].call, rules[i].n,
                                        rules[i].when);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int allow_names(scmp_filter_ctx filter, const char *const *names)
{
    for (; *names != NULL; names++) {
        int number = seccomp_syscall_resolve_name(*names);
        int rc =
            number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, ALLOW, number, 0);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int allow_opening(scmp_filter_ctx filter)
{
#ifdef LRR_COVER
    static const char *const names[] = { "open", "openat", NULL };
    return allow_names(filter, names);
#else
    const rule rules[] = {
        { SCMP_SYS(open), 1, { MASKED(1, READING, O_RDONLY), NONE } },
        { SCMP_SYS(openat), 1, { MASKED(2, READING, O_RDONLY), NONE } },
    };
    return allow_rules(filter, rules, sizeof rules / sizeof *rules);
#endif
}

/* Of these a part is needed; each is about this process or what it has open. */
static int allow_in_part(scmp_filter_ctx filter)
{
    const unsigned me = LRR_CALLFILTER_SELF;
    const rule rules[] = {
        { SCMP_SYS(mmap), 1, { MASKED(2, PROT_EXEC, 0), NONE } },
        { SCMP_SYS(mprotect), 1, { MASKED(2, PROT_EXEC, 0), NONE } },
        { SCMP_SYS(madvise), 1, { BELOW(2, MADV_BROKEN), NONE } },
        { SCMP_SYS(clone), 1, { MASKED(0, LOW & ~THREAD_EXTRA, THREAD), NONE } },
        { SCMP_SYS(tgkill), 1, { EQUAL(0, me), NONE } },
        { SCMP_SYS(sched_getaffinity), 1, { EQUAL(0, 0), NONE } },
        { SCMP_SYS(sched_getaffinity), 1, { EQUAL(0, me), NONE } },
        { SCMP_SYS(prlimit64), 2, { EQUAL(0, 0), EQUAL(2, 0) } },
        { SCMP_SYS(ioctl), 1, { EQUAL(1, TCGETS), NONE } },
        { SCMP_SYS(ioctl), 1, { EQUAL(1, TERMIOS2_GET), NONE } },
        { SCMP_SYS(ioctl), 1, { EQUAL(1, TIOCGWINSZ), NONE } },
        { SCMP_SYS(fcntl), 1, { EQUAL(1, F_GETFD), NONE } },
        { SCMP_SYS(fcntl), 1, { EQUAL(1, F_GETFL), NONE } },
    };
    return allow_rules(filter, rules, sizeof rules / sizeof *rules);
}

/* Since Linux 5.1 calls have the same number everywhere. A C library that tries one of
** them has another way for older kernels, which say ENOSYS. */
static int deny_new(scmp_filter_ctx filter)
{
    enum { FIRST = 424, LAST = 511 };
    int rc = 0;
    for (int number = FIRST; rc == 0 && number <= LAST; number++)
        if (number != SCMP_SYS(faccessat2))
            rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0);
    return rc;
}

static int build(scmp_filter_ctx filter)
{
    int rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    if (rc == 0)
        rc = allow_names(filter, PLAIN);
    if (rc == 0)
        rc = allow_opening(filter);
    if (rc == 0)
        rc = allow_in_part(filter);
    return rc == 0 ? deny_new(filter) : rc;
}

/* The filter's code, as a program for the kernel; 0, or why there is none. */
static int compile(FILE *to)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int rc = filter == NULL ? -ENOMEM : build(filter);

    if (rc == 0)
        rc = seccomp_export_bpf(filter, fileno(to));
    seccomp_release(filter);
    return rc;
}

int main(void)
{
    FILE *compiled = tmpfile();
    struct sock_filter at;
    int rc = compiled == NULL ? -EIO : compile(compiled);
    unsigned selves = 0;

    if (rc != 0) {
        fprintf(stderr, "mkfilter: %s\n", strerror(-rc));
        return 1;
    }
    rewind(compiled);
    printf("#include \"host/callfilter_code.h\"\n");
    printf("const struct sock_filter lrr_callfilter_code[] = {\n");
    while (fread(&at, sizeof at, 1, compiled) == 1) {
        printf("    { 0x%02x, %u, %u, 0x%xu },\n", at.code, at.jt, at.jf, at.k);
        selves += at.k == LRR_CALLFILTER_SELF;
    }
    printf("};\nconst size_t lrr_callfilter_size =\n"
           "    sizeof lrr_callfilter_code / sizeof *lrr_callfilter_code;\n");
    fclose(compiled);
    if (selves != 2) {
        fprintf(stderr, "mkfilter: the process is named %u times, want 2\n", selves);
        return 1;
    }
    return 0;
}
