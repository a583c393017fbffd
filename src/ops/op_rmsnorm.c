/*
** op_rmsnorm.c -- normalisation of each row of the last axis by its root mean square: y = x w
** / sqrt(mean of x^2 + eps) (Zhang and Sennrich 2019, arXiv 1910.07467).
**
** weight: (features). aux: 1 / root mean square (rows).
*/
#include <string.h>

#include "base/mem.h"
#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/span.h"

typedef struct attr {
    double eps;
} attr;

enum { X, WEIGHT, INPUTS };
enum { COLUMNS = 64 };

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[X], *w = y->in[WEIGHT];
    char xt[LRR_SHAPE_TEXT], wt[LRR_SHAPE_TEXT];
    if (x->shape.rank < 1 + x->seq)
        return lrr_node_fail(y, err, "input is %s, want a last axis of features",
                             lrr_shape_text(&x->shape, xt));
    if (w->shape.rank != 1 || w->shape.d[0] != lrr_node_cols(x))
        return lrr_node_fail(y, err, "input is %s, weight is %s: want (%zu)",
                             lrr_shape_text(&x->shape, xt),
                             lrr_shape_text(&w->shape, wt), lrr_node_cols(x));
    y->shape = x->shape;
    return LRR_OK;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    size_t rows = lrr_size_mul(batch, lrr_shape_count(&y->shape) / lrr_node_cols(y));
    need->aux = lrr_size_mul(rows, sizeof(lrr_real));
    need->reads_x = 1 << X | 1 << WEIGHT;
    need->again = LRR_AGAIN_PASS;
}

static size_t rows_of(const lrr_node *y, const lrr_run *run)
{
    return lrr_node_count(y, run) / lrr_node_cols(y);
}

static void forward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t cols = lrr_node_cols(y);
    (void)run;
    lrr_k->rmsnorm_forward(lrr_node_real(y->in[X]) + from * cols,
                           lrr_node_real(y->in[WEIGHT]), lrr_node_real(y) + from * cols,
                           to - from, cols, (lrr_real)((const attr *)y->attr)->eps,
                           (lrr_real *)y->aux + from);
}

static void back_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t cols = lrr_node_cols(y);
    const lrr_real *rstd = y->aux;
    for (size_t r = from; r < to; r++)
        lrr_k->rmsnorm_row_back(
            lrr_node_real(y->in[X]) + r * cols, lrr_node_real(y->in[WEIGHT]),
            lrr_node_grad(y) + r * cols, lrr_node_grad(y->in[X]) + r * cols, cols,
            rstd[r], lrr_node_adds(y, X, run));
}

/* Gradient of weight, columns from * COLUMNS on. */
static void weight_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t cols = lrr_node_cols(y), at = from * COLUMNS;
    size_t n = (to * COLUMNS < cols ? to * COLUMNS : cols) - at;
    lrr_real *dw = lrr_node_grad(y->in[WEIGHT]);
    if (!lrr_node_adds(y, WEIGHT, run))
        memset(dw + at, 0, n * sizeof *dw);
    lrr_k->rmsnorm_weight_back(lrr_node_real(y->in[X]) + at, lrr_node_grad(y) + at,
                               cols, rows_of(y, run), n, y->aux, dw + at);
}

static void forward(const lrr_node *y, lrr_run *run)
{
    lrr__span_rows(y, run, rows_of(y, run), 2 * lrr_node_cols(y), forward_some);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    size_t cols = lrr_node_cols(y), rows = rows_of(y, run);
    if (y->in[WEIGHT]->dy != NULL)
        lrr__span_rows(y, run, (cols + COLUMNS - 1) / COLUMNS, rows * COLUMNS,
                       weight_back);
    if (y->in[X]->dy != NULL)
        lrr__span_rows(y, run, rows, 3 * cols, back_some);
}

static const lrr_attr_def attrs[] = {
    { .name = "eps",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, eps),
      .range = LRR_ABOVE(0) },
    { .name = NULL },
};

const lrr_op_def lrr_op_rmsnorm = { .name = "rmsnorm",
                                    .n_in = INPUTS,
                                    .attr_size = sizeof(attr),
                                    .attrs = attrs,
                                    .smooth = true,
                                    .infer = infer,
                                    .need = need,
                                    .forward = forward,
                                    .backward = backward,
                                    .stream = lrr_stream_each };
