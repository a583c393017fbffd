/* rename.c -- see rename.h. */
#define _GNU_SOURCE
#include "os/rename.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A server's answer may be lost, and the question that is asked again then finds the name
** taken, by itself: the number of names tells. */
static int has_two_names(int at, const char *path)
{
    struct stat sb;
    return fstatat(at, path, &sb, AT_SYMLINK_NOFOLLOW) == 0 && sb.st_nlink == 2;
}

int lrr_rename_by_link(int from_at, const char *from, int to_at, const char *to)
{
    if (linkat(from_at, from, to_at, to, 0) != 0) {
        const int code = errno;
        if (code == EPERM || code == EOPNOTSUPP || code == ENOSYS) {
            errno = EINVAL;
            return -1;
        }
        if (code != EEXIST || !has_two_names(from_at, from)) {
            errno = code;
            return -1;
        }
    }
    return unlinkat(from_at, from, 0);
}

int lrr_rename_new(int from_at, const char *from, int to_at, const char *to)
{
    const int rc = renameat2(from_at, from, to_at, to, RENAME_NOREPLACE);
    return rc == 0 || (errno != EINVAL && errno != ENOSYS)
               ? rc
               : lrr_rename_by_link(from_at, from, to_at, to);
}
