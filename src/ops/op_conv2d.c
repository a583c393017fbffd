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
#include "ops/ops.h"

typedef struct attr {
    int64_t stride_h, stride_w;
    int64_t pad_top, pad_left, pad_bottom, pad_right;
    int64_t dilation_h, dilation_w;
    int64_t groups;
} attr;

static const lrr_attr_def attrs[] = {
    { "stride_h", LRR_ATTR_INT, offsetof(attr, stride_h), false },
    { "stride_w", LRR_ATTR_INT, offsetof(attr, stride_w), false },
    { "pad_top", LRR_ATTR_INT, offsetof(attr, pad_top), false },
    { "pad_left", LRR_ATTR_INT, offsetof(attr, pad_left), false },
    { "pad_bottom", LRR_ATTR_INT, offsetof(attr, pad_bottom), false },
    { "pad_right", LRR_ATTR_INT, offsetof(attr, pad_right), false },
    { "dilation_h", LRR_ATTR_INT, offsetof(attr, dilation_h), false },
    { "dilation_w", LRR_ATTR_INT, offsetof(attr, dilation_w), false },
    { "groups", LRR_ATTR_INT, offsetof(attr, groups), false },
    { NULL, LRR_ATTR_INT, 0, false },
};

enum { SIZE_LIMIT = 1 << 30 }; /* of an attribute: sums of a few cannot overflow */

static lrr_status check_attr(const lrr_node *y, const attr *a, lrr_error *err)
{
    const struct {
        const char *name;
        int64_t value, min;
    } rule[] = {
        { "stride", a->stride_h, 1 },     { "stride", a->stride_w, 1 },
        { "padding", a->pad_top, 0 },     { "padding", a->pad_left, 0 },
        { "padding", a->pad_bottom, 0 },  { "padding", a->pad_right, 0 },
        { "dilation", a->dilation_h, 1 }, { "dilation", a->dilation_w, 1 },
        { "groups", a->groups, 1 },
    };
    for (size_t i = 0; i < sizeof rule / sizeof *rule; i++)
        if (rule[i].value < rule[i].min || rule[i].value > SIZE_LIMIT)
            return lrr_node_fail(y, err, "%s is %lld, want %lld or more", rule[i].name,
                                 (long long)rule[i].value, (long long)rule[i].min);
    return LRR_OK;
}

static lrr_status check_inputs(const lrr_node *y, const attr *a, lrr_error *err)
{
    char text[LRR_SHAPE_TEXT], wants[LRR_SHAPE_TEXT];
    if (y->n_in < 2 || y->n_in > 3)
        return lrr_node_fail(y, err, "%d inputs, want x, weight and perhaps bias",
                             y->n_in);
    const lrr_shape *x = &y->in[0]->shape, *w = &y->in[1]->shape;
    if (y->in[0]->dtype != LRR_DTYPE_REAL || x->rank != 3 || y->in[0]->seq)
        return lrr_node_fail(y, err, "input is %s%s, want an image (channels, h, w)",
                             y->in[0]->seq ? "a sequence " : "",
                             lrr_shape_text(x, text));
    if (w->rank != 4)
        return lrr_node_fail(y, err,
                             "weight is %s, want (out, channels / groups, kh, kw)",
                             lrr_shape_text(w, text));
    size_t groups = (size_t)a->groups;
    if (x->d[0] % groups != 0 || w->d[0] % groups != 0)
        return lrr_node_fail(y, err,
                             "groups is %zu, want a divisor of the %zu input and %zu "
                             "output channels",
                             groups, x->d[0], w->d[0]);
    if (w->d[1] != x->d[0] / groups)
        return lrr_node_fail(
            y, err, "input is %s, weight is %s: want weight's axis 2 %zu",
            lrr_shape_text(x, text), lrr_shape_text(w, wants), x->d[0] / groups);
    if (y->n_in == 3 && (y->in[2]->shape.rank != 1 || y->in[2]->shape.d[0] != w->d[0]))
        return lrr_node_fail(y, err, "bias is %s, want (%zu)",
                             lrr_shape_text(&y->in[2]->shape, text), w->d[0]);
    return LRR_OK;
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

/* Output length of one axis; 0 where the kernel does not fit. */
static size_t out_length(size_t size, int64_t before, int64_t after, size_t kernel,
                         int64_t dilation, int64_t stride)
{
    size_t padded = size + (size_t)before + (size_t)after;
    size_t reach = (size_t)dilation * (kernel - 1) + 1;
    return padded < reach ? 0 : (padded - reach) / (size_t)stride + 1;
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
    size_t oh = out_length(x->d[1], a->pad_top, a->pad_bottom, w->d[2], a->dilation_h,
                           a->stride_h);
    size_t ow = out_length(x->d[2], a->pad_left, a->pad_right, w->d[3], a->dilation_w,
                           a->stride_w);
    if (oh == 0 || ow == 0) {
        char text[LRR_SHAPE_TEXT];
        size_t rows = (size_t)a->dilation_h * (w->d[2] - 1) + 1;
        size_t cols = (size_t)a->dilation_w * (w->d[3] - 1) + 1;
        size_t h = x->d[1] + (size_t)(a->pad_top + a->pad_bottom);
        return lrr_node_fail(
            y, err,
            "kernel reaches over %zux%zu pixels, input %s with padding "
            "has %zux%zu",
            rows, cols, lrr_shape_text(x, text), h,
            x->d[2] + (size_t)(a->pad_left + a->pad_right));
    }
    y->shape = lrr_shape_of3(w->d[0], oh, ow);
    return LRR_OK;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *n)
{
    lrr_conv s = geometry(y);
    lrr_conv_need(&s, batch, &n->work, &n->work_thread);
    n->reads_x = 3;
}

static lrr_conv_pass pass_of(const lrr_node *y, const lrr_run *run)
{
    return (lrr_conv_pass){ .n = run->n,
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
    p.dy = y->dy;
    p.dx = y->in[0]->dy;
    p.dweight = y->in[1]->dy;
    p.dbias = y->n_in > 2 ? y->in[2]->dy : NULL;
    p.add_x = lrr_node_adds(y, 0, run);
    p.add_weight = lrr_node_adds(y, 1, run);
    p.add_bias = y->n_in > 2 && lrr_node_adds(y, 2, run);
    lrr_conv_backward(&s, &p);
}

const lrr_op_def lrr_op_conv2d = { .name = "conv2d",
                                   .n_in = -1,
                                   .attr_size = sizeof(attr),
                                   .attrs = attrs,
                                   .infer = infer,
                                   .need = need,
                                   .forward = forward,
                                   .backward = backward };
