/*
** parts.h -- how many samples of a batch go through a network at once in training.
**
** Where the activations of a batch are many, its parts go forward and backward one after another,
** and their gradients add up: memory for one part, what an operator leaves is still in the
** processor's own cache when the next one takes it, and less or nothing is made again (again.h).
** Measured on two cores with AVX-512 and 2 MB of cache each, processor time of a step by one thread:
** 4 blocks of 128 columns, 32 x 128 positions, in parts of 2,048 positions 226 ms, of 1,024 205, of
** 512 190, of 256 175; 6 blocks of 256 columns, 16 x 256 positions, 1,278, 1,103, 1,068, 1,044. By two
** threads 236, 220, 207 and 215 ms: less is too little for them to share.
**
** Sums of gradients over a batch have other roundings in parts. So their size hangs on the
** network and the batch alone, not on memory, threads or what may be kept.
*/
#ifndef LRR_GRAPH_PARTS_H
#define LRR_GRAPH_PARTS_H

#include "graph/graph.h"

/* As lrr_graph_plan with train; the plan is for a part of the batch, which lrr_graph_batch then
** tells: it halves, rounded up, as long as all activations were more than LRR_PARTS_BYTES and the
** halves have LRR_PARTS_ROWS positions or more. All of it without an operator of sequences that
** says in_parts, or with one that takes sums over the batch (lrr_over) and is not the loss. Errors:
** as lrr_graph_plan. */
#define LRR_PARTS_BYTES ((size_t)16 << 20)
#define LRR_PARTS_ROWS  ((size_t)512)
lrr_status lrr_graph_plan_parts(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                                size_t batch, lrr_error *err);

/* In the place of these two, for plans to come: so that tests can cut small networks. */
void lrr_graph_parts(lrr_graph *g, size_t bytes, size_t rows);

#endif
