/*
** op_step.c -- one step of each sample, the first or its own last: (t, ...) becomes (...).
**
** A sample of length 0 has none: it gives 0.
*/
#include <string.h>

#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/span.h"

typedef struct attr {
    bool last;
} attr;

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0];
    char text[LRR_SHAPE_TEXT];
    if (x->shape.rank < 2)
        return lrr_node_fail(y, err, "input is %s, want steps: (time, features)",
                             lrr_shape_text(&x->shape, text));
    y->shape = (lrr_shape){ .rank = x->shape.rank - 1 };
    for (int i = 0; i < y->shape.rank; i++)
        y->shape.d[i] = x->shape.d[i + 1];
    y->seq = false;
    return LRR_OK;
}

/* Row of x (n t, ...) that sample i gives; SIZE_MAX: it has no step. */
static size_t row_of(const lrr_node *y, const lrr_run *run, size_t i)
{
    const lrr_node *x = y->in[0];
    const int32_t *len = lrr_node_len(x, run);
    size_t t = lrr_node_time(x, run), steps = len != NULL ? (size_t)len[i] : t;
    if (steps == 0)
        return SIZE_MAX;
    return i * t + (((const attr *)y->attr)->last ? steps - 1 : 0);
}

static void forward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t size = lrr_shape_count(&y->shape);
    for (size_t i = from; i < to; i++) {
        size_t row = row_of(y, run, i);
        lrr_real *out = lrr_node_real(y) + i * size;
        if (row == SIZE_MAX)
            memset(out, 0, size * sizeof *out);
        else
            memcpy(out, lrr_node_real(y->in[0]) + row * size, size * sizeof *out);
    }
}

static void back_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t size = lrr_shape_count(&y->shape), t = lrr_node_time(y->in[0], run);
    lrr_real *dx = lrr_node_grad(y->in[0]);
    for (size_t i = from; i < to; i++) {
        size_t row = row_of(y, run, i);
        if (!lrr_node_adds(y, 0, run))
            memset(dx + i * t * size, 0, t * size * sizeof *dx);
        if (row != SIZE_MAX)
            lrr_k->accumulate(lrr_node_grad(y) + i * size, dx + row * size, size);
    }
}

static void forward(const lrr_node *y, lrr_run *run)
{
    lrr__span_rows(y, run, run->n, lrr_shape_count(&y->shape), forward_some);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    if (y->in[0]->dy != NULL)
        lrr__span_rows(y, run, run->n, lrr_node_count(y->in[0], run) / run->n,
                       back_some);
}

static const lrr_attr_def attrs[] = {
    { .name = "last",
      .type = LRR_ATTR_BOOL,
      .offset = offsetof(attr, last),
      .optional = true },
    { .name = NULL },
};

/* The last step so far is among the new ones; the first is not. */
static lrr_status stream(const lrr_node *y, lrr_stream_need *need, lrr_error *err)
{
    (void)need;
    if (!((const attr *)y->attr)->last)
        return lrr_node_fail(y, err, "gives the first step alone");
    return LRR_OK;
}

const lrr_op_def lrr_op_step = { .name = "step",
                                 .n_in = 1,
                                 .attr_size = sizeof(attr),
                                 .attrs = attrs,
                                 .smooth = true,
                                 .infer = infer,
                                 .forward = forward,
                                 .backward = backward,
                                 .stream = stream };
