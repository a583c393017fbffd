/*
** op_embedding.c -- rows of a table by id: embedding(tokens, weight).
**
** tokens (...) of ids, weight (vocab, dim); y is (..., dim). The loader promises ids
** below vocab; one outside gives zeros. With `padding`, id 0 stands for no token: its
** row gets no gradient.
*/
#include "kernels/gather.h"
#include "ops/ops.h"

typedef struct embedding_attr {
    bool padding;
} embedding_attr;

static const lrr_attr_def attrs[] = {
    { .name = "padding",
      .type = LRR_ATTR_BOOL,
      .offset = offsetof(embedding_attr, padding),
      .optional = true },
    { .name = NULL },
};

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0], *w = y->in[1];
    if (x->dtype != LRR_DTYPE_I32)
        return lrr_node_fail(y, err, "the input holds %ss, want tokens (i32)",
                             lrr_dtype_name(x->dtype));
    if (w->kind != LRR_NODE_PARAM || w->shape.rank != 2)
        return lrr_node_fail(y, err, "weight: want a parameter (vocab, units)");
    if (x->shape.rank >= LRR_RANK_MAX)
        return lrr_node_fail(y, err, "input has %d axes, want at most %d",
                             x->shape.rank, LRR_RANK_MAX - 1);
    y->shape = x->shape;
    y->shape.d[y->shape.rank++] = w->shape.d[1];
    return LRR_OK;
}

static void forward(const lrr_node *y, lrr_run *run)
{
    const lrr_node *x = y->in[0], *w = y->in[1];
    lrr_gather_forward(lrr_node_real(w), w->shape.d[0], w->shape.d[1], lrr_node_ids(x),
                       lrr_node_count(x, run), lrr_node_real(y));
}

static void backward(const lrr_node *y, lrr_run *run)
{
    const lrr_node *x = y->in[0], *w = y->in[1];
    const embedding_attr *attr = y->attr;
    lrr_gather_grad g = {
        .rows = w->shape.d[0],
        .dim = w->shape.d[1],
        .ids = lrr_node_ids(x),
        .n = run->n,
        .t = lrr_node_count(x, run) / run->n,
        .len = x->shape.rank == 1 ? lrr_node_len(x, run) : NULL,
        .skip = attr->padding ? 0 : -1,
        .dy = lrr_node_grad(y),
        .touched = w->touched,
    };
    if (w->dy != NULL)
        lrr_gather_backward(&g, lrr_node_grad(w), lrr_node_adds(y, 1, run));
}

/* Backward reads tokens only; they are an input, whose values outlive it. */
static void need(const lrr_node *y, size_t batch, lrr_op_need *n)
{
    (void)y;
    (void)batch;
    n->reads_x = 1;
    n->again = LRR_AGAIN_PASS;
}

const lrr_op_def lrr_op_embedding = {
    .name = "embedding",
    .n_in = 2,
    .attr_size = sizeof(embedding_attr),
    .attrs = attrs,
    .other_kinds = 1 << 0,
    .smooth = true,
    .marks = 1 << 1,
    .infer = infer,
    .need = need,
    .forward = forward,
    .backward = backward,
    .stream = lrr_stream_each,
};
