/* carrier.c -- see carrier.h. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "dist/carrier.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* Copies the places of each rank's bytes; false where one is not within `room`. */
static bool take(const int32_t *n, const int32_t *at, int size, int room, int *n_out,
                 int *at_out)
{
    for (int r = 0; r < size; r++) {
        n_out[r] = n[r];
        at_out[r] = at[r];
        if (n_out[r] < 0 || at_out[r] < 0 || n_out[r] > room ||
            at_out[r] > room - n_out[r])
            return false;
    }
    return true;
}

/* False: the request is none. */
static bool carry(lrr_mailbox *m, const lrr_mpi *mpi, int kind, int size)
{
    int n[LRR_RANKS_MAX], at[LRR_RANKS_MAX], to_n[LRR_RANKS_MAX], to_at[LRR_RANKS_MAX];

    switch (kind) {
    case LRR_MAIL_BROADCAST:
        if (!take(m->n, m->at, 1, 2 * LRR_MAIL_HALF, n, at))
            return false;
        mpi->broadcast(m->data, n[0]);
        return true;
    case LRR_MAIL_GATHER:
        if (!take(m->n, m->at, size, 2 * LRR_MAIL_HALF, n, at))
            return false;
        mpi->gather(m->data, n, at);
        return true;
    case LRR_MAIL_EXCHANGE:
        if (!take(m->n, m->at, size, LRR_MAIL_HALF, n, at) ||
            !take(m->to_n, m->to_at, size, LRR_MAIL_HALF, to_n, to_at))
            return false;
        mpi->exchange(m->data, n, at, m->data + LRR_MAIL_HALF, to_n, to_at);
        return true;
    default:
        return false;
    }
}

void lrr_carrier_run(lrr_mailbox *m)
{
    const lrr_mpi *mpi = NULL;
    int size = 0;

    for (;;) {
        int kind;
        if (sem_wait(&m->asked) != 0) {
            if (errno == EINTR)
                continue;
            return;
        }
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
