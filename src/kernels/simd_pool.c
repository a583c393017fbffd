/* simd_pool.c -- see pool.h. Compiled once for each instruction set (simd.h). */
#include <string.h>

#include "kernels/pool.h"
#include "kernels/simd.h"

/* Whether v takes the place of best: larger, or NaN. */
#define WINS(v, best) (((v) > (best)) | ((v) != (v)))

static int is_pairs(const lrr_pool *s)
{
    return s->kh == 2 && s->kw == 2 && s->sh == 2 && s->sw == 2 && s->ph + s->pw == 0;
}

/* One row of a 2x2 pool with stride 2: the common case, without branches. Later values
** win only when larger (or NaN), as in the general case. */
static void pairs_max(const lrr_real *restrict a, const lrr_real *restrict b, size_t n,
                      lrr_real *restrict y, uint16_t *restrict at)
{
    for (size_t i = 0; i < n; i++) {
        lrr_real v = a[2 * i], v1 = a[2 * i + 1], v2 = b[2 * i], v3 = b[2 * i + 1];
        int k = 0;
        k = WINS(v1, v) ? 1 : k;
        v = WINS(v1, v) ? v1 : v;
        k = WINS(v2, v) ? 2 : k;
        v = WINS(v2, v) ? v2 : v;
        k = WINS(v3, v) ? 3 : k;
        v = WINS(v3, v) ? v3 : v;
        y[i] = v;
        at[i] = (uint16_t)k;
    }
}

/* Rows or columns a..b-1 of the image under window o. */
static void window(size_t o, size_t stride, size_t pad, size_t kernel, size_t size,
                   size_t *a, size_t *b)
{
    size_t at = o * stride;
    *a = at < pad ? 0 : at - pad;
    *b = at + kernel < pad + size ? at + kernel - pad : size;
}

static void max_plane(const lrr_pool *s, const lrr_real *x, lrr_real *y, uint16_t *at)
{
    for (size_t oy = 0; oy < s->oh; oy++) {
        for (size_t ox = 0; ox < s->ow; ox++, y++, at++) {
            size_t r0, r1, c0, c1;
            window(oy, s->sh, s->ph, s->kh, s->h, &r0, &r1);
            window(ox, s->sw, s->pw, s->kw, s->w, &c0, &c1);
            lrr_real best = x[r0 * s->w + c0];
            size_t r = r0, c = c0;
            for (size_t i = r0; i < r1; i++) {
                for (size_t j = c0; j < c1; j++) {
                    if (WINS(x[i * s->w + j], best)) {
                        best = x[i * s->w + j];
                        r = i;
                        c = j;
                    }
                }
            }
            *y = best;
            *at = (uint16_t)((r + s->ph - oy * s->sh) * s->kw + c + s->pw - ox * s->sw);
        }
    }
}

void LRR_SIMD(maxpool_forward)(const lrr_pool *s, size_t planes, const lrr_real *x,
                               lrr_real *y, uint16_t *at)
{
    for (size_t p = 0; p < planes; p++) {
        const lrr_real *from = x + p * s->h * s->w;
        size_t out = p * s->oh * s->ow;
        if (!is_pairs(s))
            max_plane(s, from, y + out, at + out);
        else
            for (size_t r = 0; r < s->oh; r++)
                pairs_max(from + 2 * r * s->w, from + (2 * r + 1) * s->w, s->ow,
                          y + out + r * s->ow, at + out + r * s->ow);
    }
}

