/* scale.c -- see scale.h. */
#include "data/scale.h"

#include <math.h>

#include "base/mem.h"
#include "data/select.h"
#include "data/stored.h"
#include "data/walk.h"

double lrr_scale_offset(double lo, double hi, bool exact)
{
    static const double lost = 1024; /* 2^(24 - 14) */
    const double spread = hi - lo;
    if (exact || !isfinite(spread) || !(spread > 0) ||
        fmax(fabs(lo), fabs(hi)) <= lost * spread)
        return 0;
    return floor(lo + spread / 2);
}

static double value(const lrr_dataset *d, const void *row, size_t at)
{
    return d->kind == LRR_DATA_U8 ? (double)((const uint8_t *)row)[at]
                                  : (double)((const float *)row)[at];
}

/* Channel c becomes (x - mean) / width. False where there is no width, or one whose inverse is
** too large for float: then it is only centred. */
static bool set_scale(lrr_dataset *d, size_t c, double mean, double width)
{
    const lrr_real inv = (lrr_real)(1 / width);
    const bool wide = width > 0 && isfinite(inv);
    d->mean[c] = (lrr_real)mean;
    if (wide)
        d->inv[c] = inv;
    return wide;
}

/* Channels from .. from + n - 1 of a data set. */
typedef struct channels {
    lrr_dataset *d;
    size_t from, n;
} channels;

/* What is kept of each channel while rows go by in their order: its first value, its sum and mean
** of what is above that, the sum of squares, and whether a value differs from the first. Two
** numbers are taken off one after the other, so that no precision is lost. */
typedef struct sums {
    channels of;
    double *first, *mean, *squares; /* (n) */
    bool *spread;                   /* (n) */
    bool begun;
    size_t rows;
} sums;

/* Rows of numbers, a column each: loops that the compiler turns into vector code. */
static bool is_columns(const lrr_dataset *d)
{
    return d->kind == LRR_DATA_F32 && d->width == d->channels;
}

static void add_columns(const sums *k, const float *restrict x)
{
    double *restrict sum = k->mean;
    for (size_t c = 0; c < k->of.n; c++) {
        const double v = (double)x[c] - k->first[c];
        sum[c] += v;
        k->spread[c] |= v != 0;
    }
}

static void square_columns(const sums *k, const float *restrict x)
{
    double *restrict sum = k->squares;
    for (size_t c = 0; c < k->of.n; c++) {
        const double v = (double)x[c] - k->first[c];
        sum[c] += (v - k->mean[c]) * (v - k->mean[c]);
    }
}

static bool add_row(void *ud, size_t row, const void *x)
{
    sums *k = ud;
    const lrr_dataset *d = k->of.d;
    const size_t inner = d->width / d->channels;
    (void)row;
    for (size_t c = 0; !k->begun && c < k->of.n; c++)
        k->first[c] = value(d, x, (k->of.from + c) * inner);
    k->begun = true;
    k->rows++;
    if (is_columns(d)) {
        add_columns(k, (const float *)x + k->of.from);
        return true;
    }
    for (size_t c = 0; c < k->of.n; c++) {
        const size_t at = (k->of.from + c) * inner;
        double sum = k->mean[c];
        bool spread = k->spread[c];
        for (size_t j = 0; j < inner; j++) {
            const double v = value(d, x, at + j) - k->first[c];
            sum += v;
            spread |= v != 0;
        }
        k->mean[c] = sum;
        k->spread[c] = spread;
    }
    return true;
}

static bool add_squares(void *ud, size_t row, const void *x)
{
    sums *k = ud;
    const lrr_dataset *d = k->of.d;
    const size_t inner = d->width / d->channels;
    (void)row;
    if (is_columns(d)) {
        square_columns(k, (const float *)x + k->of.from);
        return true;
    }
    for (size_t c = 0; c < k->of.n; c++) {
        const size_t at = (k->of.from + c) * inner;
        double sum = k->squares[c];
        for (size_t j = 0; j < inner; j++) {
            const double v = value(d, x, at + j) - k->first[c];
            sum += (v - k->mean[c]) * (v - k->mean[c]);
        }
        k->squares[c] = sum;
    }
    return true;
}

static lrr_status fit_standard(const channels *of, size_t *flat, lrr_error *err)
{
    const lrr_walk train = lrr_walk_train(of->d);
    const size_t inner = of->d->width / of->d->channels;
    sums k = { .of = *of };
    double n;
    lrr_status st = lrr_mem_new(of->n, 3 * sizeof *k.first, "sums", &k.first, err);
    if (st == LRR_OK)
        st = lrr_mem_new(of->n, sizeof *k.spread, "sums", &k.spread, err);
    if (st == LRR_OK) {
        k.mean = k.first + of->n;
        k.squares = k.mean + of->n;
        st = lrr_walk_rows(&train, add_row, &k, err);
    }
    n = (double)(k.rows * inner);
    for (size_t c = 0; st == LRR_OK && c < of->n; c++)
        k.mean[c] /= n;
    if (st == LRR_OK)
        st = lrr_walk_rows(&train, add_squares, &k, err);
    for (size_t c = 0; st == LRR_OK && c < of->n;
         c++) /* without spread scaling would only
                                                          blow up rounding */
        *flat += !set_scale(of->d, of->from + c, k.first[c] + k.mean[c],
                            k.spread[c] ? sqrt(k.squares[c] / n) : 0);
    lrr_mem_free(k.first);
    lrr_mem_free(k.spread);
    return st;
}

