/*
** op_conv1d.c -- y = conv(x, weight) + bias over time.
**
** in: x (t, c), weight (out, c / groups, k), bias (out), optional. y is (ot, out) with
** ot = floor((t + pad_left + pad_right - dilation (k - 1) - 1) / stride) + 1.
**
** Of a sequence of varying length, steps past a sample's length count as zeros. Where
** the length stays (stride 1, padding dilation (k - 1) in all), y is a sequence with the
** same lengths. Where it changes, y is not: it has the (ot, out) of the longest possible
** sequence for every sample, as if all were filled up with zeros to that length.
*/
#include <string.h>

#include "base/mem.h"
#include "graph/op.h"
#include "kernels/conv1d.h"
#include "ops/conv_window.h"
#include "ops/ops.h"

typedef struct attr {
    int64_t stride, pad_left, pad_right, dilation, groups;
} attr;

static const lrr_attr_def attrs[] = {
    { .name = "stride", .type = LRR_ATTR_INT, .offset = offsetof(attr, stride) },
    { .name = "pad_left", .type = LRR_ATTR_INT, .offset = offsetof(attr, pad_left) },
    { .name = "pad_right", .type = LRR_ATTR_INT, .offset = offsetof(attr, pad_right) },
    { .name = "dilation", .type = LRR_ATTR_INT, .offset = offsetof(attr, dilation) },
    { .name = "groups", .type = LRR_ATTR_INT, .offset = offsetof(attr, groups) },
    { .name = NULL },
};

static lrr_status check_attr(const lrr_node *y, const attr *a, lrr_error *err)
{
    const lrr__conv_number list[] = { { "stride", a->stride, 1 },
                                      { "padding", a->pad_left, 0 },
                                      { "padding", a->pad_right, 0 },
                                      { "dilation", a->dilation, 1 },
                                      { "groups", a->groups, 1 } };
    return lrr__conv_check_numbers(y, list, sizeof list / sizeof *list, err);
}

static lrr_status check_inputs(const lrr_node *y, const attr *a, lrr_error *err)
{
    char text[LRR_SHAPE_TEXT];
    if (y->n_in < 2 || y->n_in > 3)
        return lrr_node_fail(y, err, "%d inputs, want x, weight and perhaps bias",
                             y->n_in);
    const lrr_shape *x = &y->in[0]->shape;
    if (y->in[0]->dtype != LRR_DTYPE_REAL || x->rank != 2)
        return lrr_node_fail(y, err, "input is %s, want steps (t, channels)",
                             lrr_shape_text(x, text));
    return lrr__conv_check_weight(y, x->d[1], a->groups, 3,
                                  "(out, channels / groups, kernel)", err);
}

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const attr *a = (const attr *)y->attr;
    lrr_status st = check_attr(y, a, err);
    if (st == LRR_OK)
        st = check_inputs(y, a, err);
    if (st != LRR_OK)
        return st;
    const lrr__conv_axis axis = { y->in[0]->shape.d[0], y->in[1]->shape.d[2],
                                  a->pad_left,          a->pad_right,
                                  a->dilation,          a->stride };
    const size_t outputs = lrr__conv_outputs(&axis);
    if (outputs == 0)
        return lrr_node_fail(
            y, err, "kernel reaches over %zu steps, input with padding has %zu",
            lrr__conv_reach(&axis), lrr__conv_padded(&axis));
    y->shape = lrr_shape_of2(outputs, y->in[1]->shape.d[0]);
    y->seq = y->in[0]->seq && a->stride == 1 && outputs == axis.size;
    return LRR_OK;
}

/* Geometry with t_in steps of x. */
static lrr_conv1d geometry(const lrr_node *y, size_t t_in)
{
    const attr *a = (const attr *)y->attr;
    return (lrr_conv1d){ .t = t_in,
                         .c = y->in[0]->shape.d[1],
                         .ot = y->seq ? t_in : y->shape.d[0],
                         .out = y->shape.d[1],
                         .k = y->in[1]->shape.d[2],
                         .stride = (size_t)a->stride,
                         .dilation = (size_t)a->dilation,
                         .pad = (size_t)a->pad_left,
                         .groups = (size_t)a->groups };
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *n)
{
    lrr_conv1d s = geometry(y, y->in[0]->shape.d[0]);
    lrr_conv1d_need(&s, batch, &n->work, &n->work_thread);
    n->reads_x = 3;
}

