/*
** op_qk_norm.c -- each head's query and key divided by its root mean square (Henry et al.
** 2020, arXiv 2010.04245; as RMSNorm in Dehghani et al. 2023, arXiv 2302.05442); values stay.
**
** x, y: (t, (heads + 2 kv_heads) size); q_norm, k_norm (size): weights that all heads share.
** aux: 1 / root mean square (n t, heads + kv_heads).
*/
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "kernels/simd.h"
#include "ops/heads.h"
#include "ops/ops.h"
#include "ops/span.h"

typedef struct attr {
    lrr_heads heads;
    double eps;
} attr;

enum { X, Q_NORM, K_NORM, INPUTS };
enum { PARTS = 32 }; /* sums of the weights' gradients, each over a share of the rows */

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const attr *a = y->attr;
    lrr_status st = lrr__heads_check(y, &a->heads, false, err);
    size_t size = st == LRR_OK ? lrr__heads_size(y->in[X], &a->heads) : 0;
    char text[LRR_SHAPE_TEXT];
    for (int i = Q_NORM; st == LRR_OK && i < INPUTS; i++)
        if (y->in[i]->shape.rank != 1 || y->in[i]->shape.d[0] != size)
            st = lrr_node_fail(y, err, "%s is %s, want (%zu)",
                               i == Q_NORM ? "q_norm" : "k_norm",
                               lrr_shape_text(&y->in[i]->shape, text), size);
    y->shape = y->in[X]->shape;
    return st;
}

static size_t size_of(const lrr_node *y)
{
    return lrr__heads_size(y->in[X], &((const attr *)y->attr)->heads);
}

/* Heads that are normalised, queries and keys. */
static size_t normed(const lrr_node *y)
{
    const lrr_heads *h = &((const attr *)y->attr)->heads;
    return (size_t)(h->heads + h->kv_heads);
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    size_t rows = lrr_size_mul(batch, y->shape.d[0]);
    need->aux = lrr_size_mul(lrr_size_mul(rows, normed(y)), sizeof(lrr_real));
    need->work = lrr_size_mul(2 * (size_t)PARTS * size_of(y), sizeof(lrr_real));
    need->reads_x = 1 << X | 1 << Q_NORM | 1 << K_NORM;
    need->again = LRR_AGAIN_PASS;
}

static const lrr_real *weight_of(const lrr_node *y, size_t head)
{
    bool key = head >= (size_t)((const attr *)y->attr)->heads.heads;
    return lrr_node_real(y->in[key ? K_NORM : Q_NORM]);
}

static void forward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t size = size_of(y), heads = normed(y), width = y->shape.d[1];
    (void)run;
    for (size_t i = from; i < to; i++) {
        const lrr_real *x = lrr_node_real(y->in[X]) + i * width;
        lrr_real *out = lrr_node_real(y) + i * width;
        for (size_t h = 0; h < heads; h++)
            lrr_k->rmsnorm_forward(x + h * size, weight_of(y, h), out + h * size, 1,
                                   size, (lrr_real)((const attr *)y->attr)->eps,
                                   (lrr_real *)y->aux + i * heads + h);
        memcpy(out + heads * size, x + heads * size,
               (width - heads * size) * sizeof *out);
    }
}

static void back_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t size = size_of(y), heads = normed(y), width = y->shape.d[1];
    bool adds = lrr_node_adds(y, X, run);
    for (size_t i = from; i < to; i++) {
        const lrr_real *x = lrr_node_real(y->in[X]) + i * width;
        const lrr_real *dy = lrr_node_grad(y) + i * width;
        lrr_real *dx = lrr_node_grad(y->in[X]) + i * width;
        for (size_t h = 0; h < heads; h++)
            lrr_k->rmsnorm_row_back(x + h * size, weight_of(y, h), dy + h * size,
                                    dx + h * size, size,
                                    ((const lrr_real *)y->aux)[i * heads + h], adds);
        if (adds)
            lrr_k->accumulate(dy + heads * size, dx + heads * size,
                              width - heads * size);
        else
            memcpy(dx + heads * size, dy + heads * size,
                   (width - heads * size) * sizeof *dx);
    }
}

typedef struct job {
    const lrr_node *y;
    const lrr_run *run;
    size_t rows;
} job;

/* Sums of part i: of its rows, heads in order, (2, size) in run->work. */
static void sum_part(void *arg, size_t i)
{
    const job *j = arg;
    const lrr_node *y = j->y;
    size_t size = size_of(y), heads = normed(y), width = y->shape.d[1];
    size_t from = j->rows * i / PARTS, to = j->rows * (i + 1) / PARTS;
    lrr_real *sums = (lrr_real *)j->run->work + 2 * i * size;
    memset(sums, 0, 2 * size * sizeof *sums);
    for (size_t r = from; r < to; r++)
        for (size_t h = 0; h < heads; h++) {
            size_t at = r * width + h * size;
            bool key = h >= (size_t)((const attr *)y->attr)->heads.heads;
            lrr_k->rmsnorm_weight_back(
                lrr_node_real(y->in[X]) + at, lrr_node_grad(y) + at, width, 1, size,
                (const lrr_real *)y->aux + r * heads + h, sums + (key ? size : 0));
        }
}

static void weights_back(const lrr_node *y, lrr_run *run, size_t rows)
{
    job j = { y, run, rows };
    size_t size = size_of(y);
    lrr_parallel(PARTS, sum_part, &j);
    for (int in = Q_NORM; in < INPUTS; in++)
        if (y->in[in]->dy != NULL)
            lrr_k->sum_rows((const lrr_real *)run->work + (in == K_NORM ? size : 0),
                            2 * size, PARTS, size, lrr_node_grad(y->in[in]),
                            lrr_node_adds(y, in, run));
}

static void forward(const lrr_node *y, lrr_run *run)
{
    lrr__span_rows(y, run, run->n * lrr_node_time(y, run), 3 * y->shape.d[1],
                   forward_some);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    size_t rows = run->n * lrr_node_time(y, run);
    if (y->in[Q_NORM]->dy != NULL || y->in[K_NORM]->dy != NULL)
        weights_back(y, run, rows);
    if (y->in[X]->dy != NULL)
        lrr__span_rows(y, run, rows, 4 * y->shape.d[1], back_some);
}

static const lrr_attr_def attrs[] = {
    LRR_HEADS_ATTRS(attr, heads),
    { .name = "eps",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, eps),
      .range = LRR_ABOVE(0) },
    { .name = NULL },
};

const lrr_op_def lrr_op_qk_norm = { .name = "qk_norm",
                                    .n_in = INPUTS,
                                    .attr_size = sizeof(attr),
                                    .attrs = attrs,
                                    .smooth = true,
                                    .infer = infer,
                                    .need = need,
                                    .forward = forward,
                                    .backward = backward,
                                    .stream = lrr_stream_each };