/* How often each byte is in each channel: four counts of each, as the same count twice in a row
** waits for itself. */
typedef uint64_t bytes_seen[4][256];

typedef struct tally {
    channels of;
    bytes_seen *count; /* (n) */
} tally;

static bool count_row(void *ud, size_t row, const void *x)
{
    const tally *k = ud;
    const size_t inner = k->of.d->width / k->of.d->channels;
    (void)row;
    for (size_t c = 0; c < k->of.n; c++) {
        const uint8_t *v = (const uint8_t *)x + (k->of.from + c) * inner;
        for (size_t j = 0; j < inner; j++)
            k->count[c][j & 3][v[j]]++;
    }
    return true;
}

static bool set_of_bytes(const channels *of, size_t c, bytes_seen seen)
{
    const size_t inner = of->d->width / of->d->channels;
    const double total = (double)of->d->n_index[LRR_SPLIT_TRAIN] * (double)inner;
    uint64_t count[256];
    double mean = 0, sq = 0;
    for (int v = 0; v < 256; v++)
        count[v] = seen[0][v] + seen[1][v] + seen[2][v] + seen[3][v];
    for (int v = 0; v < 256; v++)
        mean += (double)count[v] * v;
    mean /= total;
    for (int v = 0; v < 256; v++)
        sq += (double)count[v] * (v - mean) * (v - mean);
    return set_scale(of->d, of->from + c, mean, sqrt(sq / total));
}

/* Bytes by a histogram: exact, and one pass. */
static lrr_status fit_bytes(const channels *of, size_t *flat, lrr_error *err)
{
    const lrr_walk train = lrr_walk_train(of->d);
    tally k = { .of = *of };
    lrr_status st = lrr_mem_new(of->n, sizeof *k.count, "counts", &k.count, err);
    if (st == LRR_OK)
        st = lrr_walk_rows(&train, count_row, &k, err);
    for (size_t c = 0; st == LRR_OK && c < of->n; c++)
        *flat += !set_of_bytes(of, c, k.count[c]);
    lrr_mem_free(k.count);
    return st;
}

static lrr_status fit_channels(const channels *of, size_t *flat, lrr_error *err)
{
    return of->d->kind == LRR_DATA_U8 && of->d->width > of->d->channels
               ? fit_bytes(of, flat, err)
               : fit_standard(of, flat, err);
}

/* The values of channel c in the training split, but those that are missing, into v; how many. */
static size_t copy_channel(const lrr_dataset *d, size_t c, float *v)
{
    const size_t inner = d->width / d->channels;
    const uint32_t *train = d->index[LRR_SPLIT_TRAIN];
    size_t n = 0;
    for (size_t i = 0; i < d->n_index[LRR_SPLIT_TRAIN]; i++) {
        const size_t end = lrr_dataset_row(d, train[i] + (size_t)1);
        for (size_t r = lrr_dataset_row(d, train[i]); r < end; r++)
            for (size_t j = 0; j < inner; j++) {
                v[n] = (float)value(d, lrr_dataset_at(d, r, NULL), c * inner + j);
                n += isnan(v[n]) ? 0U : 1U;
            }
    }
    return n;
}

/* The most values that copy_channel may give. */
static size_t values_most(const lrr_dataset *d)
{
    const uint32_t *train = d->index[LRR_SPLIT_TRAIN];
    size_t rows = 0;
    for (size_t i = 0; i < d->n_index[LRR_SPLIT_TRAIN]; i++)
        rows += lrr_dataset_row(d, train[i] + (size_t)1) - lrr_dataset_row(d, train[i]);
    return rows * (d->width / d->channels);
}

/* Whether all of v (n) are 0 or 1, as what says that a row has a category. */
static bool is_indicator(const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] != 0 && v[i] != 1)
            return false;
    return true;
}

