/* file.c -- see file.h. */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/budget.h"
#include "os/calls.h"
#include "os/clock.h"
#include "os/interrupt.h"
#include "os/room.h"

enum { PATH_BYTES = 4096, MOST_NAMES = 10000 };

static const double LOCK_PATIENCE = 2.0; /* seconds */

struct lrr_outfile {
    int fd; /* -1 once closed */
    bool committed;
    uint64_t size;
    char path[PATH_BYTES];
    char temp[PATH_BYTES];
};

struct lrr_infile {
    int fd;
    uint64_t size;
    struct timespec changed; /* when it was opened */
    char path[PATH_BYTES];
};

struct lrr_logfile {
    int fd;
    uint64_t size;
    char path[PATH_BYTES];
};

static lrr_status fail_errno(lrr_error *err, const char *doing, const char *path)
{
    char why[LRR_WHY_TEXT];
    return lrr_fail(err, LRR_EIO, "cannot %s %s: %s", doing, lrr_path_end(path),
                    lrr_room_why(errno, why));
}

static lrr_status copy_path(const char *path, char out[PATH_BYTES], lrr_error *err)
{
    size_t n = strlen(path);
    if (n == 0 || n >= PATH_BYTES - 32)
        return lrr_fail(err, LRR_EIO, "cannot open '%s': the name is %s",
                        lrr_path_end(path), n == 0 ? "empty" : "too long");
    memcpy(out, path, n + 1);
    return LRR_OK;
}

static int open_fd(const char *path, int flags)
{
    int fd;
    do
        fd = lrr_calls()->open(path, flags | O_CLOEXEC, 0666);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static bool write_all(int fd, const char *data, size_t n)
{
    while (n > 0) {
        size_t part = n > ((size_t)1 << 30) ? (size_t)1 << 30 : n;
        ssize_t got = lrr_calls()->write(fd, data, part);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        data += got;
        n -= (size_t)got;
    }
    return true;
}

/* close() after EINTR has closed the file on Linux: never called twice. */
static bool close_fd(int *fd)
{
    bool ok = lrr_calls()->close(*fd) == 0;
    *fd = -1;
    return ok;
}

/* Length of the folder's part of path, 0 where there is none. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

static bool sync_folder_of(const char *path)
{
    char dir[PATH_BYTES];
    size_t n = folder_length(path);
    int fd;
    bool ok;

    if (n == 0) {
        dir[0] = '.';
        n = 1;
    } else {
        memcpy(dir, path, n);
    }
    dir[n] = '\0';
    fd = open_fd(dir, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return false;
    ok = lrr_calls()->fsync(fd) == 0;
    return close_fd(&fd) && ok;
}

lrr_status lrr_outfile_open(const char *path, lrr_outfile **out, lrr_error *err)
{
    static atomic_uint serial;
    int tries = 0;
    lrr_outfile *o;
    lrr_status st = lrr_mem_new(1, sizeof *o, "a file", &o, err);
    size_t n;

    *out = NULL;
    if (st != LRR_OK)
        return st;
    o->fd = -1;
    st = copy_path(path, o->path, err);
    if (st != LRR_OK)
        goto fail;
    n = folder_length(path);
    memcpy(o->temp, path, n);
    st = lrr_budget_name(path, err);
    if (st != LRR_OK)
        goto fail;
    do { /* a process of this number may have left one, or be at it on another host */
        snprintf(o->temp + n, PATH_BYTES - n, ".lrrun.%ld.%u.tmp", (long)getpid(),
                 atomic_fetch_add(&serial, 1));
        o->fd = open_fd(o->temp, O_RDWR | O_CREAT | O_EXCL);
    } while (o->fd < 0 && errno == EEXIST && ++tries < MOST_NAMES);
    if (o->fd < 0) {
        st = fail_errno(err, "write", path);
        lrr_budget_give(LRR_BUDGET_BLOCK, 1);
        goto fail;
    }
    *out = o;
    return LRR_OK;
fail:
    lrr_mem_free(o);
    return st;
}

lrr_status lrr_outfile_write(lrr_outfile *o, const void *data, size_t n, lrr_error *err)
{
    if (o->fd < 0)
        return lrr_fail(err, LRR_EIO, "cannot write %s: it is closed", o->path);
    if (lrr_budget_write(n, o->path, err) != LRR_OK)
        return LRR_EIO;
    o->size += n; /* whole or in part, until the file is put in place or removed */
    if (!write_all(o->fd, data, n))
        return fail_errno(err, "write", o->path);
    return LRR_OK;
}

