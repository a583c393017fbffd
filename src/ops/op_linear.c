/*
** op_linear.c -- y = x W^T + b on the last axis.
**
** x (n, ..., k), weight (units, k), bias (units) if there is a third input;
** y (n, ..., units).
*/
#include "graph/op.h"
#include "kernels/gemm.h"
#include "kernels/gemv.h"
#include "kernels/simd.h"
#include "ops/span.h"

/* Rows of x that are few, by measurement (784-256-128-10, AVX-512): of 16 gemm is as fast. */
enum { FEW = 8 };

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0], *w = y->in[1], *b = y->n_in > 2 ? y->in[2] : NULL;
    char xt[LRR_SHAPE_TEXT], wt[LRR_SHAPE_TEXT];

    if (y->n_in < 2 || y->n_in > 3)
        return lrr_node_fail(y, err, "%d inputs, want x, weight and perhaps bias",
                             y->n_in);
    if (x->dtype != LRR_DTYPE_REAL)
        return lrr_node_fail(y, err,
                             "input holds tokens, want numbers: put "
                             "nn.embedding first");
    if (x->shape.rank < 1 || (x->seq && x->shape.rank < 2))
        return lrr_node_fail(y, err, "input is %s, want a last axis of features",
                             lrr_shape_text(&x->shape, xt));
    if (w->shape.rank != 2 || w->shape.d[1] != lrr_node_cols(x))
        return lrr_node_fail(y, err, "input is %s, weight is %s: want (units, %zu)",
                             lrr_shape_text(&x->shape, xt),
                             lrr_shape_text(&w->shape, wt), lrr_node_cols(x));
    if (b != NULL && (b->shape.rank != 1 || b->shape.d[0] != w->shape.d[0]))
        return lrr_node_fail(y, err, "weight is %s, bias is %s: want (%zu)",
                             lrr_shape_text(&w->shape, wt),
                             lrr_shape_text(&b->shape, xt), w->shape.d[0]);
    y->shape = x->shape;
    y->shape.d[y->shape.rank - 1] = w->shape.d[0];
    return LRR_OK;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    (void)batch;
    need->reads_x = 1 << 0 | 1 << 1;
    need->dx_over_x = true;
    if (lrr_node_cols(y) >=
        lrr_node_cols(y->in[0])) /* else it is dear for what it spares */
        need->again = LRR_AGAIN_PRODUCT;
}

/* Few rows: one of a stream, or those of a small batch, for which weights would be packed in
** vain. Bits are others than those of gemm. */
static void forward_few(const lrr_node *y, size_t rows)
{
    const lrr_node *x = y->in[0], *w = y->in[1];
    const lrr_gemv_args g = { .w = lrr_node_real(w),
                              .x = lrr_node_real(x),
                              .b = y->n_in > 2 ? lrr_node_real(y->in[2]) : NULL,
                              .y = lrr_node_real(y),
                              .ld = lrr_node_cols(x),
                              .rows = lrr_node_cols(y),
                              .k = lrr_node_cols(x),
                              .n = rows,
                              .x_ld = lrr_node_cols(x),
                              .y_ld = lrr_node_cols(y) };
    lrr_gemv(&g);
}

/* Over steps a batch of any size stays with gemm, whose rows do not know of each other: there
** they are steps, of which a sequence may have more or less. */
static bool is_few(const lrr_node *y, const lrr_run *run, size_t rows)
{
    if (run->streams)
        return rows == 1 && !lrr_gemm_rounds(run->gemm);
    return rows <= FEW && y->shape.rank == 1 && run->gemm == LRR_GEMM_FUSED;
}

static void forward(const lrr_node *y, lrr_run *run)
{
    const lrr_node *x = y->in[0], *w = y->in[1];
    size_t units = lrr_node_cols(y), k = lrr_node_cols(x);
    size_t rows = lrr_node_count(x, run) / k;
    lrr_mat a = { lrr_node_real(x), k, false }, b = { lrr_node_real(w), k, true };

    if (is_few(y, run, rows))
        forward_few(y, rows);
    else
        lrr_gemm_bias(run->gemm, rows, units, k, a, b,
                      y->n_in > 2 ? lrr_node_real(y->in[2]) : NULL, lrr_node_real(y),
                      units);
}

enum { COLUMNS = 64 }; /* of dbias in one chunk, as sum_rows works */

static void sum_bias(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t units = lrr_node_cols(y), rows = lrr_node_count(y, run) / units;
    size_t at = from * COLUMNS, end = to * COLUMNS < units ? to * COLUMNS : units;
    lrr_k->sum_rows(lrr_node_grad(y) + at, units, rows, end - at,
                    lrr_node_grad(y->in[2]) + at, lrr_node_adds(y, 2, run));
}

static void backward(const lrr_node *y, lrr_run *run)
{
    const lrr_node *x = y->in[0], *w = y->in[1];
    size_t units = lrr_node_cols(y), k = lrr_node_cols(x);
    size_t rows = lrr_node_count(x, run) / k;
    lrr_mat dy = { lrr_node_grad(y), units, false },
            dy_t = { lrr_node_grad(y), units, true };
    lrr_mat a = { lrr_node_real(x), k, false }, b = { lrr_node_real(w), k, false };

    if (w->dy != NULL)
        lrr_gemm(run->gemm, units, k, rows, 1, dy_t, a,
                 lrr_node_adds(y, 1, run) ? 1 : 0, lrr_node_grad(w), k);
    if (y->n_in > 2 && y->in[2]->dy != NULL)
        lrr__span_rows(y, run, (units + COLUMNS - 1) / COLUMNS, rows * COLUMNS,
                       sum_bias);
    if (x->dy != NULL)
        lrr_gemm(run->gemm, rows, k, units, 1, dy, b, lrr_node_adds(y, 0, run) ? 1 : 0,
                 lrr_node_grad(x), k);
}

const lrr_op_def lrr_op_linear = {
    .name = "linear",
    .n_in = -1,
    .smooth = true,
    .infer = infer,
    .need = need,
    .forward = forward,
    .backward = backward,
    .stream = lrr_stream_each,
};
