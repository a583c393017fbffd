/*
** shard_grads.h -- the gradients of shards, added up as they come. For graph/ alone.
**
** Backward goes through the network operator by operator, and at each through the shards in
** order, a few (`together`) at once. So what an operator's parameters get is added up there: like a
** binary counter, two sums of as many shards become one as soon as both are there, which is the
** order of the tree (base/tree.h), and needs about as many places as the tree is deep, of the
** operator with the largest parameters. A parameter of several operators has a place for each shard until the last of
** them is through.
**
** Where there are peers, each piece of the tree that is here is kept whole, in the order in which
** backward is done with it; and whenever that is so for enough numbers, they are sent while it
** goes on. Otherwise there is but the graph's own gradient.
*/
#ifndef LRR_GRAPH_SHARD_GRADS_H
#define LRR_GRAPH_SHARD_GRADS_H

#include "graph/shards.h"

typedef struct lrr__grads lrr__grads;

/* Of `count` shards those of peers->self, which stays the caller's. Errors: ENOMEM. */
lrr_status lrr__grads_new(const lrr_graph *g, size_t count, size_t together,
                          const lrr_peers *peers, lrr__grads **out, lrr_error *err);
void lrr__grads_free(lrr__grads *s);
size_t lrr__grads_bytes(const lrr__grads *s);

/* A backward begins. */
void lrr__grads_begin(lrr__grads *s, const lrr_run *run);

/* Where shard i of those that are here writes the gradient of x, a parameter that wants one. */
lrr_real *lrr__grads_place(const lrr__grads *s, const lrr_node *x, size_t i);

/* Shard i has written those of an operator's parameters, or, where it is empty, has none. For each
** operator with any, in order of the shards; of each `together`, counted from the first that is
** here, once all have written and before another does. */
void lrr__grads_add(lrr__grads *s, const lrr_node *op, size_t i, bool empty);

/* Operator id, and all behind it, are through. */
void lrr__grads_done(lrr__grads *s, size_t id);

/* All operators are through: the graph's gradients become the batch's, or get them. */
void lrr__grads_end(lrr__grads *s);

#endif
