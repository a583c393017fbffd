/*
** op_global_pool.c -- one value per channel: the mean or the largest.
**
** in: an image (c, h, w), or steps (t, c) of a sequence, of which only those within the
** sample's length count (a sample of length 0 gives 0). y is (c), no sequence. The first
** of several largest values gets the gradient. aux of global_maxpool: their places, which are
** its branches too.
** Source: Lin, Chen, Yan, "Network in network", 2014, section 3.2.
*/
#include <string.h>

#include "base/threads.h"
#include "kernels/simd.h"
#include "ops/ops.h"
#include "ops/plane_mean.h"

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0];
    bool image = x->shape.rank == 3 && !x->seq, steps = x->shape.rank == 2;
    if ((!image && !steps) || x->dtype != LRR_DTYPE_REAL) {
        char text[LRR_SHAPE_TEXT];
        return lrr_node_fail(
            y, err,
            "input is %s, want an image (channels, h, w) or steps (t, channels)",
            lrr_shape_text(&x->shape, text));
    }
    y->shape = lrr_shape_of1(image ? x->shape.d[0] : x->shape.d[1]);
    y->seq = false;
    return LRR_OK;
}

/* What one sample is: c channels of n values, as rows (images) or columns (steps). */
typedef struct sample {
    size_t c, n, valid, at; /* at: first element in x */
    bool rows;
} sample;

typedef struct job {
    const lrr_node *y;
    const lrr_run *run;
    bool max;
} job;

static sample sample_of(const job *j, size_t i)
{
    const lrr_node *x = j->y->in[0];
    sample s = { .c = j->y->shape.d[0], .rows = x->shape.rank == 3 };
    const int32_t *len = lrr_node_len(x, j->run);
    s.n = s.rows ? x->shape.d[1] * x->shape.d[2] : lrr_node_time(x, j->run);
    s.valid = len != NULL ? (size_t)len[i] : s.n;
    s.at = i * s.c * s.n;
    return s;
}

static void need_max(const lrr_node *y, size_t batch, lrr_op_need *n)
{
    n->aux = batch * y->shape.d[0] * sizeof(int32_t);
}

/* As aux. */
static size_t places(const lrr_node *y, size_t batch)
{
    lrr_op_need n = { 0 };
    need_max(y, batch, &n);
    return n.aux;
}

/* The value at `at` of each channel, the largest or not. */
static void take_held(const sample *s, const lrr_real *x, const int32_t *at,
                      lrr_real *y)
{
    for (size_t c = 0; c < s->c; c++) {
        size_t k = (size_t)at[c];
        y[c] = x[s->rows ? c * s->n + k : k * s->c + c];
    }
}

/* The largest values, or those of the kept branches; at (c) their places. */
static void take_max(const job *j, const sample *s, size_t i, const lrr_real *x,
                     lrr_real *y)
{
    int32_t *at = (int32_t *)j->y->aux + i * s->c, *kept = j->y->branch;

    if (j->run->branches == LRR_BRANCHES_HOLD) {
        memcpy(at, kept + i * s->c, s->c * sizeof *at);
        take_held(s, x, at, y);
        return;
    }
    if (s->rows)
        lrr_k->rowmax_forward(x, s->c, s->n, y, at);
    else
        lrr_k->timemax_forward(x, s->valid, s->c, y, at);
    if (j->run->branches == LRR_BRANCHES_KEEP)
        memcpy(kept + i * s->c, at, s->c * sizeof *at);
}

static void forward_sample(void *arg, size_t i)
{
    const job *j = (const job *)arg;
    sample s = sample_of(j, i);
    const lrr_real *x = lrr_node_real(j->y->in[0]) + s.at;
    lrr_real *y = lrr_node_real(j->y) + i * s.c;
    if (s.valid == 0) {
        memset(y, 0, s.c * sizeof *y);
        return;
    }
    if (j->max)
        take_max(j, &s, i, x, y);
    else if (s.rows)
        for (size_t c = 0; c < s.c; c++)
            y[c] = lrr__plane_mean(x + c * s.n, s.n);
    else
        lrr_k->timemean_forward(x, s.valid, s.c, y);
}

static void backward_mean(void *arg, size_t i)
{
    const job *j = (const job *)arg;
    sample s = sample_of(j, i);
    const lrr_real *dy = lrr_node_grad(j->y) + i * s.c;
    lrr_real *dx = lrr_node_grad(j->y->in[0]) + s.at;
    bool add = lrr_node_adds(j->y, 0, j->run);
    if (s.rows) {
        for (size_t c = 0; c < s.c; c++)
            lrr__plane_mean_back(dy[c], dx + c * s.n, s.n, add);
        return;
    }
    for (size_t t = 0; t < s.valid; t++)
        lrr_k->pool_scale(dy, dx + t * s.c, s.c, 1 / (lrr_real)s.valid, add);
    if (!add)
        memset(dx + s.valid * s.c, 0, (s.n - s.valid) * s.c * sizeof *dx);
}

static void backward_max(void *arg, size_t i)
{
    const job *j = (const job *)arg;
    sample s = sample_of(j, i);
    const lrr_real *dy = lrr_node_grad(j->y) + i * s.c;
    const int32_t *at = (const int32_t *)j->y->aux + i * s.c;
    lrr_real *dx = lrr_node_grad(j->y->in[0]) + s.at;
    if (!lrr_node_adds(j->y, 0, j->run))
        memset(dx, 0, s.n * s.c * sizeof *dx);
    for (size_t c = 0; c < s.c && s.valid > 0; c++) {
        size_t k = (size_t)at[c];
        dx[s.rows ? c * s.n + k : k * s.c + c] += dy[c];
    }
}

static void forward_avg(const lrr_node *y, lrr_run *run)
{
    job j = { y, run, false };
    lrr_parallel(run->n, forward_sample, &j);
}

static void forward_max(const lrr_node *y, lrr_run *run)
{
    job j = { y, run, true };
    lrr_parallel(run->n, forward_sample, &j);
}

static void backward_avg_all(const lrr_node *y, lrr_run *run)
{
    job j = { y, run, false };
    if (y->in[0]->dy)
        lrr_parallel(run->n, backward_mean, &j);
}

static void backward_max_all(const lrr_node *y, lrr_run *run)
{
    job j = { y, run, true };
    if (y->in[0]->dy)
        lrr_parallel(run->n, backward_max, &j);
}

const lrr_op_def lrr_op_global_avgpool = { .name = "global_avgpool",
                                           .n_in = 1,
                                           .smooth = true,
                                           .infer = infer,
                                           .forward = forward_avg,
                                           .backward = backward_avg_all };

const lrr_op_def lrr_op_global_maxpool = { .name = "global_maxpool",
                                           .n_in = 1,
                                           .branch = places,
                                           .infer = infer,
                                           .need = need_max,
                                           .forward = forward_max,
                                           .backward = backward_max_all };
