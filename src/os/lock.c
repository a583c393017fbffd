/* lock.c -- see lock.h. */
#define _GNU_SOURCE
#include "os/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "os/calls.h"
#include "os/room.h"

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

static bool write_new(const char *path, const lrr_claimed *what, int flags)
{
    const int fd =
        lrr_calls()->open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    bool ok;
    if (fd < 0)
        return false;
    ok = write_all(fd, what->text, what->n) &&
         (!what->lasting || lrr_calls()->fsync(fd) == 0);
    return lrr_calls()->close(fd) == 0 && ok;
}

/* A name beside the path that no process of another host comes to at the same moment. */
static bool name_beside(const char *path, char *out, size_t room)
{
    struct timespec now = { 0 };
    int n;
    clock_gettime(CLOCK_REALTIME, &now);
    n = snprintf(out, room, "%s.%ld%09ld", path, (long)getpid(), now.tv_nsec);
    return n >= 0 && (size_t)n < room;
}

lrr_status lrr_claim(const char *path, const lrr_claimed *what, bool *taken,
                     lrr_error *err)
{
    char temp[4096], why[LRR_WHY_TEXT];
    int code;

    *taken = false;
    if (!name_beside(path, temp, sizeof temp))
        return lrr_fail(err, LRR_EIO, "cannot lock %s: the name is too long",
                        lrr_path_end(path));
    if (!write_new(temp, what, O_TRUNC)) {
        code = errno;
        lrr_calls()->remove(temp);
        return lrr_fail(err, LRR_EIO, "cannot write %s: %s", temp,
                        lrr_room_why(code, why));
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
        *taken = write_new(path, what, O_EXCL);
        if (*taken || errno == EEXIST)
            return LRR_OK;
        code = errno;
    }
    return lrr_fail(err, LRR_EIO, "cannot lock %s: %s", path, lrr_room_why(code, why));
}

bool lrr_end_with(long parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && (long)getppid() == parent;
}