static void pairs_max_back(const uint16_t *restrict at, const lrr_real *restrict dy,
                           size_t n, lrr_real *restrict a, lrr_real *restrict b,
                           int add)
{
    if (add) {
        for (size_t i = 0; i < n; i++) {
            a[2 * i] += at[i] == 0 ? dy[i] : 0;
            a[2 * i + 1] += at[i] == 1 ? dy[i] : 0;
            b[2 * i] += at[i] == 2 ? dy[i] : 0;
            b[2 * i + 1] += at[i] == 3 ? dy[i] : 0;
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        a[2 * i] = at[i] == 0 ? dy[i] : 0;
        a[2 * i + 1] = at[i] == 1 ? dy[i] : 0;
        b[2 * i] = at[i] == 2 ? dy[i] : 0;
        b[2 * i + 1] = at[i] == 3 ? dy[i] : 0;
    }
}

/* What windows do not cover (odd sizes) gets zero. */
static void pairs_rest(const lrr_pool *s, lrr_real *dx)
{
    if (s->w > 2 * s->ow)
        for (size_t r = 0; r < s->h; r++)
            dx[r * s->w + s->w - 1] = 0;
    if (s->h > 2 * s->oh)
        memset(dx + (s->h - 1) * s->w, 0, s->w * sizeof *dx);
}

void LRR_SIMD(maxpool_backward)(const lrr_pool *s, size_t planes, const uint16_t *at,
                                const lrr_real *dy, lrr_real *dx, int add)
{
    for (size_t p = 0; p < planes; p++, dx += s->h * s->w) {
        if (is_pairs(s)) {
            if (!add)
                pairs_rest(s, dx);
            for (size_t r = 0; r < s->oh; r++, at += s->ow, dy += s->ow)
                pairs_max_back(at, dy, s->ow, dx + 2 * r * s->w,
                               dx + (2 * r + 1) * s->w, add);
            continue;
        }
        if (!add)
            memset(dx, 0, s->h * s->w * sizeof *dx);
        for (size_t oy = 0; oy < s->oh; oy++)
            for (size_t ox = 0; ox < s->ow; ox++, at++, dy++)
                dx[(oy * s->sh + *at / s->kw - s->ph) * s->w + ox * s->sw +
                   *at % s->kw - s->pw] += *dy;
    }
}

static void pairs_mean(const lrr_real *restrict a, const lrr_real *restrict b, size_t n,
                       lrr_real *restrict y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (((a[2 * i] + a[2 * i + 1]) + b[2 * i]) + b[2 * i + 1]) / 4;
}

void LRR_SIMD(avgpool_forward)(const lrr_pool *s, size_t planes, const lrr_real *x,
                               lrr_real *y)
{
    lrr_real count = (lrr_real)(s->kh * s->kw);
    for (size_t p = 0; p < planes; p++, x += s->h * s->w) {
        for (size_t oy = 0; oy < s->oh; oy++, y += s->ow) {
            if (is_pairs(s)) {
                pairs_mean(x + 2 * oy * s->w, x + (2 * oy + 1) * s->w, s->ow, y);
                continue;
            }
            for (size_t ox = 0; ox < s->ow; ox++) {
                size_t r0, r1, c0, c1;
                lrr_real sum = 0;
                window(oy, s->sh, s->ph, s->kh, s->h, &r0, &r1);
                window(ox, s->sw, s->pw, s->kw, s->w, &c0, &c1);
                for (size_t i = r0; i < r1; i++)
                    for (size_t j = c0; j < c1; j++)
                        sum += x[i * s->w + j];
                y[ox] = sum / count;
            }
        }
    }
}

void LRR_SIMD(avgpool_backward)(const lrr_pool *s, size_t planes, const lrr_real *dy,
                                lrr_real *dx, int add)
{
    lrr_real count = (lrr_real)(s->kh * s->kw);
    for (size_t p = 0; p < planes; p++, dx += s->h * s->w) {
        if (!add)
            memset(dx, 0, s->h * s->w * sizeof *dx);
        for (size_t oy = 0; oy < s->oh; oy++) {
            for (size_t ox = 0; ox < s->ow; ox++, dy++) {
                size_t r0, r1, c0, c1;
                lrr_real share = *dy / count;
                window(oy, s->sh, s->ph, s->kh, s->h, &r0, &r1);
                window(ox, s->sw, s->pw, s->kw, s->w, &c0, &c1);
                for (size_t i = r0; i < r1; i++)
                    for (size_t j = c0; j < c1; j++)
                        dx[i * s->w + j] += share;
            }
        }
    }
}

void LRR_SIMD(rowmax_forward)(const lrr_real *x, size_t rows, size_t n, lrr_real *y,
                              int32_t *at)
{
    for (size_t r = 0; r < rows; r++, x += n) {
        size_t k = 0;
        for (size_t i = 1; i < n; i++)
            k = WINS(x[i], x[k]) ? i : k;
        y[r] = x[k];
        at[r] = (int32_t)k;
    }
}

void LRR_SIMD(timemean_forward)(const lrr_real *x, size_t t, size_t c, lrr_real *y)
{
    memcpy(y, x, c * sizeof *y);
    for (size_t i = 1; i < t; i++)
        for (size_t j = 0; j < c; j++)
            y[j] += x[i * c + j];
    for (size_t j = 0; j < c; j++)
        y[j] /= (lrr_real)t;
}

void LRR_SIMD(timemax_forward)(const lrr_real *x, size_t t, size_t c, lrr_real *y,
                               int32_t *at)
{
    memcpy(y, x, c * sizeof *y);
    memset(at, 0, c * sizeof *at);
    for (size_t i = 1; i < t; i++) {
        for (size_t j = 0; j < c; j++) {
            lrr_real v = x[i * c + j];
            at[j] = WINS(v, y[j]) ? (int32_t)i : at[j];
            y[j] = WINS(v, y[j]) ? v : y[j];
        }
    }
}

void LRR_SIMD(pool_fill)(lrr_real *dx, size_t n, lrr_real a, int add)
{
    if (add)
        for (size_t i = 0; i < n; i++)
            dx[i] += a;
    else
        for (size_t i = 0; i < n; i++)
            dx[i] = a;
}

void LRR_SIMD(pool_scale)(const lrr_real *dy, lrr_real *dx, size_t n, lrr_real a,
                          int add)
{
    if (add)
        for (size_t i = 0; i < n; i++)
            dx[i] += a * dy[i];
    else
        for (size_t i = 0; i < n; i++)
            dx[i] = a * dy[i];
}
