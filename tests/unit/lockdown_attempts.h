/* lockdown_attempts.h -- raw system calls that training does not need, by what they aim at:
** a part of test_lockdown.c. Each try_ function makes its calls and notes what came of them
** in `seen`. Without a filter they do what they say, so that a process of its own has to
** make them; reboot and the like lack an argument. */
#ifndef LRR_TEST_LOCKDOWN_ATTEMPTS_H
#define LRR_TEST_LOCKDOWN_ATTEMPTS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 400, LEAST = 120 };

/* What a locked process writes for the one that looks at it. */
typedef struct account {
    int tried, denied, ready;
    struct {
        const char *what;
        long got;
        int error;
    } rows[MOST];
} account;

/* What the attempts aim at. */
typedef struct target {
    char root[64], readable[80], writable[80];
    char data[96], fresh[96], own[96], secret[96];
    int fd, root_fd; /* data open for reading, its folder */
    pid_t sibling;
} target;

typedef struct attempt {
    const char *what, *call;
    long a[6];
} attempt;

static account *seen;
static target at;

#define P(x) ((long)(x))

/* Number of a call; -1 where this architecture has none. */
static long number_of(const char *call)
{
    /* Calls that libseccomp 2.5 has no name for have the same number everywhere. */
    static const struct {
        const char *name;
        long number;
    } newer[] = { { "fchmodat2", 452 },     { "map_shadow_stack", 453 },
                  { "statmount", 457 },     { "listmount", 458 },
                  { "setxattrat", 463 },    { "getxattrat", 464 },
                  { "removexattrat", 466 }, { "open_tree_attr", 467 },
                  { "file_getattr", 468 },  { "file_setattr", 469 } };
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
        if (strcmp(newer[i].name, call) == 0)
            return newer[i].number;
    return seccomp_syscall_resolve_name(call);
}

static bool is_denial(long got, int error)
{
    return got == -1 && (error == EPERM || error == EACCES || error == ENOSYS);
}

static void try_all(const attempt *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const attempt *t = &list[i];
        const long number = number_of(t->call);
        long got;
        if (number < 0 || seen->tried == MOST)
            continue;
        errno = 0;
        got = syscall(number, t->a[0], t->a[1], t->a[2], t->a[3], t->a[4], t->a[5]);
        seen->rows[seen->tried].what = t->what == NULL ? t->call : t->what;
        seen->rows[seen->tried].got = got;
        seen->rows[seen->tried].error = errno;
        seen->denied += is_denial(got, errno);
        seen->tried++;
    }
}

#define TRY_ALL(list) try_all(list, sizeof list / sizeof *list)

/* ---- files ---- */

static void try_opening(void)
{
    const long here = AT_FDCWD, data = P(at.data), fresh = P(at.fresh);
    struct {
        unsigned long long flags, mode, resolve;
    } how = { O_WRONLY | O_TRUNC, 0, 0 };
    const attempt list[] = {
        { "open to write", "open", { data, O_WRONLY } },
        { "open to append", "open", { data, O_RDWR | O_APPEND } },
        { "open, cut", "open", { data, O_WRONLY | O_TRUNC } },
        { "open to read, cut", "open", { data, O_RDONLY | O_TRUNC } },
        { "open in mode 3", "open", { data, O_ACCMODE } },
        { "open in mode 3, cut", "open", { data, O_ACCMODE | O_TRUNC } },
        { "open, make", "open", { fresh, O_RDONLY | O_CREAT, 0666 } },
        { "open, make to write", "open", { fresh, O_WRONLY | O_CREAT, 0666 } },
        { "openat to read, cut", "openat", { here, data, O_RDONLY | O_TRUNC } },
        { "openat, cut", "openat", { here, data, O_RDWR | O_TRUNC } },
        { "openat in mode 3", "openat", { here, data, O_ACCMODE | O_TRUNC } },
        { "openat, make", "openat", { here, fresh, O_CREAT | O_EXCL, 0666 } },
        { "openat beside", "openat", { at.root_fd, P("new"), O_CREAT, 0666 } },
        { "openat of another run", "openat", { here, P(at.own), O_RDWR } },
        { "openat without a name",
          "openat",
          { here, P(at.readable), O_TMPFILE | O_RDWR } },
        { "openat of a place", "openat", { here, P(at.secret), O_PATH } },
        { NULL, "openat2", { here, data, P(&how), sizeof how } },
        { NULL, "creat", { data, 0666 } },
        { "truncate to nothing", "truncate", { data, 0 } },
        { "truncate to more", "truncate", { data, 4096 } },
        { "read a secret", "openat", { here, P(at.secret), O_RDONLY } },
        { "read /etc/passwd", "openat", { here, P("/etc/passwd"), O_RDONLY } },
        { "list /", "openat", { here, P("/"), O_RDONLY | O_DIRECTORY } },
        { "read by ..", "openat", { at.root_fd, P("../out/secret"), O_RDONLY } },
        { "write /proc/self/mem", "openat", { here, P("/proc/self/mem"), O_RDWR } },
        { "a device", "openat", { here, P("/dev/zero"), O_RDWR } },
    };
    TRY_ALL(list);
}

