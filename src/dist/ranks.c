/* ranks.c -- see ranks.h; the sum of gradients is in reduce.c. */
#include "dist/ranks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/tree.h"
#include "dist/internal.h"
#include "os/clock.h"
#include "os/interrupt.h"
#include "os/watch.h"

static lrr_ranks found;
static bool looked, connected, started;
static lrr_mailbox *box;
static double now; /* rank 0's clock */

/* A whole number of the environment, or `none`. */
static int number(const char *name, int none)
{
    const char *text = getenv(name);
    char *end = NULL;
    const long x = text != NULL ? strtol(text, &end, 10) : none;
    return text == NULL || end == text || *end != '\0' || x < 0 || x > 1 << 20 ? none
                                                                               : (int)x;
}

static bool by(const char *kind, const char *rank, const char *size)
{
    const lrr_ranks r = { .rank = number(rank, -1),
                          .size = number(size, 0),
                          .kind = kind };
    if (r.size < 2 || r.rank < 0 || r.rank >= r.size)
        return false;
    found = r;
    return true;
}

/* Open MPI's mpirun; Hydra of MPICH, and srun --mpi=pmi2; srun --mpi=pmix. A script that sbatch
** runs is no rank: SLURM_STEP_NUM_TASKS is srun's alone. */
static void look(void)
{
    found = (lrr_ranks){ .size = 1 };
    if (by("openmpi", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE") ||
        by("mpich", "PMI_RANK", "PMI_SIZE"))
        return;
    if (getenv("PMIX_RANK") != NULL) {
        by("openmpi", "PMIX_RANK", "SLURM_STEP_NUM_TASKS");
        return;
    }
    if (getenv("PMI_FD") == NULL && by(NULL, "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"))
        found.odd = "srun started several, which cannot reach each other: want srun "
                    "--mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH)";
}

const lrr_ranks *lrr_ranks_found(void)
{
    if (!looked)
        look();
    looked = true;
    return &found;
}

const char *lrr_ranks_label(const char *kind)
{
    return strcmp(kind, "openmpi") == 0 ? "Open MPI" : "MPICH";
}

void lrr_ranks_reach(lrr_mailbox *m)
{
    box = m;
}

lrr_mailbox *lrr__ranks_box(void)
{
    return box;
}

/* Waits for the carrier, whose end ends this process, too (host/supervisor.h). */
void lrr__ranks_ask(lrr_mail_kind kind)
{
    box->kind = (int32_t)kind;
    sem_post(&box->asked);
    while (sem_wait(&box->done) != 0 && errno == EINTR)
        ;
}

bool lrr_ranks_started(void)
{
    return started;
}

lrr_status lrr_ranks_connect(lrr_error *err)
{
    const lrr_ranks *r = lrr_ranks_found();
    if (r->odd != NULL)
        return lrr_fail(err, LRR_EIO, "%s", r->odd);
    if (r->size == 1 || connected)
        return LRR_OK;
    if (r->size > LRR_RANKS_MAX)
        return lrr_fail(err, LRR_EIO, "started as %d ranks, want at most %d", r->size,
                        LRR_RANKS_MAX);
    if (box == NULL)
        return lrr_fail(err, LRR_EIO, "this rank has no way to the others");
    lrr__ranks_ask(LRR_MAIL_START);
    if (box->why[0] != '\0')
        return lrr_fail(err, LRR_EIO, "%.*s", LRR_MAIL_TEXT - 1, box->why);
    if (box->rank != r->rank || box->size != r->size)
        return lrr_fail(err, LRR_EIO,
                        "%s counts this process as rank %d of %d, the environment as "
                        "%d of %d: mpirun is of another MPI than lrrun was built with",
                        lrr_ranks_label(r->kind), box->rank, box->size, r->rank,
                        r->size);
    connected = true;
    return LRR_OK;
}

lrr_status lrr_ranks_start(lrr_error *err)
{
    const lrr_status st = lrr_ranks_connect(err);
    if (st != LRR_OK || !connected || started)
        return st;
    started = true;
    lrr_interrupt_defer();
    lrr_ranks_share(NULL, 0, 0); /* from here on they have one clock */
    return LRR_OK;
}

void lrr_ranks_finish(void)
{
    if (connected) {
        lrr_watch_hold(); /* another rank may be saving still */
        lrr__ranks_ask(LRR_MAIL_FINISH);
        lrr_watch_release();
    }
    connected = started = false;
}

bool lrr_ranks_send(int to, const void *data, size_t n)
{
    if (!connected || n > sizeof box->data || to < 0 || to >= found.size)
        return false;
    memcpy(box->data, data, n);
    box->n[0] = (int32_t)n;
    box->to_n[0] = to;
    lrr__ranks_ask(LRR_MAIL_SEND);
    return true;
}

const char *lrr_ranks_take(int *from, size_t *n)
{
    if (!connected)
        return NULL;
    lrr__ranks_ask(LRR_MAIL_TAKE);
    *from = box->to_n[0];
    *n = (size_t)box->n[0];
    return *from < 0 ? NULL : box->data;
}

void lrr_ranks_broadcast(void *data, size_t n)
{
    const size_t most = sizeof box->data;
    for (size_t at = 0; started && at < n; at += most) {
        const size_t k = n - at < most ? n - at : most;
        box->n[0] = (int32_t)k;
        box->at[0] = 0;
        if (found.rank == 0)
            memcpy(box->data, (char *)data + at, k);
        lrr__ranks_ask(LRR_MAIL_BROADCAST);
        memcpy((char *)data + at, box->data, k);
    }
}

/* What one rank tells all others with every share. */
typedef struct notice {
    double signo, now;
} notice;

/* n[r] bytes at at[r] of data come from rank r, as many as fit; with `notice` that of each rank
** goes with them. */
static void gather(char *data, const size_t *at, const size_t *n, notice *all)
{
    const size_t more = all != NULL ? sizeof *all : 0;
    size_t place = 0;

    for (int r = 0; r < found.size; r++) {
        box->at[r] = (int32_t)place;
        box->n[r] = (int32_t)(n[r] + more);
        place += n[r] + more;
    }
    if (n[found.rank] > 0)
        memcpy(box->data + box->at[found.rank], data + at[found.rank], n[found.rank]);
    if (more > 0)
        memcpy(box->data + (size_t)box->at[found.rank] + n[found.rank],
               &all[found.rank], more);
    place = 0;
    lrr__ranks_ask(LRR_MAIL_GATHER);
    for (int r = 0; r < found.size; r++) {
        if (n[r] > 0 && r != found.rank)
            memcpy(data + at[r], box->data + place, n[r]);
        if (more > 0)
            memcpy(&all[r], box->data + place + n[r], more);
        place += n[r] + more;
    }
}

/* Takes up to `room` bytes of each rank's share; true where something is left behind them. */
static bool next_part(const size_t *at, size_t done, size_t room, size_t *from,
                      size_t *n)
{
    bool left = false;
    for (int r = 0; r < found.size; r++) {
        const size_t all = at[r + 1] - at[r], rest = all > done ? all - done : 0;
        from[r] = at[r] + (all - rest);
        n[r] = rest < room ? rest : room;
        left = left || rest > room;
    }
    return left;
}

static void fill(void *data, const size_t *at, notice *all)
{
    const size_t room =
        sizeof box->data / (size_t)found.size - (all != NULL ? sizeof *all : 0);
    size_t from[LRR_RANKS_MAX] = { 0 }, n[LRR_RANKS_MAX] = { 0 }, done = 0;

    for (bool left = true; left; done += room) {
        left = next_part(at, done, room, from, n);
        gather(data, from, n, all);
    }
}

void lrr_ranks_fill(void *data, const size_t *at)
{
    if (started)
        fill(data, at, NULL);
}

static void agree(const notice *all)
{
    double signo = 0;
    for (int r = 0; r < found.size; r++)
        signo = signo == 0 ? all[r].signo : signo;
    now = all[0].now;
    if (signo != 0)
        lrr_interrupt_accept((int)signo);
}

void lrr_ranks_share(double *rows, size_t count, size_t n)
{
    notice all[LRR_RANKS_MAX];
    size_t at[LRR_RANKS_MAX + 1];

    if (!started)
        return;
    for (int r = 0; r <= found.size; r++)
        at[r] = lrr_tree_cut(count, (size_t)found.size, (size_t)r) * n * sizeof *rows;
    all[found.rank] = (notice){ (double)lrr_interrupt_asked(), lrr_clock_now() };
    fill(rows, at, all);
    agree(all);
}

double lrr_ranks_now(void)
{
    return started ? now : lrr_clock_now();
}
