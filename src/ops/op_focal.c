/*
** op_focal.c -- focal losses: cross-entropy that counts less the better a target is met.
**
** Source: Lin, Goyal, Girshick, He, Dollar, "Focal loss for dense object detection", ICCV
** 2017 (arXiv 1708.02002), equation 5: -a (1 - p)^gamma log p of a target's probability p.
** Sums are double, in the order of the rows.
**
** Without `sigmoid`: x (n, classes) logits or (n, t, classes), target (n) or (n, t) classes
** as i32, p of softmax(x), a = alpha[class] (1 without alpha); the mean over targets.
** With it: x (n, shape...) logits, target as many reals t in [0, 1]; with s = sigmoid(x) it is
** a (1 - p)^gamma bce(x, t), p = s t + (1 - s) (1 - t), a = alpha t + (1 - alpha) (1 - t),
** as torchvision's sigmoid_focal_loss; the mean over elements. "correct" counts as cross_entropy
** and bce do. Of sequences, steps past a sample's length count for nothing and get a gradient
** of 0. A row below is a sample, or a step of one.
*/
#include <math.h>
#include <string.h>

#include "base/dmath.h"
#include "graph/op.h"
#include "ops/span.h"
#include "ops/steps.h"

typedef struct attr {
    double gamma;
    lrr_attr_list alpha; /* none, (classes), or with sigmoid (1) */
    bool sigmoid;
} attr;

enum { CORRECT };

static const char *const counts[] = { "correct", NULL };

/* Kept of each row for its sums. */
typedef struct result {
    double loss, correct;
} result;

static const attr *attr_of(const lrr_node *y)
{
    return y->attr;
}

/* Elements in a row: the classes; of numbers one step's, or all of a sample's. */
static size_t width_of(const lrr_node *y)
{
    const lrr_node *x = y->in[0];
    if (!attr_of(y)->sigmoid)
        return lrr_node_cols(x);
    return x->seq ? lrr_shape_count(&x->shape) / x->shape.d[0]
                  : lrr_shape_count(&x->shape);
}

static lrr_steps rows_of(const lrr_node *y, const lrr_run *run)
{
    const lrr_node *x = y->in[0];
    const bool steps = attr_of(y)->sigmoid ? x->seq : x->shape.rank > 1;
    return steps ? lrr__steps_of(x, run) : (lrr_steps){ run->n, 1, NULL };
}

static bool fits(const lrr_node *y)
{
    const lrr_node *x = y->in[0], *t = y->in[1];
    lrr_shape want = x->shape, have = t->shape;
    if (x->dtype != LRR_DTYPE_REAL || !lrr__steps_match(x, t))
        return false;
    if (attr_of(y)->sigmoid) { /* (1) is () too, and at each step (t, 1) is (t) */
        while (want.rank > 0 && want.d[want.rank - 1] == 1)
            want.rank--;
        while (have.rank > 0 && have.d[have.rank - 1] == 1)
            have.rank--;
        return t->dtype == LRR_DTYPE_REAL && lrr_shape_equal(&want, &have);
    }
    if (x->shape.rank < 1 + x->seq || x->shape.rank > 2)
        return false;
    want.rank--;
    return t->dtype == LRR_DTYPE_I32 && lrr_shape_equal(&want, &have);
}

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0], *t = y->in[1];
    const bool sigmoid = attr_of(y)->sigmoid;
    const size_t n = attr_of(y)->alpha.n, want = sigmoid ? 1 : lrr_node_cols(x);
    char xt[LRR_SHAPE_TEXT], tt[LRR_SHAPE_TEXT];

    if (!fits(y))
        return lrr_node_fail(y, err, "predictions are %s, targets are %s %s: want %s",
                             lrr_shape_text(&x->shape, xt),
                             lrr_shape_text(&t->shape, tt), lrr_dtype_name(t->dtype),
                             sigmoid
                                 ? "as many real ones"
                                 : "a class (i32, not shares) for each row of logits");
    if (n > 0 && n != want)
        return lrr_node_fail(y, err, "alpha has %zu numbers, want %zu", n, want);
    for (size_t i = 0; sigmoid && i < n; i++)
        if (attr_of(y)->alpha.at[i] > 1)
            return lrr_node_fail(y, err, "alpha is %g, want a share of 1",
                                 attr_of(y)->alpha.at[i]);
    y->shape = (lrr_shape){ 0 };
    y->seq = false;
    if (t->wants_grad)
        return lrr_node_fail(y, err, "targets depend on parameters, want data");
    return LRR_OK;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    const lrr_node *x = y->in[0];
    need->aux = batch * lrr_shape_count(&x->shape) / width_of(y) * sizeof(result);
    need->reads_x = 1 << 0 | 1 << 1;
}

