/*
** shards.h -- one batch as a fixed number of shards, whose gradients are added in a tree.
**
** A batch of n samples is cut by their places (lrr_tree_cut): shard i computes its own with
** shapes that follow from n and the number of shards alone, so that it gives the same bits
** wherever it is computed. Sums over the batch (the loss, what operators take of the whole
** batch: lrr_over, the gradients) are added over the shards in a tree that is fixed, too
** (base/tree.h). So who computes how many of them, a process or eight, is not part of the
** result; how many shards there are is.
**
** All shards that are computed here go through the network together, operator by operator, in
** the memory of the graph's plan: after forward the nodes' y are those of the whole batch, as
** far as it was computed here. Gradients are added up as they come (shard_grads.h).
**
** Ownership: the graph outlives its shards. Threads: as graph.h.
*/
#ifndef LRR_GRAPH_SHARDS_H
#define LRR_GRAPH_SHARDS_H

#include "graph/graph.h"

/* Who else computes shards of the same batch. All calls are made by all of them in the same
** order. */
typedef struct lrr_peers {
    void *ud;
    size_t n, self; /* how many they are; which one this is */
    /* rows (count, n): each has filled those of its shards, and gets the others'. Cannot
    ** fail: one that is lost ends the process. */
    void (*share)(void *ud, double *rows, size_t count, size_t n);
    /* data: peer p has bytes at[p] .. at[p + 1] - 1 of it, and gets the others'. */
    void (*fill)(void *ud, void *data, const size_t *at);
    /* x (count): pieces of the tree of shards, each of n numbers; x[i], that of the leaves from
    ** i on, is NULL where another has it. sum (n), which may be one of them: all of them. It
    ** need not be there before `settle`; until then the pieces are left alone. */
    void (*reduce)(void *ud, lrr_real *const *x, size_t count, lrr_real *sum, size_t n);
    void (*settle)(void *ud); /* all sums are there */
} lrr_peers;

typedef struct lrr_shards lrr_shards;

/* count: of a batch, 1 .. LRR_TREE_MAX; peers: NULL, all are computed here; copied. The graph
** is planned with train and a loss. Errors: ENOMEM. */
lrr_status lrr_shards_new(lrr_graph *g, size_t count, const lrr_peers *peers,
                          lrr_shards **out, lrr_error *err);
void lrr_shards_free(lrr_shards *s);

/* After the graph was planned anew. Errors: ENOMEM; then nothing may be run. */
lrr_status lrr_shards_renew(lrr_shards *s, lrr_error *err);

/* As lrr_graph_forward with train; loss, weight, targets and counts are the whole batch's. */
void lrr_shards_forward(lrr_shards *s, lrr_run *run);

/* Samples from .. to - 1 of a batch of n are computed here. */
void lrr_shards_here(const lrr_shards *s, size_t n, size_t *from, size_t *to);

/* Who else computes shards; n 1: nobody. */
const lrr_peers *lrr_shards_peers(const lrr_shards *s);

/* After a forward: the node's y of the whole batch, also what others computed. */
void lrr_shards_fill(const lrr_shards *s, const lrr_run *run, const lrr_node *node);

/* As lrr_graph_backward: the gradients of parameters are the whole batch's, on all peers. */
void lrr_shards_backward(lrr_shards *s, lrr_run *run);

/* Bytes that it takes beside the plan's. */
size_t lrr_shards_bytes(const lrr_shards *s);

#endif
