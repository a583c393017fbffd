/* gather.c -- see gather.h. */
#include "data/gather.h"

#include <string.h>

#include "base/dmath.h"
#include "data/scale.h"
#include "data/stored.h"
#include "kernels/simd.h"

bool lrr_augment_any(const lrr_augment *a)
{
    return a->flip || a->crop > 0 || a->cutout > 0 || a->mixup > 0;
}

lrr_status lrr_augment_check(const lrr_augment *a, const lrr_dataset *d, bool soft,
                             lrr_error *err)
{
    if ((a->flip || a->crop > 0 || a->cutout > 0) && d->shape.rank != 3)
        return lrr_fail(
            err, LRR_EINVAL,
            "augment: flip, crop and cutout are for images, and a sample has "
            "%d axes",
            d->shape.rank);
    if (a->crop > 0 && (a->crop >= d->shape.d[1] || a->crop >= d->shape.d[2]))
        return lrr_fail(err, LRR_EINVAL,
                        "augment: crop = %zu is not below the image's %s", a->crop,
                        a->crop >= d->shape.d[1] ? "height" : "width");
    if (a->cutout > 0 && (a->cutout > d->shape.d[1] || a->cutout > d->shape.d[2]))
        return lrr_fail(err, LRR_EINVAL,
                        "augment: cutout = %zu is above the image's %s", a->cutout,
                        a->cutout > d->shape.d[1] ? "height" : "width");
    if ((a->mixup > 0 || soft) && (d->classes == 0 || d->kind == LRR_DATA_TOKENS ||
                                   d->offset != NULL || d->per_step))
        return lrr_fail(err, LRR_EINVAL,
                        "augment: mixup is for classes of images or rows");
    return LRR_OK;
}

/* n numbers of the data, from number `at` of a row on, whose scale is channel c's, or their own. */
static void scaled(const lrr_dataset *d, const void *row, size_t at, size_t n, size_t c,
                   bool same, lrr_real *x)
{
    if (d->kind == LRR_DATA_U8)
        lrr_k->standardize_u8((const uint8_t *)row + at, d->mean + c, d->inv + c, same,
                              x, n);
    else
        lrr_k->standardize_f32((const float *)row + at, d->mean + c, d->inv + c, same,
                               x, n);
}

/* A row of the data: a sample, or a step of one. */
static void plain(const lrr_dataset *d, const void *row, lrr_real *x)
{
    const size_t inner = d->width / d->channels;
    if (inner == 1)
        scaled(d, row, 0, d->width, 0, false, x);
    for (size_t c = 0; inner > 1 && c < d->channels; c++)
        scaled(d, row, c * inner, inner, c, true, x + c * inner);
}

static void reverse(lrr_real *x, size_t n)
{
    for (size_t a = 0, b = n; a + 1 < b; a++) {
        lrr_real t = x[a];
        x[a] = x[--b];
        x[b] = t;
    }
}

/* Sample moved by (dy, dx): pixel (r, c) comes from (r + dy, c + dx) where that is. */
static void moved(const lrr_dataset *d, const void *sample, ptrdiff_t dy, ptrdiff_t dx,
                  lrr_real *x)
{
    const size_t h = d->shape.d[1], w = d->shape.d[2];
    const size_t skip = dx > 0 ? (size_t)dx : (size_t)-dx;
    const size_t n = skip < w ? w - skip : 0;
    const size_t to = dx < 0 ? skip : 0, from = dx > 0 ? skip : 0;
    memset(x, 0, d->width * sizeof *x);
    for (size_t c = 0; n > 0 && c < d->channels; c++) {
        for (size_t r = 0; r < h; r++) {
            ptrdiff_t source = (ptrdiff_t)r + dy;
            lrr_real *row = x + (c * h + r) * w + to;
            size_t at;
            if (source < 0 || source >= (ptrdiff_t)h)
                continue;
            at = (c * h + (size_t)source) * w + from;
            scaled(d, sample, at, n, c, true, row);
        }
    }
}

static uint32_t below(uint32_t bits, size_t n)
{
    return (uint32_t)(((uint64_t)bits * n) >> 32);
}

static void cut_out(const lrr_dataset *d, size_t side, const uint32_t bits[2],
                    lrr_real *x)
{
    const size_t h = d->shape.d[1], w = d->shape.d[2], half = side / 2;
    const size_t y = below(bits[0], h), z = below(bits[1], w);
    const size_t top = y > half ? y - half : 0, left = z > half ? z - half : 0;
    const size_t bottom = y + side - half < h ? y + side - half : h;
    const size_t right = z + side - half < w ? z + side - half : w;
    for (size_t c = 0; c < d->channels; c++)
        for (size_t r = top; r < bottom; r++)
            memset(x + (c * h + r) * w + left, 0, (right - left) * sizeof *x);
}

