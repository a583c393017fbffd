/*
** lanes.h -- parts of a batch (graph/parts.h) side by side, each by one thread.
**
** A part is so small that its operators are soon through: threads that share each of them wait for
** each other as long as they work. So the parts of a batch are cut into lanes, and a thread takes
** a lane through the whole network and back, part after part, with activations and gradients of
** its own. The lanes' gradients are added in their order.
**
** How many lanes there are hangs on the network and the batch alone, and so do all bits. As many
** as there are threads are under way at once.
*/
#ifndef LRR_GRAPH_LANES_H
#define LRR_GRAPH_LANES_H

#include "graph/graph.h"

typedef struct lrr_lanes lrr_lanes;

/* For batches of at most `batch` samples, in parts of `part`, of g, which is planned for training.
** *out is NULL where lanes would cost more than they bring: their gradients are more than a
** quarter of a batch's activations. Errors: ENOMEM. */
lrr_status lrr_lanes_new(lrr_graph *g, size_t batch, size_t part, lrr_lanes **out,
                         lrr_error *err);
void lrr_lanes_free(lrr_lanes *l);

/* g was planned again. Errors: ENOMEM. */
lrr_status lrr_lanes_renew(lrr_lanes *l, lrr_error *err);

/* What they take beside the graph's memory. */
size_t lrr_lanes_bytes(const lrr_lanes *l);

/* Looks at the network between forward and backward of a part: lrr_graph_node's values are its,
** but for the inputs, which are still the batch's, and have to be so again afterwards. */
typedef struct lrr_part_look {
    void (*f)(void *ud, const lrr_run *part);
    void *ud;
} lrr_part_look;

/* Forward and backward of a batch, whose inputs are the graph's; run as lrr_graph_forward's. The
** gradients are those of the sum over parts of loss times weight / whole, added to what there is
** in a later micro batch. A part whose loss is not finite goes forward alone, and then the
** gradients are of no use. look: NULL, or called part after part. */
void lrr_lanes_run(lrr_lanes *l, const lrr_run *run, double whole,
                   const lrr_part_look *look);

/* Part i of the last batch, as forward left it; NULL: it had no more. */
const lrr_run *lrr_lanes_part(const lrr_lanes *l, size_t i);

#endif
