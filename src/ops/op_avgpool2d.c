/* op_avgpool2d.c -- the mean of each window, padding counted as zeros. in: x (c, h, w);
** y is (c, oh, ow). Source: kernels/pool.h. */
#include "kernels/simd.h"
#include "ops/ops.h"
#include "ops/pool_window.h"

static void forward_planes(const lrr_node *y, const lrr_run *run, const lrr_pool *s,
                           size_t first, size_t n)
{
    (void)run;
    lrr_k->avgpool_forward(s, n, lrr_node_real(y->in[0]) + first * s->h * s->w,
                           lrr_node_real(y) + first * s->oh * s->ow);
}

static void forward(const lrr_node *y, lrr_run *run)
{
    lrr__pool_parallel(y, run, forward_planes);
}

static void backward_planes(const lrr_node *y, const lrr_run *run, const lrr_pool *s,
                            size_t first, size_t n)
{
    lrr_k->avgpool_backward(s, n, lrr_node_grad(y) + first * s->oh * s->ow,
                            lrr_node_grad(y->in[0]) + first * s->h * s->w,
                            lrr_node_adds(y, 0, run));
}

static void backward(const lrr_node *y, lrr_run *run)
{
    if (y->in[0]->dy)
        lrr__pool_parallel(y, run, backward_planes);
}

const lrr_op_def lrr_op_avgpool2d = { .name = "avgpool2d",
                                      .n_in = 1,
                                      .attr_size = sizeof(lrr__pool_attr),
                                      .attrs = lrr__pool_attrs,
                                      .smooth = true,
                                      .infer = lrr__pool_infer,
                                      .forward = forward,
                                      .backward = backward };
