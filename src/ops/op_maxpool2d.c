/* op_maxpool2d.c -- the largest value under each window. in: x (c, h, w); y is
** (c, oh, ow). aux keeps which value of the window it was, and so do the node's branches.
** Source: kernels/pool.h. */
#include <string.h>

#include "kernels/simd.h"
#include "ops/ops.h"
#include "ops/pool_window.h"

static void need(const lrr_node *y, size_t batch, lrr_op_need *n)
{
    n->aux = batch * lrr_shape_count(&y->shape) * sizeof(uint16_t);
}

/* As aux. */
static size_t places(const lrr_node *y, size_t batch)
{
    lrr_op_need n = { 0 };
    need(y, batch, &n);
    return n.aux;
}

static void forward_planes(const lrr_node *y, const lrr_run *run, const lrr_pool *s,
                           size_t first, size_t n)
{
    const size_t at = first * s->oh * s->ow, count = n * s->oh * s->ow;
    const lrr_real *x = lrr_node_real(y->in[0]) + first * s->h * s->w;
    uint16_t *taps = (uint16_t *)y->aux + at, *kept = y->branch;

    if (run->branches == LRR_BRANCHES_HOLD) {
        memcpy(taps, kept + at, count * sizeof *taps);
        lrr_k->maxpool_held(s, n, taps, x, lrr_node_real(y) + at);
        return;
    }
    lrr_k->maxpool_forward(s, n, x, lrr_node_real(y) + at, taps);
    if (run->branches == LRR_BRANCHES_KEEP)
        memcpy(kept + at, taps, count * sizeof *taps);
}

static void forward(const lrr_node *y, lrr_run *run)
{
    lrr__pool_parallel(y, run, forward_planes);
}

static void backward_planes(const lrr_node *y, const lrr_run *run, const lrr_pool *s,
                            size_t first, size_t n)
{
    const size_t area = s->oh * s->ow;
    lrr_k->maxpool_backward(
        s, n, (const uint16_t *)y->aux + first * area, lrr_node_grad(y) + first * area,
        lrr_node_grad(y->in[0]) + first * s->h * s->w, lrr_node_adds(y, 0, run));
}

static void backward(const lrr_node *y, lrr_run *run)
{
    if (y->in[0]->dy)
        lrr__pool_parallel(y, run, backward_planes);
}

const lrr_op_def lrr_op_maxpool2d = { .name = "maxpool2d",
                                      .n_in = 1,
                                      .attr_size = sizeof(lrr__pool_attr),
                                      .attrs = lrr__pool_attrs,
                                      .branch = places,
                                      .infer = lrr__pool_infer,
                                      .need = need,
                                      .forward = forward,
                                      .backward = backward };
