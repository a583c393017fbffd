/*
** ranks.h -- the processes that train together, as one of them sees it: which it is, and what
** they send each other.
**
** mpirun or srun starts the program many times and says so in the environment; each start is a
** rank. A process that is alone has size 1, and nothing here costs it anything. All calls from
** lrr_ranks_start on are made by all ranks in the same order; one that is lost ends them all.
**
** What they have to agree on besides goes with every lrr_ranks_share: whether one was asked to
** end (os/interrupt.h: all take it for asked at the same place), and rank 0's clock.
** Threads: the one that trains.
*/
#ifndef LRR_DIST_RANKS_H
#define LRR_DIST_RANKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/real.h"
#include "dist/mailbox.h"

typedef struct lrr_ranks {
    int rank, size;   /* 0 of 1: alone */
    const char *kind; /* which MPI: "openmpi", "mpich"; NULL: alone */
    const char *odd;  /* ranks that cannot know of each other: what to do; or NULL */
} lrr_ranks;

/* What the environment says; read once. */
const lrr_ranks *lrr_ranks_found(void);

/* "Open MPI" of "openmpi". */
const char *lrr_ranks_label(const char *kind);

/* The mailbox through which this process reaches the others; once, before the next. */
void lrr_ranks_reach(lrr_mailbox *m);

/* Reaches the others, each of which goes its own way: messages alone pass between them. Errors as
** lrr_ranks_start. */
lrr_status lrr_ranks_connect(lrr_error *err);

/* A message to one rank; those of two ranks arrive in their order. Two that send to each other at
** the same time may wait for ever: one asks, the other answers. False: it is too long (8 MiB), or
** there is no such rank. */
bool lrr_ranks_send(int to, const void *data, size_t n);

/* A message that is here, n bytes of rank `from`, until the next call; NULL: none is. */
const char *lrr_ranks_take(int *from, size_t *n);

/* Meets the others, to do the same as they from here on. Errors: EIO (no plug-in for this MPI, or it does not load; MPI counts other
** ranks than the environment). A process that is alone has nothing to do. */
lrr_status lrr_ranks_start(lrr_error *err);

/* Whether it met them. */
bool lrr_ranks_started(void);

/* All have done their work, and this is the last call. */
void lrr_ranks_finish(void);

/* n bytes of rank 0 become everybody's. */
void lrr_ranks_broadcast(void *data, size_t n);

/* rows (count, n): each rank has filled those of its share (lrr_tree_cut), and gets all. */
void lrr_ranks_share(double *rows, size_t count, size_t n);

/* data: rank r has bytes at[r] .. at[r + 1] - 1 of it (at: size + 1), and gets the others'. */
void lrr_ranks_fill(void *data, const size_t *at);

/* Gradients, see lrr_peers.reduce (graph/shards.h): x (count) the pieces that are here, of n
** numbers each, and sum (n) what all add up to; sum may be one of them. Begins it: the sum is
** there, and x used, after lrr_ranks_settle. */
void lrr_ranks_reduce(lrr_real *const *x, size_t count, lrr_real *sum, size_t n);
void lrr_ranks_settle(void);

/* Rank 0's clock (os/clock.h) as of the last share; that of this process where it is alone. */
double lrr_ranks_now(void);

#endif
