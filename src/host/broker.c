/* broker.c -- see broker.h. */
#define _GNU_SOURCE
#include "host/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/fresh.h"
#include "host/path.h"
#include "host/signature.h"
#include "host/workers.h"
#include "os/errands.h"
#include "os/rename.h"
#include "os/scratch.h"

enum { PATH_BYTES = LRR_PATH_BYTES, ROOTS = 64, MADE = 1 << 20 };

/* What was granted before the seal. */
typedef struct root {
    lrr_grant what;
    int fd;                  /* the folder; of a file: the one that it is in */
    char given[PATH_BYTES];  /* as it was named, absolute; "" is the root of all */
    char real[PATH_BYTES];   /* the same without links */
    char name[NAME_MAX + 1]; /* of a file */
} root;

/* A folder that was made below a root, and which it was. */
typedef struct made {
    const root *in;
    char *path; /* below the root */
    dev_t device;
    ino_t inode;
} made;

struct lrr_broker {
    bool sealed;
    size_t n_roots, n_made, room;
    root *roots[ROOTS];
    made *made;
    int recipe_fd; /* -1: there is none */
    char recipe[PATH_BYTES], cwd[PATH_BYTES];
    lrr_workers workers;
    lrr_fresh fresh;
};

/* Where a path leads: `name` in the folder fd. */
typedef enum standing {
    INSIDE,  /* beneath something owned */
    ITSELF,  /* a folder that was made */
    STRANGE, /* somewhere else in a folder in which new ones may be made */
} standing;

typedef struct place {
    int fd;
    char name[NAME_MAX + 1];
    standing is;
    made *of;       /* of ITSELF */
    const root *in; /* of STRANGE, with the path below it */
    char rest[PATH_BYTES];
} place;

/* ---- paths ---- */

static const char *below_root(const root *r, const char *path)
{
    const char *rest = lrr_path_below(r->given, path);
    return rest != NULL ? rest : lrr_path_below(r->real, path);
}