/* (1 - p)^gamma and its slope by 1 - p, times 1 - p so that it is finite at 0. */
typedef struct factor {
    double value, slope_times;
} factor;

static factor factor_of(double miss, double gamma)
{
    const double value = gamma > 0 ? (miss > 0 ? lrr_dpow(miss, gamma) : 0) : 1;
    return (factor){ value, gamma * value };
}

/* log p of the target's class. *lse: log sum exp of x without its largest, *max. */
static double log_p(const lrr_real *x, size_t n, size_t class, double *max, double *lse)
{
    double sum = 0;
    *max = (double)x[0];
    for (size_t i = 1; i < n; i++)
        *max = (double)x[i] > *max ? (double)x[i] : *max;
    for (size_t i = 0; i < n; i++)
        sum += lrr_dexp((double)x[i] - *max);
    *lse = lrr_dlog(sum);
    return (double)x[class] - *max - *lse;
}

static double alpha_of(const lrr_node *y, size_t class)
{
    const lrr_attr_list *a = &attr_of(y)->alpha;
    return a->n > 0 ? a->at[class] : 1;
}

static result class_row(const lrr_node *y, const lrr_real *x, int32_t class, size_t n)
{
    double max, lse, lp;
    size_t best = 0;
    if (class < 0 || (size_t) class >= n)
        return (result){ .loss = (double)NAN };
    lp = log_p(x, n, (size_t) class, &max, &lse);
    for (size_t i = 1; i < n; i++)
        best = x[i] > x[best] ? i : best;
    return (result){ -alpha_of(y, (size_t) class) *
                         factor_of(-lrr_dexpm1(lp), attr_of(y)->gamma).value * lp,
                     best == (size_t) class };
}

/* One logit: 1 / (1 + exp(-x)), the same of -x, and bce(x, t). */
typedef struct logit {
    double s, other, loss;
} logit;

static logit logit_of(double x, double t)
{
    const double e = lrr_dexp(-fabs(x)), large = 1 / (1 + e), small = e / (1 + e);
    logit l = { x > 0 ? large : small, x > 0 ? small : large, 0 };
    l.loss = (x > 0 ? x : 0) - x * t + lrr_dlog1p(e);
    if (isnan(x))
        l.loss = x;
    return l;
}

static double side(const lrr_node *y, double t)
{
    const lrr_attr_list *a = &attr_of(y)->alpha;
    return a->n > 0 ? a->at[0] * t + (1 - a->at[0]) * (1 - t) : 1;
}

static result number_row(const lrr_node *y, const lrr_real *x, const lrr_real *t,
                         size_t n)
{
    result r = { 0 };
    for (size_t i = 0; i < n; i++) {
        const double want = (double)t[i];
        const logit l = logit_of((double)x[i], want);
        const double miss = l.s * (1 - want) + l.other * want;
        r.loss += side(y, want) * factor_of(miss, attr_of(y)->gamma).value * l.loss;
        r.correct += (x[i] > 0) == (t[i] > (lrr_real)0.5);
    }
    return (result){ r.loss / (double)n, r.correct / (double)n };
}

static void forward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr_node *target = y->in[1];
    const lrr_steps steps = rows_of(y, run);
    const size_t n = width_of(y);
    result *r = y->aux;
    for (size_t i = from; i < to; i++) {
        const lrr_real *x = lrr_node_real(y->in[0]) + i * n;
        if (!lrr__steps_has(&steps, i))
            continue;
        r[i] = attr_of(y)->sigmoid ? number_row(y, x, lrr_node_real(target) + i * n, n)
                                   : class_row(y, x, lrr_node_ids(target)[i], n);
    }
}