static void try_attributes(void)
{
    static int flags = 0x40; /* not to be dumped */
    const struct timespec long_ago[2] = { { 1, 0 }, { 1, 0 } };
    const struct timeval then[2] = { { 1, 0 }, { 1, 0 } };
    const long here = AT_FDCWD, data = P(at.data), when = P(long_ago), old = P(then);
    struct {
        unsigned long long value;
        unsigned size, flags;
    } xattr = { (unsigned long)"v", 1, 0 };
    const attempt list[] = {
        { NULL, "chmod", { data, 0777 } },
        { NULL, "fchmod", { at.fd, 0777 } },
        { NULL, "fchmodat", { here, data, 0777 } },
        { NULL, "fchmodat2", { here, data, 0777, 0 } },
        { NULL, "chown", { data, 1, 1 } },
        { NULL, "lchown", { data, 1, 1 } },
        { NULL, "fchown", { at.fd, 1, 1 } },
        { NULL, "fchownat", { here, data, 1, 1, 0 } },
        { NULL, "utime", { data, when } },
        { NULL, "utimes", { data, old } },
        { NULL, "futimesat", { here, data, old } },
        { NULL, "utimensat", { here, data, when, 0 } },
        { "utimensat of an open file", "utimensat", { at.fd, 0, when, 0 } },
        { NULL, "setxattr", { data, P("user.a"), P("v"), 1, 0 } },
        { NULL, "lsetxattr", { data, P("user.a"), P("v"), 1, 0 } },
        { NULL, "fsetxattr", { at.fd, P("user.a"), P("v"), 1, 0 } },
        { NULL, "setxattrat", { here, data, 0, P("user.a"), P(&xattr), sizeof xattr } },
        { NULL, "removexattr", { data, P("user.kept") } },
        { NULL, "lremovexattr", { data, P("user.kept") } },
        { NULL, "fremovexattr", { at.fd, P("user.kept") } },
        { NULL, "removexattrat", { here, data, 0, P("user.kept") } },
        { NULL, "getxattr", { data, P("user.kept"), 0, 0 } },
        { NULL, "listxattr", { data, 0, 0 } },
        { NULL, "flistxattr", { at.fd, 0, 0 } },
        { NULL, "file_setattr", { here, data, 0, 0, 0 } },
        { NULL, "file_getattr", { here, data, 0, 0, 0 } },
        { "ioctl: attributes of a file", "ioctl", { at.fd, 0x40086602, P(&flags) } },
        { "ioctl: clone a file", "ioctl", { at.fd, 0x40049409, at.fd } },
        { "ioctl: type into the terminal", "ioctl", { 0, TIOCSTI, P("x") } },
        { "ioctl: selection of the console", "ioctl", { 0, 0x541c, P("\3") } },
        { "ioctl: bytes to read", "ioctl", { at.fd, FIONREAD, P(&flags) } },
        { "ioctl: size of the terminal", "ioctl", { 0, TIOCSWINSZ, P(&flags) } },
    };
    TRY_ALL(list);
}

