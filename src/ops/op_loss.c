/*
** op_loss.c -- losses that are means over all elements of the batch: mse, l1, huber, bce.
**
** x (n, shape...) predictions, target (n, shape...) real, axes of 1 at the end left out or
** not; bce also takes i32 classes 0 and 1 for one logit each, and counts what is right as
** "correct": the share of a target's logits that lie on its side of 0. Sequences have a
** target for each step: steps past a sample's length count for nothing and get a gradient
** of 0. Sums are double, in the order of the elements.
**
** pos_weight p of bce, one for each output or one for all, is the weight of what speaks for
** the target's 1: -p t log s(x) - (1 - t) log (1 - s(x)), as in PyTorch's
** BCEWithLogitsLoss. The mean is over elements all the same.
*/
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/ops.h"
#include "ops/span.h"
#include "ops/steps.h"

typedef struct attr {
    double delta;             /* huber */
    lrr_attr_list pos_weight; /* bce */
} attr;

enum { PART = 1024 }; /* elements of a partial sum */
enum { CORRECT };     /* in run->count, of those that count */

static const char *const bce_counts[] = { "correct", NULL };

typedef void (*loss_fn)(const lrr_real *x, const lrr_real *t, lrr_real *e, size_t n,
                        lrr_real a);
typedef void (*gradient_fn)(const lrr_real *x, const lrr_real *t, lrr_real c,
                            lrr_real *dx, size_t n, lrr_real a, int add);

static const lrr_attr_list *weights_of(const lrr_node *y)
{
    return &((const attr *)y->attr)->pos_weight;
}

/* Elements in a row of steps.h: of a sequence one step's; else all of a sample's. */
static size_t width_of(const lrr_node *x)
{
    size_t n = lrr_shape_count(&x->shape);
    return x->seq ? n / x->shape.d[0] : n;
}

/* One target is () or (1) alike, and at each step (t) or (t, 1). */
static bool same_elements(const lrr_shape *a, const lrr_shape *b)
{
    lrr_shape x = *a, y = *b;
    while (x.rank > 0 && x.d[x.rank - 1] == 1)
        x.rank--;
    while (y.rank > 0 && y.d[y.rank - 1] == 1)
        y.rank--;
    return lrr_shape_equal(&x, &y);
}

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0], *t = y->in[1];
    char xt[LRR_SHAPE_TEXT], tt[LRR_SHAPE_TEXT];
    const bool fits = lrr__steps_match(x, t) && same_elements(&x->shape, &t->shape);

    if (x->dtype != LRR_DTYPE_REAL)
        return lrr_node_fail(y, err, "predictions are %s, want real values",
                             lrr_shape_text(&x->shape, xt));
    if (y->op == &lrr_op_bce && weights_of(y)->n > 1 && weights_of(y)->n != width_of(x))
        return lrr_node_fail(y, err, "pos_weight has %zu numbers for %zu output%s",
                             weights_of(y)->n, width_of(x), lrr_s(width_of(x)));
    if (t->dtype == LRR_DTYPE_I32 && (y->op != &lrr_op_bce || !fits))
        return lrr_node_fail(y, err,
                             "predictions are %s, targets are classes (i32), want "
                             "%s",
                             lrr_shape_text(&x->shape, xt),
                             y->op == &lrr_op_bce ? "one logit for a class of 0 or 1"
                                                  : "real ones");
    if (!fits)
        return lrr_node_fail(
            y, err, "predictions are %s%s, targets are %s%s, want equal shapes",
            lrr_shape_text(&x->shape, xt), x->seq ? " (a sequence)" : "",
            lrr_shape_text(&t->shape, tt), t->seq ? " (a sequence)" : "");
    y->shape = (lrr_shape){ 0 };
    y->seq = false;
    if (t->wants_grad)
        return lrr_node_fail(y, err, "targets depend on parameters, want data");
    return LRR_OK;
}

static size_t parts(size_t n)
{
    return (n + PART - 1) / PART;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    need->reads_x = 1 << 0 | 1 << 1;
    need->work = 2 * sizeof(double) * parts(batch * lrr_shape_count(&y->in[0]->shape));
}

static lrr_real delta_of(const lrr_node *y)
{
    return y->attr != NULL ? (lrr_real)((const attr *)y->attr)->delta : 0;
}

/* The n targets from element `at` on: in place, or classes turned into reals in t. A
** class other than 0 and 1 is NaN, which the loss then is. */
static const lrr_real *targets(const lrr_node *y, size_t at, size_t n, lrr_real *t)
{
    const lrr_node *target = y->in[1];
    if (target->dtype == LRR_DTYPE_REAL)
        return lrr_node_real(target) + at;
    const int32_t *ids = lrr_node_ids(target) + at;
    for (size_t i = 0; i < n; i++) {
        int32_t class = ids[i];
        t[i] = class == 0 || class == 1 ? (lrr_real) class : (lrr_real)NAN;
    }
    return t;
}

