/* resample.c -- see resample.h. */
#include "readers/resample.h"

#include <math.h>
#include <stdbool.h>

#include "base/mem.h"

/* Weights have so many bits behind the point: a sum of bytes times weights fits 32 bits. */
enum { BITS = 32 - 8 - 2 };

/* What an axis of n pixels becomes: output pixel i is the sum of count[i] pixels from
** first[i] on, times weight[i * most + ...]. */
typedef struct axis {
    size_t n, out, most;
    uint32_t *first, *count; /* (out) */
    int32_t *weight;         /* (out, most) */
} axis;

static void axis_fini(axis *a)
{
    lrr_mem_free(a->first);
    lrr_mem_free(a->count);
    lrr_mem_free(a->weight);
}

static double triangle(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

/* The weights of output pixel i; scratch (most). The order of sums is Pillow's. */
static void weigh(axis *a, size_t i, double scale, double *scratch)
{
    const double reach = scale < 1 ? 1 : scale;
    const double centre = ((double)i + 0.5) * scale;
    const double low = centre - reach + 0.5, high = centre + reach + 0.5;
    const size_t first = low > 0 ? (size_t)low : 0;
    const size_t end = high < (double)a->n ? (size_t)high : a->n;
    double sum = 0;
    for (size_t x = first; x < end; x++) {
        const double w = triangle(((double)x - centre + 0.5) * (1 / reach));
        scratch[x - first] = w;
        sum += w;
    }
    for (size_t x = first; x < end; x++) {
        const double w = sum != 0 ? scratch[x - first] / sum : scratch[x - first];
        a->weight[i * a->most + x - first] = (int32_t)(0.5 + w * (1 << BITS));
    }
    a->first[i] = (uint32_t)first;
    a->count[i] = (uint32_t)(end - first);
}

static lrr_status axis_init(axis *a, size_t n, size_t out, lrr_error *err)
{
    const double scale = (double)n / (double)out;
    double *scratch = NULL;
    lrr_status st;
    *a = (axis){ .n = n, .out = out };
    a->most = (size_t)ceil(scale < 1 ? 1 : scale) * 2 + 1;
    st = lrr_mem_new(out, sizeof *a->first, "a resized image", &a->first, err);
    if (st == LRR_OK)
        st = lrr_mem_new(out, sizeof *a->count, "a resized image", &a->count, err);
    if (st == LRR_OK)
        st = lrr_mem_new(lrr_size_mul(out, a->most), sizeof *a->weight,
                         "a resized image", &a->weight, err);
    if (st == LRR_OK)
        st = lrr_mem_new(a->most, sizeof *scratch, "a resized image", &scratch, err);
    for (size_t i = 0; st == LRR_OK && i < out; i++)
        weigh(a, i, scale, scratch);
    lrr_mem_free(scratch);
    if (st != LRR_OK)
        axis_fini(a);
    return st;
}

static uint8_t byte_of(int32_t sum)
{
    const int32_t v = sum >> BITS;
    return v < 0 ? 0 : v > 255 ? 255 : (uint8_t)v;
}

/* One output pixel of a row: k sums over n pixels from v on. */
static void mix_one(const uint8_t *v, const int32_t *w, size_t n, size_t k, uint8_t *to)
{
    for (size_t c = 0; c < k; c++) {
        int32_t sum = 1 << (BITS - 1);
        for (size_t x = 0; x < n; x++)
            sum += v[x * k + c] * w[x];
        to[c] = byte_of(sum);
    }
}

/* The same for three channels, whose bytes are read once. */
static void mix_three(const uint8_t *v, const int32_t *w, size_t n, uint8_t *to)
{
    int32_t a = 1 << (BITS - 1), b = a, c = a;
    for (size_t x = 0; x < n; x++, v += 3) {
        a += v[0] * w[x];
        b += v[1] * w[x];
        c += v[2] * w[x];
    }
    to[0] = byte_of(a);
    to[1] = byte_of(b);
    to[2] = byte_of(c);
}

/* to (h, out, k) = from (h, n, k) along its rows. */
static void across(const axis *a, const lrr_image *from, uint8_t *to)
{
    const size_t k = from->channels;
    for (size_t i = 0; i < from->h; i++) {
        for (size_t j = 0; j < a->out; j++, to += k) {
            const int32_t *w = a->weight + j * a->most;
            const uint8_t *v = from->v + (i * a->n + a->first[j]) * k;
            if (k == 3)
                mix_three(v, w, a->count[j], to);
            else
                mix_one(v, w, a->count[j], k, to);
        }
    }
}

/* to (out, w, k) = from (n, w, k) along its columns, so many of them at a time. */
static void along(const axis *a, const lrr_image *from, uint8_t *to)
{
    enum { WIDE = 256 };
    const size_t row = from->w * from->channels;
    int32_t sum[WIDE];
    for (size_t i = 0; i < a->out; i++) {
        const int32_t *w = a->weight + i * a->most;
        for (size_t at = 0; at < row; at += WIDE) {
            const size_t n = row - at < WIDE ? row - at : WIDE;
            const uint8_t *v = from->v + a->first[i] * row + at;
            for (size_t j = 0; j < n; j++)
                sum[j] = 1 << (BITS - 1);
            for (size_t y = 0; y < a->count[i]; y++, v += row)
                for (size_t j = 0; j < n; j++)
                    sum[j] += v[j] * w[y];
            for (size_t j = 0; j < n; j++)
                to[i * row + at + j] = byte_of(sum[j]);
        }
    }
}

/* One of the two passes, in place of the picture. */
static lrr_status pass(lrr_image *image, size_t out, bool is_rows, lrr_error *err)
{
    lrr_image to = *image;
    axis a;
    lrr_status st = axis_init(&a, is_rows ? image->w : image->h, out, err);
    if (st != LRR_OK)
        return st;
    *(is_rows ? &to.w : &to.h) = out;
    st = lrr_mem_new(lrr_size_mul(to.h, to.w), to.channels, "a resized image", &to.v,
                     err);
    if (st == LRR_OK) {
        (is_rows ? across : along)(&a, image, to.v);
        lrr_mem_free(image->v);
        *image = to;
    }
    axis_fini(&a);
    return st;
}

lrr_status lrr_resample(lrr_image *image, size_t h, size_t w, lrr_error *err)
{
    lrr_status st = LRR_OK;
    if (h == 0 || w == 0 || h > LRR_IMAGE_SIDE_MAX || w > LRR_IMAGE_SIDE_MAX)
        return lrr_fail(err, LRR_EINVAL, "an image of %zu x %zu pixels", h, w);
    if (w != image->w)
        st = pass(image, w, true, err);
    if (st == LRR_OK && h != image->h)
        st = pass(image, h, false, err);
    return st;
}