static void try_names(void)
{
    static char handle[256] = { 127 };
    const long here = AT_FDCWD, data = P(at.data), fresh = P(at.fresh);
    const attempt list[] = {
        { "rename", "rename", { data, fresh } },
        { "rename outside", "renameat", { here, P(at.own), here, P(at.secret) } },
        { "take in", "renameat2", { here, P(at.secret), here, P(at.own), 0 } },
        { "exchange", "renameat2", { here, data, here, P(at.own), 2 } },
        { NULL, "unlink", { data } },
        { NULL, "unlinkat", { here, data, 0 } },
        { NULL, "rmdir", { P(at.readable) } },
        { NULL, "mkdir", { fresh, 0777 } },
        { NULL, "mkdirat", { here, fresh, 0777 } },
        { NULL, "link", { data, P(at.own) } },
        { NULL, "linkat", { here, data, here, fresh, 0 } },
        { NULL, "symlink", { P("/etc"), fresh } },
        { NULL, "symlinkat", { P("/etc"), here, fresh } },
        { "a FIFO", "mknod", { fresh, S_IFIFO | 0666, 0 } },
        { "a device", "mknodat", { here, fresh, S_IFCHR | 0666, 0x103 } },
        { NULL, "name_to_handle_at", { here, data, P(handle), P(handle + 128), 0 } },
        { NULL, "open_by_handle_at", { at.fd, P(handle), O_RDONLY } },
        { NULL, "chdir", { P("/") } },
        { NULL, "fchdir", { at.root_fd } },
        { NULL, "chroot", { P("/") } },
        { NULL, "umask", { 0 } },
        { NULL, "statfs", { data, P(handle) } },
    };
    TRY_ALL(list);
}

static void try_open_files(void)
{
    static int two[2];
    static struct flock whole = { .l_type = F_RDLCK };
    const attempt list[] = {
        { NULL, "fallocate", { at.fd, 0, 0, 4096 } },
        { NULL, "copy_file_range", { at.fd, 0, at.fd, 0, 1, 0 } },
        { NULL, "sendfile", { 1, at.fd, 0, 1 } },
        { NULL, "splice", { at.fd, 0, at.fd, 0, 1, 0 } },
        { NULL, "tee", { at.fd, at.fd, 1, 0 } },
        { NULL, "vmsplice", { at.fd, 0, 0, 0 } },
        { NULL, "sync", { 0 } },
        { NULL, "syncfs", { at.fd } },
        { "fcntl: signals on open", "fcntl", { at.fd, F_NOTIFY, 0 } },
        { "fcntl: whom to signal", "fcntl", { at.fd, F_SETOWN, at.sibling } },
        { "fcntl: lease", "fcntl", { at.fd, F_SETLEASE, F_RDLCK } },
        { "fcntl: lock", "fcntl", { at.fd, F_SETLK, P(&whole) } },
        { "fcntl: pipes", "fcntl", { at.fd, F_SETPIPE_SZ, 1 << 20 } },
        { "fcntl: another one", "fcntl", { at.fd, F_DUPFD, 100 } },
        { NULL, "dup", { at.fd } },
        { NULL, "dup2", { at.fd, 100 } },
        { NULL, "dup3", { at.fd, 100, 0 } },
        { NULL, "pipe", { P(two) } },
        { NULL, "pipe2", { P(two), 0 } },
        { NULL, "eventfd2", { 0, 0 } },
        { NULL, "signalfd4", { -1, P(two), 8, 0 } },
        { NULL, "timerfd_create", { 0, 0 } },
        { NULL, "epoll_create1", { 0 } },
        { NULL, "inotify_init", { 0 } },
        { NULL, "inotify_init1", { 0 } },
        { NULL, "inotify_add_watch", { at.fd, P(at.root), 0xfff } },
        { NULL, "fanotify_init", { 0, 0 } },
        { NULL, "fanotify_mark", { at.fd, 1, 1, AT_FDCWD, P(at.root) } },
        { NULL, "memfd_create", { P("x"), 0 } },
        { NULL, "memfd_secret", { 0 } },
        { NULL, "userfaultfd", { 0 } },
        { NULL, "io_setup", { 1, P(two) } },
        { NULL, "io_uring_setup", { 1, P(two) } },
        { NULL, "io_uring_register", { at.fd, 0, 0, 0 } },
    };
    TRY_ALL(list);
}

/* ---- processes ---- */

