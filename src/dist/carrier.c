/* carrier.c -- see carrier.h. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, sem_clockwait */
#include "dist/carrier.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "dist/lanes.h"
#include "dist/mpi.h"
#include "dist/pulse.h"
#include "dist/ranks.h"

enum { HOST = 64 }; /* bytes of a name, with its end */

typedef struct carrier {
    lrr_mailbox *box;
    const lrr_mpi *mpi; /* NULL until it is asked for */
    int size;
    lrr__lanes lanes;
    lrr_pulse pulse;
    char before[HOST]; /* the host of the rank before this one */
} carrier;

lrr_mailbox *lrr_mailbox_new(void)
{
    lrr_mailbox *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED)
        return NULL;
    if (sem_init(&m->asked, 1, 0) != 0 || sem_init(&m->done, 1, 0) != 0) {
        munmap(m, sizeof *m);
        return NULL;
    }
    for (int i = 0; i < LRR_MAIL_LANES; i++) {
        if (sem_init(&m->lane[i].done, 1, 0) != 0) {
            munmap(m, sizeof *m);
            return NULL;
        }
        atomic_init(&m->lane[i].asked, false);
    }
    atomic_init(&m->finished, true);
    return m;
}

/* The folder of the program, with its slash. */
static bool program_folder(char out[PATH_MAX])
{
    const ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
    char *slash;
    if (n <= 0)
        return false;
    out[n] = '\0';
    slash = strrchr(out, '/');
    if (slash == NULL)
        return false;
    slash[1] = '\0';
    return true;
}

/* The plug-in of that kind: beside the program, or where it is installed. NULL: why says. */
static void *open_plugin(const char *kind, char *why)
{
    static const char *const places[] = { "", "../lib/lrrun/" };
    char folder[PATH_MAX], path[2 * PATH_MAX];
    const bool known = program_folder(folder);

    for (size_t i = 0; known && i < sizeof places / sizeof *places; i++) {
        void *lib;
        snprintf(path, sizeof path, "%s%slrrun-%s.so", folder, places[i], kind);
        if (access(path, F_OK) != 0)
            continue;
        lib = dlopen(path, RTLD_NOW | RTLD_GLOBAL); /* MPI loads parts of its own */
        if (lib == NULL)
            snprintf(why, LRR_MAIL_TEXT, "cannot load %.200s: %.250s", path, dlerror());
        return lib;
    }
    snprintf(
        why, LRR_MAIL_TEXT,
        "started under %s, and this lrrun has no part for it (lrrun-%s.so beside "
        "the program): install its development files (libopenmpi-dev, libmpich-dev) "
        "and run make again",
        lrr_ranks_label(kind), kind);
    return NULL;
}

/* The first of `kinds` (a list with commas) whose plug-in can be loaded. */
static const lrr_mpi *load(char *why)
{
    const lrr_ranks *env = lrr_ranks_found();
    void *lib = open_plugin(env->kind, why);
    lrr_mpi_fn plugin = NULL;
    const lrr_mpi *mpi;
    void *symbol;

    if (lib == NULL)
        return NULL;
    symbol = dlsym(lib, LRR_MPI_SYMBOL);
    memcpy(&plugin, &symbol, sizeof plugin);
    mpi = plugin != NULL ? plugin() : NULL;
    if (mpi == NULL || mpi->version != LRR_MPI_VERSION) {
        snprintf(why, LRR_MAIL_TEXT, "lrrun-%s.so is of another version: make again",
                 env->kind);
        return NULL;
    }
    return mpi;
}

/* Where the rank before this one is, for words of its loss. */
static void ask_hosts(carrier *c, int rank)
{
    int n[LRR_RANKS_MAX], at[LRR_RANKS_MAX];

    for (int r = 0; r < c->size; r++) {
        n[r] = HOST;
        at[r] = r * HOST;
    }
    gethostname(c->box->data + at[rank], HOST);
    c->mpi->gather(c->box->data, n, at);
    memcpy(c->before, c->box->data + at[(rank + c->size - 1) % c->size], HOST - 1);
}

static void start(carrier *c)
{
    char why[LRR_MAIL_TEXT] = "";
    int rank = 0;

    if (c->mpi == NULL) {
        c->mpi = load(why);
        if (c->mpi != NULL) {
            atomic_store(&c->box->finished, false);
            c->mpi->init(&rank, &c->size, lrr__pulse_idle, &c->pulse);
            lrr__pulse_begin(&c->pulse, c->mpi, rank, c->size);
            if (c->size <= LRR_RANKS_MAX)
                ask_hosts(c, rank);
        }
        c->box->rank = rank;
        c->box->size = c->size;
    }
    memcpy(c->box->why, why, sizeof why);
}

