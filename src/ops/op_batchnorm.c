/*
** op_batchnorm.c -- normalisation of each feature over the batch (Ioffe and Szegedy,
** 2015): y = (x - mean) / sqrt(variance + eps) * weight + bias.
**
** x (n, f), (n, t, f) over valid steps only, or (n, c, h, w) over h and w too; weight,
** bias, running_mean, running_var (c). In training mean and variance are the batch's and,
** with run->statistics, the running ones move by `momentum` towards them (the variance
** unbiased, as PyTorch); otherwise, and while it is held, they are the running ones.
**
** Of a batch in shards (lrr_over) they are those of all shards: the sums come first, and forward
** and backward are left with the maps. A node that is `alone`
** normalises each shard by itself, and nobody waits for another: the running statistics move
** towards the mean of the whole batch and the pooled variance of its shards, the sum of their
** squares over the sum of their values less one each.
*/
#include <string.h>

#include "base/dmath.h"
#include "graph/op.h"
#include "kernels/past.h"
#include "kernels/simd.h"
#include "ops/norm_planes.h"
#include "ops/span.h"

typedef struct attr {
    double momentum, eps;
    double
        hold; /* not 0: also in training the running statistics, which stay as they are */
    bool alone; /* each shard of a batch by itself */
} attr;

enum { X, WEIGHT, BIAS, MEAN, VARIANCE, INPUTS };
enum { COLUMNS = 64 }; /* of features last, in one chunk */

/* The lists (c) in aux: what forward used, and constants of the maps of norm.h; of a node that
** is alone also the variance. */
typedef struct lists {
    lrr_real *mean, *rstd, *a, *c2, *c3, *variance;
} lists;

static bool is_alone(const lrr_node *y)
{
    return ((const attr *)y->attr)->alone;
}

/* Whether mean and variance are those of the batch. */
static bool by_batch(const lrr_node *y, const lrr_run *run)
{
    return run->train && ((const attr *)y->attr)->hold == 0;
}

/* Features lie last in (f) and (t, f), first in (c, h, w). */
static size_t channels(const lrr_node *x)
{
    return x->shape.rank <= 2 ? lrr_node_cols(x) : x->shape.d[0];
}

static lists lists_of(const lrr_node *y)
{
    size_t c = channels(y);
    lrr_real *p = y->aux;
    return (lists){ p, p + c, p + 2 * c, p + 3 * c, p + 4 * c, p + 5 * c };
}

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    static const char *const names[] = { "", "weight", "bias", "running_mean",
                                         "running_var" };
    const lrr_node *x = y->in[X];
    char xt[LRR_SHAPE_TEXT], wt[LRR_SHAPE_TEXT];

    if (x->dtype != LRR_DTYPE_REAL || x->shape.rank < 1 ||
        (x->seq && x->shape.rank != 2))
        return lrr_node_fail(y, err,
                             "input is %s %s, want (f), (t, f) or (c, h, w) real",
                             lrr_shape_text(&x->shape, xt), lrr_dtype_name(x->dtype));
    for (int i = WEIGHT; i < INPUTS; i++)
        if (y->in[i]->shape.rank != 1 || y->in[i]->shape.d[0] != channels(x))
            return lrr_node_fail(y, err, "input is %s, %s is %s: want (%zu)",
                                 lrr_shape_text(&x->shape, xt), names[i],
                                 lrr_shape_text(&y->in[i]->shape, wt), channels(x));
    y->shape = x->shape;
    return LRR_OK;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    (void)batch;
    need->aux = (is_alone(y) ? 6 : 5) * channels(y) * sizeof(lrr_real);
    need->reads_x = 1 << X | 1 << WEIGHT;
    need->dx_in_place = y->shape.rank > 2;
    if (y->shape.rank > 2) /* a plane, before it is pooled */
        need->work_thread = lrr_shape_count(&y->shape) / channels(y) * sizeof(lrr_real);
}

/* Valid rows of sample i where features are last; without sequences all rows are one
** block, "sample" 0. */
static size_t valid_rows(const lrr_node *x, const lrr_run *run, size_t i)
{
    const int32_t *len = lrr_node_len(x, run);
    if (!x->seq)
        return x->shape.rank == 2 ? run->n * x->shape.d[0] : run->n;
    return len != NULL ? (size_t)len[i] : lrr_node_time(x, run);
}

static size_t blocks(const lrr_node *x, const lrr_run *run)
{
    return x->seq ? run->n : 1;
}

