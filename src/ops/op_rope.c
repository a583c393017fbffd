/*
** op_rope.c -- rotary positions (RoPE; Su et al. 2021, arXiv 2104.09864): queries and keys
** turned by angles that grow with their position; values stay.
**
** x, y: (t, (heads + 2 kv_heads) size). Pairs are (i, i + size / 2), as in LLaMA and ONNX's
** RotaryEmbedding. aux: cosines and sines, (t, size). The gradient is turned back.
*/
#include <string.h>

#include "base/mem.h"
#include "kernels/rotation.h"
#include "kernels/simd.h"
#include "ops/heads.h"
#include "ops/ops.h"
#include "ops/span.h"

typedef struct attr {
    lrr_heads heads;
    double base;
} attr;

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    y->shape = y->in[0]->shape;
    return lrr__heads_check(y, &((const attr *)y->attr)->heads, true, err);
}

static size_t size_of(const lrr_node *y)
{
    return lrr__heads_size(y->in[0], &((const attr *)y->attr)->heads);
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    (void)batch;
    need->aux = lrr_size_mul(lrr_size_mul(y->shape.d[0], size_of(y)), sizeof(lrr_real));
    need->in_place = true;
    need->again = LRR_AGAIN_PASS;
}

static void fill_table(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr_rotation r = { ((const attr *)y->attr)->base, size_of(y) };
    lrr_rotation_table(&r, run->at + from, to - from,
                       (lrr_real *)y->aux + from * r.size);
}

/* Rows (n t) of x turned, or of dy turned back, into out. */
static void turn(const lrr_node *y, const lrr_run *run, const lrr_real *x,
                 lrr_real *out, size_t from, size_t to, bool back, bool adds)
{
    const lrr_heads *h = &((const attr *)y->attr)->heads;
    size_t size = size_of(y), t = lrr_node_time(y, run), width = y->shape.d[1];
    size_t turned = (size_t)(h->heads + h->kv_heads), values = turned * size;
    for (size_t i = from; i < to; i++) {
        const lrr_real *row = x + i * width;
        lrr_real *to_row = out + i * width;
        lrr_k->rope_row(row, to_row, turned, size / 2,
                        (const lrr_real *)y->aux + i % t * size, back, adds);
        if (adds)
            lrr_k->accumulate(row + values, to_row + values, width - values);
        else if (row != to_row)
            memcpy(to_row + values, row + values, (width - values) * sizeof *row);
    }
}

static void forward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    turn(y, run, lrr_node_real(y->in[0]), lrr_node_real(y), from, to, false, false);
}

static void back_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    turn(y, run, lrr_node_grad(y), lrr_node_grad(y->in[0]), from, to, true,
         lrr_node_adds(y, 0, run));
}

static void forward(const lrr_node *y, lrr_run *run)
{
    size_t t = lrr_node_time(y, run);
    lrr__span_rows(y, run, t, 64 * size_of(y), fill_table);
    lrr__span_rows(y, run, run->n * t, 2 * y->shape.d[1], forward_some);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    if (y->in[0]->dy != NULL)
        lrr__span_rows(y, run, run->n * lrr_node_time(y, run), 2 * y->shape.d[1],
                       back_some);
}

static const lrr_attr_def attrs[] = {
    LRR_HEADS_ATTRS(attr, heads),
    { .name = "base",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, base),
      .range = LRR_ABOVE(1) },
    { .name = NULL },
};

const lrr_op_def lrr_op_rope = { .name = "rope",
                                 .n_in = 1,
                                 .attr_size = sizeof(attr),
                                 .attrs = attrs,
                                 .smooth = true,
                                 .infer = infer,
                                 .need = need,
                                 .forward = forward,
                                 .backward = backward,
                                 .stream = lrr_stream_each };
