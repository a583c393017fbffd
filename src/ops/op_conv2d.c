/*
** op_conv2d.c -- y = conv(x, weight) + bias over images.
**
** in: x (c, h, w), weight (out, c / groups, kh, kw), bias (out), optional. y is
** (out, oh, ow) with oh = floor((h + pad_top + pad_bottom - dilation_h (kh - 1) - 1) /
** stride_h) + 1, likewise ow. Padding is zeros.
** Source: PyTorch's Conv2d, whose shapes and conventions these are.
*/
#include "graph/op.h"
#include "kernels/conv.h"
#include "ops/conv_window.h"
#include "ops/ops.h"

typedef struct attr {
    int64_t stride_h, stride_w;
    int64_t pad_top, pad_left, pad_bottom, pad_right;
    int64_t dilation_h, dilation_w;
    int64_t groups;
} attr;

static const lrr_attr_def attrs[] = {
    { .name = "stride_h", .type = LRR_ATTR_INT, .offset = offsetof(attr, stride_h) },
    { .name = "stride_w", .type = LRR_ATTR_INT, .offset = offsetof(attr, stride_w) },
    { .name = "pad_top", .type = LRR_ATTR_INT, .offset = offsetof(attr, pad_top) },
    { .name = "pad_left", .type = LRR_ATTR_INT, .offset = offsetof(attr, pad_left) },
    { .name = "pad_bottom",
      .type = LRR_ATTR_INT,
      .offset = offsetof(attr, pad_bottom) },
    { .name = "pad_right", .type = LRR_ATTR_INT, .offset = offsetof(attr, pad_right) },
    { .name = "dilation_h",
      .type = LRR_ATTR_INT,
      .offset = offsetof(attr, dilation_h) },
    { .name = "dilation_w",
      .type = LRR_ATTR_INT,
      .offset = offsetof(attr, dilation_w) },
    { .name = "groups", .type = LRR_ATTR_INT, .offset = offsetof(attr, groups) },
    { .name = NULL },
};

static lrr_status check_attr(const lrr_node *y, const attr *a, lrr_error *err)
{
    const lrr__conv_number list[] = {
        { "stride", a->stride_h, 1 },     { "stride", a->stride_w, 1 },
        { "padding", a->pad_top, 0 },     { "padding", a->pad_left, 0 },
        { "padding", a->pad_bottom, 0 },  { "padding", a->pad_right, 0 },
        { "dilation", a->dilation_h, 1 }, { "dilation", a->dilation_w, 1 },
        { "groups", a->groups, 1 },
    };
    return lrr__conv_check_numbers(y, list, sizeof list / sizeof *list, err);
}

static lrr_status check_inputs(const lrr_node *y, const attr *a, lrr_error *err)
{
    char text[LRR_SHAPE_TEXT];
    if (y->n_in < 2 || y->n_in > 3)
        return lrr_node_fail(y, err, "%d inputs, want x, weight and perhaps bias",
                             y->n_in);
    const lrr_shape *x = &y->in[0]->shape;
    if (y->in[0]->dtype != LRR_DTYPE_REAL || x->rank != 3 || y->in[0]->seq)
        return lrr_node_fail(y, err, "input is %s%s, want an image (channels, h, w)",
                             y->in[0]->seq ? "a sequence " : "",
                             lrr_shape_text(x, text));
    return lrr__conv_check_weight(y, x->d[0], a->groups, 4,
                                  "(out, channels / groups, kh, kw)", err);
}

static lrr_conv geometry(const lrr_node *y)
{
    const attr *a = (const attr *)y->attr;
    const size_t *x = y->in[0]->shape.d, *w = y->in[1]->shape.d, *o = y->shape.d;
    return (lrr_conv){ .c = x[0],
                       .h = x[1],
                       .w = x[2],
                       .out = o[0],
                       .oh = o[1],
                       .ow = o[2],
                       .kh = w[2],
                       .kw = w[3],
                       .sh = (size_t)a->stride_h,
                       .sw = (size_t)a->stride_w,
                       .dh = (size_t)a->dilation_h,
                       .dw = (size_t)a->dilation_w,
                       .pt = (size_t)a->pad_top,
                       .pl = (size_t)a->pad_left,
                       .groups = (size_t)a->groups };
}

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const attr *a = (const attr *)y->attr;
    lrr_status st = check_attr(y, a, err);
    if (st == LRR_OK)
        st = check_inputs(y, a, err);
    if (st != LRR_OK)
        return st;
    const lrr_shape *x = &y->in[0]->shape, *w = &y->in[1]->shape;
    const lrr__conv_axis down = { x->d[1],       w->d[2],       a->pad_top,
                                  a->pad_bottom, a->dilation_h, a->stride_h };
    const lrr__conv_axis across = { x->d[2],      w->d[3],       a->pad_left,
                                    a->pad_right, a->dilation_w, a->stride_w };
    const size_t oh = lrr__conv_outputs(&down), ow = lrr__conv_outputs(&across);
    if (oh == 0 || ow == 0) {
        char text[LRR_SHAPE_TEXT];
        return lrr_node_fail(
            y, err,
            "kernel reaches over %zux%zu pixels, input %s with padding "
            "has %zux%zu",
            lrr__conv_reach(&down), lrr__conv_reach(&across), lrr_shape_text(x, text),
            lrr__conv_padded(&down), lrr__conv_padded(&across));
    }
    y->shape = lrr_shape_of3(w->d[0], oh, ow);
    return LRR_OK;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *n)
{
    lrr_conv s = geometry(y);
    lrr_conv_need(&s, n->gemm, batch, &n->work, &n->work_thread);
    n->reads_x = 3;
}

static lrr_conv_pass pass_of(const lrr_node *y, const lrr_run *run)
{
    return (lrr_conv_pass){ .gemm = run->gemm,
                            .again = run->again,
                            .n = run->n,
                            .x = lrr_node_real(y->in[0]),
                            .weight = lrr_node_real(y->in[1]),
                            .bias = y->n_in > 2 ? lrr_node_real(y->in[2]) : NULL,
                            .work = run->work,
                            .work_thread = run->work_thread };
}

static void forward(const lrr_node *y, lrr_run *run)
{
    lrr_conv s = geometry(y);
    lrr_conv_pass p = pass_of(y, run);
    p.y = lrr_node_real(y);
    lrr_conv_forward(&s, &p);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    lrr_conv s = geometry(y);
    lrr_conv_pass p = pass_of(y, run);
    p.dy = lrr_node_grad(y);
    p.dx = lrr_node_grad(y->in[0]);
    p.dweight = lrr_node_grad(y->in[1]);
    p.dbias = y->n_in > 2 ? lrr_node_grad(y->in[2]) : NULL;
    p.add_x = lrr_node_adds(y, 0, run);
    p.add_weight = lrr_node_adds(y, 1, run);
    p.add_bias = y->n_in > 2 && lrr_node_adds(y, 2, run);
    lrr_conv_backward(&s, &p);
}

const lrr_op_def lrr_op_conv2d = { .name = "conv2d",
                                   .n_in = -1,
                                   .attr_size = sizeof(attr),
                                   .attrs = attrs,
                                   .smooth = true,
                                   .infer = infer,
                                   .need = need,
                                   .forward = forward,
                                   .backward = backward };
