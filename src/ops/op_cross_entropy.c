/*
** op_cross_entropy.c -- softmax and cross-entropy in one, mean over the batch's targets.
**
** x (n, classes) logits; target (n) classes counted from 0 as i32, or (n, classes) shares
** of each class as real. Or a target for each step: x (n, t, classes), target (n, t) or
** (n, t, classes); of sequences, steps past a sample's length count for nothing and get a
** gradient of 0. A row below is a sample, or a step of one. label_smoothing e: the target
** becomes (1 - e) target + e / classes (Szegedy et al. 2016), in training alone: what is
** measured is how well the targets themselves are met. With t the smoothed target
** and T its sum, a row's loss is T log sum exp(x) - sum t x, its gradient
** T softmax(x) - t. A class that is out of range makes the loss NaN.
**
** class_weights w (classes): the smoothed target of class c counts w[c] times, and the mean is
** the sum of the losses divided by the sum of the targets' own w; of shares by their number.
** That is PyTorch's `weight`.
*/
#include <math.h>
#include <string.h>

#include "base/dmath.h"
#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/span.h"
#include "ops/steps.h"

typedef struct attr {
    double label_smoothing;
    lrr_attr_list class_weights;
} attr;

/* What is counted of a row, in run->count: CORRECT, that its largest logit is its class's. */
enum { CORRECT, COUNTS };

static const char *const counts[COUNTS + 1] = { "correct", NULL };

/* Kept for backward: each row's loss and counts, and the softmax. */
typedef struct result {
    double loss, count[COUNTS];
} result;

static lrr_steps rows_of(const lrr_node *y, const lrr_run *run)
{
    const lrr_node *x = y->in[0];
    return x->shape.rank == 1 ? (lrr_steps){ run->n, 1, NULL } : lrr__steps_of(x, run);
}

static lrr_real *softmax_of(const lrr_node *y, const lrr_run *run)
{
    lrr_steps s = rows_of(y, run);
    return (lrr_real *)(void *)((result *)y->aux + s.n * s.t);
}

static double smoothing(const lrr_node *y, const lrr_run *run)
{
    return run->train ? ((const attr *)y->attr)->label_smoothing : 0;
}

static const lrr_attr_list *weights_of(const lrr_node *y)
{
    return &((const attr *)y->attr)->class_weights;
}

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0], *t = y->in[1];
    char xt[LRR_SHAPE_TEXT], tt[LRR_SHAPE_TEXT];
    lrr_shape rows = x->shape;
    bool fits;

    if (x->dtype != LRR_DTYPE_REAL || x->shape.rank > 2 || x->shape.rank < 1 + x->seq)
        return lrr_node_fail(y, err,
                             "predictions are %s, want (classes), or (t, classes) for "
                             "a target at each step",
                             lrr_shape_text(&x->shape, xt));
    rows.rank--;
    fits = lrr__steps_match(x, t) &&
           lrr_shape_equal(&t->shape, t->dtype == LRR_DTYPE_I32 ? &rows : &x->shape);
    if (!fits)
        return lrr_node_fail(y, err,
                             "predictions are %s%s, targets are %s %s%s: want %s%s "
                             "(i32) or %s real",
                             lrr_shape_text(&x->shape, xt),
                             x->seq ? " (a sequence)" : "",
                             lrr_shape_text(&t->shape, tt), lrr_dtype_name(t->dtype),
                             t->seq ? " (a sequence)" : "",
                             rows.rank == 0 ? "one class" : "a class for each step",
                             x->seq ? " of that sequence" : "", xt);
    if (weights_of(y)->n > 0 && weights_of(y)->n != lrr_node_cols(x))
        return lrr_node_fail(y, err, "class_weights has %zu number%s for %zu classes",
                             weights_of(y)->n, lrr_s(weights_of(y)->n),
                             lrr_node_cols(x));
    y->shape.rank = 0;
    y->seq = false;
    if (t->wants_grad)
        return lrr_node_fail(y, err, "targets depend on parameters, want data");
    return LRR_OK;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    const lrr_node *x = y->in[0];
    size_t rows = batch * (x->shape.rank == 1 ? 1 : x->shape.d[0]);
    need->aux = rows * (sizeof(result) + lrr_node_cols(x) * sizeof(lrr_real));
    need->reads_x = 1 << 1;
}

