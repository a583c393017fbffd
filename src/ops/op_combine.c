/*
** op_combine.c -- several values into one: add and mul of two, scale of one, and concat
** of any number along their features or channels.
**
** concat joins the last axis of (f), (t, f) and the first of (c, h, w) and longer ones.
*/
#include <string.h>

#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/span.h"

/* Sequences of two axes may be as long at most, and are of other lengths in a batch. */
static lrr_status fail_axes(const lrr_node *y, int i, lrr_error *err)
{
    return lrr_node_fail(
        y, err,
        "input 1 and input %d are sequences of different inputs, whose "
        "lengths differ: want steps of one sequence",
        i);
}

static lrr_status infer_same(lrr_node *y, lrr_error *err)
{
    const lrr_node *a = y->in[0], *b = y->in[1];
    char at[LRR_SHAPE_TEXT], bt[LRR_SHAPE_TEXT];
    if (a->seq && b->seq && a->axis != b->axis)
        return fail_axes(y, 2, err);
    if (!lrr_shape_equal(&a->shape, &b->shape) || a->seq != b->seq)
        return lrr_node_fail(
            y, err, "inputs are %s%s and %s%s, want equal shapes",
            lrr_shape_text(&a->shape, at), a->seq ? " (a sequence)" : "",
            lrr_shape_text(&b->shape, bt), b->seq ? " (a sequence)" : "");
    if (a->dtype != LRR_DTYPE_REAL || b->dtype != LRR_DTYPE_REAL)
        return lrr_node_fail(y, err, "an input is whole numbers, want real ones");
    y->shape = a->shape;
    return LRR_OK;
}

/* add */

static void need_nothing(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    (void)y;
    (void)batch;
    need->in_place = true;
    need->again = LRR_AGAIN_PASS;
}

static void need_of_add(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    need_nothing(y, batch, need);
    need->dx_1_is_dy = true;
}

static void add_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    (void)run;
    lrr_k->add(lrr_node_real(y->in[0]) + from, lrr_node_real(y->in[1]) + from,
               lrr_node_real(y) + from, to - from);
}

static void pass_back(const lrr_node *y, lrr_run *run, int i, size_t from, size_t to)
{
    lrr_real *dx = lrr_node_grad(y->in[i]);
    if (dx == NULL)
        return;
    if (lrr_node_adds(y, i, run))
        lrr_k->accumulate(lrr_node_grad(y) + from, dx + from, to - from);
    else if (dx != y->dy)
        memcpy(dx + from, lrr_node_grad(y) + from, (to - from) * sizeof *dx);
}

/* Where a gradient is in dy's own memory, nothing changes there. */
static void add_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    pass_back(y, run, 0, from, to);
    pass_back(y, run, 1, from, to);
}

static void add_forward(const lrr_node *y, lrr_run *run)
{
    lrr__span_elements(y, run, lrr_node_count(y, run), 1, add_some);
}

static void add_backward(const lrr_node *y, lrr_run *run)
{
    lrr__span_elements(y, run, lrr_node_count(y, run), 1, add_back);
}

const lrr_op_def lrr_op_add = { .name = "add",
                                .n_in = 2,
                                .sequences = true,
                                .smooth = true,
                                .infer = infer_same,
                                .need = need_of_add,
                                .forward = add_forward,
                                .backward = add_backward,
                                .stream = lrr_stream_each };

/* mul */

static void need_both(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    (void)y;
    (void)batch;
    need->reads_x = 1 << 0 | 1 << 1;
    need->again = LRR_AGAIN_PASS;
}

static void mul_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    (void)run;
    lrr_k->mul(lrr_node_real(y->in[0]) + from, lrr_node_real(y->in[1]) + from,
               lrr_node_real(y) + from, to - from);
}

static void mul_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    for (int i = 0; i < 2; i++) {
        const lrr_real *other = lrr_node_real(y->in[1 - i]) + from;
        lrr_real *dx = lrr_node_grad(y->in[i]);
        if (dx == NULL)
            continue;
        if (lrr_node_adds(y, i, run))
            lrr_k->mul_add(lrr_node_grad(y) + from, other, dx + from, to - from);
        else
            lrr_k->mul(lrr_node_grad(y) + from, other, dx + from, to - from);
    }
}

static void mul_forward(const lrr_node *y, lrr_run *run)
{
    lrr__span_elements(y, run, lrr_node_count(y, run), 1, mul_some);
}

static void mul_backward(const lrr_node *y, lrr_run *run)
{
    lrr__span_elements(y, run, lrr_node_count(y, run), 2, mul_back);
}

const lrr_op_def lrr_op_mul = { .name = "mul",
                                .n_in = 2,
                                .sequences = true,
                                .smooth = true,
                                .infer = infer_same,
                                .need = need_both,
                                .forward = mul_forward,
                                .backward = mul_backward,
                                .stream = lrr_stream_each };

/* scale */

typedef struct scale_attr {
    double factor;
} scale_attr;

static lrr_real factor_of(const lrr_node *y)
{
    return (lrr_real)((const scale_attr *)y->attr)->factor;
}

static lrr_status infer_scale(lrr_node *y, lrr_error *err)
{
    if (y->in[0]->dtype != LRR_DTYPE_REAL)
        return lrr_node_fail(y, err, "input is whole numbers, want real ones");
    y->shape = y->in[0]->shape;
    return LRR_OK;
}