void lrr_gather_sample(const lrr_dataset *d, size_t i, const lrr_look *look,
                       lrr_real *x)
{
    const lrr_augment *a = look->augment;
    const void *row = lrr_dataset_at(d, i, look->room);
    uint32_t bits[4], more[4];
    lrr_key key;
    if (d->shape.rank != 3 || !lrr_augment_any(a)) {
        plain(d, row, x);
        return;
    }
    key = lrr_rng_key(look->seed, LRR_STREAM_AUGMENT, 0);
    lrr_rng_block(key, i, look->epoch, bits);
    if (a->crop > 0)
        moved(d, row, (ptrdiff_t)below(bits[0], 2 * a->crop + 1) - (ptrdiff_t)a->crop,
              (ptrdiff_t)below(bits[1], 2 * a->crop + 1) - (ptrdiff_t)a->crop, x);
    else
        plain(d, row, x);
    if (a->flip && bits[2] >> 31)
        for (size_t r = 0; r < d->channels * d->shape.d[1]; r++)
            reverse(x + r * d->shape.d[2], d->shape.d[2]);
    if (a->cutout > 0) {
        lrr_rng_block(lrr_rng_key(look->seed, LRR_STREAM_AUGMENT, 1), i, look->epoch,
                      more);
        cut_out(d, a->cutout, more, x);
    }
}

/* Beta(a, a) by Joehnk (1964): accept u^(1/a) + v^(1/a) <= 1. The chance is above 1/2
** for a <= 1; after 64 tries, the middle. */
static double beta(lrr_key key, uint64_t i, double a)
{
    for (uint64_t k = 0; k < 64; k++) {
        double u = lrr_dpow(lrr_rng_uniform(key, i, 2 * k), 1 / a);
        double v = lrr_dpow(lrr_rng_uniform(key, i, 2 * k + 1), 1 / a);
        if (u + v <= 1 && u + v > 0)
            return u / (u + v);
    }
    return 0.5;
}

double lrr_gather_partner(const lrr_dataset *d, size_t i, const lrr_look *look,
                          size_t *partner)
{
    lrr_key key = lrr_rng_key(look->seed, LRR_STREAM_AUGMENT, 2);
    uint64_t n = d->n_index[LRR_SPLIT_TRAIN];
    *partner = d->index[LRR_SPLIT_TRAIN][lrr_rng_below(key, i, look->epoch, n)];
    return beta(lrr_rng_key(look->seed, LRR_STREAM_AUGMENT, 3 + look->epoch), i,
                look->augment->mixup);
}

/* Steps of a sample in a batch of t. */
static size_t steps_of(const lrr_dataset *d, size_t i, size_t t)
{
    size_t steps = lrr_dataset_row(d, i + 1) - lrr_dataset_row(d, i);
    return steps < t ? steps : t;
}

void lrr_gather_tokens(const lrr_dataset *d, const lrr_gather_list *list, int32_t *x,
                       int32_t *len)
{
    memset(x, 0, list->n * list->t * sizeof *x);
    for (size_t b = 0; b < list->n; b++) {
        size_t steps = steps_of(d, list->sample[b], list->t);
        memcpy(x + b * list->t, d->x.tokens + lrr_dataset_row(d, list->sample[b]),
               steps * sizeof *x);
        len[b] = (int32_t)steps;
    }
}

void lrr_gather_rows(const lrr_dataset *d, const lrr_gather_list *list, lrr_real *x,
                     int32_t *len)
{
    const size_t all = list->t * d->width;
    for (size_t b = 0; b < list->n; b++, x += all) {
        size_t steps = steps_of(d, list->sample[b], list->t);
        size_t row = lrr_dataset_row(d, list->sample[b]);
        for (size_t s = 0; s < steps; s++)
            plain(d, lrr_dataset_at(d, row + s, NULL), x + s * d->width);
        memset(x + steps * d->width, 0, (all - steps * d->width) * sizeof *x);
        len[b] = (int32_t)steps;
    }
}

void lrr_gather_windows(const lrr_dataset *d, const lrr_gather_list *list, int32_t *x)
{
    for (size_t b = 0; b < list->n; b++)
        memcpy(x + b * list->t, d->x.tokens + d->start[list->sample[b]],
               list->t * sizeof *x);
}

void lrr_gather_targets(const lrr_dataset *d, const lrr_gather_list *list, bool scaled,
                        void *y)
{
    const size_t t = list->t, k = d->k;
    for (size_t b = 0; b < list->n; b++) {
        size_t from = lrr_dataset_target(d, list->sample[b]);
        size_t steps = lrr_dataset_target(d, list->sample[b] + (size_t)1) - from;
        steps = steps < t ? steps : t;
        if (d->start != NULL) {
            memcpy((int32_t *)y + b * t, d->x.tokens + d->start[list->sample[b]] + 1,
                   t * sizeof *d->x.tokens);
        } else if (d->y_class != NULL) {
            int32_t *to = (int32_t *)y + b * t;
            memcpy(to, d->y_class + from, steps * sizeof *to);
            memset(to + steps, 0, (t - steps) * sizeof *to);
        } else {
            lrr_real *to = (lrr_real *)y + b * t * k;
            for (size_t i = 0; i < steps * k; i++)
                to[i] = (lrr_real)lrr_dataset_number(d, from + i / k, i % k, scaled);
            memset(to + steps * k, 0, (t - steps) * k * sizeof *to);
        }
    }
}