static size_t largest(const lrr_real *x, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

static double sum_of(const lrr_real *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    return sum;
}

/* A row of logits, and its log sum exp in two parts: what is taken off is taken off the
** larger part first, so that large logits cost no precision. */
typedef struct row {
    const lrr_real *x;
    size_t n;
    double max, log_sum;
} row;

static void count_row(result *s, const row *a, size_t class)
{
    s->count[CORRECT] = largest(a->x, a->n) == class;
}

/* Whether class's logit is the largest, and no earlier one is as large. Of a few classes all are
** compared, whichever it is: no processor foresees which rows are right. */
static bool leads(const row *a, size_t class)
{
    enum { FEW = 64 };
    const lrr_real own = a->x[class];
    const bool is_largest = (double)own == a->max;
    uint32_t as_large = 0;
    size_t first = 0;

    if (a->n > FEW && !is_largest)
        return false;
    for (size_t i = 0; i < a->n; i++)
        as_large += a->x[i] == own;
    while (as_large > 1 && a->x[first] != own)
        first++;
    return is_largest & (as_large == 1 || first == class);
}

static void loss_of_class(const row *a, int32_t class, double e, result *s)
{
    if (class < 0 || (size_t) class >= a->n) {
        *s = (result){ .loss = (double)NAN };
        return;
    }
    s->loss = (1 - e) * (a->max - (double)a->x[class] + a->log_sum);
    if (e > 0)
        s->loss += e * (a->max - sum_of(a->x, a->n) / (double)a->n + a->log_sum);
    s->count[CORRECT] = leads(a, (size_t) class);
}

static result loss_of_shares(const row *a, const lrr_real *t, double e)
{
    result s = { 0 };
    for (size_t i = 0; i < a->n; i++)
        s.loss += ((1 - e) * (double)t[i] + e / (double)a->n) *
                  (a->max - (double)a->x[i] + a->log_sum);
    count_row(&s, a, largest(t, a->n));
    return s;
}

/* The smoothed target's part of class i, weighted: what row r's softmax has to be, but for the
** sum. own: the target's share of the class. */
static double goal(const lrr_attr_list *w, size_t i, double own, double e)
{
    return w->at[i] * ((1 - e) * own + e / (double)w->n);
}

static double share_of(const lrr_node *target, size_t r, size_t i, size_t n)
{
    if (target->dtype == LRR_DTYPE_I32)
        return lrr_node_ids(target)[r] == (int32_t)i;
    return (double)lrr_node_real(target)[r * n + i];
}

/* The loss of row r with class weights. */
static result weighted(const lrr_node *y, const row *a, size_t r, double e)
{
    const lrr_node *target = y->in[1];
    const lrr_attr_list *w = weights_of(y);
    result s = { 0 };
    if (target->dtype == LRR_DTYPE_I32) {
        loss_of_class(a, lrr_node_ids(target)[r], e, &s);
        if (isnan(s.loss))
            return s;
    } else {
        count_row(&s, a, largest(lrr_node_real(target) + r * a->n, a->n));
    }
    s.loss = 0;
    for (size_t i = 0; i < a->n; i++) {
        const double t = goal(w, i, share_of(target, r, i, a->n), e);
        if (t > 0)
            s.loss += t * (a->max - (double)a->x[i] + a->log_sum);
    }
    return s;
}

/* What row r weighs in the mean. */
static double weight_of(const lrr_node *y, size_t r)
{
    const lrr_attr_list *w = weights_of(y);
    const lrr_node *target = y->in[1];
    if (w->n == 0 || target->dtype != LRR_DTYPE_I32)
        return 1;
    const int32_t class = lrr_node_ids(target)[r];
    return class >= 0 && (size_t) class < w->n ? w->at[class] : 1;
}

/* The loss of row r, whatever its target is. */
static result loss_of(const lrr_node *y, const row *a, size_t r, double e)
{
    const lrr_node *target = y->in[1];
    result s;
    if (weights_of(y)->n > 0)
        return weighted(y, a, r, e);
    if (target->dtype != LRR_DTYPE_I32)
        return loss_of_shares(a, lrr_node_real(target) + r * a->n, e);
    loss_of_class(a, lrr_node_ids(target)[r], e, &s);
    return s;
}

/* Whether every row counts, with a class for its target and as much as all others: what most
** networks learn. Small ones notice what else is asked of each row. */
static bool is_plain(const lrr_node *y, const lrr_steps *steps)
{
    return steps->len == NULL && y->in[1]->dtype == LRR_DTYPE_I32 &&
           weights_of(y)->n == 0;
}

static void forward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    enum { BLOCK = 64 };
    const lrr_steps steps = rows_of(y, run);
    const bool plain = is_plain(y, &steps);
    const int32_t *class = plain ? lrr_node_ids(y->in[1]) : NULL;
    const double e = smoothing(y, run);
    const size_t n = lrr_node_cols(y->in[0]);
    result *s = y->aux;
    lrr_real max[BLOCK], log_sum[BLOCK];

    for (size_t at = from; at < to; at += BLOCK) {
        size_t rows = to - at < BLOCK ? to - at : BLOCK;
        const lrr_real *x = lrr_node_real(y->in[0]) + at * n;
        lrr_k->softmax_forward(x, softmax_of(y, run) + at * n, max, log_sum, rows, n);
        for (size_t r = 0; r < rows; r++, x += n) {
            const row a = { x, n, (double)max[r], (double)log_sum[r] };
            if (plain)
                loss_of_class(&a, class[at + r], e, &s[at + r]);
            else if (lrr__steps_has(&steps, at + r))
                s[at + r] = loss_of(y, &a, at + r, e);
        }
    }
}

