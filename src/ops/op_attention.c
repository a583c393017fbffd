/*
** op_attention.c -- self-attention of queries, keys and values: kernels/attention.h.
**
** Input: qkv (t, (heads + 2 kv_heads) size); y: (t, heads size). aux: the logarithm of each
** row's sum, (n, heads, t). The dropout mask is a function of the run's seed, the node, the
** update, the batch within it, and the weight's place.
*/
#include "base/mem.h"
#include "base/rng.h"
#include "kernels/attention.h"
#include "ops/heads.h"
#include "ops/ops.h"

typedef struct attr {
    lrr_heads heads;
    bool causal;
    double dropout;
} attr;

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0];
    const attr *a = y->attr;
    lrr_status st = lrr__heads_check(y, &a->heads, false, err);
    if (st != LRR_OK)
        return st;
    y->shape = lrr_shape_of2(x->shape.d[0],
                             (size_t)a->heads.heads * lrr__heads_size(x, &a->heads));
    return LRR_OK;
}

static lrr_attention sizes(const lrr_node *y)
{
    const attr *a = y->attr;
    return (lrr_attention){ .causal = a->causal,
                            .heads = (size_t)a->heads.heads,
                            .kv_heads = (size_t)a->heads.kv_heads,
                            .size = lrr__heads_size(y->in[0], &a->heads),
                            .t_max = y->shape.d[0] };
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    const lrr_attention a = sizes(y);
    size_t rows = lrr_size_mul(lrr_size_mul(batch, a.heads), a.t_max);
    need->aux = lrr_size_mul(rows, sizeof(lrr_real));
    need->work_thread = lrr_attention_work(&a);
    need->reads_x = 1;
    need->reads_y = true;
}

static lrr_mask mask_of(const lrr_node *y, const lrr_run *run)
{
    double rate = ((const attr *)y->attr)->dropout;
    lrr_key key = lrr_rng_key(run->seed, LRR_STREAM_DROPOUT, (uint64_t)y->id);
    return (lrr_mask){ .key = { key.k[0], key.k[1] },
                       .step = { (uint32_t)run->step,
                                 (uint32_t)(run->step >> 32) ^ run->micro << 16 },
                       .below = (uint32_t)(rate * 0x1p32),
                       .scale = (lrr_real)(1 / (1 - rate)) };
}

/* mask: memory for one, which lives as long as the result. */
static lrr_attention arguments(const lrr_node *y, const lrr_run *run, lrr_mask *mask)
{
    lrr_attention a = sizes(y);
    a.portable = run->portable;
    a.n = run->n;
    a.t = lrr_node_time(y, run);
    a.len = lrr_node_len(y, run);
    a.work = run->work_thread;
    if (run->train && ((const attr *)y->attr)->dropout > 0) {
        *mask = mask_of(y, run);
        a.mask = mask;
    }
    return a;
}

static void forward(const lrr_node *y, lrr_run *run)
{
    lrr_mask mask;
    const lrr_attention a = arguments(y, run, &mask);
    lrr_attention_forward(&a, lrr_node_real(y->in[0]), lrr_node_real(y), y->aux);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    lrr_mask mask;
    const lrr_attention a = arguments(y, run, &mask);
    if (y->in[0]->dy != NULL)
        lrr_attention_backward(&a, lrr_node_real(y->in[0]), lrr_node_real(y), y->aux,
                               lrr_node_grad(y), lrr_node_grad(y->in[0]),
                               lrr_node_adds(y, 0, run));
}

static const lrr_attr_def attrs[] = {
    LRR_HEADS_ATTRS(attr, heads),
    { .name = "causal",
      .type = LRR_ATTR_BOOL,
      .offset = offsetof(attr, causal),
      .optional = true },
    { .name = "dropout",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, dropout),
      .optional = true,
      .range = LRR_FROM_BELOW(0, 1) },
    { .name = NULL },
};

const lrr_op_def lrr_op_attention = { .name = "attention",
                                      .n_in = 1,
                                      .attr_size = sizeof(attr),
                                      .attrs = attrs,
                                      .smooth = true,
                                      .infer = infer,
                                      .need = need,
                                      .forward = forward,
                                      .backward = backward };