static void try_signals(void)
{
    static char info[128];
    const long sibling = at.sibling, parent = getppid();
    const attempt list[] = {
        { "kill with nothing", "kill", { sibling, 0 } },
        { "kill: stop", "kill", { sibling, SIGSTOP } },
        { "kill: end", "kill", { sibling, SIGTERM } },
        { "kill: parent", "kill", { parent, SIGUSR2 } },
        { "kill: itself", "kill", { getpid(), 0 } },
        { NULL, "tkill", { sibling, SIGTERM } },
        { "tgkill", "tgkill", { sibling, sibling, SIGTERM } },
        { "tgkill of the parent", "tgkill", { parent, parent, SIGUSR2 } },
        { NULL, "rt_sigqueueinfo", { sibling, SIGTERM, P(info) } },
        { NULL, "rt_tgsigqueueinfo", { sibling, sibling, SIGTERM, P(info) } },
        { NULL, "pidfd_open", { sibling, 0 } },
        { NULL, "pidfd_send_signal", { at.fd, SIGTERM, 0, 0 } },
        { NULL, "pidfd_getfd", { at.fd, 0, 0 } },
        { NULL, "setitimer", { 0, P(info), 0 } },
        { NULL, "alarm", { 1000 } },
        { NULL, "timer_create", { 0, 0, P(info) } },
        { NULL, "pause", { 0 } },
        { NULL, "vhangup", { 0 } },
        { "attach", "ptrace", { PTRACE_ATTACH, sibling, 0, 0 } },
        { "be traced", "ptrace", { PTRACE_TRACEME, 0, 0, 0 } },
        { NULL, "process_vm_readv", { sibling, P(info), 0, P(info), 0, 0 } },
        { NULL, "process_vm_writev", { sibling, P(info), 0, P(info), 0, 0 } },
        { NULL, "process_madvise", { at.fd, 0, 0, 0, 0 } },
        { NULL, "process_mrelease", { at.fd, 0 } },
        { NULL, "kcmp", { getpid(), sibling, 0, 0, 0 } },
        { NULL, "get_robust_list", { sibling, P(info), P(info + 64) } },
    };
    TRY_ALL(list);
}

static void try_scheduling(void)
{
    static char room[1024];
    static struct sched_param idle;
    static struct rlimit64 one = { 1, 1 };
    const long other = at.sibling, set = P(room);
    room[0] = 1;
    const attempt list[] = {
        { NULL, "setpriority", { PRIO_PROCESS, other, 19 } },
        { "its own priority", "setpriority", { PRIO_PROCESS, 0, 19 } },
        { NULL, "getpriority", { PRIO_PROCESS, other } },
        { NULL, "sched_setaffinity", { other, sizeof room, set } },
        { "its own CPUs", "sched_setaffinity", { 0, sizeof room, set } },
        { "another's CPUs", "sched_getaffinity", { other, sizeof room, set } },
        { NULL, "sched_setscheduler", { other, SCHED_IDLE, P(&idle) } },
        { NULL, "sched_getscheduler", { other } },
        { NULL, "sched_setparam", { other, P(&idle) } },
        { NULL, "sched_getparam", { other, P(&idle) } },
        { NULL, "sched_setattr", { other, set, 0 } },
        { NULL, "sched_getattr", { other, set, 48, 0 } },
        { NULL, "sched_rr_get_interval", { other, set } },
        { NULL, "ioprio_set", { 1, other, 0x6000 } },
        { NULL, "ioprio_get", { 1, other } },
        { "another's limits", "prlimit64", { other, RLIMIT_NOFILE, 0, set } },
        { "limits of another", "prlimit64", { other, RLIMIT_CPU, P(&one), 0 } },
        { "limits of its own", "prlimit64", { 0, RLIMIT_CPU, P(&one), 0 } },
        { NULL, "setrlimit", { RLIMIT_CPU, P(&one) } },
        { NULL, "migrate_pages", { other, 0, 0, 0 } },
        { NULL, "move_pages", { other, 0, 0, 0, 0, 0 } },
        { NULL, "mbind", { 0, 0, 0, 0, 0, 0 } },
        { NULL, "set_mempolicy", { 0, 0, 0 } },
        { NULL, "get_mempolicy", { 0, 0, 0, 0, 0 } },
        { NULL, "setpgid", { 0, 0 } },
        { NULL, "getpgid", { other } },
        { NULL, "setsid", { 0 } },
        { NULL, "getsid", { other } },
        { NULL, "times", { set } },
    };
    TRY_ALL(list);
}

