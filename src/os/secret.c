/* secret.c -- see secret.h. */
#define _GNU_SOURCE
#include "os/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/calls.h"

static lrr_status fail_path(lrr_error *err, const char *path, const char *why)
{
    return lrr_fail(err, LRR_EIO, "the user's key %s: %s", lrr_path_end(path), why);
}

static lrr_status read_key(int fd, const char *path, unsigned char *key, lrr_error *err)
{
    struct stat sb;
    if (lrr_calls()->fstat(fd, &sb) != 0)
        return fail_path(err, path, strerror(errno));
    if (!S_ISREG(sb.st_mode) || sb.st_uid != geteuid() || (sb.st_mode & 077) != 0)
        return fail_path(err, path,
                         "is no plain file that you alone can read (chmod 600)");
    if (sb.st_size != LRR_SECRET_BYTES ||
        lrr_calls()->pread(fd, key, LRR_SECRET_BYTES, 0) != LRR_SECRET_BYTES)
        return fail_path(err, path, "is no key of lrrun; delete it for a new one");
    return LRR_OK;
}

/* A new key under a name of its own, then in its place unless one is there. */
static lrr_status make_key(const char *path, lrr_error *err)
{
    unsigned char key[LRR_SECRET_BYTES];
    char temp[4096];
    const int length = snprintf(temp, sizeof temp, "%s.%ld", path, (long)getpid());
    lrr_status st = LRR_OK;
    bool ok;
    int fd;

    if (length < 0 || (size_t)length >= sizeof temp)
        return fail_path(err, path, "the name is too long");
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
        return fail_path(err, path, strerror(errno));
    fd = lrr_calls()->open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_path(err, path, strerror(errno));
    ok = lrr_calls()->write(fd, key, sizeof key) == (ssize_t)sizeof key &&
         lrr_calls()->fsync(fd) == 0;
    ok = lrr_calls()->close(fd) == 0 && ok;
    if (!ok || (lrr_calls()->renameat2(AT_FDCWD, temp, AT_FDCWD, path,
                                       RENAME_NOREPLACE) != 0 &&
                errno != EEXIST))
        st = fail_path(err, path, strerror(errno));
    lrr_calls()->remove(temp); /* gone already where it was put in its place */
    return st;
}

lrr_status lrr_secret(const char *path, bool make, unsigned char *key, bool *found,
                      lrr_error *err)
{
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    lrr_status st;
    int fd = lrr_calls()->open(path, flags, 0);

    *found = false;
    if (fd < 0 && errno == ENOENT && make) {
        st = make_key(path, err);
        if (st != LRR_OK)
            return st;
        fd = lrr_calls()->open(path, flags, 0);
    }
    if (fd < 0)
        return errno == ENOENT && !make ? LRR_OK
                                        : fail_path(err, path, strerror(errno));
    st = read_key(fd, path, key, err);
    lrr_calls()->close(fd);
    *found = st == LRR_OK;
    return st;
}