/* How many values are averaged for each feature: none where no sample has a step. */
static double values(const lrr_node *x, const lrr_run *run)
{
    size_t n = 0;
    if (x->shape.rank > 2)
        return (double)lrr_node_count(x, run) / (double)channels(x);
    for (size_t i = 0; i < blocks(x, run); i++)
        n += valid_rows(x, run, i);
    return (double)n;
}

static double divisor(const lrr_node *x, const lrr_run *run)
{
    const double n = values(x, run);
    return n > 0 ? n : 1;
}

/* Scale and shift of feature c from its mean and variance. */
static void settle_maps(const lrr_node *y, size_t c, double mean, double variance)
{
    lists l = lists_of(y);
    l.mean[c] = (lrr_real)mean;
    l.rstd[c] = (lrr_real)(1 / lrr_dsqrt(variance + ((const attr *)y->attr)->eps));
    l.a[c] = l.rstd[c] * lrr_node_real(y->in[WEIGHT])[c];
}

/* Moves the running mean of feature c towards the batch's, and the running variance, from a
** sum of squares over n values. */
static void move_mean(const lrr_node *y, size_t c, double mean)
{
    const double m = ((const attr *)y->attr)->momentum;
    lrr_real *running = lrr_node_real(y->in[MEAN]) + c;
    *running = (lrr_real)((1 - m) * (double)*running + m * mean);
}

static void move_variance(const lrr_node *y, size_t c, double squares, double n)
{
    const double m = ((const attr *)y->attr)->momentum;
    lrr_real *running = lrr_node_real(y->in[VARIANCE]) + c;
    *running =
        (lrr_real)((1 - m) * (double)*running + m * squares / (n > 1 ? n - 1 : 1));
}

/* Takes the batch's mean and sum of squares of feature c as what forward uses; without
** training, the running ones. */
static void settle(const lrr_node *y, const lrr_run *run, size_t c, double mean,
                   double squares)
{
    double variance;

    if (by_batch(y, run)) {
        const double n = divisor(y->in[X], run);
        variance = squares / n;
        if (is_alone(y))
            lists_of(y).variance[c] = (lrr_real)variance;
        if (run->statistics) {
            move_mean(y, c, mean);
            move_variance(y, c, squares, n);
        }
    } else {
        variance = (double)lrr_node_real(y->in[VARIANCE])[c];
        mean = (double)lrr_node_real(y->in[MEAN])[c];
    }
    settle_maps(y, c, mean, variance);
}

/* The constants of dx from sums over n values; running statistics do not depend on x. */
static void settle_dx(const lrr_node *y, const lrr_run *run, size_t c,
                      const double sums[2], double n)
{
    lists l = lists_of(y);
    double rstd = (double)l.rstd[c], a = (double)l.a[c];
    l.c2[c] = by_batch(y, run) ? (lrr_real)(-a * rstd * rstd * sums[1] / n) : 0;
    l.c3[c] = by_batch(y, run) ? (lrr_real)(-a * sums[0] / n) : 0;
}

/* Sums of feature c over the gradient, sum dy and sum dy (x - mean), into the gradients
** of bias and weight and the constants of dx; of a shard, into what the batch's are made of. */
static void settle_back(const lrr_node *y, const lrr_run *run, size_t c, double sum,
                        double products)
{
    lrr_real *dw = lrr_node_grad(y->in[WEIGHT]), *db = lrr_node_grad(y->in[BIAS]);
    const double rstd = (double)lists_of(y).rstd[c], sums[2] = { sum, products };

    if (dw != NULL)
        dw[c] =
            (lrr_real)(products * rstd) + (lrr_node_adds(y, WEIGHT, run) ? dw[c] : 0);
    if (db != NULL)
        db[c] = (lrr_real)sum + (lrr_node_adds(y, BIAS, run) ? db[c] : 0);
    if (run->sums != NULL)
        memcpy(run->sums + 2 * c, sums, sizeof sums);
    else
        settle_dx(y, run, c, sums, divisor(y->in[X], run));
}

/* Whether backward is to come to dx: not yet while sums are made of a shard. */
static bool has_dx(const lrr_node *y, const lrr_run *run)
{
    return y->in[X]->dy != NULL && run->sums == NULL;
}

/* Features first: planes of (n, c, plane). */

static size_t plane_size(const lrr_node *x)
{
    return lrr_shape_count(&x->shape) / channels(x);
}

static lrr_norm_map map_of(const lrr_node *y, size_t c)
{
    const lists l = lists_of(y);
    return (lrr_norm_map){ l.mean[c], l.a[c], lrr_node_real(y->in[BIAS])[c] };
}

