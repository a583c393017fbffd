/*
** op_loss.c -- losses that are means over all elements of the batch: mse, l1, huber, bce.
**
** x (n, shape...) predictions, target (n, shape...) real; bce also takes i32 classes 0
** and 1 for one logit a sample, and counts what is right as "correct": the share of a
** sample's logits that lie on their target's side of 0. Sums are double, in the order of the elements.
*/
#include <math.h>

#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/ops.h"
#include "ops/span.h"

typedef struct attr {
    double delta;
} attr;

enum { PART = 1024 }; /* elements of a partial sum */
enum { CORRECT };     /* in run->count, of those that count */

static const char *const bce_counts[] = { "correct", NULL };

typedef void (*loss_fn)(const lrr_real *x, const lrr_real *t, lrr_real *e, size_t n,
                        lrr_real a);
typedef void (*gradient_fn)(const lrr_real *x, const lrr_real *t, lrr_real c,
                            lrr_real *dx, size_t n, lrr_real a, int add);

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0], *t = y->in[1];
    char xt[LRR_SHAPE_TEXT], tt[LRR_SHAPE_TEXT];
    bool classes = t->dtype == LRR_DTYPE_I32;

    if (x->dtype != LRR_DTYPE_REAL || x->seq || t->seq)
        return lrr_node_fail(y, err,
                             "predictions are %s, want real values that are no "
                             "sequence",
                             lrr_shape_text(&x->shape, xt));
    if (classes &&
        (y->op != &lrr_op_bce || lrr_shape_count(&x->shape) != 1 || t->shape.rank != 0))
        return lrr_node_fail(y, err,
                             "predictions are %s, targets are classes (i32), want "
                             "%s",
                             lrr_shape_text(&x->shape, xt),
                             y->op == &lrr_op_bce ? "one logit for a class of 0 or 1"
                                                  : "real ones");
    /* One target a sample is () or (1) alike. */
    if (!classes && !lrr_shape_equal(&x->shape, &t->shape) &&
        !(lrr_shape_count(&x->shape) == 1 && lrr_shape_count(&t->shape) == 1))
        return lrr_node_fail(
            y, err, "predictions are %s, targets are %s, want equal shapes",
            lrr_shape_text(&x->shape, xt), lrr_shape_text(&t->shape, tt));
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

/* Partial sums of the loss and of what is right, one pair for each PART elements. */
static void forward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t n = lrr_node_count(y->in[0], run);
    double *sums = run->work;
    lrr_real e[PART], t[PART];

    for (size_t p = from; p < to; p++) {
        size_t at = p * PART, count = n - at < PART ? n - at : PART;
        const lrr_real *x = lrr_node_real(y->in[0]) + at,
                       *want = targets(y, at, count, t);
        double loss = 0, right = 0;
        loss_of(y)(x, want, e, count, delta_of(y));
        for (size_t i = 0; i < count; i++) {
            loss += (double)e[i];
            right += (x[i] > 0) == (want[i] > (lrr_real)0.5);
        }
        sums[2 * p] = loss;
        sums[2 * p + 1] = right;
    }
}

static void forward(const lrr_node *y, lrr_run *run)
{
    size_t n = lrr_node_count(y->in[0], run), count = parts(n);
    const double *sums = run->work;
    double loss = 0, right = 0;

    lrr__span_rows(y, run, count, (size_t)8 * PART, forward_some);
    for (size_t p = 0; p < count; p++) {
        loss += sums[2 * p];
        right += sums[2 * p + 1];
    }
    run->loss = loss / (double)n;
    run->targets = (double)run->n; /* elements are so many for each sample */
    if (y->op->counts != NULL)
        run->count[CORRECT] = right * (double)run->n / (double)n;
    *lrr_node_real(y) = (lrr_real)run->loss;
}

static void backward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t n = lrr_node_count(y->in[0], run);
    lrr_real t[PART];
    for (size_t p = from; p < to; p++) {
        size_t at = p * PART, count = n - at < PART ? n - at : PART;
        gradient_of(y)(lrr_node_real(y->in[0]) + at, targets(y, at, count, t),
                       (lrr_real)(run->loss_scale / (double)n),
                       lrr_node_grad(y->in[0]) + at, count, delta_of(y),
                       lrr_node_adds(y, 0, run));
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

#define ELEMENTWISE(f, names)                              \
    const lrr_op_def lrr_op_##f = { .name = #f,            \
                                    .n_in = 2,             \
                                    .is_loss = true,       \
                                    .counts = names,       \
                                    .other_kinds = 1 << 1, \
                                    .infer = infer,        \
                                    .need = need,          \
                                    .forward = forward,    \
                                    .backward = backward }

ELEMENTWISE(mse, NULL);
ELEMENTWISE(l1, NULL);
ELEMENTWISE(bce, bce_counts);

const lrr_op_def lrr_op_huber = { .name = "huber",
                                  .n_in = 2,
                                  .attr_size = sizeof(attr),
                                  .attrs = huber_attrs,
                                  .is_loss = true,
                                  .other_kinds = 1 << 1,
                                  .infer = infer,
                                  .need = need,
                                  .forward = forward,
                                  .backward = backward };