static void forward(const lrr_node *y, lrr_run *run)
{
    const lrr_steps steps = rows_of(y, run);
    const size_t rows = steps.n * steps.t, count = lrr__steps_count(&steps);
    const result *r = y->aux;
    double loss = 0;
    memset(run->count, 0, sizeof run->count);
    lrr__span_rows(y, run, rows, 32 * width_of(y), forward_some);
    for (size_t i = 0; i < rows; i++) {
        if (!lrr__steps_has(&steps, i))
            continue;
        loss += r[i].loss;
        run->count[CORRECT] += r[i].correct;
    }
    run->loss = count > 0 ? loss / (double)count : 0;
    run->targets = run->weight = (double)count;
    *lrr_node_real(y) = (lrr_real)run->loss;
}

static void put(lrr_real *dx, double d, bool adds)
{
    *dx = adds ? *dx + (lrr_real)d : (lrr_real)d;
}

/* d loss / d log p is -a (f - slope p log p), with f of 1 - p; log p moves by 1 - p_i of its
** own logit, by -p_i of another. */
static void class_gradient(const lrr_node *y, const lrr_real *x, int32_t class,
                           double scale, lrr_real *dx, bool adds)
{
    const size_t n = width_of(y);
    double max, lse, lp, miss, by_log;
    factor f;
    if (class < 0 || (size_t) class >= n) { /* the loss is NaN */
        if (!adds)
            memset(dx, 0, n * sizeof *dx);
        return;
    }
    lp = log_p(x, n, (size_t) class, &max, &lse);
    miss = -lrr_dexpm1(lp);
    f = factor_of(miss, attr_of(y)->gamma);
    by_log = f.value - (miss > 0 ? f.slope_times / miss * lrr_dexp(lp) * lp : 0);
    by_log *= -alpha_of(y, (size_t) class) * scale;
    for (size_t i = 0; i < n; i++) {
        const double p = lrr_dexp((double)x[i] - max - lse);
        put(&dx[i], by_log * (i == (size_t) class ? miss : -p), adds);
    }
}

static void number_gradient(const lrr_node *y, const lrr_real *x, const lrr_real *t,
                            double scale, lrr_real *dx, bool adds)
{
    const size_t n = width_of(y);
    for (size_t i = 0; i < n; i++) {
        const double want = (double)t[i];
        const logit l = logit_of((double)x[i], want);
        const double miss = l.s * (1 - want) + l.other * want;
        const factor f = factor_of(miss, attr_of(y)->gamma);
        const double by_miss =
            miss > 0 ? f.slope_times / miss * l.loss * (1 - 2 * want) * l.s * l.other
                     : 0;
        put(&dx[i],
            scale / (double)n * side(y, want) * (f.value * (l.s - want) + by_miss),
            adds);
    }
}

static void backward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr_node *target = y->in[1];
    const lrr_steps steps = rows_of(y, run);
    const size_t n = width_of(y);
    const double scale = run->loss_scale / run->weight;
    const bool adds = lrr_node_adds(y, 0, run);
    for (size_t i = from; i < to; i++) {
        const lrr_real *x = lrr_node_real(y->in[0]) + i * n;
        lrr_real *dx = lrr_node_grad(y->in[0]) + i * n;
        if (!lrr__steps_has(&steps, i)) {
            if (!adds)
                memset(dx, 0, n * sizeof *dx);
        } else if (attr_of(y)->sigmoid) {
            number_gradient(y, x, lrr_node_real(target) + i * n, scale, dx, adds);
        } else {
            class_gradient(y, x, lrr_node_ids(target)[i], scale, dx, adds);
        }
    }
}

static void backward(const lrr_node *y, lrr_run *run)
{
    const lrr_steps s = rows_of(y, run);
    if (y->in[0]->dy != NULL)
        lrr__span_rows(y, run, s.n * s.t, 64 * width_of(y), backward_some);
}

static const lrr_attr_def attrs[] = {
    { .name = "gamma",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, gamma),
      .range = LRR_FROM(0) },
    { .name = "alpha",
      .type = LRR_ATTR_LIST,
      .offset = offsetof(attr, alpha),
      .optional = true,
      .range = LRR_FROM(0) },
    { .name = "sigmoid",
      .type = LRR_ATTR_BOOL,
      .offset = offsetof(attr, sigmoid),
      .optional = true },
    { .name = NULL },
};

const lrr_op_def lrr_op_focal = {
    .name = "focal",
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