/* Quantile q of v (n > 0), which is put in another order: between the two nearest values, from
** the nearer one, as numpy's percentile does it. */
static double quantile(float *v, size_t n, double q)
{
    const double at = q * (double)(n - 1), t = at - floor(at);
    const size_t k = (size_t)at;
    const double a = (double)lrr_select(v, n, k);
    const double b = k + 1 < n ? (double)lrr_select(v, n, k + 1) : a;
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

static lrr_status fit_robust(lrr_dataset *d, size_t c, float *v, lrr_fit_found *found,
                             lrr_error *err)
{
    const channels one = { d, c, 1 };
    const size_t n = copy_channel(d, c, v);
    const bool indicator = n == 0 || is_indicator(v, n);
    const size_t flat = found->flat;
    lrr_status st;
    double low, high;
    if (indicator)
        return fit_channels(&one, &found->flat, err);
    low = quantile(v, n, 0.25);
    high = quantile(v, n, 0.75);
    if (!(high > low)) {
        st = fit_channels(&one, &found->flat, err);
        found->same += found->flat == flat;
        return st;
    }
    found->flat += !set_scale(d, c, quantile(v, n, 0.5), high - low);
    return LRR_OK;
}

/* Each column has its quartiles from a copy of it. */
static lrr_status fit_robustly(lrr_dataset *d, lrr_fit_found *found, lrr_error *err)
{
    float *v = NULL;
    lrr_status st;
    if (d->stored != NULL)
        return lrr_fail(err, LRR_EINVAL, "quartiles are of samples in memory");
    st = lrr_mem_new(values_most(d), sizeof *v, "a column", &v, err);
    for (size_t c = 0; st == LRR_OK && c < d->channels; c++)
        st = fit_robust(d, c, v, found, err);
    lrr_mem_free(v);
    return st;
}

typedef struct bounds {
    const lrr_dataset *d;
    double *low, *high; /* (channels) */
} bounds;

static bool bound_row(void *ud, size_t row, const void *x)
{
    const bounds *k = ud;
    const size_t inner = k->d->width / k->d->channels;
    (void)row;
    for (size_t c = 0; c < k->d->channels; c++)
        for (size_t j = 0; j < inner; j++) {
            const double v = value(k->d, x, c * inner + j);
            k->low[c] = fmin(k->low[c], v);
            k->high[c] = fmax(k->high[c], v);
        }
    return true;
}

static lrr_status fit_minmax(lrr_dataset *d, lrr_fit_found *found, lrr_error *err)
{
    const lrr_walk train = lrr_walk_train(d);
    bounds k = { .d = d };
    lrr_status st = lrr_mem_new(d->channels, 2 * sizeof *k.low, "bounds", &k.low, err);
    if (st != LRR_OK)
        return st;
    k.high = k.low + d->channels;
    for (size_t c = 0; c < d->channels; c++) {
        k.low[c] = (double)INFINITY;
        k.high[c] = -(double)INFINITY;
    }
    st = lrr_walk_rows(&train, bound_row, &k, err);
    for (size_t c = 0; st == LRR_OK && c < d->channels; c++)
        found->flat += !set_scale(d, c, k.low[c], k.high[c] - k.low[c]);
    lrr_mem_free(k.low);
    return st;
}

lrr_status lrr_dataset_fit(lrr_dataset *d, lrr_scaling scaling, lrr_fit_found *found,
                           lrr_error *err)
{
    const channels all = { d, 0, d->channels };
    *found = (lrr_fit_found){ 0 };
    if (scaling == LRR_SCALING_ROBUST)
        return fit_robustly(d, found, err);
    if (scaling == LRR_SCALING_MINMAX)
        return fit_minmax(d, found, err);
    return fit_channels(&all, &found->flat, err);
}

/* Two numbers to be taken off one after the other, so that no precision is lost. */
typedef struct centre {
    double first, mean;
} centre;

/* The sum of target j minus its centre, or of the square, over the training split; *n: of how
** many. */
static double sum_targets(const lrr_dataset *d, size_t j, centre m, bool squares,
                          size_t *n, bool *spread)
{
    const uint32_t *train = d->index[LRR_SPLIT_TRAIN];
    double sum = 0;
    *n = 0;
    for (size_t i = 0; i < d->n_index[LRR_SPLIT_TRAIN]; i++) {
        const size_t end = lrr_dataset_target(d, train[i] + (size_t)1);
        for (size_t at = lrr_dataset_target(d, train[i]); at < end; at++, ++*n) {
            const double v = (double)d->y_real[at * d->k + j] - m.first - m.mean;
            sum += squares ? v * v : v;
            *spread |= v != 0;
        }
    }
    return sum;
}

void lrr_dataset_fit_targets(lrr_dataset *d, size_t *flat)
{
    *flat = 0;
    for (size_t j = 0; j < d->k; j++) {
        const size_t first = lrr_dataset_target(d, d->index[LRR_SPLIT_TRAIN][0]);
        centre m = { (double)d->y_real[first * d->k + j], 0 };
        bool spread = false, ignored = false;
        size_t n;
        double deviation;
        m.mean = sum_targets(d, j, m, false, &n, &spread);
        m.mean /= (double)n;
        deviation = sqrt(sum_targets(d, j, m, true, &n, &ignored) / (double)n);
        d->y_scale[j].mean = d->y_scale[j].offset + m.first + m.mean;
        d->y_scale[j].deviation = spread && deviation > 0 ? deviation : 1;
        *flat += !(spread && deviation > 0);
    }
}