static void try_programs(void)
{
    static char name[] = "true", *argv[] = { name, NULL };
    static char stack[65536], clone3[88];
    const long thread =
        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    const attempt list[] = {
        { NULL, "fork", { 0 } },
        { NULL, "vfork", { 0 } },
        { "clone as fork", "clone", { SIGCHLD, 0, 0, 0, 0 } },
        { "clone as vfork", "clone", { CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0 } },
        { "clone sharing memory", "clone", { CLONE_VM | SIGCHLD, P(stack), 0, 0, 0 } },
        { "clone into namespaces", "clone", { CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0 } },
        { "a traced thread", "clone", { thread | CLONE_PTRACE, P(stack), 0, 0, 0 } },
        { "a brother", "clone", { CLONE_PARENT | SIGCHLD, 0, 0, 0, 0 } },
        { NULL, "clone3", { P(clone3), sizeof clone3 } },
        { NULL, "execve", { P("/bin/true"), P(argv), 0 } },
        { "execve of itself", "execve", { P("/proc/self/exe"), P(argv), 0 } },
        { "the loader", "execve", { P("/lib64/ld-linux-x86-64.so.2"), P(argv), 0 } },
        { NULL, "execveat", { AT_FDCWD, P("/bin/true"), P(argv), 0, 0 } },
        { "execveat of an open file",
          "execveat",
          { at.fd, P(""), P(argv), 0, 0x1000 } },
        { NULL, "uselib", { P("/bin/true") } },
        { NULL, "wait4", { -1, 0, WNOHANG, 0 } },
        { NULL, "waitid", { 0, 0, 0, WNOHANG | WEXITED, 0 } },
        { NULL, "unshare", { CLONE_NEWNS } },
        { NULL, "setns", { at.fd, 0 } },
        { NULL, "personality", { 0x0400000 } }, /* what is readable is executable */
        { "a name", "prctl", { PR_SET_NAME, P("init") } },
        { "who may trace", "prctl", { 0x59616d61, -1 } },
        { "a dump", "prctl", { PR_SET_DUMPABLE, 1 } },
        { "a reaper", "prctl", { PR_SET_CHILD_SUBREAPER, 1 } },
        { "end with the parent", "prctl", { PR_SET_PDEATHSIG, 0 } },
        { NULL, "arch_prctl", { 0x1002, 0 } },
        { NULL, "set_tid_address", { P(stack) } },
        { NULL, "seccomp", { 1, 0, 0 } },
        { NULL, "landlock_create_ruleset", { 0, 0, 1 } },
        { NULL, "landlock_add_rule", { 0, 0, 0, 0 } },
        { NULL, "landlock_restrict_self", { 0, 0 } },
    };
    TRY_ALL(list);
}