static void forward(const lrr_node *y, lrr_run *run)
{
    const lrr_steps steps = rows_of(y, run);
    const result *s = y->aux;
    const size_t rows = steps.n * steps.t, count = lrr__steps_count(&steps);
    double loss = 0, weight = 0;
    memset(run->count, 0, sizeof run->count);
    lrr__span_rows(y, run, rows, 16 * lrr_node_cols(y->in[0]), forward_some);
    const bool plain = is_plain(y, &steps);
    for (size_t i = 0; i < rows; i++) {
        if (!plain && !lrr__steps_has(&steps, i))
            continue;
        loss += s[i].loss;
        weight += plain ? 1 : weight_of(y, i);
        for (size_t k = 0; k < COUNTS; k++)
            run->count[k] += s[i].count[k];
    }
    run->loss = count > 0 ? loss / weight : 0;
    run->targets = (double)count;
    run->weight = weight;
    *lrr_node_real(y) = (lrr_real)run->loss;
}

/* dx (n) of a row with class weights; p its softmax. */
static void weighted_gradient(const lrr_node *y, size_t r, const lrr_real *p, double e,
                              double scale, lrr_real *dx, bool adds)
{
    const lrr_attr_list *w = weights_of(y);
    double sum = 0;
    for (size_t i = 0; i < w->n; i++)
        sum += goal(w, i, share_of(y->in[1], r, i, w->n), e);
    for (size_t i = 0; i < w->n; i++) {
        const double t = goal(w, i, share_of(y->in[1], r, i, w->n), e);
        const lrr_real d = (lrr_real)(scale * (sum * (double)p[i] - t));
        dx[i] = adds ? dx[i] + d : d;
    }
}

/* dx (n) of rows whose targets are classes, each as heavy as the others. */
static void classes_gradient(const lrr_node *y, const lrr_real *p, size_t from,
                             size_t to, double e, lrr_real scale, bool adds)
{
    const size_t n = lrr_node_cols(y->in[0]);
    const int32_t *class = lrr_node_ids(y->in[1]);
    const lrr_real even = (lrr_real)(e / (double)n), own = (lrr_real)(1 - e) * scale;
    lrr_real *dx = lrr_node_grad(y->in[0]) + from * n;

    for (size_t r = from; r < to; r++, dx += n) {
        lrr_k->loss_gradient(p + r * n, 1, even, scale, dx, n, adds);
        if (class[r] >= 0 && (size_t) class[r] < n)
            dx[class[r]] -= own;
    }
}

/* dx (n) of row r, whatever its target is; p its softmax. */
static void row_gradient(const lrr_node *y, size_t r, const lrr_real *p, double e,
                         lrr_real scale, bool adds)
{
    const size_t n = lrr_node_cols(y->in[0]);
    lrr_real *dx = lrr_node_grad(y->in[0]) + r * n;
    if (weights_of(y)->n > 0) {
        weighted_gradient(y, r, p, e, (double)scale, dx, adds);
    } else if (y->in[1]->dtype == LRR_DTYPE_I32) {
        classes_gradient(y, p - r * n, r, r + 1, e, scale, adds);
    } else {
        const lrr_real *t = lrr_node_real(y->in[1]) + r * n;
        const lrr_real sum = (lrr_real)((1 - e) * sum_of(t, n) + e);
        lrr_k->loss_gradient(p, sum, (lrr_real)(e / (double)n), scale, dx, n, adds);
        lrr_k->scale_add(-(lrr_real)(1 - e) * scale, t, dx, n);
    }
}

static void backward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr_steps steps = rows_of(y, run);
    const size_t n = lrr_node_cols(y->in[0]);
    const double e = smoothing(y, run);
    const lrr_real scale = (lrr_real)(run->loss_scale / run->weight);
    const bool adds = lrr_node_adds(y, 0, run);
    const lrr_real *p = softmax_of(y, run);

    if (is_plain(y, &steps)) {
        classes_gradient(y, p, from, to, e, scale, adds);
        return;
    }
    for (size_t r = from; r < to; r++) {
        if (lrr__steps_has(&steps, r))
            row_gradient(y, r, p + r * n, e, scale, adds);
        else if (!adds)
            memset(lrr_node_grad(y->in[0]) + r * n, 0, n * sizeof *p);
    }
}

static void backward(const lrr_node *y, lrr_run *run)
{
    const lrr_steps s = rows_of(y, run);
    if (y->in[0]->dy != NULL)
        lrr__span_rows(y, run, s.n * s.t, 2 * lrr_node_cols(y->in[0]), backward_some);
}

static const lrr_attr_def attrs[] = {
    { .name = "label_smoothing",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, label_smoothing),
      .optional = true,
      .range = LRR_FROM_BELOW(0, 1) },
    { .name = "class_weights",
      .type = LRR_ATTR_LIST,
      .offset = offsetof(attr, class_weights),
      .optional = true,
      .range = LRR_ABOVE(0) },
    { .name = NULL },
};

const lrr_op_def lrr_op_cross_entropy = {
    .name = "cross_entropy",
    .n_in = 2,
    .attr_size = sizeof(attr),
    .attrs = attrs,
    .is_loss = true,
    .counts = counts,
    .other_kinds = 1 << 1,
    .sequences = true,
    .smooth = true,
    .infer = infer,
    .need = need,
    .forward = forward,
    .backward = backward,
};