static double sum_plane(const lrr_node *y, const lrr_run *run, size_t c)
{
    size_t size = plane_size(y), step = lrr_shape_count(&y->shape);
    const lrr_real *x = lrr_node_real(y->in[X]) + c * size;
    double sum = 0;
    for (size_t i = 0; i < run->n; i++)
        sum += (double)lrr_k->sum(x + i * step, size);
    return sum;
}

static double squares_plane(const lrr_node *y, const lrr_run *run, size_t c,
                            lrr_real mean)
{
    size_t size = plane_size(y), step = lrr_shape_count(&y->shape);
    const lrr_real *x = lrr_node_real(y->in[X]) + c * size;
    double squares = 0;
    for (size_t i = 0; i < run->n; i++)
        squares += (double)lrr_k->sum_squares(x + i * step, mean, size);
    return squares;
}

static void forward_planes(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr__planes p = lrr__planes_of(y, run);
    for (size_t c = from; c < to; c++) {
        double mean = 0, squares = 0;
        if (by_batch(y, run) && !run->whole) {
            mean = sum_plane(y, run, c) / divisor(y, run);
            squares = squares_plane(y, run, c, (lrr_real)mean);
        }
        if (!run->whole)
            settle(y, run, c, mean, squares);
        lrr__planes_forward(&p, c, map_of(y, c));
    }
    lrr_past_end();
}

static void backward_planes(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr__planes p = lrr__planes_of(y, run);
    const lists l = lists_of(y);
    for (size_t c = from; c < to; c++) {
        if (!run->whole) {
            double sums[2];
            lrr__planes_sums(&p, c, map_of(y, c), sums);
            settle_back(y, run, c, sums[0], sums[1]);
        }
        const lrr_norm_back m = { l.mean[c], l.a[c], l.c2[c], l.c3[c] };
        if (has_dx(y, run))
            lrr__planes_backward(&p, c, m, map_of(y, c).b);
    }
    lrr_past_end();
}

/* Features last: columns of (rows, c). */

/* Means of w columns from `at` on, and sums of squares about them, over the samples at hand. */
static void column_moments(const lrr_node *y, const lrr_run *run, size_t at, size_t w,
                           lrr_real *mean, lrr_real *squares)
{
    const lrr_node *x = y->in[X];
    const size_t c = channels(y), step = lrr_node_time(x, run) * c;
    const lrr_real *from = lrr_node_real(x) + at;
    const double n = divisor(x, run);
    lrr_real sum[COLUMNS] = { 0 };

    for (size_t i = 0; i < blocks(x, run); i++)
        lrr_k->sum_rows(from + i * step, c, valid_rows(x, run, i), w, sum, true);
    for (size_t j = 0; j < w; j++) {
        mean[j] = (lrr_real)((double)sum[j] / n);
        squares[j] = 0;
    }
    for (size_t i = 0; i < blocks(x, run); i++)
        lrr_k->sum_squares_rows(from + i * step, mean, c, valid_rows(x, run, i), w,
                                squares);
}

static void stat_columns(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr_node *x = y->in[X];
    size_t c = channels(y), at = from * COLUMNS;
    size_t end = to * COLUMNS < c ? to * COLUMNS : c, w;
    for (; at < end; at += w) {
        lrr_real sum[COLUMNS] = { 0 }, squares[COLUMNS] = { 0 }, mean[COLUMNS];
        const double n = divisor(x, run);
        w = end - at < COLUMNS ? end - at : COLUMNS;
        for (size_t i = 0; by_batch(y, run) && i < blocks(x, run); i++)
            lrr_k->sum_rows(lrr_node_real(x) + i * lrr_node_time(x, run) * c + at, c,
                            valid_rows(x, run, i), w, sum, true);
        for (size_t j = 0; j < w; j++)
            mean[j] = (lrr_real)((double)sum[j] / n);
        for (size_t i = 0; by_batch(y, run) && i < blocks(x, run); i++)
            lrr_k->sum_squares_rows(lrr_node_real(x) + i * lrr_node_time(x, run) * c +
                                        at,
                                    mean, c, valid_rows(x, run, i), w, squares);
        for (size_t j = 0; j < w; j++)
            settle(y, run, at + j, (double)sum[j] / n, (double)squares[j]);
    }
}

static void forward_rows(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t c = channels(y);
    lists l = lists_of(y);
    lrr_norm_lists m = { l.mean, l.a, lrr_node_real(y->in[BIAS]), NULL };
    (void)run;
    lrr_k->norm_rows(lrr_node_real(y->in[X]) + from * c, lrr_node_real(y) + from * c,
                     to - from, c, m);
}