static void try_memory(void)
{
    const long page = 4096, rwx = PROT_READ | PROT_WRITE | PROT_EXEC;
    const long mine =
        P(mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    const attempt list[] = {
        { "code", "mmap", { 0, page, rwx, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 } },
        { "a library",
          "mmap",
          { 0, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, at.fd, 0 } },
        { "memory to code", "mprotect", { mine, page, PROT_READ | PROT_EXEC } },
        { NULL, "pkey_mprotect", { mine, page, rwx, -1 } },
        { NULL, "pkey_alloc", { 0, 0 } },
        { NULL, "pkey_free", { 1 } },
        { NULL, "remap_file_pages", { mine, page, 0, 0, 0 } },
        { NULL, "map_shadow_stack", { 0, page, 0 } },
        { "a broken page", "madvise", { mine, page, 100 } },
        { "a page given up", "madvise", { mine, page, 101 } },
        { NULL, "mlock", { mine, page } },
        { NULL, "mlock2", { mine, page, 0 } },
        { NULL, "mlockall", { 1 } },
        { NULL, "shmget", { 0, page, 01600 } },
        { NULL, "shmat", { 0, 0, 0 } },
        { NULL, "msgget", { 0, 01600 } },
        { NULL, "semget", { 0, 1, 01600 } },
        { NULL, "mq_open", { P("lrrun"), O_CREAT | O_RDWR, 0600, 0 } },
        { NULL, "mq_unlink", { P("lrrun") } },
        { NULL, "modify_ldt", { 0, 0, 0 } },
    };
    TRY_ALL(list);
}

/* ---- the machine ---- */

static void try_network(void)
{
    static int two[2];
    static char address[16] = { AF_UNIX };
    const attempt list[] = {
        { "socket: local", "socket", { AF_UNIX, SOCK_STREAM, 0 } },
        { "socket: IPv4", "socket", { AF_INET, SOCK_STREAM, 0 } },
        { "socket: IPv6", "socket", { AF_INET6, SOCK_DGRAM, 0 } },
        { "socket: raw", "socket", { AF_PACKET, SOCK_RAW, 0 } },
        { "socket: kernel", "socket", { AF_NETLINK, SOCK_RAW, 0 } },
        { NULL, "socketpair", { AF_UNIX, SOCK_STREAM, 0, P(two) } },
        { NULL, "bind", { at.fd, P(address), sizeof address } },
        { NULL, "connect", { at.fd, P(address), sizeof address } },
        { NULL, "listen", { at.fd, 1 } },
        { NULL, "accept", { at.fd, 0, 0 } },
        { NULL, "accept4", { at.fd, 0, 0, 0 } },
        { NULL, "shutdown", { at.fd, 2 } },
        { NULL, "setsockopt", { at.fd, 0, 0, 0, 0 } },
        { NULL, "getsockname", { at.fd, 0, 0 } },
    };
    TRY_ALL(list);
}

static void try_administration(void)
{
    static char room[256];
    const attempt list[] = {
        { NULL, "setuid", { 1 } },
        { NULL, "setgid", { 1 } },
        { NULL, "setreuid", { 1, 1 } },
        { NULL, "setregid", { 1, 1 } },
        { NULL, "setresuid", { 1, 1, 1 } },
        { NULL, "setresgid", { 1, 1, 1 } },
        { NULL, "setgroups", { 0, 0 } },
        { NULL, "setfsuid", { 1 } },
        { NULL, "setfsgid", { 1 } },
        { NULL, "capset", { P(room), P(room) } },
        { NULL, "capget", { P(room), P(room) } },
        { NULL, "mount", { P("none"), P(at.root), P("tmpfs"), 0, 0 } },
        { NULL, "umount2", { P(at.root), 0 } },
        { NULL, "pivot_root", { P(at.root), P(at.root) } },
        { NULL, "move_mount", { AT_FDCWD, P(at.root), AT_FDCWD, P(at.root), 0 } },
        { NULL, "open_tree", { AT_FDCWD, P(at.root), 1 } },
        { NULL, "open_tree_attr", { AT_FDCWD, P(at.root), 1, 0, 0 } },
        { NULL, "fsopen", { P("tmpfs"), 0 } },
        { NULL, "fsmount", { at.fd, 0, 0 } },
        { NULL, "fspick", { AT_FDCWD, P(at.root), 0 } },
        { NULL, "mount_setattr", { AT_FDCWD, P(at.root), 0, 0, 0 } },
        { NULL, "statmount", { 0, 0, 0, 0 } },
        { NULL, "listmount", { 0, 0, 0, 0 } },
        { NULL, "swapon", { P(at.data), 0 } },
        { NULL, "swapoff", { P(at.data) } },
        { NULL, "acct", { P(at.data) } },
        { NULL, "quotactl", { 0, 0, 0, 0 } },
        { NULL, "quotactl_fd", { at.fd, 0, 0, 0 } },
        { NULL, "sethostname", { P("lrrun"), 5 } },
        { NULL, "setdomainname", { P("lrrun"), 5 } },
        { NULL, "settimeofday", { 0, 0 } },
        { NULL, "clock_settime", { 0, P(room) } },
        { NULL, "adjtimex", { P(room) } },
        { NULL, "clock_adjtime", { 0, P(room) } },
    };
    TRY_ALL(list);
}

static void try_kernel(void)
{
    static char room[256];
    const attempt list[] = {
        { NULL, "bpf", { 0, P(room), sizeof room } },
        { NULL, "perf_event_open", { P(room), 0, -1, -1, 0 } },
        { NULL, "keyctl", { 0, -3, 0, 0, 0 } },
        { NULL, "add_key", { P("user"), P("x"), P("y"), 1, -3 } },
        { NULL, "request_key", { P("user"), P("x"), 0, -3 } },
        { NULL, "iopl", { 3 } },
        { NULL, "ioperm", { 0, 1, 1 } },
        { NULL, "reboot", { 0, 0, 0, 0 } }, /* its magic is missing */
        { NULL, "kexec_load", { 0, 0, 0, 0 } },
        { NULL, "kexec_file_load", { -1, -1, 0, 0, 0 } },
        { NULL, "init_module", { 0, 0, P("") } },
        { NULL, "finit_module", { -1, P(""), 0 } },
        { NULL, "delete_module", { P("lrrun"), 0 } },
        { NULL, "syslog", { 10, 0, 0 } },
        { NULL, "lookup_dcookie", { 0, P(room), sizeof room } },
        { NULL, "uname", { P(room) } },
        { NULL, "sysfs", { 3 } },
    };
    TRY_ALL(list);
    seen->rows[seen->tried].what = "a number of no call";
    seen->rows[seen->tried].got = syscall(500);
    seen->rows[seen->tried].error = errno;
    seen->denied += is_denial(seen->rows[seen->tried].got, errno);
    seen->tried++;
}

#endif