static bool send(const carrier *c)
{
    const lrr_mailbox *m = c->box;
    const int n = m->n[0], to = m->to_n[0];
    if (n < 0 || n > 2 * LRR_MAIL_HALF || to < 0 || to >= c->size)
        return false;
    c->mpi->send(m->data, n, to);
    return true;
}

/* Takes a message, if one is here. */
static bool receive(const carrier *c)
{
    int n = 0;
    const int from = c->mpi->probe(&n);
    if (n < 0 || n > 2 * LRR_MAIL_HALF)
        return false;
    if (from >= 0)
        c->mpi->receive(c->box->data, n, from);
    c->box->n[0] = n;
    c->box->to_n[0] = from;
    return true;
}

/* False: the request is none. */
static bool carry(const carrier *c, int kind)
{
    lrr_mailbox *m = c->box;
    const lrr_mpi *mpi = c->mpi;
    const int size = c->size;
    int n[LRR_RANKS_MAX], at[LRR_RANKS_MAX], to_n[LRR_RANKS_MAX], to_at[LRR_RANKS_MAX];

    switch (kind) {
    case LRR_MAIL_BROADCAST:
        if (!lrr__mail_places(m->n, m->at, 1, 2 * LRR_MAIL_HALF, n, at))
            return false;
        mpi->broadcast(m->data, n[0]);
        return true;
    case LRR_MAIL_GATHER:
        if (!lrr__mail_places(m->n, m->at, size, 2 * LRR_MAIL_HALF, n, at))
            return false;
        mpi->gather(m->data, n, at);
        return true;
    case LRR_MAIL_EXCHANGE:
        if (!lrr__mail_places(m->n, m->at, size, LRR_MAIL_HALF, n, at) ||
            !lrr__mail_places(m->to_n, m->to_at, size, LRR_MAIL_HALF, to_n, to_at))
            return false;
        mpi->exchange(m->data, n, at, m->data + LRR_MAIL_HALF, to_n, to_at);
        return true;
    case LRR_MAIL_SEND:
        return send(c);
    case LRR_MAIL_TAKE:
        return receive(c);
    default:
        return false;
    }
}

/* Waits for a request, and meanwhile looks after the others and what is under way on a lane: MPI
** works on when it is called. False: there comes none. */
static bool next(carrier *c)
{
    /* ns: with lanes, where the one that trains may be on the same processor; else */
    enum { LOOK = 200000, SELDOM = 100000000 };
    for (;;) {
        struct timespec until;
        int status;
        bool busy;
        if (!lrr__pulse_look(&c->pulse))
            return false;
        busy = c->mpi != NULL && lrr__lanes_look(&c->lanes, c->box, c->mpi);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += busy ? LOOK : SELDOM;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        status = c->mpi == NULL
                     ? sem_wait(&c->box->asked)
                     : sem_clockwait(&c->box->asked, CLOCK_MONOTONIC, &until);
        if (status == 0)
            return true;
        if (errno != EINTR && errno != ETIMEDOUT)
            return false;
        if (busy)
            lrr__pulse_others();
    }
}

/* MPI's own last call knows no end where a rank is lost: then the process ends by SIGALRM. */
static void finish(carrier *c)
{
    if (c->mpi != NULL) {
        c->mpi->meet();
        if (c->pulse.lost >= 0)
            return;
        alarm(1 + (unsigned)c->pulse.limit);
        c->mpi->finish();
        alarm(0);
    }
    atomic_store(&c->box->finished, true);
}

/* False: there is no more to do, or no way to do it. */
static bool serve(carrier *c)
{
    lrr__lanes_found lane = LRR__LANES_NONE;
    int kind;

    if (c->mpi != NULL && c->size <= LRR_RANKS_MAX)
        lane = lrr__lanes_take(&c->lanes, c->box, c->mpi, c->size);
    if (lane != LRR__LANES_NONE)
        return lane == LRR__LANES_BEGUN;
    kind = c->box->kind;
    if (kind == LRR_MAIL_FINISH) {
        finish(c);
    } else if (kind == LRR_MAIL_START) {
        start(c);
    } else if (c->mpi == NULL || c->size > LRR_RANKS_MAX || !carry(c, kind)) {
        return false;
    }
    if (c->pulse.lost >= 0)
        return false;
    sem_post(&c->box->done);
    return kind != LRR_MAIL_FINISH;
}

bool lrr_carrier_run(lrr_mailbox *m, char why[LRR_CARRIER_TEXT])
{
    carrier c = { .box = m };

    why[0] = '\0';
    lrr__pulse_init(&c.pulse);
    while (next(&c) && serve(&c))
        ;
    if (c.pulse.found)
        snprintf(
            why, LRR_CARRIER_TEXT,
            "rank %d on %s has not answered for %g s: it ended, or cannot be reached",
            c.pulse.lost, c.before, c.pulse.limit);
    return c.pulse.lost >= 0;
}