static void stat_columns_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr_node *x = y->in[X];
    lists l = lists_of(y);
    size_t c = channels(y), at = from * COLUMNS;
    size_t end = to * COLUMNS < c ? to * COLUMNS : c, w;
    for (; at < end; at += w) {
        lrr_real sum[COLUMNS] = { 0 }, products[COLUMNS] = { 0 };
        w = end - at < COLUMNS ? end - at : COLUMNS;
        for (size_t i = 0; i < blocks(x, run); i++) {
            size_t place = i * lrr_node_time(x, run) * c + at,
                   rows = valid_rows(x, run, i);
            lrr_k->sum_rows(lrr_node_grad(y) + place, c, rows, w, sum, true);
            lrr_k->sum_products_rows(lrr_node_real(x) + place, l.mean + at,
                                     lrr_node_grad(y) + place, c, rows, w, products);
        }
        for (size_t j = 0; j < w; j++)
            settle_back(y, run, at + j, (double)sum[j], (double)products[j]);
    }
}

/* Blocks from .. to - 1 of rows; what is past a sample's length gets no gradient. */
static void backward_rows(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr_node *x = y->in[X];
    const lrr_real *values = lrr_node_real(x), *dy = lrr_node_grad(y);
    lrr_real *dx = lrr_node_grad(x);
    size_t c = channels(y);
    lists l = lists_of(y);
    lrr_norm_lists m = { l.mean, l.a, l.c3, l.c2 };
    bool adds = lrr_node_adds(y, X, run);
    for (size_t i = from; i < to; i++) {
        size_t place = i * lrr_node_time(x, run) * c, rows = valid_rows(x, run, i);
        lrr_k->norm_rows_back(values + place, dy + place, dx + place, rows, c, m, adds);
        if (x->seq && !adds)
            memset(dx + place + rows * c, 0,
                   (lrr_node_time(x, run) - rows) * c * sizeof *dx);
    }
}

static void over_columns(const lrr_node *y, lrr_run *run, lrr_span_fn f)
{
    size_t c = channels(y), count = lrr_node_count(y, run);
    lrr__span_rows(y, run, (c + COLUMNS - 1) / COLUMNS, (size_t)2 * COLUMNS * count / c,
                   f);
}

static void forward(const lrr_node *y, lrr_run *run)
{
    size_t c = channels(y), count = lrr_node_count(y, run);
    if (y->shape.rank > 2) {
        lrr__span_rows(y, run, c, 3 * count / c, forward_planes);
        return;
    }
    if (!run->whole)
        over_columns(y, run, stat_columns);
    lrr__span_rows(y, run, count / c, c, forward_rows);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    size_t c = channels(y), count = lrr_node_count(y, run);
    if (y->shape.rank > 2) {
        lrr__span_rows(y, run, c, 4 * count / c, backward_planes);
        return;
    }
    if (!run->whole)
        over_columns(y, run, stat_columns_back);
    LRR_ASSERT(run->n > 0);
    if (has_dx(y, run))
        lrr__span_rows(y, run, blocks(y, run), count / blocks(y, run), backward_rows);
}

/* Of a batch in shards. A shard's sums are made in one go, while it is in the cache, and its ranks
** meet once: the squares are about its own mean m of n values, and those of the batch about the
** batch's mean are the sum of them and of n m^2, less the square of the sum of n m over all values
** (Chan, Golub and LeVeque 1979; in double precision). A stage has (c, 3) of n m, n m^2 and squares,
** then n; that of the gradient (c, 2), then n; what a node that is alone leaves behind (c, 2), means
** and variances times the values, then values and values less one. */

enum { MOMENTS, GRADIENTS, LEFT };

static size_t over_count(const lrr_node *y, const lrr_run *run)
{
    return by_batch(y, run) && !is_alone(y) ? 3 * channels(y) + 1 : 0;
}

static size_t over_left(const lrr_node *y, const lrr_run *run)
{
    return by_batch(y, run) && is_alone(y) && run->statistics ? 2 * channels(y) + 2 : 0;
}

static size_t place_of_values(const lrr_node *y, int stage)
{
    return (stage == MOMENTS ? 3 : 2) * channels(y);
}

static void put_moments(const lrr_run *run, size_t c, double n, lrr_real mean,
                        double squares)
{
    run->sums[3 * c] = n * (double)mean;
    run->sums[3 * c + 1] = n * (double)mean * (double)mean;
    run->sums[3 * c + 2] = squares;
}

