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
#include "dist/ranks.h"

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

static void start(lrr_mailbox *m, const lrr_mpi **mpi, int *size)
{
    char why[LRR_MAIL_TEXT] = "";
    int rank = 0;

    if (*mpi == NULL) {
        *mpi = load(why);
        if (*mpi != NULL) {
            atomic_store(&m->finished, false);
            (*mpi)->init(&rank, size);
        }
        m->rank = rank;
        m->size = *size;
    }
    memcpy(m->why, why, sizeof why);
}

/* False: the request is none. */
static bool carry(lrr_mailbox *m, const lrr_mpi *mpi, int kind, int size)
{
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
    default:
        return false;
    }
}

/* Waits for a request, and while something is under way on a lane looks after it: MPI works on
** when it is called. False: there comes none. */
static bool next(lrr_mailbox *m, lrr__lanes *lanes, const lrr_mpi *mpi)
{
    enum { LOOK = 200000 }; /* ns: the one that trains may be on the same processor */
    for (;;) {
        struct timespec until;
        int status;
        if (mpi == NULL || !lrr__lanes_look(lanes, m, mpi)) {
            status = sem_wait(&m->asked);
        } else {
            clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_nsec += LOOK;
            until.tv_sec += until.tv_nsec / 1000000000;
            until.tv_nsec %= 1000000000;
            status = sem_clockwait(&m->asked, CLOCK_MONOTONIC, &until);
        }
        if (status == 0)
            return true;
        if (errno != EINTR && errno != ETIMEDOUT)
            return false;
    }
}

void lrr_carrier_run(lrr_mailbox *m)
{
    const lrr_mpi *mpi = NULL;
    lrr__lanes lanes = { 0 };
    int size = 0;

    while (next(m, &lanes, mpi)) {
        lrr__lanes_found lane = LRR__LANES_NONE;
        int kind;
        if (mpi != NULL && size <= LRR_RANKS_MAX)
            lane = lrr__lanes_take(&lanes, m, mpi, size);
        if (lane == LRR__LANES_WRONG)
            return;
        if (lane == LRR__LANES_BEGUN)
            continue;
        kind = m->kind;
        if (kind == LRR_MAIL_FINISH) {
            if (mpi != NULL)
                mpi->finish();
            atomic_store(&m->finished, true);
            sem_post(&m->done);
            return;
        }
        if (kind == LRR_MAIL_START)
            start(m, &mpi, &size);
        else if (mpi == NULL || size > LRR_RANKS_MAX || !carry(m, mpi, kind, size))
            return;
        sem_post(&m->done);
    }
}
