/* missing.c -- values that are not there, of a data set of rows; see dataset.h. */
#include <math.h>

#include "base/mem.h"
#include "data/dataset.h"
#include "data/select.h"

/* Calls visit for the rows of the training split in sample order. */
typedef struct rows {
    const lrr_dataset *d;
    size_t sample, row, end;
} rows;

static const float *next_row(rows *r)
{
    const lrr_dataset *d = r->d;
    while (r->row == r->end) {
        size_t i;
        if (r->sample == d->n_index[LRR_SPLIT_TRAIN])
            return NULL;
        i = d->index[LRR_SPLIT_TRAIN][r->sample++];
        r->row = lrr_dataset_row(d, i);
        r->end = lrr_dataset_row(d, i + 1);
    }
    return d->x.f32 + r->row++ * d->width;
}

static lrr_status find_means(lrr_dataset *d, lrr_error *err)
{
    rows r = { .d = d };
    double *sum = NULL, *n = NULL;
    const float *x;
    lrr_status st = lrr_mem_new(d->width, sizeof *sum, "means", &sum, err);
    if (st == LRR_OK)
        st = lrr_mem_new(d->width, sizeof *n, "means", &n, err);
    while (st == LRR_OK && (x = next_row(&r)) != NULL)
        for (size_t c = 0; c < d->width; c++)
            if (!isnan(x[c])) {
                sum[c] += (double)x[c];
                n[c]++;
            }
    for (size_t c = 0; st == LRR_OK && c < d->width; c++)
        d->fill[c] = n[c] > 0 ? (float)(sum[c] / n[c]) : 0;
    lrr_mem_free(sum);
    lrr_mem_free(n);
    return st;
}

static lrr_status find_medians(lrr_dataset *d, lrr_error *err)
{
    float *v = NULL;
    const size_t most = lrr_dataset_row(d, d->n);
    lrr_status st = lrr_mem_new(most, sizeof *v, "a column", &v, err);
    for (size_t c = 0; st == LRR_OK && c < d->width; c++) {
        rows r = { .d = d };
        const float *x;
        size_t n = 0;
        while ((x = next_row(&r)) != NULL)
            if (!isnan(x[c]))
                v[n++] = x[c];
        d->fill[c] = n == 0 ? 0 : lrr_select(v, n, n / 2);
        if (n > 0 && n % 2 == 0)
            d->fill[c] =
                (float)(((double)d->fill[c] + (double)lrr_select(v, n, n / 2 - 1)) / 2);
    }
    lrr_mem_free(v);
    return st;
}

void lrr_dataset_fill_known(lrr_dataset *d, const float *fill, size_t *filled)
{
    const size_t all = lrr_dataset_row(d, d->n);
    *filled = 0;
    for (size_t r = 0; r < all; r++) {
        float *x = d->x.f32 + r * d->width;
        for (size_t c = 0; c < d->width; c++)
            if (isnan(x[c])) {
                x[c] = fill[c];
                ++*filled;
            }
    }
}

lrr_status lrr_dataset_fill_missing(lrr_dataset *d, bool median, size_t *filled,
                                    lrr_error *err)
{
    lrr_status st = LRR_OK;
    *filled = 0;
    if (d->fill == NULL)
        st = lrr_mem_new(d->width, sizeof *d->fill, "means of the data", &d->fill, err);
    if (st == LRR_OK)
        st = median ? find_medians(d, err) : find_means(d, err);
    if (st == LRR_OK)
        lrr_dataset_fill_known(d, d->fill, filled);
    return st;
}
