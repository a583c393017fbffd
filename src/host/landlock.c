/* landlock.c -- see landlock.h. Source: Documentation/userspace-api/landlock.rst of Linux;
** rights that Debian 12's headers (version 2) lack stand here with its numbers. */
#define _GNU_SOURCE
#include "host/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/calls.h"

#define FILE_READ  ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE)
#define DIR_READ   (FILE_READ | LANDLOCK_ACCESS_FS_READ_DIR)
#define TRUNCATE   ((uint64_t)1 << 14)
#define IOCTL_DEV  ((uint64_t)1 << 15)
#define FILE_WRITE (LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE)
#define DIR_WRITE                                                                  \
    (FILE_WRITE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)
#define EXECUTE ((uint64_t)LANDLOCK_ACCESS_FS_EXECUTE)

/* struct landlock_ruleset_attr as of version 6; older kernels take its beginning. */
typedef struct attributes {
    uint64_t files, ports, scopes;
} attributes;

/* What the C library and the terminal read. */
static const char *const SYSTEM[] = {
    "/etc/localtime", "/proc/self",   "/proc/cpuinfo",
    "/proc/meminfo",  "/proc/stat",   "/sys/devices/system",
    "/sys/fs/cgroup", "/dev/urandom", NULL
};

static lrr_status fail_errno(lrr_error *err, const char *doing)
{
    return lrr_fail(err, LRR_EIO, "sandbox: cannot %s: %s", doing, strerror(errno));
}

int lrr_landlock_version(void)
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 || lrr_calls_lack("landlock") ? 0 : (int)version;
}

/* Everything that this version can deny, denied: a rule gives back some of it. */
static attributes denied(int version)
{
    attributes a = { .files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
    if (version >= 2)
        a.files |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        a.files |= TRUNCATE;
    if (version >= 4)
        a.ports = 3; /* bind, connect */
    if (version >= 5)
        a.files |= IOCTL_DEV;
    if (version >= 6)
        a.scopes = 3; /* abstract sockets, signals */
    return a;
}

static size_t size_of(int version)
{
    return version >= 6 ? sizeof(attributes) : version >= 4 ? 16 : 8;
}

/* A ruleset that is being written, and the rights that it denies without a rule. */
typedef struct ruleset {
    int fd;
    uint64_t handled;
} ruleset;

/* Lets `path` and what is below it be used with these rights; a missing path is none. */
static int allow(const ruleset *set, const char *path, uint64_t rights)
{
    struct landlock_path_beneath_attr rule = { .allowed_access =
                                                   rights & set->handled };
    struct stat sb;
    int rc, fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return 0;
    if (fstat(fd, &sb) == 0 && !S_ISDIR(sb.st_mode))
        rule.allowed_access &= FILE_READ | FILE_WRITE | EXECUTE;
    rule.parent_fd = fd;
    rc = (int)syscall(SYS_landlock_add_rule, set->fd, LANDLOCK_RULE_PATH_BENEATH, &rule,
                      0);
    close(fd);
    return rc;
}

static int allow_all(const ruleset *set, const char *const *paths, uint64_t rights)
{
    for (; paths != NULL && *paths != NULL; paths++)
        if (allow(set, *paths, rights) != 0)
            return -1;
    return 0;
}

/* Folders of files that are written: to be synced, which takes opening them. */
static int allow_folders_of(const ruleset *set, const char *const *files)
{
    for (; files != NULL && *files != NULL; files++) {
        char folder[PATH_MAX];
        const char *slash = strrchr(*files, '/');
        const size_t n = slash == NULL ? 0 : (size_t)(slash - *files) + 1;
        snprintf(folder, sizeof folder, "%.*s", n == 0 ? 1 : (int)n,
                 n == 0 ? "." : *files);
        if (allow(set, folder, LANDLOCK_ACCESS_FS_READ_DIR) != 0 ||
            allow(set, *files, FILE_READ) != 0)
            return -1;
    }
    return 0;
}

/* Where a build that counts which lines run (make cover) keeps its counters. */
static int allow_counters(const ruleset *set)
{
#ifdef LRR_COVER
    return allow(set, LRR_COVER, DIR_READ | DIR_WRITE);
#else
    (void)set;
    return 0;
#endif
}

lrr_status lrr_landlock_apply(const lrr_lockdown *rules, int version, lrr_error *err)
{
    const attributes all = denied(version);
    ruleset set = { .handled = all.files };
    bool ok;

    set.fd = (int)syscall(SYS_landlock_create_ruleset, &all, size_of(version), 0);
    if (set.fd < 0)
        return fail_errno(err, "make Landlock's rules");
    ok = allow_all(&set, SYSTEM, DIR_READ) == 0 &&
         allow_all(&set, rules->read, DIR_READ) == 0 &&
         allow_all(&set, rules->makes, DIR_READ) == 0 &&
         allow_all(&set, rules->folders, DIR_READ) == 0 &&
         allow_folders_of(&set, rules->files) == 0 && allow_counters(&set) == 0 &&
         syscall(SYS_landlock_restrict_self, set.fd, 0) == 0;
    close(set.fd);
    return ok ? LRR_OK : fail_errno(err, "apply Landlock's rules");
}
