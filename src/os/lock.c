/* lock.c -- see lock.h. */
#define _GNU_SOURCE
#include "os/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "os/calls.h"

static bool write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        const ssize_t done = lrr_calls()->write(fd, text, n);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            text += done;
            n -= (size_t)done;
        }
    }
    return true;
}

static bool write_new(const char *path, const char *text, size_t n, int flags)
{
    const int fd =
        lrr_calls()->open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    bool ok;
    if (fd < 0)
        return false;
    ok = write_all(fd, text, n);
    return lrr_calls()->close(fd) == 0 && ok;
}

lrr_status lrr_claim(const char *path, const char *text, size_t n, bool *taken,
                     lrr_error *err)
{
    char temp[4096];
    int code;
    const int length = snprintf(temp, sizeof temp, "%s.%ld", path, (long)getpid());

    *taken = false;
    if (length < 0 || (size_t)length >= sizeof temp)
        return lrr_fail(err, LRR_EIO, "cannot lock %s: the name is too long",
                        lrr_path_end(path));
    if (!write_new(temp, text, n, O_TRUNC)) {
        code = errno;
        lrr_calls()->remove(temp);
        return lrr_fail(err, LRR_EIO, "cannot write %s: %s", temp, strerror(code));
    }
    if (lrr_calls()->renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0) {
        *taken = true;
        return LRR_OK;
    }
    code = errno;
    lrr_calls()->remove(temp);
    if (code == EEXIST)
        return LRR_OK;
    if (code == EINVAL || code == ENOSYS) { /* not every file system can */
        *taken = write_new(path, text, n, O_EXCL);
        if (*taken || errno == EEXIST)
            return LRR_OK;
        code = errno;
    }
    return lrr_fail(err, LRR_EIO, "cannot lock %s: %s", path, strerror(code));
}

bool lrr_end_with(long parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && (long)getppid() == parent;
}