static void scale_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    (void)run;
    lrr_k->scale(factor_of(y), lrr_node_real(y->in[0]) + from, lrr_node_real(y) + from,
                 to - from);
}

static void scale_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    lrr_real *dx = lrr_node_grad(y->in[0]) + from;
    if (lrr_node_adds(y, 0, run))
        lrr_k->scale_add(factor_of(y), lrr_node_grad(y) + from, dx, to - from);
    else
        lrr_k->scale(factor_of(y), lrr_node_grad(y) + from, dx, to - from);
}

static void scale_forward(const lrr_node *y, lrr_run *run)
{
    lrr__span_elements(y, run, lrr_node_count(y, run), 1, scale_some);
}

static void scale_backward(const lrr_node *y, lrr_run *run)
{
    if (y->in[0]->dy != NULL)
        lrr__span_elements(y, run, lrr_node_count(y, run), 1, scale_back);
}

static const lrr_attr_def scale_attrs[] = {
    { .name = "factor",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(scale_attr, factor),
      .range = LRR_FINITE },
    { .name = NULL },
};

const lrr_op_def lrr_op_scale = { .name = "scale",
                                  .n_in = 1,
                                  .attr_size = sizeof(scale_attr),
                                  .attrs = scale_attrs,
                                  .smooth = true,
                                  .infer = infer_scale,
                                  .need = need_nothing,
                                  .forward = scale_forward,
                                  .backward = scale_backward,
                                  .stream = lrr_stream_each };

/* concat */

static int concat_axis(const lrr_shape *s)
{
    return s->rank <= 2 ? s->rank - 1 : 0;
}

static lrr_status infer_concat(lrr_node *y, lrr_error *err)
{
    const lrr_node *first = y->in[0];
    int axis = concat_axis(&first->shape);
    char at[LRR_SHAPE_TEXT], bt[LRR_SHAPE_TEXT];

    y->shape = first->shape;
    for (int i = 0; i < y->n_in; i++) {
        const lrr_node *x = y->in[i];
        if (x->seq && first->seq && x->axis != first->axis)
            return fail_axes(y, i + 1, err);
        bool fits = x->shape.rank == first->shape.rank &&
                    x->shape.rank >= 1 + first->seq && x->seq == first->seq &&
                    x->dtype == LRR_DTYPE_REAL;
        for (int k = 0; fits && k < x->shape.rank; k++)
            fits = k == axis || x->shape.d[k] == first->shape.d[k];
        if (!fits)
            return lrr_node_fail(y, err,
                                 "input 1 is %s, input %d is %s: want real values "
                                 "that differ in features or channels only",
                                 lrr_shape_text(&first->shape, at), i + 1,
                                 lrr_shape_text(&x->shape, bt));
        if (i > 0)
            y->shape.d[axis] += x->shape.d[axis];
    }
    return LRR_OK;
}

/* Elements of x that lie together: from the joined axis on. */
static size_t piece_of(const lrr_node *x)
{
    size_t n = 1;
    for (int i = concat_axis(&x->shape); i < x->shape.rank; i++)
        n *= x->shape.d[i];
    return n;
}

static void concat_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t whole = piece_of(y), at = 0;
    lrr_real *joined = lrr_node_real(y);
    (void)run;
    for (int i = 0; i < y->n_in; i++) {
        size_t part = piece_of(y->in[i]);
        const lrr_real *x = lrr_node_real(y->in[i]);
        for (size_t r = from; r < to; r++)
            memcpy(joined + r * whole + at, x + r * part, part * sizeof *x);
        at += part;
    }
}

static void concat_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t whole = piece_of(y), at = 0;
    const lrr_real *joined = lrr_node_grad(y);
    for (int i = 0; i < y->n_in; i++) {
        size_t part = piece_of(y->in[i]);
        lrr_real *dx = lrr_node_grad(y->in[i]);
        bool adds = lrr_node_adds(y, i, run);
        for (size_t r = from; dx != NULL && r < to; r++) {
            const lrr_real *dy = joined + r * whole + at;
            if (adds)
                lrr_k->accumulate(dy, dx + r * part, part);
            else
                memcpy(dx + r * part, dy, part * sizeof *dx);
        }
        at += part;
    }
}

static void concat_forward(const lrr_node *y, lrr_run *run)
{
    size_t piece = piece_of(y);
    lrr__span_rows(y, run, lrr_node_count(y, run) / piece, piece, concat_some);
}

static void concat_backward(const lrr_node *y, lrr_run *run)
{
    size_t piece = piece_of(y);
    lrr__span_rows(y, run, lrr_node_count(y, run) / piece, piece, concat_back);
}

static lrr_status stream_concat(const lrr_node *y, lrr_stream_need *need,
                                lrr_error *err)
{
    (void)need;
    if (concat_axis(&y->shape) == 0)
        return lrr_node_fail(y, err, "joins steps");
    return LRR_OK;
}

const lrr_op_def lrr_op_concat = { .name = "concat",
                                   .n_in = -1,
                                   .sequences = true,
                                   .smooth = true,
                                   .infer = infer_concat,
                                   .forward = concat_forward,
                                   .backward = concat_backward,
                                   .stream = stream_concat };
