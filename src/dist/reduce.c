/*
** reduce.c -- the sum of gradients over all ranks, in the tree of their shards (base/tree.h).
**
** In pieces that fit the mailbox. Of a large one each rank adds up a slice: all send it theirs of
** that slice, and get back its sum, so that a number travels twice whatever the number of ranks
** (reduce-scatter and allgather; Patarasuk and Yuan 2009). A small piece all send to all, which
** is one message in the place of two. Additions are made in chunks of base/threads.h, where tiny
** results become 0 as they do where all shards are computed in one process.
**
** Blocks go on the mailbox's lanes, in turn, while the caller does something else; what has come
** is looked at whenever the next is sent. The order on a lane, which all ranks have to keep, hangs
** on nothing but the order of blocks.
*/
#include <errno.h>
#include <string.h>

#include "base/threads.h"
#include "base/tree.h"
#include "dist/internal.h"
#include "dist/ranks.h"

enum { SMALL = 64 << 10 }; /* bytes of all pieces of a block that goes to everybody */

typedef struct tops {
    size_t n;                        /* pieces of all ranks */
    size_t first[LRR_RANKS_MAX + 1]; /* those of rank r: first[r] .. first[r + 1] - 1 */
    size_t leaf[LRR_TREE_MAX];       /* (n) */
    lrr_merge merge[LRR_TREE_MAX];
    size_t merges;
    size_t place[LRR_TREE_MAX]; /* of a leaf among the pieces */
} tops;

/* A block of numbers on a lane, and what is under way of it. */
typedef struct block {
    enum { IDLE, SMALL_GATHER, SLICES, SUMS } at;
    size_t n;
    lrr_real *sum;
} block;

static struct {
    size_t count, ranks; /* of t */
    tops t;
    block of[LRR_MAIL_LANES];
    size_t next; /* the lane of the next block */
} state;

static void find_tops(tops *t, size_t leaves, size_t ranks)
{
    t->n = 0;
    for (size_t r = 0; r < ranks; r++) {
        t->first[r] = t->n;
        t->n += lrr_tree_tops(leaves, ranks, r, t->leaf + t->n);
    }
    t->first[ranks] = t->n;
    t->merges = lrr_tree_across(leaves, ranks, t->merge);
    for (size_t i = 0; i < t->n; i++)
        t->place[t->leaf[i]] = i;
}

typedef struct sum_job {
    const tops *t;
    lrr_real **piece; /* (t->n) each of n numbers */
    size_t n, chunks;
} sum_job;

static void sum_chunk(void *arg, size_t i)
{
    const sum_job *job = arg;
    const size_t from = lrr_chunk_at(job->n, job->chunks, i),
                 to = lrr_chunk_at(job->n, job->chunks, i + 1);
    for (size_t m = 0; m < job->t->merges; m++) {
        lrr_real *x = job->piece[job->t->place[job->t->merge[m].to]];
        const lrr_real *y = job->piece[job->t->place[job->t->merge[m].from]];
        for (size_t k = from; k < to; k++)
            x[k] += y[k];
    }
}

/* Piece 0 becomes the sum of all, each of n numbers. */
static void add_pieces(const tops *t, lrr_real **piece, size_t n)
{
    sum_job job = { t, piece, n, lrr_chunks(n, 1 << 14, 64) };
    if (n > 0)
        lrr_parallel(job.chunks, sum_chunk, &job);
}

/* One of a lane. */
static void ask(int lane, lrr_mail_kind kind)
{
    lrr_mailbox *box = lrr__ranks_box();
    box->lane[lane].kind = (int32_t)kind;
    atomic_store(&box->lane[lane].asked, true);
    sem_post(&box->asked);
}

/* Whether what was asked for is done; where it `waits`, it is. */
static bool answered(int lane, bool waits)
{
    sem_t *done = &lrr__ranks_box()->lane[lane].done;
    int status;
    do
        status = waits ? sem_wait(done) : sem_trywait(done);
    while (status != 0 && errno == EINTR);
    return status == 0;
}

/* All pieces of x (each of n numbers) to everybody. */
static void send_small(int lane, lrr_real *const *x, size_t n)
{
    lrr_mail_lane *l = &lrr__ranks_box()->lane[lane];
    const tops *t = &state.t;
    lrr_real *data = (lrr_real *)(void *)l->data;

    for (size_t r = 0; r < state.ranks; r++) {
        l->at[r] = (int32_t)(t->first[r] * n * sizeof *data);
        l->n[r] = (int32_t)((t->first[r + 1] - t->first[r]) * n * sizeof *data);
    }
    for (size_t i = 0; i < t->n; i++)
        if (x[t->leaf[i]] != NULL)
            memcpy(data + i * n, x[t->leaf[i]], n * sizeof *data);
    ask(lane, LRR_MAIL_GATHER);
}

