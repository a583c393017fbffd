/* scale.c -- see scale.h. */
#include "data/scale.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "data/select.h"

double lrr_scale_offset(double lo, double hi, bool exact)
{
    static const double lost = 1024; /* 2^(24 - 14) */
    const double spread = hi - lo;
    if (exact || !isfinite(spread) || !(spread > 0) ||
        fmax(fabs(lo), fabs(hi)) <= lost * spread)
        return 0;
    return floor(lo + spread / 2);
}

static double value(const lrr_dataset *d, size_t at)
{
    return d->kind == LRR_DATA_U8 ? (double)d->x.u8[at] : (double)d->x.f32[at];
}

/* Two numbers to be taken off one after the other, so that no precision is lost. */
typedef struct centre {
    double first, mean;
} centre;

/* The sum of x minus its centre, or of the square, over channel c in the training split;
** *n: of how many values. *spread where one is off the centre. */
static double sum_channel(const lrr_dataset *d, size_t c, centre m, bool squares,
                          size_t *n, bool *spread)
{
    const size_t inner = d->width / d->channels;
    const uint32_t *train = d->index[LRR_SPLIT_TRAIN];
    double sum = 0;
    *n = 0;
    for (size_t i = 0; i < d->n_index[LRR_SPLIT_TRAIN]; i++) {
        const size_t end = lrr_dataset_row(d, train[i] + (size_t)1);
        for (size_t r = lrr_dataset_row(d, train[i]); r < end; r++) {
            for (size_t j = 0; j < inner; j++) {
                double v = value(d, r * d->width + c * inner + j) - m.first - m.mean;
                sum += squares ? v * v : v;
                *spread |= v != 0;
            }
            *n += inner;
        }
    }
    return sum;
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

static void fit_standard(lrr_dataset *d, size_t c, size_t *flat)
{
    const size_t inner = d->width / d->channels;
    const size_t row = lrr_dataset_row(d, d->index[LRR_SPLIT_TRAIN][0]);
    centre m = { value(d, row * d->width + c * inner), 0 };
    bool spread = false, ignored = false;
    size_t n;
    double sq;

    m.mean = sum_channel(d, c, m, false, &n, &spread);
    m.mean /= (double)n;
    sq = sqrt(sum_channel(d, c, m, true, &n, &ignored) / (double)n);
    /* without spread scaling would only blow up rounding */
    *flat += !set_scale(d, c, m.first + m.mean, spread ? sq : 0);
}

/* What fit_columns keeps of each column: its first value, its sum and mean of what is above that, the
** sum of squares, and whether a value differs from the first. */
typedef struct columns {
    double *first, *mean, *squares; /* (width) */
    bool *spread;                   /* (width) */
} columns;

/* Adds row x (w) of the data to the sums, or with `squares` to those of squares. */
static void add_row(const columns *k, const float *x, size_t w, bool squares)
{
    for (size_t c = 0; c < w; c++) {
        const double v = (double)x[c] - k->first[c];
        if (squares) {
            k->squares[c] += (v - k->mean[c]) * (v - k->mean[c]);
        } else {
            k->mean[c] += v;
            k->spread[c] |= v != 0;
        }
    }
}

/* The same for the rows of the training split in their order; how many there are. */
static size_t add_rows(const lrr_dataset *d, const columns *k, bool squares)
{
    const uint32_t *train = d->index[LRR_SPLIT_TRAIN];
    size_t n = 0;
    for (size_t i = 0; i < d->n_index[LRR_SPLIT_TRAIN]; i++) {
        const size_t end = lrr_dataset_row(d, train[i] + (size_t)1);
        for (size_t r = lrr_dataset_row(d, train[i]); r < end; r++, n++)
            add_row(k, d->x.f32 + r * d->width, d->width, squares);
    }
    return n;
}

/* fit_standard of all columns of rows at once, which reads memory as it lies: each column's sums
** have the order that they have there, and its bits. */
static lrr_status fit_columns(lrr_dataset *d, size_t *flat, lrr_error *err)
{
    const size_t w = d->width;
    const float *x = d->x.f32 + lrr_dataset_row(d, d->index[LRR_SPLIT_TRAIN][0]) * w;
    columns k = { 0 };
    double n;
    lrr_status st = lrr_mem_new(w, 3 * sizeof *k.first, "sums", &k.first, err);
    if (st == LRR_OK)
        st = lrr_mem_new(w, sizeof *k.spread, "sums", &k.spread, err);
    if (st == LRR_OK) {
        k.mean = k.first + w;
        k.squares = k.mean + w;
        for (size_t c = 0; c < w; c++)
            k.first[c] = (double)x[c];
        n = (double)add_rows(d, &k, false);
        for (size_t c = 0; c < w; c++)
            k.mean[c] /= n;
        add_rows(d, &k, true);
        for (size_t c = 0; c < w; c++)
            *flat += !set_scale(d, c, k.first[c] + k.mean[c],
                                k.spread[c] ? sqrt(k.squares[c] / n) : 0);
    }
    lrr_mem_free(k.first);
    lrr_mem_free(k.spread);
    return st;
}

/* How often each byte is in channel c of the training split. */
static void count_bytes(const lrr_dataset *d, size_t c, uint64_t total[256])
{
    const size_t inner = d->width / d->channels, n = d->n_index[LRR_SPLIT_TRAIN];
    const uint32_t *train = d->index[LRR_SPLIT_TRAIN];
    uint64_t count[4][256] = { { 0 } };
    for (size_t i = 0; i < n; i++) {
        const uint8_t *x = d->x.u8 + train[i] * d->width + c * inner;
        for (size_t j = 0; j < inner; j++)
            count[j & 3][x[j]]++;
    }
    for (int v = 0; v < 256; v++)
        total[v] = count[0][v] + count[1][v] + count[2][v] + count[3][v];
}

/* Bytes by a histogram: exact, and one pass. */
static void fit_bytes(lrr_dataset *d, size_t c, size_t *flat)
{
    const size_t inner = d->width / d->channels;
    const double total = (double)d->n_index[LRR_SPLIT_TRAIN] * (double)inner;
    uint64_t count[256];
    double mean = 0, sq = 0;
    count_bytes(d, c, count);
    for (int v = 0; v < 256; v++)
        mean += (double)count[v] * v;
    mean /= total;
    for (int v = 0; v < 256; v++)
        sq += (double)count[v] * (v - mean) * (v - mean);
    *flat += !set_scale(d, c, mean, sqrt(sq / total));
}

static void fit_channel(lrr_dataset *d, size_t c, size_t *flat)
{
    if (d->kind == LRR_DATA_U8 && d->width > d->channels)
        fit_bytes(d, c, flat);
    else
        fit_standard(d, c, flat);
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
                v[n] = (float)value(d, r * d->width + c * inner + j);
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

static void fit_robust(lrr_dataset *d, size_t c, float *v, lrr_fit_found *found)
{
    const size_t n = copy_channel(d, c, v);
    const bool indicator = n == 0 || is_indicator(v, n);
    const size_t flat = found->flat;
    double low, high;
    if (indicator) {
        fit_channel(d, c, &found->flat);
        return;
    }
    low = quantile(v, n, 0.25);
    high = quantile(v, n, 0.75);
    if (!(high > low)) {
        fit_channel(d, c, &found->flat);
        found->same += found->flat == flat;
        return;
    }
    found->flat += !set_scale(d, c, quantile(v, n, 0.5), high - low);
}

static void fit_minmax(lrr_dataset *d, size_t c, lrr_fit_found *found)
{
    const size_t inner = d->width / d->channels;
    const uint32_t *train = d->index[LRR_SPLIT_TRAIN];
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (size_t i = 0; i < d->n_index[LRR_SPLIT_TRAIN]; i++) {
        const size_t end = lrr_dataset_row(d, train[i] + (size_t)1);
        for (size_t r = lrr_dataset_row(d, train[i]); r < end; r++)
            for (size_t j = 0; j < inner; j++) {
                const double x = value(d, r * d->width + c * inner + j);
                low = fmin(low, x);
                high = fmax(high, x);
            }
    }
    found->flat += !set_scale(d, c, low, high - low);
}

lrr_status lrr_dataset_fit(lrr_dataset *d, lrr_scaling scaling, lrr_fit_found *found,
                           lrr_error *err)
{
    float *v = NULL;
    lrr_status st = LRR_OK;
    *found = (lrr_fit_found){ 0 };
    if (scaling == LRR_SCALING_STANDARD && d->kind == LRR_DATA_F32 &&
        d->width == d->channels)
        return fit_columns(d, &found->flat, err);
    if (scaling == LRR_SCALING_ROBUST)
        st = lrr_mem_new(values_most(d), sizeof *v, "a column", &v, err);
    for (size_t c = 0; st == LRR_OK && c < d->channels; c++) {
        if (scaling == LRR_SCALING_ROBUST)
            fit_robust(d, c, v, found);
        else if (scaling == LRR_SCALING_MINMAX)
            fit_minmax(d, c, found);
        else
            fit_channel(d, c, &found->flat);
    }
    lrr_mem_free(v);
    return st;
}

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
