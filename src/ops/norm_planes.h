/*
** norm_planes.h -- planes of (n, c, plane) normalised, and what may follow in the same pass: a
** ReLU, and a pool of its maxima or the mean of each plane (graph/joined.h). Between them nothing but
** a plane is ever there. The values are those of one after the other, down to the bits.
*/
#ifndef LRR_OPS_NORM_PLANES_H
#define LRR_OPS_NORM_PLANES_H

#include "graph/op.h"
#include "kernels/norm.h"
#include "kernels/pool.h"

/* What a pass over a node (its x is in[0]) and those that it leads goes by. */
typedef struct lrr__planes {
    const lrr_node *y, *last;
    const lrr_run *run;
    size_t size, step; /* reals of a plane, and from image to image */
    bool relu, pools, past;
    bool mean; /* it pools whole planes, by their mean; else by `pool` */
    lrr_pool pool;
    size_t pooled; /* reals of a pooled plane */
} lrr__planes;

/* lrr_op_def.leads; need.work_thread has to have room for a plane. */
bool lrr__planes_lead(const lrr_node *y, const lrr_node *next);

lrr__planes lrr__planes_of(const lrr_node *y, const lrr_run *run);

/* Of all images of feature c: what the last of the nodes is; its caller calls lrr_past_end. */
void lrr__planes_forward(const lrr__planes *p, size_t c, lrr_norm_map m);

/* sum dy and sum dy (x - mean), dy as it comes to the map. */
void lrr__planes_sums(const lrr__planes *p, size_t c, lrr_norm_map m, double sums[2]);

/* dx; b is the map's. */
void lrr__planes_backward(const lrr__planes *p, size_t c, lrr_norm_back m, lrr_real b);

#endif