/* Of x, at .. at + n - 1: my pieces of each rank's slice go there; those of mine come. */
static void send_slices(int lane, lrr_real *const *x, size_t at, size_t n)
{
    lrr_mail_lane *l = &lrr__ranks_box()->lane[lane];
    const tops *t = &state.t;
    const size_t ranks = state.ranks, self = (size_t)lrr_ranks_found()->rank;
    const size_t mine = lrr_tree_cut(n, ranks, self + 1) - lrr_tree_cut(n, ranks, self);
    const size_t size = sizeof **x;
    char *to = l->data;

    for (size_t q = 0; q < ranks; q++) {
        const size_t from = lrr_tree_cut(n, ranks, q),
                     bytes = (lrr_tree_cut(n, ranks, q + 1) - from) * size;
        const size_t theirs = t->first[q + 1] - t->first[q];
        l->at[q] = (int32_t)(to - l->data);
        for (size_t i = t->first[self]; i < t->first[self + 1]; i++, to += bytes)
            memcpy(to, x[t->leaf[i]] + at + from, bytes);
        l->n[q] = (int32_t)(to - l->data) - l->at[q];
        l->to_at[q] = (int32_t)(t->first[q] * mine * size);
        l->to_n[q] = (int32_t)(theirs * mine * size);
    }
    ask(lane, LRR_MAIL_EXCHANGE);
}

/* The pieces that have come, each of n numbers, in the tree: their sum, which stands among them. */
static const lrr_real *add_come(lrr_real *come, size_t n)
{
    lrr_real *piece[LRR_TREE_MAX] = { come };
    for (size_t i = 1; i < state.t.n; i++)
        piece[i] = come + i * n;
    add_pieces(&state.t, piece, n);
    return piece[0];
}

/* The sum of my slice of the block to everybody. */
static void send_sums(int lane, size_t n)
{
    lrr_mail_lane *l = &lrr__ranks_box()->lane[lane];
    const size_t ranks = state.ranks, self = (size_t)lrr_ranks_found()->rank;
    const size_t mine = lrr_tree_cut(n, ranks, self + 1) - lrr_tree_cut(n, ranks, self);
    const lrr_real *sum = add_come((lrr_real *)(void *)(l->data + LRR_LANE_HALF), mine);

    for (size_t q = 0; q < ranks; q++) {
        const size_t begins = lrr_tree_cut(n, ranks, q);
        l->at[q] = (int32_t)(begins * sizeof *sum);
        l->n[q] = (int32_t)((lrr_tree_cut(n, ranks, q + 1) - begins) * sizeof *sum);
    }
    memcpy(l->data + l->at[self], sum, mine * sizeof *sum);
    ask(lane, LRR_MAIL_GATHER);
}

/* Goes on with a lane's block as far as that is possible, or to its end where it `waits`. */
static void go_on(int lane, bool waits)
{
    lrr_real *data = (lrr_real *)(void *)lrr__ranks_box()->lane[lane].data;
    block *b = &state.of[lane];

    while (b->at != IDLE && answered(lane, waits)) {
        if (b->at == SLICES) {
            send_sums(lane, b->n);
            b->at = SUMS;
            continue;
        }
        memcpy(b->sum, b->at == SUMS ? data : add_come(data, b->n),
               b->n * sizeof *data);
        b->at = IDLE;
    }
}

/* Numbers, of `size` bytes, of a block: what all send, and what comes to one, is within half a lane. */
static size_t block_of(const tops *t, size_t ranks, size_t size)
{
    const size_t half = LRR_LANE_HALF / size;
    size_t most = 1, in;
    for (size_t r = 0; r < ranks; r++)
        if (t->first[r + 1] - t->first[r] > most)
            most = t->first[r + 1] - t->first[r];
    in = (half / t->n - 1) * ranks;
    return half / most < in ? half / most : in;
}

static void begin(lrr_real *const *x, lrr_real *sum, size_t at, size_t n, bool small)
{
    const int lane = (int)state.next;

    for (int i = 0; i < LRR_MAIL_LANES; i++)
        go_on(i, i == lane);
    state.next = (state.next + 1) % LRR_MAIL_LANES;
    state.of[lane] = (block){ small ? SMALL_GATHER : SLICES, n, sum + at };
    if (small)
        send_small(lane, x, n);
    else
        send_slices(lane, x, at, n);
}

void lrr_ranks_reduce(lrr_real *const *x, size_t count, lrr_real *sum, size_t n)
{
    const size_t ranks = (size_t)lrr_ranks_found()->size;
    size_t most;

    if (state.count != count || state.ranks != ranks) {
        lrr_ranks_settle();
        find_tops(&state.t, count, ranks);
        state.count = count;
        state.ranks = ranks;
    }
    most = block_of(&state.t, ranks, sizeof *sum);
    if (n <= SMALL / sizeof *sum / state.t.n)
        begin(x, sum, 0, n, true);
    else
        for (size_t at = 0; at < n; at += most)
            begin(x, sum, at, n - at < most ? n - at : most, false);
}

void lrr_ranks_settle(void)
{
    for (int i = 0; i < LRR_MAIL_LANES; i++)
        go_on((int)((state.next + (size_t)i) % LRR_MAIL_LANES), true);
}