static loss_fn loss_of(const lrr_node *y)
{
    return y->op == &lrr_op_mse   ? lrr_k->mse_loss
           : y->op == &lrr_op_l1  ? lrr_k->l1_loss
           : y->op == &lrr_op_bce ? lrr_k->bce_loss
                                  : lrr_k->huber_loss;
}

static gradient_fn gradient_of(const lrr_node *y)
{
    return y->op == &lrr_op_mse   ? lrr_k->mse_gradient
           : y->op == &lrr_op_l1  ? lrr_k->l1_gradient
           : y->op == &lrr_op_bce ? lrr_k->bce_gradient
                                  : lrr_k->huber_gradient;
}

/* With q = 1 + (p - 1) t the loss is q softplus(x) - p t x, its slope q s(x) - p t; softplus
** and s are bce's own for a target of 0. count <= PART. `at`: the first element's place. */
static void weighted_loss(const lrr_node *y, size_t at, const lrr_real *t, lrr_real *e,
                          size_t count)
{
    static const lrr_real zero[PART];
    const lrr_attr_list *p = weights_of(y);
    const lrr_real *x = lrr_node_real(y->in[0]) + at;
    lrr_k->bce_loss(x, zero, e, count, 0);
    for (size_t i = 0; i < count; i++) {
        const lrr_real w = (lrr_real)p->at[(at + i) % p->n];
        e[i] = (1 + (w - 1) * t[i]) * e[i] - w * t[i] * x[i];
    }
}

static void weighted_gradient(const lrr_node *y, size_t at, const lrr_real *t,
                              lrr_real scale, size_t count, bool adds)
{
    static const lrr_real zero[PART];
    const lrr_attr_list *p = weights_of(y);
    lrr_real s[PART], *dx = lrr_node_grad(y->in[0]) + at;
    lrr_k->bce_gradient(lrr_node_real(y->in[0]) + at, zero, 1, s, count, 0, 0);
    for (size_t i = 0; i < count; i++) {
        const lrr_real w = (lrr_real)p->at[(at + i) % p->n];
        const lrr_real d = scale * ((1 + (w - 1) * t[i]) * s[i] - w * t[i]);
        dx[i] = adds ? dx[i] + d : d;
    }
}

/* The branches of l1 and huber, one for each element: which side of the target it is on, or
** within delta of it (kernels/loss.h). */
static size_t sides(const lrr_node *y, size_t batch)
{
    return lrr_size_mul(batch, lrr_shape_count(&y->in[0]->shape));
}

static int8_t *sides_at(const lrr_node *y, size_t at)
{
    return (int8_t *)y->branch + at;
}

static bool is_held(const lrr_node *y, const lrr_run *run)
{
    return y->branch != NULL && run->branches == LRR_BRANCHES_HOLD;
}

static bool is_weighted(const lrr_node *y)
{
    return y->op == &lrr_op_bce && weights_of(y)->n > 0;
}

static lrr_steps rows_of(const lrr_node *x, const lrr_run *run)
{
    return x->seq ? lrr__steps_of(x, run) : (lrr_steps){ run->n, 1, NULL };
}

/* From element `at` on, before `end`: how many in turn count, or do not, as that does. */
static size_t alike(const lrr_steps *s, size_t width, size_t at, size_t end)
{
    size_t row = at / width, past;
    if (s->len == NULL)
        return end - at;
    past = (row + lrr__steps_alike(s, row, s->n * s->t)) * width;
    return (past < end ? past : end) - at;
}

/* The losses e of count elements from `at` on, whose targets are `want`. */
static void losses(const lrr_node *y, const lrr_run *run, size_t at,
                   const lrr_real *want, lrr_real *e, size_t count)
{
    const lrr_real *x = lrr_node_real(y->in[0]) + at, a = delta_of(y);
    if (y->branch != NULL && run->branches == LRR_BRANCHES_KEEP)
        lrr_k->error_sides(x, want, a, sides_at(y, at), count);
    if (is_weighted(y))
        weighted_loss(y, at, want, e, count);
    else if (!is_held(y, run))
        loss_of(y)(x, want, e, count, a);
    else if (y->op == &lrr_op_l1)
        lrr_k->l1_held(sides_at(y, at), x, want, e, count, a);
    else
        lrr_k->huber_held(sides_at(y, at), x, want, e, count, a);
}

/* Partial sums of the loss and of what is right, one pair for each PART elements. */
static void forward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr_steps steps = rows_of(y->in[0], run);
    size_t n = lrr_node_count(y->in[0], run), width = width_of(y->in[0]), in_turn;
    double *sums = run->work;
    lrr_real e[PART], t[PART];

    for (size_t p = from; p < to; p++) {
        size_t at = p * PART, count = n - at < PART ? n - at : PART;
        const lrr_real *x = lrr_node_real(y->in[0]) + at,
                       *want = targets(y, at, count, t);
        double loss = 0, right = 0;
        losses(y, run, at, want, e, count);
        for (size_t i = 0; i < count; i += in_turn) {
            in_turn = alike(&steps, width, at + i, at + count);
            if (!lrr__steps_has(&steps, (at + i) / width))
                continue;
            for (size_t k = i; k < i + in_turn; k++) {
                loss += (double)e[k];
                right += (x[k] > 0) == (want[k] > (lrr_real)0.5);
            }
        }
        sums[2 * p] = loss;
        sums[2 * p + 1] = right;
    }
}

