/*
** op_positions.c -- a vector of each position added to what stands there: y (t, f) = x (t, f)
** + table (t, f).
**
** The table is the second input, (length, f), rows from t on get no gradient; or, without
** one, waves: sine at even and cosine at odd features (Vaswani et al. 2017, section 3.5).
*/
#include <string.h>

#include "base/mem.h"
#include "graph/op.h"
#include "kernels/rotation.h"
#include "kernels/simd.h"
#include "ops/span.h"

enum { X, WEIGHT };
enum { COLUMNS = 64 };

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[X], *w = y->n_in == 2 ? y->in[WEIGHT] : NULL;
    char xt[LRR_SHAPE_TEXT], wt[LRR_SHAPE_TEXT];
    if (y->n_in > 2)
        return lrr_node_fail(y, err, "%d inputs, want x and perhaps weight", y->n_in);
    if (x->shape.rank != 2)
        return lrr_node_fail(y, err, "input is %s, want (time, features)",
                             lrr_shape_text(&x->shape, xt));
    if (w != NULL && (w->shape.rank != 2 || w->shape.d[1] != x->shape.d[1] ||
                      w->shape.d[0] < x->shape.d[0]))
        return lrr_node_fail(
            y, err, "input is %s, weight is %s: want (%zu or more, %zu)",
            lrr_shape_text(&x->shape, xt), lrr_shape_text(&w->shape, wt), x->shape.d[0],
            x->shape.d[1]);
    y->shape = x->shape;
    return LRR_OK;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    (void)batch;
    need->in_place = true;
    need->again = LRR_AGAIN_PASS;
    if (y->n_in == 1)
        need->work = lrr_size_mul(lrr_shape_count(&y->shape), sizeof(lrr_real));
}

/* Numbers of one sample in this batch. */
static size_t sample_size(const lrr_node *y, const lrr_run *run)
{
    return lrr_node_time(y, run) * y->shape.d[1];
}

static void add_table(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t size = sample_size(y, run);
    const lrr_real *table = y->n_in == 2
                                ? lrr_node_real(y->in[WEIGHT]) + run->at * y->shape.d[1]
                                : (const lrr_real *)run->work;
    for (size_t i = from; i < to; i++)
        lrr_k->add(lrr_node_real(y->in[X]) + i * size, table,
                   lrr_node_real(y) + i * size, size);
}

static void forward(const lrr_node *y, lrr_run *run)
{
    if (y->n_in == 1) {
        const lrr_rotation waves = { 10000, y->shape.d[1] };
        lrr_rotation_waves(&waves, run->at, lrr_node_time(y, run), run->work);
    }
    lrr__span_rows(y, run, run->n, sample_size(y, run), add_table);
}

/* Gradient of weight: of its elements as one list, from * COLUMNS on. */
static void weight_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t size = sample_size(y, run), at = from * COLUMNS;
    size_t end = to * COLUMNS < size ? to * COLUMNS : size;
    lrr_k->sum_rows(lrr_node_grad(y) + at, size, run->n, end - at,
                    lrr_node_grad(y->in[WEIGHT]) + at, lrr_node_adds(y, WEIGHT, run));
}

static void pass_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    lrr_real *dx = lrr_node_grad(y->in[X]);
    if (lrr_node_adds(y, X, run))
        lrr_k->accumulate(lrr_node_grad(y) + from, dx + from, to - from);
    else if (dx != lrr_node_grad(y))
        memcpy(dx + from, lrr_node_grad(y) + from, (to - from) * sizeof *dx);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    size_t size = sample_size(y, run);
    if (y->n_in == 2 && y->in[WEIGHT]->dy != NULL) {
        lrr_real *dw = lrr_node_grad(y->in[WEIGHT]);
        if (!lrr_node_adds(y, WEIGHT, run))
            memset(dw + size, 0,
                   (lrr_shape_count(&y->in[WEIGHT]->shape) - size) * sizeof *dw);
        lrr__span_rows(y, run, (size + COLUMNS - 1) / COLUMNS, run->n * COLUMNS,
                       weight_back);
    }
    if (y->in[X]->dy != NULL)
        lrr__span_elements(y, run, run->n * size, 1, pass_back);
}

/* Learned rows end where the longest sequence does; waves go on. */
static lrr_status stream(const lrr_node *y, lrr_stream_need *need, lrr_error *err)
{
    (void)err;
    need->bounded = y->n_in == 2;
    return LRR_OK;
}

const lrr_op_def lrr_op_positions = { .name = "positions",
                                      .n_in = -1,
                                      .smooth = true,
                                      .infer = infer,
                                      .need = need,
                                      .forward = forward,
                                      .backward = backward,
                                      .stream = stream };
