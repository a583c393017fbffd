/* op_avgpool2d.c -- the mean of each window, padding counted as zeros. in: x (c, h, w);
** y is (c, oh, ow). Source: kernels/pool.h. */
#include "base/threads.h"
#include "kernels/simd.h"
#include "ops/ops.h"
#include "ops/pool_window.h"

typedef struct job {
    const lrr_node *y;
    const lrr_run *run;
} job;

static void forward_chunk(void *arg, size_t i)
{
    const job *j = (const job *)arg;
    lrr_pool s = lrr__pool_geometry(j->y);
    size_t p = lrr__pool_chunk_at(j->y, j->run, i);
    lrr_k->avgpool_forward(&s, lrr__pool_chunk_at(j->y, j->run, i + 1) - p,
                           lrr_node_real(j->y->in[0]) + p * s.h * s.w,
                           lrr_node_real(j->y) + p * s.oh * s.ow);
}

static void forward(const lrr_node *y, lrr_run *run)
{
    job j = { y, run };
    lrr_parallel(lrr__pool_chunks(y, run), forward_chunk, &j);
}

static void backward_chunk(void *arg, size_t i)
{
    const job *j = (const job *)arg;
    lrr_pool s = lrr__pool_geometry(j->y);
    size_t p = lrr__pool_chunk_at(j->y, j->run, i);
    lrr_k->avgpool_backward(&s, lrr__pool_chunk_at(j->y, j->run, i + 1) - p,
                            j->y->dy + p * s.oh * s.ow, j->y->in[0]->dy + p * s.h * s.w,
                            lrr_node_adds(j->y, 0, j->run));
}

static void backward(const lrr_node *y, lrr_run *run)
{
    job j = { y, run };
    if (y->in[0]->dy)
        lrr_parallel(lrr__pool_chunks(y, run), backward_chunk, &j);
}

const lrr_op_def lrr_op_avgpool2d = { .name = "avgpool2d",
                                      .n_in = 1,
                                      .attr_size = sizeof(lrr__pool_attr),
                                      .attrs = lrr__pool_attrs,
                                      .infer = lrr__pool_infer,
                                      .forward = forward,
                                      .backward = backward };
