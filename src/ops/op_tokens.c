/* op_tokens.c -- an image (c, h, w) as steps of a sequence of fixed length, (h w, c), row by
** row of the image. */
#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/span.h"

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0];
    char text[LRR_SHAPE_TEXT];
    if (x->shape.rank != 3 || x->seq)
        return lrr_node_fail(y, err, "input is %s%s, want an image (channels, h, w)",
                             x->seq ? "a sequence " : "",
                             lrr_shape_text(&x->shape, text));
    y->shape = lrr_shape_of2(x->shape.d[1] * x->shape.d[2], x->shape.d[0]);
    return LRR_OK;
}

static void forward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t t = y->shape.d[0], c = y->shape.d[1];
    (void)run;
    for (size_t i = from; i < to; i++)
        lrr_k->transpose(lrr_node_real(y->in[0]) + i * t * c, c, t,
                         lrr_node_real(y) + i * t * c, 0);
}

static void back_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t t = y->shape.d[0], c = y->shape.d[1];
    for (size_t i = from; i < to; i++)
        lrr_k->transpose(lrr_node_grad(y) + i * t * c, t, c,
                         lrr_node_grad(y->in[0]) + i * t * c, lrr_node_adds(y, 0, run));
}

static void forward(const lrr_node *y, lrr_run *run)
{
    lrr__span_rows(y, run, run->n, 2 * lrr_shape_count(&y->shape), forward_some);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    if (y->in[0]->dy != NULL)
        lrr__span_rows(y, run, run->n, 2 * lrr_shape_count(&y->shape), back_some);
}

const lrr_op_def lrr_op_tokens = { .name = "tokens",
                                   .n_in = 1,
                                   .smooth = true,
                                   .infer = infer,
                                   .forward = forward,
                                   .backward = backward };
