/*
** touched.h -- which rows of a parameter's gradient may be other than 0. For graph/ alone.
**
** The tokens of a batch give a gradient to few rows of a table of embeddings. All the others are 0
** in memory, at any time: backward clears those that the one before has touched and marks those
** that it adds to, where the operator says that it does (lrr_op_def.marks); whoever reads
** gradients may pass over the others (lrr_blocks.touched), or need not know. A parameter that
** another operator has as well has no such list, and neither has any once somebody else may write
** to gradients. Shards and lanes, which add theirs up, touch all rows.
*/
#ifndef LRR_GRAPH_TOUCHED_H
#define LRR_GRAPH_TOUCHED_H

#include "graph/graph.h"

/* Gives parameters their lists, after the blocks were made; gradients are 0. Errors: ENOMEM. */
lrr_status lrr__touched_plan(lrr_graph *g, lrr_error *err);

/* All gradients were written, by others than operators. */
void lrr__touched_all(const lrr_graph *g);

void lrr__touched_free(lrr_graph *g);

#endif