static int enter(int fd, const char *name)
{
    return openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool exists(int fd, const char *name)
{
    struct stat sb;
    return fstatat(fd, name, &sb, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A folder that holds somebody's results. */
static bool is_taken(int fd)
{
    return exists(fd, "run.yaml") || exists(fd, "journal.log");
}

/* p->fd and p->name = where `rest` leads from fd; with `strange` not through results. Gives
** 0 or an errno. */
static int walk(int fd, const char *rest, bool strange, place *p)
{
    int at = fcntl(fd, F_DUPFD_CLOEXEC, 0), rc = at < 0 ? errno : 0;

    while (rc == 0) {
        const size_t n = strcspn(rest, "/");
        int next;
        if (n == 0 || n > NAME_MAX) {
            rc = n == 0 ? EPERM : ENAMETOOLONG;
            break;
        }
        memcpy(p->name, rest, n);
        p->name[n] = '\0';
        if (strcmp(p->name, "..") == 0) {
            rc = EPERM;
            break;
        }
        if (rest[n] == '\0')
            break;
        rest += n + 1;
        next = enter(at, p->name);
        rc = next < 0 ? errno : strange && is_taken(next) ? EPERM : 0;
        close(at);
        at = next;
    }
    if (rc != 0 && at >= 0)
        close(at);
    p->fd = rc == 0 ? at : -1;
    return rc;
}

/* The file itself, or what os/file.c writes before it takes the file's place. */
static bool is_file_of(const root *r, const char *rest)
{
    int end = 0;
    if (strcmp(rest, r->name) == 0)
        return true;
    (void)sscanf(rest, ".lrrun.%*u.%*u.tmp%n", &end);
    return end > 0 && rest[end] == '\0';
}

/* The folder that was made below r and holds `rest`; *inner = what follows it. */
static made *owner(lrr_broker *b, const root *r, const char *rest, const char **inner)
{
    for (size_t i = b->n_made; i-- > 0;) {
        made *m = &b->made[i];
        *inner = m->in == r ? lrr_path_below(m->path, rest) : NULL;
        if (*inner != NULL)
            return m;
    }
    return NULL;
}

/* The folder, if it is still the one that was made. */
static int enter_made(const made *m)
{
    struct stat sb;
    place p;
    int fd, rc = walk(m->in->fd, m->path, false, &p);

    if (rc != 0) {
        errno = rc;
        return -1;
    }
    fd = enter(p.fd, p.name);
    close(p.fd);
    if (fd >= 0 &&
        (fstat(fd, &sb) != 0 || sb.st_dev != m->device || sb.st_ino != m->inode)) {
        close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

static int find_made(const root *r, made *m, const char *rest, const char *inner,
                     place *p)
{
    int fd, rc;

    p->is = *inner == '\0' ? ITSELF : INSIDE;
    p->of = m;
    if (p->is == ITSELF)
        return walk(r->fd, rest, false, p);
    fd = enter_made(m);
    if (fd < 0)
        return errno;
    rc = walk(fd, inner, false, p);
    close(fd);
    return rc;
}

static int find_strange(lrr_broker *b, const char *path, place *p)
{
    for (size_t i = 0; i < b->n_roots; i++) {
        const root *r = b->roots[i];
        const char *rest = r->what == LRR_GRANT_MAKES ? below_root(r, path) : NULL;
        if (rest == NULL || *rest == '\0')
            continue;
        p->is = STRANGE;
        p->in = r;
        snprintf(p->rest, sizeof p->rest, "%s", rest);
        return walk(r->fd, rest, true, p);
    }
    return EPERM;
}

/* Where the path leads; gives 0 (p->fd is the caller's to close) or an errno. */
static int find(lrr_broker *b, const char *text, size_t n, place *p)
{
    char path[PATH_BYTES];

    p->fd = -1; /* what is none, for whoever does not look at the answer */
    if (!lrr_path_normal(b->cwd, text, n, path))
        return ENAMETOOLONG;
    for (size_t i = 0; i < b->n_roots; i++) {
        const root *r = b->roots[i];
        const char *inner, *rest = below_root(r, path);
        made *m;
        if (rest == NULL || *rest == '\0')
            continue;
        p->is = INSIDE;
        if (r->what == LRR_GRANT_FOLDER ||
            (r->what == LRR_GRANT_FILE && is_file_of(r, rest)))
            return walk(r->fd, rest, false, p);
        m = r->what == LRR_GRANT_MAKES ? owner(b, r, rest, &inner) : NULL;
        if (m != NULL)
            return find_made(r, m, rest, inner, p);
    }
    return find_strange(b, path, p);
}

/* ---- whose a folder is ---- */

static int own(lrr_broker *b, const place *p)
{
    struct stat sb;
    made *m;

    if (b->n_made == b->room) {
        const size_t room = b->room == 0 ? 16 : 2 * b->room;
        m = room > MADE ? NULL : realloc(b->made, room * sizeof *m);
        if (m == NULL)
            return ENOMEM;
        b->made = m;
        b->room = room;
    }
    if (fstatat(p->fd, p->name, &sb, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    m = &b->made[b->n_made];
    *m = (made){ p->in, strdup(p->rest), sb.st_dev, sb.st_ino };
    if (m->path == NULL)
        return ENOMEM;
    b->n_made++;
    return 0;
}

static void disown(lrr_broker *b, made *m)
{
    free(m->path);
    *m = b->made[--b->n_made];
}

/* A study that this recipe made before is owned. */
static void adopt(lrr_broker *b, const place *p)
{
    const int fd =
        b->recipe_fd >= 0 && lrr_signature_wanted(p->name) ? enter(p->fd, p->name) : -1;

    if (fd < 0)
        return;
    if (lrr_signature_fits(fd, b->recipe, b->recipe_fd))
        (void)own(b, p);
    close(fd);
}

static int make(lrr_broker *b, const place *p)
{
    int fd, rc;

    if (mkdirat(p->fd, p->name, 0777) != 0) {
        rc = errno;
        if (rc == EEXIST && p->is == STRANGE)
            adopt(b, p);
        return rc;
    }
    rc = p->is == STRANGE ? own(b, p) : 0;
    if (rc != 0) {
        unlinkat(p->fd, p->name, AT_REMOVEDIR);
        return rc;
    }
    fd = lrr_signature_wanted(p->name) ? enter(p->fd, p->name) : -1;
    if (fd >= 0) {
        if (b->recipe_fd >= 0)
            lrr_signature_write(fd, b->recipe);
        close(fd);
    }
    return 0;
}

/* ---- what is asked for ---- */

/* The recipe whose studies may be written to again. */
static int keep_recipe(lrr_broker *b, const char *path)
{
    char real[PATH_MAX];

    b->recipe_fd = -1;
    if (realpath(path, real) == NULL)
        return errno;
    snprintf(b->recipe, sizeof b->recipe, "%s", real);
    b->recipe_fd = open(real, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    return b->recipe_fd < 0 ? errno : 0;
}

/* What is no place to write in. */
static int on_note(lrr_broker *b, const char *path, size_t n, lrr_grant what)
{
    char given[PATH_BYTES];

    if (b->sealed)
        return EPERM;
    if (!lrr_path_normal(b->cwd, path, n, given))
        return ENAMETOOLONG;
    return what == LRR_GRANT_RECIPE ? keep_recipe(b, given)
                                    : lrr_fresh_note(&b->fresh, given);
}

static int on_grant(lrr_broker *b, const char *path, size_t n, lrr_grant what)
{
    char real[PATH_MAX], *slash;
    root *r = b->sealed || b->n_roots == ROOTS ? NULL : calloc(1, sizeof *r);
    int rc = r == NULL ? EPERM : 0;

    real[0] = '\0';
    if (rc == 0 && !lrr_path_normal(b->cwd, path, n, r->given))
        rc = ENAMETOOLONG;
    if (rc == 0 && what == LRR_GRANT_FILE) {
        slash = strrchr(r->given, '/');
        snprintf(r->name, sizeof r->name, "%s", slash == NULL ? "" : slash + 1);
        if (slash != NULL)
            *slash = '\0';
    }
    if (rc == 0) {
        r->what = what;
        r->fd = open(r->given[0] == '\0' ? "/" : r->given,
                     O_PATH | O_DIRECTORY | O_CLOEXEC);
        rc = r->fd < 0 || realpath(r->given[0] == '\0' ? "/" : r->given, real) == NULL
                 ? errno
                 : 0;
    }
    if (rc == 0 && !lrr_path_normal(b->cwd, real, strlen(real), r->real))
        rc = ENAMETOOLONG;
    if (rc == 0 && what == LRR_GRANT_MAKES)
        rc = lrr_fresh_hold(&b->fresh, r->given);
    if (rc == 0)
        b->roots[b->n_roots++] = r;
    else
        free(r);
    return rc;
}

static int on_open(lrr_broker *b, const lrr_control *m, int *fd)
{
    const int known = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_CLOEXEC |
                      O_NONBLOCK | O_NOFOLLOW;
    struct stat sb;
    place p;
    int rc;

    if ((m->value & ~(int64_t)known) != 0)
        return EPERM;
    rc = find(b, m->text, m->n, &p);
    if (rc != 0)
        return rc;
    if (p.is == INSIDE)
        *fd = openat(p.fd, p.name,
                     (int)m->value | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                     0666);
    rc = p.is != INSIDE ? EPERM : *fd < 0 ? errno : 0;
    close(p.fd);
    if (rc == 0 && (fstat(*fd, &sb) != 0 || !S_ISREG(sb.st_mode))) {
        close(*fd);
        *fd = -1;
        rc = EPERM;
    }
    return rc;
}

/* A file that no name leads to, on the disk of a folder that was granted: it can take room and
** touch nothing. */
static int on_scratch(lrr_broker *b, const lrr_control *m, lrr_control *back, int *fd)
{
    char path[PATH_BYTES];
    uint64_t room = 0;

    if (!b->sealed || m->value < 0 || !lrr_path_normal(b->cwd, m->text, m->n, path))
        return EPERM;
    for (size_t i = 0; i < b->n_roots; i++) {
        const root *r = b->roots[i];
        const char *rest = below_root(r, path);
        if ((r->what != LRR_GRANT_MAKES && r->what != LRR_GRANT_FOLDER) ||
            rest == NULL || *rest != '\0')
            continue;
        *fd = lrr_scratch_make_at(r->fd, (uint64_t)m->value, &room);
        if (*fd >= 0)
            return 0;
        memcpy(back->text, &room, sizeof room);
        back->n = sizeof room;
        return errno;
    }
    return EPERM;
}

static int on_mkdir(lrr_broker *b, const lrr_control *m)
{
    place p;
    int rc = find(b, m->text, m->n, &p);
    if (rc != 0)
        return rc;
    rc = make(b, &p);
    close(p.fd);
    return rc;
}

static int on_remove(lrr_broker *b, const lrr_control *m)
{
    place p;
    int rc = find(b, m->text, m->n, &p);

    if (rc != 0)
        return rc;
    if (p.is == STRANGE) {
        rc = EPERM;
    } else if (p.is == ITSELF) {
        rc = unlinkat(p.fd, p.name, AT_REMOVEDIR) == 0 ? 0 : errno;
        if (rc == 0)
            disown(b, p.of);
    } else if (unlinkat(p.fd, p.name, 0) != 0) {
        rc = errno;
        if (rc == EISDIR)
            rc = unlinkat(p.fd, p.name, AT_REMOVEDIR) == 0 ? 0 : errno;
    }
    close(p.fd);
    return rc;
}

static int rename_as(unsigned flags, const place *from, const place *into)
{
    return flags == RENAME_NOREPLACE
               ? lrr_rename_new(from->fd, from->name, into->fd, into->name)
               : renameat2(from->fd, from->name, into->fd, into->name, flags);
}

static int on_rename(lrr_broker *b, const lrr_control *m)
{
    const char *end = memchr(m->text, '\0', m->n);
    const char *to = end == NULL ? NULL : end + 1;
    place from, into;
    int rc;

    if (to == NULL || m->text[m->n - 1] != '\0' || to == m->text + m->n ||
        (m->value & ~(int64_t)RENAME_NOREPLACE) != 0)
        return EPERM;
    rc = find(b, m->text, (size_t)(end - m->text), &from);
    if (rc != 0)
        return rc;
    rc = find(b, to, (size_t)(m->text + m->n - 1 - to), &into);
    if (rc == 0) {
        rc = from.is != INSIDE || into.is != INSIDE             ? EPERM
             : rename_as((unsigned)m->value, &from, &into) == 0 ? 0
                                                                : errno;
        close(into.fd);
    }
    close(from.fd);
    return rc;
}

/* A trial's name: its number, or numbers with a dot between them (of a try at it). */
static bool is_trial(const char *name, size_t n)
{
    if (n == 0 || n >= LRR_TRIAL_BYTES || name[0] == '.' || name[n - 1] == '.')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!(name[i] >= '0' && name[i] <= '9') &&
            (name[i] != '.' || name[i + 1] == '.'))
            return false;
    return true;
}

/* A study that was made here, and a trial's folder in it. */
static int on_start(lrr_broker *b, const lrr_control *m, lrr_control *back)
{
    lrr_work work = { .threads = (int)m->value };
    const size_t room = m->n > sizeof work.memory ? m->n - sizeof work.memory : 0;
    const size_t n = strnlen(m->text, room), rest = n < room ? room - n - 1 : 0;
    const char *name = m->text + n + 1;
    char path[2 * PATH_BYTES], log[LRR_TRIAL_BYTES + 32];
    place p, trial;
    int fd, id, rc = EPERM;

    if (b->sealed && rest > 0 && name[rest - 1] == '\0' && is_trial(name, rest - 1))
        rc = find(b, m->text, n, &p);
    if (rc != 0)
        return rc;
    close(p.fd);
    fd = p.is == ITSELF ? enter_made(p.of) : -1;
    if (fd < 0)
        return p.is == ITSELF ? errno : EPERM;
    snprintf(path, sizeof path, "%s/%s", p.of->in->real, p.of->path);
    snprintf(log, sizeof log, "trials/%s/worker.log", name);
    rc = walk(fd, log, false, &trial);
    close(fd);
    if (rc != 0)
        return rc;
    memcpy(&work.memory, m->text + m->n - sizeof work.memory, sizeof work.memory);
    work.study = path;
    work.trial = name;
    work.folder = trial.fd;
    rc = lrr_workers_start(&b->workers, &work, &id);
    close(trial.fd);
    memcpy(back->text, &id, sizeof id);
    back->n = rc == 0 ? sizeof id : 0;
    return rc;
}

static int on_wait(lrr_broker *b, const lrr_control *m, lrr_control *back)
{
    int code;
    const int rc = lrr_workers_ended(&b->workers, m->value, &code);
    if (rc == 0) {
        memcpy(back->text, &code, sizeof code);
        back->n = sizeof code;
    }
    return rc == EAGAIN ? 0 : rc;
}

int lrr_broker_answer(lrr_broker *b, const lrr_control *m, lrr_control *back)
{
    int fd = -1, rc = 0;

    if (m->kind == LRR_CONTROL_GRANT &&
        (m->value == LRR_GRANT_RECIPE || m->value == LRR_GRANT_FRESH))
        rc = on_note(b, m->text, m->n, (lrr_grant)m->value);
    else if (m->kind == LRR_CONTROL_GRANT)
        rc = on_grant(b, m->text, m->n, (lrr_grant)m->value);
    else if (m->kind == LRR_CONTROL_WORKER)
        rc = b->sealed ? EPERM : lrr_workers_note(&b->workers, m->text, m->n, m->value);
    else if (m->kind == LRR_CONTROL_SEAL)
        b->sealed = true;
    else if (m->kind == LRR_CONTROL_OPEN)
        rc = on_open(b, m, &fd);
    else if (m->kind == LRR_CONTROL_SCRATCH)
        rc = on_scratch(b, m, back, &fd);
    else if (m->kind == LRR_CONTROL_MKDIR)
        rc = on_mkdir(b, m);
    else if (m->kind == LRR_CONTROL_REMOVE)
        rc = on_remove(b, m);
    else if (m->kind == LRR_CONTROL_RENAME)
        rc = on_rename(b, m);
    else if (m->kind == LRR_CONTROL_START)
        rc = on_start(b, m, back);
    else if (m->kind == LRR_CONTROL_WAIT)
        rc = on_wait(b, m, back);
    else if (m->kind == LRR_CONTROL_STOP)
        lrr_workers_stop(&b->workers, m->value, m->n > 0 ? SIGINT : SIGTERM);
    else
        rc = EINVAL;
    back->value = rc;
    return fd;
}

void lrr_broker_reaped(lrr_broker *b, pid_t pid, int status)
{
    lrr_workers_reaped(&b->workers, pid, status);
}

void lrr_broker_tidy(lrr_broker *b)
{
    if (b != NULL)
        lrr_fresh_tidy(&b->fresh);
}

lrr_broker *lrr_broker_new(const sigset_t *mask)
{
    lrr_broker *b = calloc(1, sizeof *b);

    if (b == NULL)
        return NULL;
    b->recipe_fd = -1;
    lrr_workers_init(&b->workers, mask);
    if (getcwd(b->cwd, sizeof b->cwd) == NULL)
        b->cwd[0] = '\0'; /* a folder that is gone: relative paths lead nowhere */
    return b;
}
