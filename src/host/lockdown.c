/* lockdown.c -- see lockdown.h. */
#define _GNU_SOURCE
#include "host/lockdown.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights of Landlock's first version, which Debian 12's kernel has. */
#define FILE_READ  ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE)
#define DIR_READ   (FILE_READ | LANDLOCK_ACCESS_FS_READ_DIR)
#define FILE_WRITE ((uint64_t)LANDLOCK_ACCESS_FS_WRITE_FILE)
#define DIR_WRITE                                                                  \
    (FILE_WRITE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)
#define EXECUTE ((uint64_t)LANDLOCK_ACCESS_FS_EXECUTE)
#define HANDLED ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* What the C library, OpenBLAS and the terminal read. */
static const char *const SYSTEM[] = {
    "/usr/lib",         "/usr/local/lib",    "/lib",           "/lib64",
    "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/proc/self",
    "/proc/cpuinfo",    "/proc/meminfo",     "/proc/stat",     "/sys/devices/system",
    "/sys/fs/cgroup",   "/dev/urandom",      "/dev/zero",      NULL
};

static lrr_status fail_errno(lrr_error *err, const char *doing)
{
    return lrr_fail(err, LRR_EIO, "sandbox: cannot %s: %s", doing, strerror(errno));
}

int lrr_lockdown_landlock(void)
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : (int)version;
}

/* Lets `path` and what is below it be used with these rights; a missing path is none. */
static int allow(int ruleset, const char *path, uint64_t rights)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = rights };
    struct stat sb;
    int rc, fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return 0;
    if (fstat(fd, &sb) == 0 && !S_ISDIR(sb.st_mode))
        rule.allowed_access &= FILE_READ | FILE_WRITE | EXECUTE;
    rule.parent_fd = fd;
    rc = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
                      0);
    close(fd);
    return rc;
}

static int allow_all(int ruleset, const char *const *paths, uint64_t rights)
{
    for (; paths != NULL && *paths != NULL; paths++)
        if (allow(ruleset, *paths, rights) != 0)
            return -1;
    return 0;
}

static int allow_spawn(int ruleset)
{
    static const char *const loaders[] = { "/proc/self/exe",
                                           "/lib64/ld-linux-x86-64.so.2",
                                           "/lib/ld-linux-aarch64.so.1", NULL };
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    if (allow(ruleset, "/proc", DIR_READ) != 0) /* the leak check of what is started */
        return -1;
#endif
    return allow_all(ruleset, loaders, EXECUTE | FILE_READ);
}

/* Where a build that counts which lines run (make cover) keeps its counters. */
static int allow_counters(int ruleset)
{
#ifdef LRR_COVER
    return allow(ruleset, LRR_COVER, DIR_READ | DIR_WRITE);
#else
    (void)ruleset;
    return 0;
#endif
}

