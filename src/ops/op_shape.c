/* op_shape.c -- flatten and reshape: the same values, another shape of the sample. */
#include <string.h>

#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/span.h"

/* Sizes of the new axes; 0: no such axis. */
typedef struct attr {
    int64_t d[LRR_RANK_MAX];
} attr;

static lrr_status infer_flatten(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0];
    char text[LRR_SHAPE_TEXT];
    if (x->seq)
        return lrr_node_fail(y, err,
                             "input is a sequence %s of varying length: pool over "
                             "its steps or take its last one first",
                             lrr_shape_text(&x->shape, text));
    y->shape = lrr_shape_of1(lrr_shape_count(&x->shape));
    y->dtype = x->dtype;
    return LRR_OK;
}

static lrr_status infer_reshape(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0];
    const attr *a = y->attr;
    char from[LRR_SHAPE_TEXT], to[LRR_SHAPE_TEXT];

    if (x->seq)
        return lrr_node_fail(y, err,
                             "input is a sequence %s, whose shape cannot be changed",
                             lrr_shape_text(&x->shape, from));
    y->shape = (lrr_shape){ 0 };
    for (int i = 0; i < LRR_RANK_MAX && a->d[i] != 0; i++) {
        if (a->d[i] < 0)
            return lrr_node_fail(y, err, "axis %d has size %lld", i + 1,
                                 (long long)a->d[i]);
        y->shape.d[y->shape.rank++] = (size_t)a->d[i];
    }
    if (lrr_shape_count(&x->shape) != lrr_shape_count(&y->shape))
        return lrr_node_fail(y, err, "input is %s with %zu value%s, %s takes %zu",
                             lrr_shape_text(&x->shape, from),
                             lrr_shape_count(&x->shape),
                             lrr_s(lrr_shape_count(&x->shape)),
                             lrr_shape_text(&y->shape, to), lrr_shape_count(&y->shape));
    y->dtype = x->dtype;
    return LRR_OK;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    (void)y;
    (void)batch;
    need->in_place = true;
    need->again = LRR_AGAIN_PASS;
}

static void forward(const lrr_node *y, lrr_run *run)
{
    if (y->y != y->in[0]->y)
        memcpy(y->y, y->in[0]->y, lrr_dtype_bytes(y->dtype, lrr_node_count(y, run)));
}

static void backward(const lrr_node *y, lrr_run *run)
{
    size_t n = lrr_node_count(y, run);
    if (y->in[0]->dy == NULL)
        return;
    if (lrr_node_adds(y, 0, run))
        lrr_k->accumulate(lrr_node_grad(y), lrr_node_grad(y->in[0]), n);
    else if (y->in[0]->dy != y->dy)
        memcpy(y->in[0]->dy, y->dy, lrr_dtype_bytes(y->dy_dtype, n));
}

#define AXIS(name_, i)                                                           \
    {                                                                            \
        .name = name_, .type = LRR_ATTR_INT,                                     \
        .offset = offsetof(attr, d) + (i) * sizeof(int64_t), .optional = (i) > 0 \
    }

static const lrr_attr_def attrs[] = { AXIS("d1", 0), AXIS("d2", 1), AXIS("d3", 2),
                                      AXIS("d4", 3), AXIS("d5", 4), { .name = NULL } };

const lrr_op_def lrr_op_flatten = { .name = "flatten",
                                    .n_in = 1,
                                    .other_kinds = 1 << 0,
                                    .smooth = true,
                                    .infer = infer_flatten,
                                    .need = need,
                                    .forward = forward,
                                    .backward = backward };

const lrr_op_def lrr_op_reshape = { .name = "reshape",
                                    .n_in = 1,
                                    .attr_size = sizeof(attr),
                                    .attrs = attrs,
                                    .other_kinds = 1 << 0,
                                    .smooth = true,
                                    .infer = infer_reshape,
                                    .need = need,
                                    .forward = forward,
                                    .backward = backward };
