/*
** op_attention.c -- self-attention of queries, keys and values: kernels/attention.h.
**
** Input: qkv (t, (heads + 2 kv_heads) size); y: (t, heads size). aux: the logarithm of each
** row's sum, (n, heads, t). The dropout mask is a function of the run's seed, the node, the
** update, the batch within it, and the weight's place.
*/
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/threads.h"
#include "kernels/attention.h"
#include "kernels/attention_step.h"
#include "kernels/gemm.h"
#include "ops/heads.h"
#include "ops/ops.h"

typedef struct attr {
    lrr_heads heads;
    bool causal;
    double dropout, scale;
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
                            .scale = a->scale,
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
    a.gemm =
        lrr_gemm_exact(run->gemm); /* small pieces: rounding costs what it spares */
    a.n = run->n;
    a.first = run->first;
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

/* A carry is the keys and values of each step, (t_max, 2 kv_heads size), and scores of one
** step, (heads, t_max). */
static lrr_status stream(const lrr_node *y, lrr_stream_need *need, lrr_error *err)
{
    const lrr_attention a = sizes(y);
    size_t kept = lrr_size_mul(a.t_max, 2 * a.kv_heads * a.size);
    if (!a.causal)
        return lrr_node_fail(y, err,
                             "is not causal: a step takes of those behind it, too; "
                             "want causal = true");
    need->carry = lrr_size_mul(lrr_size_add(kept, lrr_size_mul(a.heads, a.t_max)),
                               sizeof(lrr_real));
    need->bounded = true;
    return LRR_OK;
}

/* Several new steps of a stream. */
typedef struct steps {
    const lrr_node *y;
    const lrr_run *run;
    const lrr_real *kept;
} steps;

/* Rows `from` .. from + rows - 1 of the new steps, of head h. They are in one tile of the whole
** sequence, so that each tile of keys has one for the first of them. */
static void step_rows(const steps *s, size_t h, size_t from, size_t rows)
{
    const lrr_attention a = sizes(s->y);
    const lrr_node *x = s->y->in[0];
    const size_t row = x->shape.d[1], own = s->y->shape.d[1];
    const lrr_real *k = s->kept + h * a.kv_heads / a.heads * a.size;
    const lrr_attention_rows r = { .gemm = lrr_gemm_exact(s->run->gemm),
                                   .causal = true,
                                   .size = a.size,
                                   .scale = a.scale,
                                   .at = s->run->at + from,
                                   .rows = rows,
                                   .keys = s->run->at + from + rows,
                                   .q = lrr_node_real(x) + from * row + h * a.size,
                                   .q_ld = row,
                                   .k = k,
                                   .v = k + a.kv_heads * a.size,
                                   .kv_ld = 2 * a.kv_heads * a.size,
                                   .y = lrr_node_real(s->y) + from * own + h * a.size,
                                   .y_ld = own,
                                   .work = s->run->work_thread[lrr_threads_self()] };
    lrr_attention_rows_forward(&r);
}

static void step_head(void *arg, size_t h)
{
    const steps *s = arg;
    const size_t t = lrr_node_time(s->y, s->run);
    for (size_t from = 0; from < t;) {
        size_t rows = LRR_ATTN_TILE - (s->run->at + from) % LRR_ATTN_TILE;
        rows = t - from < rows ? t - from : rows;
        step_rows(s, h, from, rows);
        from += rows;
    }
}

static void step(const lrr_node *y, lrr_run *run, void *carry)
{
    const lrr_attention a = sizes(y);
    const size_t wide = 2 * a.kv_heads * a.size, t = lrr_node_time(y, run);
    const size_t row = y->in[0]->shape.d[1], own = a.heads * a.size;
    lrr_real *kept = carry;
    for (size_t i = 0; i < t; i++)
        memcpy(kept + (run->at + i) * wide, lrr_node_real(y->in[0]) + i * row + own,
               wide * sizeof *kept);
    if (t == 1) {
        const lrr_attention_step s = { .heads = a.heads,
                                       .kv_heads = a.kv_heads,
                                       .size = a.size,
                                       .scale = lrr_attention_scale(a.scale, a.size),
                                       .at = run->at,
                                       .t_max = a.t_max,
                                       .qkv = lrr_node_real(y->in[0]),
                                       .kept = kept,
                                       .score = kept + a.t_max * wide,
                                       .y = lrr_node_real(y) };
        lrr_attention_step_forward(&s);
    } else {
        steps s = { y, run, kept };
        lrr_parallel(a.heads, step_head, &s);
    }
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
    { .name = "scale",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, scale),
      .optional = true,
      .range = LRR_FROM(0) },
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
                                      .backward = backward,
                                      .stream = stream,
                                      .step = step,
                                      .in_parts = true };