static void moments_of_planes(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const double n = values(y->in[X], run);
    for (size_t c = from; c < to; c++) {
        const lrr_real mean = (lrr_real)(sum_plane(y, run, c) / n);
        put_moments(run, c, n, mean, squares_plane(y, run, c, mean));
    }
}

static void moments_of_columns(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const double n = values(y->in[X], run);
    const size_t c = channels(y);
    for (size_t at = from * COLUMNS; at < to * COLUMNS && at < c; at += COLUMNS) {
        const size_t w = c - at < COLUMNS ? c - at : COLUMNS;
        lrr_real mean[COLUMNS], squares[COLUMNS];
        column_moments(y, run, at, w, mean, squares);
        for (size_t j = 0; j < w; j++)
            put_moments(run, at + j, n, mean[j], (double)squares[j]);
    }
}

static void leave_statistics(const lrr_node *y, const lrr_run *run)
{
    const double n = values(y->in[X], run);
    const lists l = lists_of(y);
    for (size_t c = 0; c < channels(y); c++) {
        run->sums[2 * c] = (double)l.mean[c] * n;
        run->sums[2 * c + 1] = (double)l.variance[c] * n;
    }
    run->sums[place_of_values(y, LEFT) + 1] = n > 0 ? n - 1 : 0;
}

static void move_statistics(const lrr_node *y, const double *sums)
{
    const double n = sums[place_of_values(y, LEFT)],
                 less = sums[place_of_values(y, LEFT) + 1];
    for (size_t c = 0; n > 0 && c < channels(y); c++) {
        move_mean(y, c, sums[2 * c] / n);
        move_variance(y, c, sums[2 * c + 1], less + 1);
    }
}

static void over_part(const lrr_node *y, lrr_run *run, int stage)
{
    const size_t c = channels(y), count = lrr_node_count(y, run);
    run->sums[place_of_values(y, stage)] = values(y->in[X], run);
    if (stage == LEFT)
        leave_statistics(y, run);
    else if (stage == GRADIENTS)
        backward(y, run);
    else if (y->shape.rank > 2)
        lrr__span_rows(y, run, c, 2 * count / c, moments_of_planes);
    else
        over_columns(y, run, moments_of_columns);
}

/* Mean and squares of feature c of the batch, of n values. */
static void settle_moments(const lrr_node *y, const lrr_run *run, size_t c,
                           const double sums[3], double n)
{
    const double mean = sums[0] / n, between = sums[1] - sums[0] * mean;
    const double squares = sums[2] + (between > 0 ? between : 0);
    if (run->statistics) {
        move_mean(y, c, mean);
        move_variance(y, c, squares, n);
    }
    settle_maps(y, c, mean, squares / n);
}

static void over_whole(const lrr_node *y, lrr_run *run, int stage, const double *sums)
{
    const double given = sums[place_of_values(y, stage)], n = given > 0 ? given : 1;
    if (stage == LEFT && run->statistics)
        move_statistics(y, sums);
    for (size_t c = 0; stage == MOMENTS && c < channels(y); c++)
        settle_moments(y, run, c, sums + 3 * c, n);
    for (size_t c = 0; stage == GRADIENTS && c < channels(y); c++)
        settle_dx(y, run, c, sums + 2 * c, n);
}

static const lrr_over over = { .forward = 1,
                               .backward = 1,
                               .count = over_count,
                               .left = over_left,
                               .part = over_part,
                               .whole = over_whole };

static const lrr_attr_def attrs[] = {
    { .name = "momentum",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, momentum),
      .range = LRR_ABOVE_TO(0, 1) },
    { .name = "eps",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, eps),
      .range = LRR_ABOVE(0) },
    { .name = "hold",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, hold),
      .optional = true,
      .range = LRR_FROM_TO(0, 1) },
    { .name = "alone",
      .type = LRR_ATTR_BOOL,
      .offset = offsetof(attr, alone),
      .optional = true },
    { .name = NULL },
};

const lrr_op_def lrr_op_batchnorm = { .name = "batchnorm",
                                      .n_in = INPUTS,
                                      .attr_size = sizeof(attr),
                                      .attrs = attrs,
                                      .smooth = true,
                                      .infer = infer,
                                      .need = need,
                                      .forward = forward,
                                      .backward = backward,
                                      .stream = lrr_stream_each,
                                      .over = &over,
                                      .leads = lrr__planes_lead };