lrr_status lrr_outfile_overwrite(lrr_outfile *o, const void *data, size_t n,
                                 lrr_error *err)
{
    LRR_ASSERT(n <= o->size);
    if (o->fd < 0)
        return lrr_fail(err, LRR_EIO, "cannot write %s: it is closed", o->path);
    if (lseek(o->fd, 0, SEEK_SET) != 0 || !write_all(o->fd, data, n) ||
        lseek(o->fd, 0, SEEK_END) < 0)
        return fail_errno(err, "write", o->path);
    return LRR_OK;
}

static lrr_status read_at(int fd, const char *path, uint64_t at, void *data, size_t n,
                          lrr_error *err)
{
    char *to = data;
    while (n > 0) {
        size_t part = n > ((size_t)1 << 30) ? (size_t)1 << 30 : n;
        ssize_t got;
        if (at > INT64_MAX)
            return lrr_fail(err, LRR_EIO, "%s ends before its content", path);
        got = lrr_calls()->pread(fd, to, part, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(err, "read", path);
        if (got == 0)
            return lrr_fail(err, LRR_EIO, "%s ends before its content", path);
        to += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return LRR_OK;
}

lrr_status lrr_outfile_read(lrr_outfile *o, uint64_t at, void *data, size_t n,
                            lrr_error *err)
{
    if (o->fd < 0)
        return lrr_fail(err, LRR_EIO, "cannot read %s: it is closed", o->path);
    return read_at(o->fd, o->path, at, data, n, err);
}

uint64_t lrr_outfile_size(const lrr_outfile *o)
{
    return o->size;
}

lrr_status lrr_outfile_place(lrr_outfile *o, lrr_error *err)
{
    struct stat old;
    bool replaces = stat(o->path, &old) == 0 && S_ISREG(old.st_mode);
    if (o->fd < 0)
        return lrr_fail(err, LRR_EIO, "cannot write %s: it is closed", o->path);
    if (!close_fd(&o->fd))
        return fail_errno(err, "write", o->path);
    if (lrr_calls()->rename(o->temp, o->path) != 0)
        return fail_errno(err, "put in place", o->path);
    o->committed = true;
    if (replaces)
        lrr_budget_give((uint64_t)old.st_size + LRR_BUDGET_BLOCK, 1);
    return LRR_OK;
}

lrr_status lrr_outfile_commit(lrr_outfile *o, lrr_error *err)
{
    lrr_status st;
    if (o->fd >= 0 && lrr_calls()->fsync(o->fd) != 0)
        return fail_errno(err, "write", o->path);
    st = lrr_outfile_place(o, err);
    if (st == LRR_OK && !sync_folder_of(o->path))
        return fail_errno(err, "make durable (it is in place)", o->path);
    return st;
}

void lrr_outfile_free(lrr_outfile *o)
{
    if (o == NULL)
        return;
    if (o->fd >= 0)
        close_fd(&o->fd);
    if (!o->committed) {
        lrr_calls()->remove(o->temp);
        lrr_budget_give(o->size + LRR_BUDGET_BLOCK, 1);
    }
    lrr_mem_free(o);
}

lrr_status lrr_infile_open(const char *path, lrr_infile **out, lrr_error *err)
{
    lrr_infile *f;
    struct stat sb;
    lrr_status st = lrr_mem_new(1, sizeof *f, "a file", &f, err);

    *out = NULL;
    if (st != LRR_OK)
        return st;
    st = copy_path(path, f->path, err);
    if (st != LRR_OK) {
        lrr_mem_free(f);
        return st;
    }
    f->fd = open_fd(path, O_RDONLY | O_NONBLOCK); /* a FIFO must not hold us up */
    if (f->fd < 0 || lrr_calls()->fstat(f->fd, &sb) != 0) {
        st = fail_errno(err, "read", path);
    } else if (!S_ISREG(sb.st_mode)) {
        st = lrr_fail(err, LRR_EIO, "cannot read %s: it is no plain file", path);
    } else {
        f->size = (uint64_t)sb.st_size;
        f->changed = sb.st_mtim;
        *out = f;
        return LRR_OK;
    }
    lrr_infile_free(f);
    return st;
}

uint64_t lrr_infile_size(const lrr_infile *f)
{
    return f->size;
}

lrr_status lrr_infile_check(const lrr_infile *f, lrr_error *err)
{
    struct stat sb;
    if (lrr_calls()->fstat(f->fd, &sb) != 0)
        return fail_errno(err, "read", f->path);
    if ((uint64_t)sb.st_size != f->size)
        return lrr_fail(err, LRR_EIO,
                        "%s was changed while it was in use: it has %" PRIu64
                        " bytes, and had %" PRIu64,
                        lrr_path_end(f->path), (uint64_t)sb.st_size, f->size);
    if (sb.st_mtim.tv_sec != f->changed.tv_sec ||
        sb.st_mtim.tv_nsec != f->changed.tv_nsec)
        return lrr_fail(err, LRR_EIO,
                        "%s was written to while it was in use (its time of change is "
                        "another)",
                        lrr_path_end(f->path));
    return LRR_OK;
}

lrr_status lrr_infile_read(lrr_infile *f, uint64_t at, void *data, size_t n,
                           lrr_error *err)
{
    return read_at(f->fd, f->path, at, data, n, err);
}

void lrr_infile_expect(const lrr_infile *f, uint64_t at, size_t n)
{
    if (at <= INT64_MAX && n <= INT64_MAX)
        (void)posix_fadvise(f->fd, (off_t)at, (off_t)n, POSIX_FADV_WILLNEED);
}

void lrr_infile_free(lrr_infile *f)
{
    if (f == NULL)
        return;
    if (f->fd >= 0)
        close_fd(&f->fd);
    lrr_mem_free(f);
}

/* Where the last whole line of the first `size` bytes ends. */
static lrr_status whole_lines(int fd, const char *path, uint64_t size, uint64_t *end,
                              lrr_error *err)
{
    char buf[4096];
    while (size > 0) {
        size_t n = size < sizeof buf ? (size_t)size : sizeof buf;
        ssize_t got = lrr_calls()->pread(fd, buf, n, (off_t)(size - n));
        if (got != (ssize_t)n)
            return fail_errno(err, "read", path);
        for (size_t i = n; i > 0; i--) {
            if (buf[i - 1] == '\n') {
                *end = size - n + i;
                return LRR_OK;
            }
        }
        size -= n;
    }
    *end = 0;
    return LRR_OK;
}

lrr_status lrr_logfile_open(const char *path, uint64_t keep, lrr_logfile **out,
                            lrr_error *err)
{
    lrr_logfile *o;
    struct stat sb;
    lrr_status st = lrr_mem_new(1, sizeof *o, "a log", &o, err);

    *out = NULL;
    if (st != LRR_OK)
        return st;
    o->fd = -1;
    st = copy_path(path, o->path, err);
    if (st != LRR_OK)
        goto fail;
    /* Neither a link that leads elsewhere nor a FIFO that holds us up. */
    o->fd = open_fd(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
    if (o->fd < 0 || lrr_calls()->fstat(o->fd, &sb) != 0) {
        st = fail_errno(err, "write", path);
        goto fail;
    }
    if (!S_ISREG(sb.st_mode)) {
        st = lrr_fail(err, LRR_EIO, "cannot write %s: it is no plain file",
                      lrr_path_end(path));
        goto fail;
    }
    o->size = (uint64_t)sb.st_size;
    if (keep < o->size)
        o->size = keep;
    st = whole_lines(o->fd, path, o->size, &o->size, err);
    if (st != LRR_OK)
        goto fail;
    if (o->size != (uint64_t)sb.st_size &&
        lrr_calls()->ftruncate(o->fd, (off_t)o->size) != 0) {
        st = fail_errno(err, "cut", path);
        goto fail;
    }
    if (sb.st_size == 0)
        st = lrr_budget_name(path, err);
    else
        lrr_budget_give((uint64_t)sb.st_size - o->size, 0);
    if (st != LRR_OK)
        goto fail;
    *out = o;
    return LRR_OK;
fail:
    lrr_logfile_free(o);
    return st;
}

lrr_status lrr_logfile_write(lrr_logfile *o, const void *data, size_t n, lrr_error *err)
{
    if (lrr_budget_write(n, o->path, err) != LRR_OK)
        return LRR_EIO;
    if (!write_all(o->fd, data, n)) {
        lrr_status st = fail_errno(err, "write", o->path);
        /* A line in part would spoil the next one; if this fails too, the reader drops
        ** what does not end in a newline. */
        (void)!lrr_calls()->ftruncate(o->fd, (off_t)o->size);
        lrr_budget_give(n, 0);
        return st;
    }
    o->size += n;
    return LRR_OK;
}

lrr_status lrr_logfile_sync(lrr_logfile *o, lrr_error *err)
{
    return lrr_calls()->fsync(o->fd) == 0 ? LRR_OK : fail_errno(err, "write", o->path);
}

uint64_t lrr_logfile_size(const lrr_logfile *o)
{
    return o->size;
}

void lrr_logfile_free(lrr_logfile *o)
{
    if (o == NULL)
        return;
    if (o->fd >= 0)
        close_fd(&o->fd);
    lrr_mem_free(o);
}

struct lrr_dirlock {
    int fd;
};

/* flock without waiting for ever: what it gives, and errno. */
static int lock_soon(int fd)
{
    const struct timespec pause = { 0, 10000000 };
    const double until = lrr_clock_now() + LOCK_PATIENCE;
    int rc;

    do {
        rc = lrr_calls()->flock(fd, LOCK_EX | LOCK_NB);
        if (rc == 0 || (errno != EWOULDBLOCK && errno != EINTR))
            return rc;
        if (errno == EWOULDBLOCK)
            nanosleep(&pause, NULL);
    } while (lrr_clock_now() < until && lrr_interrupt_pending() == 0);
    errno = EWOULDBLOCK;
    return rc;
}

lrr_status lrr_dirlock_open(const char *path, lrr_dirlock **out, lrr_error *err)
{
    lrr_dirlock *o;
    lrr_status st = lrr_mem_new(1, sizeof *o, "a lock", &o, err);

    *out = NULL;
    if (st != LRR_OK)
        return st;
    o->fd = open_fd(path, O_RDONLY | O_DIRECTORY);
    if (o->fd < 0) {
        st = fail_errno(err, "open folder", path);
        lrr_dirlock_free(o);
        return st;
    }
    if (lock_soon(o->fd) != 0) {
        st = errno == EWOULDBLOCK
                 ? lrr_fail(err, LRR_EIO, "another lrrun is writing into %s", path)
                 : fail_errno(err, "lock folder", path);
        lrr_dirlock_free(o);
        return st;
    }
    *out = o;
    return LRR_OK;
}

void lrr_dirlock_free(lrr_dirlock *o)
{
    if (o == NULL)
        return;
    if (o->fd >= 0)
        close_fd(&o->fd);
    lrr_mem_free(o);
}

lrr_status lrr_dirlock_held(const char *path, bool *held, lrr_error *err)
{
    lrr_status st = LRR_OK;
    int fd = open_fd(path, O_RDONLY | O_DIRECTORY);

    *held = false;
    if (fd < 0)
        return fail_errno(err, "open folder", path);
    if (lrr_calls()->flock(fd, LOCK_SH | LOCK_NB) != 0) {
        *held = errno == EWOULDBLOCK;
        if (!*held)
            st = fail_errno(err, "lock folder", path);
    }
    close_fd(&fd);
    return st;
}

lrr_status lrr_dir_make(const char *path, bool *made, lrr_error *err)
{
    struct stat sb;
    bool counts = stat(path, &sb) != 0; /* what is there already is not made */
    *made = false;
    if (counts && lrr_budget_name(path, err) != LRR_OK)
        return LRR_EIO;
    if (lrr_calls()->mkdir(path, 0777) == 0) {
        *made = true;
        if (!sync_folder_of(path))
            return fail_errno(err, "make durable (it is in place)", path);
        return LRR_OK;
    }
    if (errno != EEXIST) {
        lrr_status st = fail_errno(err, "make folder", path);
        if (counts)
            lrr_budget_give(LRR_BUDGET_BLOCK, 1);
        return st;
    }
    if (lrr_calls()->stat(path, &sb) == 0 && S_ISDIR(sb.st_mode))
        return LRR_OK;
    return lrr_fail(err, LRR_EIO, "cannot make folder %s: a file is in its place",
                    path);
}
