/* errands.c -- see errands.h. */
#define _GNU_SOURCE
#include "os/errands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "os/calls.h"
#include "os/control.h"
#include "os/room.h"

/* Has it done: m is the answer then. False: errno says why not. */
static bool ask(lrr_control *m, int *fd)
{
    const int socket = lrr_control_socket();

    if (socket < 0) {
        errno = ENOSYS;
        return false;
    }
    if (!lrr_control_send(socket, m, -1) || !lrr_control_receive(socket, m, fd)) {
        errno = errno == 0 ? EPIPE : errno; /* it has gone */
        return false;
    }
    errno = (int)m->value;
    return errno == 0;
}

/* A request about a path; false: it is too long. */
static bool say(lrr_control *m, lrr_control_kind kind, int64_t value, const char *path)
{
    const size_t n = strlen(path);

    m->kind = (int32_t)kind;
    m->value = value;
    m->n = (uint32_t)n;
    if (n >= LRR_CONTROL_TEXT / 2) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(m->text, path, n);
    return true;
}

static bool ask_about(lrr_control_kind kind, int64_t value, const char *path)
{
    lrr_control m;
    return say(&m, kind, value, path) && ask(&m, NULL);
}

/* ---- the calls of calls.h that write ---- */

static int errand_open(const char *path, int flags, mode_t mode)
{
    lrr_control m;
    int fd;

    if ((flags & (O_ACCMODE | O_CREAT | O_TRUNC)) == O_RDONLY)
        return open(path, flags, mode);
    if (!say(&m, LRR_CONTROL_OPEN, flags, path) || !ask(&m, &fd))
        return -1;
    if (fd < 0)
        errno = EIO; /* the answer brought none: too many are open */
    return fd;
}

static int errand_mkdir(const char *path, mode_t mode)
{
    struct stat sb;

    (void)mode; /* as the umask has it, which both processes share */
    if (ask_about(LRR_CONTROL_MKDIR, 0, path))
        return 0;
    if (errno == EPERM && stat(path, &sb) == 0) /* as the system looks at that first */
        errno = EEXIST;
    return -1;
}

static int errand_remove(const char *path)
{
    struct stat sb;

    if (ask_about(LRR_CONTROL_REMOVE, 0, path))
        return 0;
    if (errno == EPERM && lstat(path, &sb) != 0)
        errno = ENOENT;
    return -1;
}

static int rename_with(const char *from, const char *to, unsigned flags)
{
    const size_t a = strlen(from) + 1, b = strlen(to) + 1;
    lrr_control m;

    if (!say(&m, LRR_CONTROL_RENAME, (int64_t)flags, from))
        return -1;
    if (b > LRR_CONTROL_TEXT - a) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(m.text, from, a);
    memcpy(m.text + a, to, b);
    m.n = (uint32_t)(a + b);
    return ask(&m, NULL) ? 0 : -1;
}

static int errand_rename(const char *from, const char *to)
{
    return rename_with(from, to, 0);
}

/* Paths are never relative to a folder that is open. */
static int errand_renameat2(int from_at, const char *from, int to_at, const char *to,
                            unsigned flags)
{
    (void)from_at;
    (void)to_at;
    return rename_with(from, to, flags);
}

static int errand_scratch(const char *folder, uint64_t bytes, uint64_t *room)
{
    lrr_control m;
    int fd, error;

    *room = 0;
    if (bytes > INT64_MAX) {
        errno = ENOSPC;
        return -1;
    }
    if (!say(&m, LRR_CONTROL_SCRATCH, (int64_t)bytes, folder))
        return -1;
    if (!ask(&m, &fd)) {
        error = errno;
        if (m.n == sizeof *room)
            memcpy(room, m.text, sizeof *room);
        errno = error;
        return -1;
    }
    if (fd < 0)
        errno = EIO;
    return fd;
}

/* ---- before the lock ---- */

static const char NOBODY[] = "this process has no supervisor";

static lrr_status fail(lrr_error *err, const char *what)
{
    char why[LRR_WHY_TEXT];
    return lrr_fail(err, LRR_EIO, "sandbox: cannot %s: %s", what,
                    errno == ENOSYS ? NOBODY : lrr_room_why(errno, why));
}

static bool tell(const lrr_control *m)
{
    const int socket = lrr_control_socket();
    if (socket < 0)
        errno = ENOSYS;
    return socket >= 0 && lrr_control_send(socket, m, -1);
}

