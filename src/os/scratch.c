/* scratch.c -- see scratch.h. */
#define _GNU_SOURCE
#include "os/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/budget.h"
#include "os/calls.h"
#include "os/room.h"

struct lrr_scratch {
    int fd;
    uint64_t bytes;
};

/* Errors of file systems that have no files without a name, or cannot reserve room. */
static bool is_lack(int error)
{
    return error == EOPNOTSUPP || error == EISDIR || error == ENOSYS || error == EINVAL;
}

/* A file whose name goes at once, where there are none without. */
static int make_by_name(int folder)
{
    char name[64];
    int fd;
    snprintf(name, sizeof name, ".lrrun.%ld.0.tmp", (long)getpid());
    fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void)unlinkat(folder, name, 0);
    return fd;
}

/* Bytes that may be taken, or -1 with errno. */
static int look(int folder, uint64_t *room)
{
    struct statfs fs;
    uint64_t free_bytes;
    if (fstatfs(folder, &fs) != 0)
        return -1;
    if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC) {
        errno = EXDEV;
        return -1;
    }
    /* NFS and FUSE count in fragments; f_bsize is what they like to be read by */
    free_bytes =
        (uint64_t)fs.f_bavail * (uint64_t)(fs.f_frsize > 0 ? fs.f_frsize : fs.f_bsize);
    *room = free_bytes / 2;
    return 0;
}

static int reserve(int fd, uint64_t bytes)
{
    int rc;
    do
        rc = fallocate(fd, 0, 0, (off_t)bytes);
    while (rc != 0 && errno == EINTR);
    return rc == 0 || is_lack(errno) ? 0 : -1;
}

int lrr_scratch_make_at(int folder, uint64_t bytes, uint64_t *room)
{
    int fd, error;
    *room = 0;
    if (look(folder, room) != 0)
        return -1;
    if (bytes == 0 || bytes > INT64_MAX || bytes > *room) {
        errno = ENOSPC;
        return -1;
    }
    fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && is_lack(errno))
        fd = make_by_name(folder);
    if (fd >= 0 && reserve(fd, bytes) != 0) {
        error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int lrr_scratch_make(const char *folder, uint64_t bytes, uint64_t *room)
{
    const int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd, error;
    *room = 0;
    if (at < 0)
        return -1;
    fd = lrr_scratch_make_at(at, bytes, room);
    error = errno;
    close(at);
    errno = error;
    return fd;
}

static lrr_status fail(const char *folder, uint64_t bytes, uint64_t room,
                       lrr_error *err)
{
    const int code = errno;
    char wanted[LRR_SIZE_TEXT], there[LRR_SIZE_TEXT], why[LRR_WHY_TEXT];
    if (code == ENOSPC && room < bytes)
        return lrr_fail(err, LRR_EIO,
                        "%s has room for %s (half of what is free), and %s are wanted "
                        "(--out: another disk)",
                        lrr_path_end(folder), lrr_size_text((size_t)room, there),
                        lrr_size_text((size_t)bytes, wanted));
    if (code == EXDEV)
        return lrr_fail(err, LRR_EIO, "files in %s lie in memory (--out: a disk)",
                        lrr_path_end(folder));
    return lrr_fail(err, LRR_EIO, "%s: %s", lrr_path_end(folder),
                    lrr_room_why(code, why));
}

lrr_status lrr_scratch_open(const char *folder, uint64_t bytes, lrr_scratch **out,
                            lrr_error *err)
{
    lrr_scratch *s = NULL;
    uint64_t room = 0;
    lrr_status st = lrr_mem_new(1, sizeof *s, "a file without a name", &s, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    s->fd = -1;
    st = lrr_budget_half(bytes, err);
    if (st == LRR_OK) {
        s->bytes = bytes;
        s->fd = lrr_calls()->scratch(folder, bytes, &room);
        if (s->fd < 0)
            st = fail(folder, bytes, room, err);
    }
    if (st != LRR_OK) {
        lrr_scratch_free(s);
        return st;
    }
    *out = s;
    return LRR_OK;
}

void lrr_scratch_free(lrr_scratch *s)
{
    if (s == NULL)
        return;
    if (s->fd >= 0)
        (void)lrr_calls()->close(s->fd);
    lrr_budget_give(s->bytes, 0);
    lrr_mem_free(s);
}

/* Whether the n bytes at `at` lie within the file. */
static bool is_within(const lrr_scratch *s, uint64_t at, size_t n)
{
    return at <= s->bytes && n <= s->bytes - at;
}

bool lrr_scratch_write(lrr_scratch *s, uint64_t at, const void *data, size_t n)
{
    LRR_ASSERT(is_within(s, at, n));
    for (const char *from = data; n > 0;) {
        ssize_t put = lrr_calls()->pwrite(s->fd, from, n, (off_t)at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        from += put;
        at += (uint64_t)put;
        n -= (size_t)put;
    }
    return true;
}

bool lrr_scratch_read(const lrr_scratch *s, uint64_t at, void *data, size_t n)
{
    LRR_ASSERT(is_within(s, at, n));
    for (char *to = data; n > 0;) {
        ssize_t got = lrr_calls()->pread(s->fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

void lrr_scratch_expect(const lrr_scratch *s, uint64_t at, size_t n)
{
    LRR_ASSERT(is_within(s, at, n));
    (void)posix_fadvise(s->fd, (off_t)at, (off_t)n, POSIX_FADV_WILLNEED);
}
