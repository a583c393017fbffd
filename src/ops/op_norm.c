/*
** op_norm.c -- normalisation within a sample: layernorm over the last axis (Ba et al.
** 2016), groupnorm over groups of channels of (c, h, w) (Wu and He 2018).
**
** weight, bias: (features) of the last axis, or (c). y = (x - mean) / sqrt(variance + eps)
** * weight + bias, the variance without Bessel's correction.
*/
#include <string.h>

#include "base/dmath.h"
#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/span.h"

typedef struct attr {
    double eps;
    int64_t groups; /* groupnorm only */
} attr;

enum { X, WEIGHT, BIAS, INPUTS };
enum { COLUMNS = 64 };

static lrr_status check(lrr_node *y, size_t features, lrr_error *err)
{
    const lrr_node *x = y->in[X];
    char xt[LRR_SHAPE_TEXT], wt[LRR_SHAPE_TEXT];
    for (int i = WEIGHT; i < INPUTS; i++)
        if (y->in[i]->shape.rank != 1 || y->in[i]->shape.d[0] != features)
            return lrr_node_fail(y, err, "input is %s, %s is %s: want (%zu)",
                                 lrr_shape_text(&x->shape, xt),
                                 i == WEIGHT ? "weight" : "bias",
                                 lrr_shape_text(&y->in[i]->shape, wt), features);
    y->shape = x->shape;
    return LRR_OK;
}

/* layernorm; rows of the last axis. aux: mean (rows), 1/deviation (rows). */

static lrr_status infer_layer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[X];
    char text[LRR_SHAPE_TEXT];
    if (x->dtype != LRR_DTYPE_REAL || x->shape.rank < 1 + x->seq)
        return lrr_node_fail(y, err,
                             "input is %s %s, want a last axis of real features",
                             lrr_shape_text(&x->shape, text), lrr_dtype_name(x->dtype));
    return check(y, lrr_node_cols(x), err);
}

static void need_layer(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    size_t rows = batch * lrr_shape_count(&y->shape) / lrr_node_cols(y);
    need->aux = 2 * rows * sizeof(lrr_real);
    need->reads_x = 1 << X | 1 << WEIGHT;
    need->again = LRR_AGAIN_PASS;
}

static size_t rows_of(const lrr_node *y, const lrr_run *run)
{
    return lrr_node_count(y, run) / lrr_node_cols(y);
}

static void layer_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t cols = lrr_node_cols(y);
    lrr_real *mean = y->aux, *rstd = mean + rows_of(y, run);
    lrr_k->layernorm_forward(
        lrr_node_real(y->in[X]) + from * cols, lrr_node_real(y->in[WEIGHT]),
        lrr_node_real(y->in[BIAS]), lrr_node_real(y) + from * cols, to - from, cols,
        (lrr_real)((const attr *)y->attr)->eps, mean + from, rstd + from);
}

static void layer_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t cols = lrr_node_cols(y);
    const lrr_real *mean = y->aux, *rstd = mean + rows_of(y, run);
    const lrr_real *x = lrr_node_real(y->in[X]), *w = lrr_node_real(y->in[WEIGHT]);
    const lrr_real *dy = lrr_node_grad(y);
    lrr_real *dx = lrr_node_grad(y->in[X]);
    for (size_t r = from; r < to; r++)
        lrr_k->layernorm_row_back(x + r * cols, w, dy + r * cols, dx + r * cols, cols,
                                  mean[r], rstd[r], lrr_node_adds(y, X, run));
}

/* Gradients of weight and bias, columns from * COLUMNS on. */
static void layer_parameters(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t cols = lrr_node_cols(y), rows = rows_of(y, run), at = from * COLUMNS;
    size_t n = (to * COLUMNS < cols ? to * COLUMNS : cols) - at;
    const lrr_real *mean = y->aux;
    lrr_real *dw = lrr_node_grad(y->in[WEIGHT]), *db = lrr_node_grad(y->in[BIAS]);

    if (db != NULL)
        lrr_k->sum_rows(lrr_node_grad(y) + at, cols, rows, n, db + at,
                        lrr_node_adds(y, BIAS, run));
    if (dw == NULL)
        return;
    if (!lrr_node_adds(y, WEIGHT, run))
        memset(dw + at, 0, n * sizeof *dw);
    lrr_k->layernorm_weight_back(lrr_node_real(y->in[X]) + at, lrr_node_grad(y) + at,
                                 cols, rows, n, mean, mean + rows, dw + at);
}

static void layer_forward(const lrr_node *y, lrr_run *run)
{
    lrr__span_rows(y, run, rows_of(y, run), 3 * lrr_node_cols(y), layer_some);
}

static void layer_backward(const lrr_node *y, lrr_run *run)
{
    size_t cols = lrr_node_cols(y), rows = rows_of(y, run);
    lrr__span_rows(y, run, (cols + COLUMNS - 1) / COLUMNS, 2 * rows * COLUMNS,
                   layer_parameters);
    if (y->in[X]->dy != NULL)
        lrr__span_rows(y, run, rows, 3 * cols, layer_back);
}

/* groupnorm; a group is contiguous. aux: mean, 1/deviation of each (sample, group). */

static size_t groups_of(const lrr_node *y)
{
    return (size_t)((const attr *)y->attr)->groups;
}

static lrr_status infer_group(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[X];
    int64_t groups = ((const attr *)y->attr)->groups;
    char text[LRR_SHAPE_TEXT];
    if (x->dtype != LRR_DTYPE_REAL || x->shape.rank < 1 || x->shape.rank == 2 || x->seq)
        return lrr_node_fail(y, err, "input is %s%s %s, want (c, h, w) real",
                             x->seq ? "a sequence " : "",
                             lrr_shape_text(&x->shape, text), lrr_dtype_name(x->dtype));
    if (groups < 1 || x->shape.d[0] % (size_t)groups != 0)
        return lrr_node_fail(
            y, err, "input is %s, groups is %lld: want a divisor of %zu",
            lrr_shape_text(&x->shape, text), (long long)groups, x->shape.d[0]);
    return check(y, x->shape.d[0], err);
}