/* Takes the answer to the oldest request. False: errno. */
static bool hear(void)
{
    lrr_control m;
    if (!lrr_control_receive(lrr_control_socket(), &m, NULL)) {
        errno = errno == 0 ? EPIPE : errno;
        return false;
    }
    errno = (int)m.value;
    return errno == 0;
}

static lrr_status no_grant(const char *path, lrr_error *err)
{
    char why[LRR_WHY_TEXT];
    return lrr_fail(err, LRR_EIO, "cannot write %s: %s", lrr_path_end(path),
                    errno == ENOSYS ? NOBODY : lrr_room_why(errno, why));
}

/* Takes the answers that are due; the first refusal counts. */
static lrr_status hear_grants(lrr_grants *g, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t i = 0; i < g->n; i++)
        if (!hear() && st == LRR_OK)
            st = no_grant(g->path[i], err);
    g->n = 0;
    return st;
}

lrr_status lrr_errands_grant(lrr_grants *g, lrr_grant what, const char *path,
                             lrr_error *err)
{
    lrr_control m;
    lrr_status st = g->n == LRR_GRANTS ? hear_grants(g, err) : LRR_OK;
    if (st != LRR_OK)
        return st;
    if (!say(&m, LRR_CONTROL_GRANT, what, path) || !tell(&m))
        return no_grant(path, err);
    g->path[g->n++] = path;
    return LRR_OK;
}

lrr_status lrr_errands_worker(lrr_grants *g, const char *words, size_t n,
                              int64_t memory, lrr_error *err)
{
    lrr_status st = hear_grants(g, err);
    lrr_control m = { .kind = LRR_CONTROL_WORKER, .n = (uint32_t)n, .value = memory };

    if (st != LRR_OK)
        return st;
    if (n > LRR_CONTROL_TEXT)
        return lrr_fail(err, LRR_EIO, "sandbox: too many words for a worker");
    memcpy(m.text, words, n);
    return ask(&m, NULL) ? LRR_OK : fail(err, "prepare workers");
}

lrr_status lrr_errands_seal(lrr_grants *g, lrr_error *err)
{
    const lrr_control m = { .kind = LRR_CONTROL_SEAL };
    g->sealing = tell(&m);
    return g->sealing ? LRR_OK : fail(err, "hand writing over");
}

lrr_status lrr_errands_sealed(lrr_grants *g, lrr_error *err)
{
    const lrr_call_writing calls = { errand_open,   errand_rename, errand_renameat2,
                                     errand_remove, errand_mkdir,  errand_scratch };
    lrr_status st = hear_grants(g, err);

    if (!g->sealing)
        return st;
    if (!hear() && st == LRR_OK)
        st = fail(err, "hand writing over");
    if (st == LRR_OK)
        lrr_calls_write_by(&calls);
    return st;
}

/* ---- workers ---- */

lrr_status lrr_errands_start(const char *folder, const char *trial, int threads,
                             int64_t memory, int *id, lrr_error *err)
{
    const size_t n = strlen(trial) + 1;
    lrr_control m;
    bool ok = say(&m, LRR_CONTROL_START, threads, folder);

    if (ok && m.n + 1 + n + sizeof memory > sizeof m.text) {
        errno = ENAMETOOLONG;
        ok = false;
    }
    if (ok) {
        m.text[m.n] = '\0';
        memcpy(m.text + m.n + 1, trial, n);
        memcpy(m.text + m.n + 1 + n, &memory, sizeof memory);
        m.n += (uint32_t)(1 + n + sizeof memory);
        ok = ask(&m, NULL) && m.n == sizeof *id;
    }
    if (!ok)
        return lrr_fail(err, LRR_EIO, "cannot start a worker for trial %s of %s: %s",
                        trial, lrr_path_end(folder), strerror(errno));
    memcpy(id, m.text, sizeof *id);
    return LRR_OK;
}

lrr_status lrr_errands_wait(int id, bool *ended, int *code, lrr_error *err)
{
    lrr_control m = { .kind = LRR_CONTROL_WAIT, .value = id };

    if (!ask(&m, NULL))
        return lrr_fail(err, LRR_EIO, "cannot wait for worker %d: %s", id,
                        strerror(errno));
    *ended = m.n == sizeof *code;
    if (*ended)
        memcpy(code, m.text, sizeof *code);
    return LRR_OK;
}

void lrr_errands_stop(int id, bool by_sigint)
{
    lrr_control m = { .kind = LRR_CONTROL_STOP, .value = id, .n = by_sigint };
    (void)ask(&m, NULL); /* workers end with the supervisor at the latest */
}