static void forward(const lrr_node *y, lrr_run *run)
{
    const lrr_steps steps = rows_of(y->in[0], run);
    const size_t rows = lrr__steps_count(&steps), n = rows * width_of(y->in[0]);
    const size_t count = parts(lrr_node_count(y->in[0], run));
    const double *sums = run->work;
    double loss = 0, right = 0;

    lrr__span_rows(y, run, count, (size_t)8 * PART, forward_some);
    for (size_t p = 0; p < count; p++) {
        loss += sums[2 * p];
        right += sums[2 * p + 1];
    }
    run->loss = n > 0 ? loss / (double)n : 0;
    run->targets = (double)rows; /* elements are so many for each */
    run->weight = run->targets;
    if (y->op->counts != NULL && n > 0)
        run->count[CORRECT] = right * (double)rows / (double)n;
    *lrr_node_real(y) = (lrr_real)run->loss;
}

/* The gradient of count elements from `at` on, all of which count. */
static void gradients(const lrr_node *y, const lrr_run *run, size_t at, lrr_real scale,
                      size_t count, bool adds)
{
    const lrr_real *x = lrr_node_real(y->in[0]) + at, a = delta_of(y);
    lrr_real t[PART], *dx = lrr_node_grad(y->in[0]) + at;
    const lrr_real *want = targets(y, at, count, t);
    if (is_weighted(y))
        weighted_gradient(y, at, want, scale, count, adds);
    else if (!is_held(y, run))
        gradient_of(y)(x, want, scale, dx, count, a, adds);
    else if (y->op == &lrr_op_l1)
        lrr_k->l1_held_gradient(sides_at(y, at), x, want, scale, dx, count, a, adds);
    else
        lrr_k->huber_held_gradient(sides_at(y, at), x, want, scale, dx, count, a, adds);
}

static void backward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr_steps steps = rows_of(y->in[0], run);
    size_t n = lrr_node_count(y->in[0], run), width = width_of(y->in[0]);
    lrr_real scale = (lrr_real)(run->loss_scale / (run->targets * (double)width));
    bool adds = lrr_node_adds(y, 0, run);
    for (size_t at = from * PART, count; at < to * PART && at < n; at += count) {
        size_t end = at / PART * PART + PART;
        count = alike(&steps, width, at, end < n ? end : n);
        if (lrr__steps_has(&steps, at / width))
            gradients(y, run, at, scale, count, adds);
        else if (!adds)
            memset(lrr_node_grad(y->in[0]) + at, 0, count * sizeof(lrr_real));
    }
}

static void backward(const lrr_node *y, lrr_run *run)
{
    if (y->in[0]->dy != NULL)
        lrr__span_rows(y, run, parts(lrr_node_count(y->in[0], run)), (size_t)4 * PART,
                       backward_some);
}

static const lrr_attr_def huber_attrs[] = {
    { .name = "delta",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, delta),
      .range = LRR_ABOVE(0) },
    { .name = NULL },
};

static const lrr_attr_def bce_attrs[] = {
    { .name = "pos_weight",
      .type = LRR_ATTR_LIST,
      .offset = offsetof(attr, pos_weight),
      .optional = true,
      .range = LRR_ABOVE(0) },
    { .name = NULL },
};

#define ELEMENTWISE(f, is_smooth, branch_bytes)             \
    const lrr_op_def lrr_op_##f = { .name = #f,             \
                                    .smooth = is_smooth,    \
                                    .branch = branch_bytes, \
                                    .n_in = 2,              \
                                    .is_loss = true,        \
                                    .other_kinds = 1 << 1,  \
                                    .sequences = true,      \
                                    .infer = infer,         \
                                    .need = need,           \
                                    .forward = forward,     \
                                    .backward = backward }

ELEMENTWISE(mse, true, NULL);
ELEMENTWISE(l1, false, sides);

const lrr_op_def lrr_op_bce = { .name = "bce",
                                .n_in = 2,
                                .attr_size = sizeof(attr),
                                .attrs = bce_attrs,
                                .is_loss = true,
                                .counts = bce_counts,
                                .other_kinds = 1 << 1,
                                .sequences = true,
                                .smooth = true,
                                .infer = infer,
                                .need = need,
                                .forward = forward,
                                .backward = backward };

const lrr_op_def lrr_op_huber = { .name = "huber",
                                  .n_in = 2,
                                  .attr_size = sizeof(attr),
                                  .attrs = huber_attrs,
                                  .is_loss = true,
                                  .other_kinds = 1 << 1,
                                  .sequences = true,
                                  .branch = sides,
                                  .infer = infer,
                                  .need = need,
                                  .forward = forward,
                                  .backward = backward };