static void need_group(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    need->aux = 2 * batch * groups_of(y) * sizeof(lrr_real);
    need->work = 2 * batch * y->shape.d[0] * sizeof(double);
    need->reads_x = 1 << X | 1 << WEIGHT;
    need->again = LRR_AGAIN_PASS;
}

static void group_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t groups = groups_of(y), c = y->shape.d[0] / groups;
    size_t plane = lrr_shape_count(&y->shape) / y->shape.d[0], size = c * plane;
    lrr_real *means = y->aux, *rstds = means + run->n * groups;

    for (size_t i = from; i < to; i++) {
        const lrr_real *x = lrr_node_real(y->in[X]) + i * size;
        size_t first = i % groups * c;
        lrr_real mean = lrr_k->sum(x, size) / (lrr_real)size;
        double v = (double)lrr_k->sum_squares(x, mean, size) / (double)size;
        means[i] = mean;
        rstds[i] = (lrr_real)(1 / lrr_dsqrt(v + ((const attr *)y->attr)->eps));
        for (size_t k = 0; k < c; k++) {
            lrr_norm_map m = { mean, rstds[i] * lrr_node_real(y->in[WEIGHT])[first + k],
                               lrr_node_real(y->in[BIAS])[first + k] };
            lrr_k->norm_plane(x + k * plane, lrr_node_real(y) + i * size + k * plane,
                              plane, m);
        }
    }
}

/* Also leaves each plane's sums of dy and of dy times the normalised x in run->work, for
** the gradients of weight and bias. */
static void group_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t groups = groups_of(y), c = y->shape.d[0] / groups;
    size_t plane = lrr_shape_count(&y->shape) / y->shape.d[0], size = c * plane;
    const lrr_real *means = y->aux, *rstds = means + run->n * groups;

    for (size_t i = from; i < to; i++) {
        const lrr_real *x = lrr_node_real(y->in[X]) + i * size,
                       *dy = lrr_node_grad(y) + i * size;
        const lrr_real *w = lrr_node_real(y->in[WEIGHT]) + i % groups * c;
        double *sums = (double *)run->work + 2 * i * c;
        double rstd = (double)rstds[i], sum = 0, products = 0;
        for (size_t k = 0; k < c; k++) {
            sums[2 * k] = (double)lrr_k->sum(dy + k * plane, plane);
            sums[2 * k + 1] =
                rstd * (double)lrr_k->sum_products(x + k * plane, means[i],
                                                   dy + k * plane, plane);
            sum += (double)w[k] * sums[2 * k];
            products += (double)w[k] * sums[2 * k + 1];
        }
        for (size_t k = 0; y->in[X]->dy != NULL && k < c; k++) {
            lrr_norm_back m = { means[i], rstds[i] * w[k],
                                (lrr_real)(-rstd * rstd * products / (double)size),
                                (lrr_real)(-rstd * sum / (double)size) };
            lrr_k->norm_plane_back(x + k * plane, dy + k * plane,
                                   lrr_node_grad(y->in[X]) + i * size + k * plane,
                                   plane, m, lrr_node_adds(y, X, run));
        }
    }
}

static void group_forward(const lrr_node *y, lrr_run *run)
{
    size_t rows = run->n * groups_of(y);
    lrr__span_rows(y, run, rows, 3 * lrr_node_count(y, run) / rows, group_some);
}

static void add_up(const lrr_node *y, const lrr_run *run, int input, size_t which)
{
    size_t c = y->shape.d[0];
    lrr_real *d = lrr_node_grad(y->in[input]);
    for (size_t k = 0; d != NULL && k < c; k++) {
        double s = lrr_node_adds(y, input, run) ? (double)d[k] : 0;
        for (size_t i = 0; i < run->n; i++)
            s += ((const double *)run->work)[2 * (i * c + k) + which];
        d[k] = (lrr_real)s;
    }
}

static void group_backward(const lrr_node *y, lrr_run *run)
{
    size_t rows = run->n * groups_of(y);
    lrr__span_rows(y, run, rows, 4 * lrr_node_count(y, run) / rows, group_back);
    add_up(y, run, BIAS, 0);
    add_up(y, run, WEIGHT, 1);
}

static const lrr_attr_def attrs[] = {
    { .name = "eps",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, eps),
      .range = LRR_ABOVE(0) },
    { .name = "groups", .type = LRR_ATTR_INT, .offset = offsetof(attr, groups) },
    { .name = NULL },
};
static const lrr_attr_def layer_attrs[] = {
    { .name = "eps",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, eps),
      .range = LRR_ABOVE(0) },
    { .name = NULL },
};

const lrr_op_def lrr_op_layernorm = { .name = "layernorm",
                                      .n_in = INPUTS,
                                      .attr_size = sizeof(attr),
                                      .attrs = layer_attrs,
                                      .smooth = true,
                                      .infer = infer_layer,
                                      .need = need_layer,
                                      .forward = layer_forward,
                                      .backward = layer_backward,
                                      .stream = lrr_stream_each };

const lrr_op_def lrr_op_groupnorm = { .name = "groupnorm",
                                      .n_in = INPUTS,
                                      .attr_size = sizeof(attr),
                                      .attrs = attrs,
                                      .smooth = true,
                                      .infer = infer_group,
                                      .need = need_group,
                                      .forward = group_forward,
                                      .backward = group_backward };