static lrr_status restrict_files(const lrr_lockdown *rules, lrr_error *err)
{
    struct landlock_ruleset_attr attr = { .handled_access_fs = HANDLED };
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    bool ok;

    if (ruleset < 0)
        return fail_errno(err, "make Landlock's rules");
    ok = allow_all(ruleset, SYSTEM, DIR_READ) == 0 &&
         allow(ruleset, "/dev/null", FILE_READ | FILE_WRITE) == 0 &&
         allow_all(ruleset, rules->read, DIR_READ) == 0 &&
         allow_all(ruleset, rules->write, DIR_READ | DIR_WRITE) == 0 &&
         (!rules->spawn || allow_spawn(ruleset) == 0) && allow_counters(ruleset) == 0 &&
         syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return ok ? LRR_OK : fail_errno(err, "apply Landlock's rules");
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static lrr_status restrict_calls(const lrr_lockdown *rules, lrr_error *err)
{
    (void)rules;
    (void)err;
    return LRR_OK;
}
#else

/* Files are Landlock's affair; these it does not see (truncate: its first version). */
static const char *const DENIED[] = { "socket",
                                      "socketpair",
                                      "connect",
                                      "bind",
                                      "listen",
                                      "accept",
                                      "accept4",
                                      "ptrace",
                                      "process_vm_readv",
                                      "process_vm_writev",
                                      "process_madvise",
                                      "pidfd_getfd",
                                      "kcmp",
                                      "bpf",
                                      "perf_event_open",
                                      "userfaultfd",
                                      "io_uring_setup",
                                      "io_uring_enter",
                                      "io_uring_register",
                                      "keyctl",
                                      "add_key",
                                      "request_key",
                                      "unshare",
                                      "setns",
                                      "mount",
                                      "umount2",
                                      "pivot_root",
                                      "chroot",
                                      "move_mount",
                                      "open_tree",
                                      "fsopen",
                                      "fsmount",
                                      "reboot",
                                      "swapon",
                                      "swapoff",
                                      "init_module",
                                      "finit_module",
                                      "delete_module",
                                      "kexec_load",
                                      "kexec_file_load",
                                      "open_by_handle_at",
                                      "name_to_handle_at",
                                      "quotactl",
                                      "acct",
                                      "setuid",
                                      "setgid",
                                      "setreuid",
                                      "setregid",
                                      "setresuid",
                                      "setresgid",
                                      "setgroups",
                                      "capset",
                                      "personality",
                                      "chmod",
                                      "fchmod",
                                      "fchmodat",
                                      "chown",
                                      "fchown",
                                      "lchown",
                                      "fchownat",
                                      "setxattr",
                                      "lsetxattr",
                                      "fsetxattr",
                                      "removexattr",
                                      "truncate",
                                      "link",
                                      "linkat",
                                      "symlink",
                                      "symlinkat",
                                      "mknod",
                                      "mknodat",
                                      "utime",
                                      "utimes",
                                      "utimensat",
                                      "tkill",
                                      "rt_sigqueueinfo",
                                      "shmget",
                                      "msgget",
                                      "semget",
                                      "mq_open",
                                      "settimeofday",
                                      "clock_settime",
                                      "adjtimex",
                                      "sethostname",
                                      "setdomainname",
                                      "iopl",
                                      "ioperm",
                                      "modify_ldt",
                                      "vmsplice",
                                      NULL };
static const char *const SPAWN[] = {
    "execve", "execveat", "fork", "vfork", "kill", NULL
};

static int deny(scmp_filter_ctx filter, const char *const *names)
{
    for (; *names != NULL; names++) {
        int number = seccomp_syscall_resolve_name(*names);
        int rc = number == __NR_SCMP_ERROR
                     ? 0
                     : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* Threads are made by clone with CLONE_THREAD; anything else is a process. clone3 hides
** its flags in memory: without it the C library takes clone. */
static int deny_processes(scmp_filter_ctx filter)
{
    int rc = deny(filter, SPAWN);
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                              SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return rc;
}

/* Signals go to this process only; TIOCSTI types into the terminal. */
static int deny_some(scmp_filter_ctx filter)
{
    int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(tgkill), 1,
                              SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid(), 0));
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
                              SCMP_A1(SCMP_CMP_EQ, TIOCSTI, 0));
    return rc;
}

/* Trials are asked to end with SIGTERM; no other signal leaves the process. */
static int deny_other_signals(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(kill), 1,
                            SCMP_A1(SCMP_CMP_NE, SIGTERM, 0));
}

static lrr_status restrict_calls(const lrr_lockdown *rules, lrr_error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int rc;

    if (filter == NULL)
        return lrr_fail(err, LRR_ENOMEM, "sandbox: no memory for the call filter");
    rc = deny(filter, DENIED);
    if (rc == 0 && !rules->spawn) /* with spawn, Landlock keeps to this program */
        rc = deny_processes(filter);
    if (rc == 0)
        rc = rules->spawn ? deny_other_signals(filter) : deny_some(filter);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    if (rc != 0)
        return lrr_fail(err, LRR_EIO, "sandbox: cannot filter calls: %s",
                        strerror(-rc));
    return LRR_OK;
}
#endif

lrr_status lrr_lockdown_apply(const lrr_lockdown *rules, lrr_error *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail_errno(err, "give up new privileges");
    if (lrr_lockdown_landlock() > 0) {
        lrr_status st = restrict_files(rules, err);
        if (st != LRR_OK)
            return st;
    }
    return restrict_calls(rules, err);
}