static lrr_conv1d_pass pass_of(const lrr_node *y, const lrr_run *run)
{
    return (lrr_conv1d_pass){ .gemm = run->gemm,
                              .n = run->n,
                              .len = lrr_node_len(y->in[0], run),
                              .x = lrr_node_real(y->in[0]),
                              .weight = lrr_node_real(y->in[1]),
                              .bias = y->n_in > 2 ? lrr_node_real(y->in[2]) : NULL,
                              .work = run->work,
                              .work_thread = run->work_thread };
}

static lrr_conv1d geometry_now(const lrr_node *y, const lrr_run *run)
{
    return geometry(y, lrr_node_time(y->in[0], run));
}

static void forward(const lrr_node *y, lrr_run *run)
{
    lrr_conv1d s = geometry_now(y, run);
    lrr_conv1d_pass p = pass_of(y, run);
    p.y = lrr_node_real(y);
    lrr_conv1d_forward(&s, &p);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    lrr_conv1d s = geometry_now(y, run);
    lrr_conv1d_pass p = pass_of(y, run);
    p.dy = lrr_node_grad(y);
    p.dx = lrr_node_grad(y->in[0]);
    p.dweight = lrr_node_grad(y->in[1]);
    p.dbias = y->n_in > 2 ? lrr_node_grad(y->in[2]) : NULL;
    p.add_x = lrr_node_adds(y, 0, run);
    p.add_weight = lrr_node_adds(y, 1, run);
    p.add_bias = y->n_in > 2 && lrr_node_adds(y, 2, run);
    lrr_conv1d_backward(&s, &p);
}

/* Steps before a step that it is made of. */
static size_t steps_back(const lrr_node *y)
{
    return (y->in[1]->shape.d[2] - 1) * (size_t)((const attr *)y->attr)->dilation;
}

/* A carry is the steps before the new ones, and room for these behind them: what is padding in
** front of a sequence are the zeros that it begins with. */
static lrr_status stream(const lrr_node *y, lrr_stream_need *need, lrr_error *err)
{
    const attr *a = (const attr *)y->attr;
    const lrr_node *x = y->in[0];
    const size_t back = steps_back(y);
    if (!y->seq)
        return lrr_node_fail(y, err, "does not give a step for each of its own");
    if (a->pad_right > 0)
        return lrr_node_fail(
            y, err,
            "its window of %zu steps reaches behind the step that it is "
            "of; want padding = \"causal\"",
            y->in[1]->shape.d[2]);
    if (back > 0)
        need->carry = lrr_size_mul(lrr_size_add(x->shape.d[0], back),
                                   x->shape.d[1] * sizeof(lrr_real));
    return LRR_OK;
}

static void step(const lrr_node *y, lrr_run *run, void *carry)
{
    const size_t t = lrr_node_time(y->in[0], run), c = y->in[0]->shape.d[1];
    const size_t back = steps_back(y);
    lrr_real *x = carry;
    lrr_conv1d s = geometry(y, t);
    lrr_conv1d_pass p = pass_of(y, run);
    if (back == 0) {
        forward(y, run);
        return;
    }
    memcpy(x + back * c, p.x, t * c * sizeof *x);
    s.t = back + t;
    s.ot = t;
    s.pad = 0;
    p.len = NULL;
    p.x = x;
    p.y = lrr_node_real(y);
    lrr_conv1d_forward(&s, &p);
    memmove(x, x + t * c, back * c * sizeof *x);
}

const lrr_op_def lrr_op_conv1d = { .name = "conv1d",
                                   .n_in = -1,
                                   .attr_size = sizeof(attr),
                                   .attrs = attrs,
                                   .smooth = true,
                                   .infer = infer,
                                   .need = need,
                                   .forward = forward,
                                   .backward = backward,
                                   .stream = stream,
                                   .step = step };
