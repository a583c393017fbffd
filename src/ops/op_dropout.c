/*
** op_dropout.c -- in training each value is dropped with probability rate and the others
** are divided by 1 - rate (Srivastava et al., JMLR 15, 2014); spatial drops whole
** channels of (c, h, w), or features over all steps of (t, f) (Tompson et al. 2015).
**
** The mask is a function of the run's seed, the node, the update, the batch within it and
** the element's place in that batch, of which the samples at hand may be a shard, so that backward draws it again instead of keeping it.
*/
#include <string.h>

#include "base/rng.h"
#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/span.h"

typedef struct attr {
    double rate;
    bool spatial;
} attr;

enum { ALIGN = 64 }; /* masks are drawn from multiples of it on (kernels/dropout.h) */

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0];
    const attr *a = y->attr;
    char text[LRR_SHAPE_TEXT];
    if (x->dtype != LRR_DTYPE_REAL)
        return lrr_node_fail(y, err, "input is whole numbers, want real ones");
    if (a->spatial && x->shape.rank < 2)
        return lrr_node_fail(y, err,
                             "input is %s, and spatial wants channels: (c, h, w) or "
                             "(t, f)",
                             lrr_shape_text(&x->shape, text));
    y->shape = x->shape;
    return LRR_OK;
}

/* Channels are the last of two axes, the first of more; see channel_count. */
static size_t channel_count(const lrr_node *y)
{
    return y->shape.rank <= 2 ? lrr_node_cols(y) : y->shape.d[0];
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    need->in_place = true;
    need->again = LRR_AGAIN_PASS;
    if (((const attr *)y->attr)->spatial)
        need->work = (batch * channel_count(y) + ALIGN) * sizeof(lrr_real);
}

static lrr_mask mask_of(const lrr_node *y, const lrr_run *run)
{
    double rate = ((const attr *)y->attr)->rate;
    lrr_key key = lrr_rng_key(run->seed, LRR_STREAM_DROPOUT, (uint64_t)y->id);
    lrr_mask m = { .key = { key.k[0], key.k[1] },
                   .step = { (uint32_t)run->step,
                             (uint32_t)(run->step >> 32) ^ run->micro << 16 },
                   .below = (uint32_t)(rate * 0x1p32),
                   .scale = (lrr_real)(1 / (1 - rate)) };
    return m;
}

static bool drops(const lrr_node *y, const lrr_run *run)
{
    return run->train && ((const attr *)y->attr)->rate > 0;
}

/* The mask of n elements, the first of which is element `at` of the batch, in `to`, which has
** room for ALIGN more. */
static const lrr_real *draw(const lrr_mask *m, size_t at, lrr_real *to, size_t n)
{
    const size_t lead = at % ALIGN;
    lrr_k->mask_fill(m, at - lead, to, lead + n);
    return to + lead;
}

/* Numbers of the batch before those of run's samples, of which each has `size`. */
static size_t before(const lrr_run *run, size_t size)
{
    return run->first * size;
}

/* y = x * mask, or dx from dy. `place`: of element 0 in the batch. */
static void apply(const lrr_mask *m, size_t place, const lrr_real *x, lrr_real *y,
                  size_t from, size_t to, bool adds)
{
    enum { PART = 1024 };
    lrr_real room[PART + ALIGN];
    for (size_t at = from; at < to; at += PART) {
        size_t n = to - at < PART ? to - at : PART;
        const lrr_real *s = draw(m, place + at, room, n);
        if (adds)
            lrr_k->mul_add(x + at, s, y + at, n);
        else
            lrr_k->mul(x + at, s, y + at, n);
    }
}

static size_t place_of(const lrr_node *y, const lrr_run *run)
{
    return before(run, lrr_node_count(y, run) / run->n);
}

static void forward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    lrr_mask m = mask_of(y, run);
    apply(&m, place_of(y, run), lrr_node_real(y->in[0]), lrr_node_real(y), from, to,
          false);
}

static void backward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    lrr_mask m = mask_of(y, run);
    apply(&m, place_of(y, run), lrr_node_grad(y), lrr_node_grad(y->in[0]), from, to,
          lrr_node_adds(y, 0, run));
}

/* Samples from .. to - 1 with a mask of one number for each channel, in run->work. */
static void apply_channels(const lrr_node *y, const lrr_run *run, const lrr_real *x,
                           lrr_real *out, size_t sample, bool adds)
{
    size_t c = channel_count(y), size = lrr_node_count(y, run) / run->n;
    const lrr_real *s =
        (const lrr_real *)run->work + before(run, c) % ALIGN + sample * c;
    bool last = y->shape.rank <= 2;
    size_t pieces = last ? size / c : c, n = size / pieces;

    x += sample * size;
    out += sample * size;
    for (size_t i = 0; i < pieces; i++, x += n, out += n) {
        if (last && adds)
            lrr_k->mul_add(x, s, out, n);
        else if (last)
            lrr_k->mul(x, s, out, n);
        else if (adds)
            lrr_k->scale_add(s[i], x, out, n);
        else
            lrr_k->scale(s[i], x, out, n);
    }
}

static void forward_spatial(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        apply_channels(y, run, lrr_node_real(y->in[0]), lrr_node_real(y), i, false);
}

static void backward_spatial(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        apply_channels(y, run, lrr_node_grad(y), lrr_node_grad(y->in[0]), i,
                       lrr_node_adds(y, 0, run));
}

static void spread(const lrr_node *y, lrr_run *run, lrr_span_fn plain,
                   lrr_span_fn spatial)
{
    size_t n = lrr_node_count(y, run);
    if (((const attr *)y->attr)->spatial) {
        lrr_mask m = mask_of(y, run);
        const size_t c = channel_count(y);
        draw(&m, before(run, c), run->work, run->n * c);
        lrr__span_rows(y, run, run->n, n / run->n, spatial);
    } else {
        lrr__span_elements(y, run, n, 4, plain);
    }
}

static void forward(const lrr_node *y, lrr_run *run)
{
    if (drops(y, run))
        spread(y, run, forward_some, forward_spatial);
    else if (y->y != y->in[0]->y)
        memcpy(y->y, y->in[0]->y, lrr_dtype_bytes(y->dtype, lrr_node_count(y, run)));
}

static void backward(const lrr_node *y, lrr_run *run)
{
    lrr_real *dx = lrr_node_grad(y->in[0]);
    if (dx == NULL)
        return;
    if (drops(y, run))
        spread(y, run, backward_some, backward_spatial);
    else if (lrr_node_adds(y, 0, run))
        lrr_k->accumulate(lrr_node_grad(y), dx, lrr_node_count(y, run));
    else if (dx != y->dy)
        memcpy(dx, lrr_node_grad(y), lrr_node_count(y, run) * sizeof *dx);
}

static const lrr_attr_def attrs[] = {
    { .name = "rate",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, rate),
      .range = LRR_FROM_BELOW(0, 1) },
    { .name = "spatial",
      .type = LRR_ATTR_BOOL,
      .offset = offsetof(attr, spatial),
      .optional = true },
    { .name = NULL },
};

const lrr_op_def lrr_op_dropout = { .name = "dropout",
                                    .n_in = 1,
                                    .attr_size = sizeof(attr),
                                    .attrs = attrs,
                                    .smooth = true,
                                    .infer = infer,
                                    .need = need,
                                    .forward = forward,
                                    .backward = backward,
                                    .stream = lrr_stream_each };
