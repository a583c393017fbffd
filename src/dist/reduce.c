/*
** reduce.c -- the sum of gradients over all ranks, in the tree of their shards (base/tree.h).
**
** In pieces that fit the mailbox. Of a large one each rank adds up a slice: all send it theirs of
** that slice, and get back its sum, so that a number travels twice whatever the number of ranks
** (reduce-scatter and allgather; Patarasuk and Yuan 2009). A small piece all send to all, which
** is one message in the place of two. Additions are made in chunks of base/threads.h, where tiny
** results become 0 as they do where all shards are computed in one process.
*/
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

/* Numbers at .. at + n - 1, where all pieces go to everybody. */
static void reduce_small(const tops *t, lrr_real *const *x, lrr_real *sum, size_t at,
                         size_t n)
{
    lrr_mailbox *box = lrr__ranks_box();
    lrr_real *piece[LRR_TREE_MAX];
    lrr_real *data = (lrr_real *)(void *)box->data;

    for (int r = 0; r < lrr_ranks_found()->size; r++) {
        box->at[r] = (int32_t)(t->first[r] * n * sizeof *sum);
        box->n[r] = (int32_t)((t->first[r + 1] - t->first[r]) * n * sizeof *sum);
    }
    for (size_t i = 0; i < t->n; i++) {
        piece[i] = data + i * n;
        if (x[t->leaf[i]] != NULL)
            memcpy(piece[i], x[t->leaf[i]] + at, n * sizeof *sum);
    }
    lrr__ranks_ask(LRR_MAIL_GATHER);
    add_pieces(t, piece, n);
    memcpy(sum + at, piece[0], n * sizeof *sum);
}

/* My pieces of each rank's slice of at .. at + n - 1 go there; those of mine come. */
static void send_slices(const tops *t, lrr_real *const *x, size_t at, size_t n)
{
    lrr_mailbox *box = lrr__ranks_box();
    const lrr_ranks *r = lrr_ranks_found();
    const size_t ranks = (size_t)r->size, self = (size_t)r->rank;
    const size_t mine = lrr_tree_cut(n, ranks, self + 1) - lrr_tree_cut(n, ranks, self);
    const size_t size = sizeof **x;
    char *to = box->data;

    for (size_t q = 0; q < ranks; q++) {
        const size_t from = lrr_tree_cut(n, ranks, q),
                     bytes = (lrr_tree_cut(n, ranks, q + 1) - from) * size;
        const size_t theirs = t->first[q + 1] - t->first[q];
        box->at[q] = (int32_t)(to - box->data);
        for (size_t i = t->first[self]; i < t->first[self + 1]; i++, to += bytes)
            memcpy(to, x[t->leaf[i]] + at + from, bytes);
        box->n[q] = (int32_t)(to - box->data) - box->at[q];
        box->to_at[q] = (int32_t)(t->first[q] * mine * size);
        box->to_n[q] = (int32_t)(theirs * mine * size);
    }
    lrr__ranks_ask(LRR_MAIL_EXCHANGE);
}

/* Numbers at .. at + n - 1, of which each rank adds up a slice. */
static void reduce_large(const tops *t, lrr_real *const *x, lrr_real *sum, size_t at,
                         size_t n)
{
    lrr_mailbox *box = lrr__ranks_box();
    const lrr_ranks *r = lrr_ranks_found();
    const size_t ranks = (size_t)r->size, self = (size_t)r->rank;
    const size_t from = lrr_tree_cut(n, ranks, self),
                 mine = lrr_tree_cut(n, ranks, self + 1) - from;
    lrr_real *come = (lrr_real *)(void *)(box->data + LRR_MAIL_HALF);
    lrr_real *piece[LRR_TREE_MAX];

    send_slices(t, x, at, n);
    for (size_t i = 0; i < t->n; i++)
        piece[i] = come + i * mine;
    add_pieces(t, piece, mine);
    for (size_t q = 0; q < ranks; q++) {
        const size_t begins = lrr_tree_cut(n, ranks, q);
        box->at[q] = (int32_t)(begins * sizeof *sum);
        box->n[q] = (int32_t)((lrr_tree_cut(n, ranks, q + 1) - begins) * sizeof *sum);
    }
    memcpy(box->data + box->at[self], piece[0], mine * sizeof *sum);
    lrr__ranks_ask(LRR_MAIL_GATHER);
    memcpy(sum + at, box->data, n * sizeof *sum);
}

/* Numbers, of `size` bytes, of a block: what all send, and what comes to one, is within half the mailbox. */
static size_t block_of(const tops *t, size_t ranks, size_t size)
{
    const size_t half = LRR_MAIL_HALF / size;
    size_t most = 1, in;
    for (size_t r = 0; r < ranks; r++)
        if (t->first[r + 1] - t->first[r] > most)
            most = t->first[r + 1] - t->first[r];
    in = (half / t->n - 1) * ranks;
    return half / most < in ? half / most : in;
}

void lrr_ranks_reduce(lrr_real *const *x, size_t count, lrr_real *sum, size_t n)
{
    const size_t ranks = (size_t)lrr_ranks_found()->size;
    size_t block, small;
    tops t;

    find_tops(&t, count, ranks);
    small = SMALL / sizeof *sum / t.n;
    block = block_of(&t, ranks, sizeof *sum);
    if (n <= small) {
        reduce_small(&t, x, sum, 0, n);
        return;
    }
    for (size_t at = 0; at < n; at += block)
        reduce_large(&t, x, sum, at, n - at < block ? n - at : block);
}
