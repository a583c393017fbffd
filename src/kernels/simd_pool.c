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

/*
** 2x2 windows with stride 2, the common case, go in blocks of LANES outputs: neighbours
** are taken apart and put together by shuffles, which compilers do not find themselves.
*/
#if defined(__AVX2__)
#define LANES       8
#define EVEN(a, b)  __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD(a, b)   __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define FIRST(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define LAST(a, b)  __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define LANES       4
#define EVEN(a, b)  __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD(a, b)   __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define FIRST(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define LAST(a, b)  __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif
#ifdef LRR_F64
typedef int64_t lane;
#else
typedef int32_t lane;
#endif
typedef lrr_real vreal
    __attribute__((vector_size(LANES * sizeof(lrr_real)), aligned(4), may_alias));
typedef lane vlane __attribute__((vector_size(LANES * sizeof(lane))));
typedef uint16_t vplace __attribute__((vector_size(LANES * 2), aligned(2), may_alias));

#define LOAD(p)       (*(const vreal *)(const void *)(p))
#define STORE(p, v)   (*(vreal *)(void *)(p) = (v))
#define PLACES(p)     __builtin_convertvector(*(const vplace *)(const void *)(p), vlane)
#define PICK(m, a, b) ((vreal)(((m) & (vlane)(a)) | (~(m) & (vlane)(b))))
#define KEEP(m, a)    ((vreal)((m) & (vlane)(a)))

#define PUT(p, v, add)               \
    do {                             \
        if (add)                     \
            STORE(p, LOAD(p) + (v)); \
        else                         \
            STORE(p, v);             \
    } while (0)

/* Output row from image rows a and b, and which of the four values each is. */
static void pairs_max(const lrr_real *restrict a, const lrr_real *restrict b, size_t n,
                      lrr_real *restrict y, uint16_t *restrict at)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vreal a0 = LOAD(a + 2 * i), a1 = LOAD(a + 2 * i + LANES);
        vreal b0 = LOAD(b + 2 * i), b1 = LOAD(b + 2 * i + LANES);
        vreal v = EVEN(a0, a1), v1 = ODD(a0, a1), v2 = EVEN(b0, b1), v3 = ODD(b0, b1);
        vlane m = (vlane)WINS(v1, v), k = m & 1;
        v = PICK(m, v1, v);
        m = (vlane)WINS(v2, v);
        k = (m & 2) | (~m & k);
        v = PICK(m, v2, v);
        m = (vlane)WINS(v3, v);
        k = (m & 3) | (~m & k);
        STORE(y + i, PICK(m, v3, v));
        *(vplace *)(void *)(at + i) = __builtin_convertvector(k, vplace);
    }
    for (; i < n; i++) {
        lrr_real v[4] = { a[2 * i], a[2 * i + 1], b[2 * i], b[2 * i + 1] };
        int k = WINS(v[1], v[0]) ? 1 : 0;
        k = WINS(v[2], v[k]) ? 2 : k;
        k = WINS(v[3], v[k]) ? 3 : k;
        y[i] = v[k];
        at[i] = (uint16_t)k;
    }
}

/* Rows or columns a..b-1. */
typedef struct span {
    size_t a, b;
} span;

/* Those of the image under window o. */
static span window(size_t o, size_t stride, size_t pad, size_t kernel, size_t size)
{
    size_t at = o * stride;
    return (span){ at < pad ? 0 : at - pad,
                   at + kernel < pad + size ? at + kernel - pad : size };
}

/* Place in x (plane) of the largest value of rows r and columns c. */
static size_t max_place(const lrr_pool *s, const lrr_real *x, span r, span c)
{
    size_t best = r.a * s->w + c.a;
    for (size_t i = r.a; i < r.b; i++)
        for (size_t j = i * s->w + c.a; j < i * s->w + c.b; j++)
            best = WINS(x[j], x[best]) ? j : best;
    return best;
}

static void max_plane(const lrr_pool *s, const lrr_real *x, lrr_real *y, uint16_t *at)
{
    for (size_t oy = 0; oy < s->oh; oy++) {
        span r = window(oy, s->sh, s->ph, s->kh, s->h);
        for (size_t ox = 0; ox < s->ow; ox++, y++, at++) {
            span c = window(ox, s->sw, s->pw, s->kw, s->w);
            size_t best = max_place(s, x, r, c);
            *y = x[best];
            *at = (uint16_t)((best / s->w + s->ph - oy * s->sh) * s->kw + best % s->w +
                             s->pw - ox * s->sw);
        }
    }
}

/* Place in x (plane) of tap `at` of the window at oy, ox. */
static size_t tap_place(const lrr_pool *s, size_t oy, size_t ox, uint16_t at)
{
    return (oy * s->sh + at / s->kw - s->ph) * s->w + ox * s->sw + at % s->kw - s->pw;
}

void LRR_SIMD(maxpool_held)(const lrr_pool *s, size_t planes, const uint16_t *at,
                            const lrr_real *x, lrr_real *y)
{
    for (size_t p = 0; p < planes; p++, x += s->h * s->w)
        for (size_t oy = 0; oy < s->oh; oy++)
            for (size_t ox = 0; ox < s->ow; ox++, at++, y++)
                *y = x[tap_place(s, oy, ox, *at)];
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

/* Rows a and b of the gradient from an output row's. */
static void pairs_max_back(const uint16_t *restrict at, const lrr_real *restrict dy,
                           size_t n, lrr_real *restrict a, lrr_real *restrict b,
                           int add)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vlane k = PLACES(at + i);
        vreal d = LOAD(dy + i);
        vreal a0 = KEEP(k == 0, d), a1 = KEEP(k == 1, d);
        vreal b0 = KEEP(k == 2, d), b1 = KEEP(k == 3, d);
        lrr_real *to[4] = { a + 2 * i, a + 2 * i + LANES, b + 2 * i,
                            b + 2 * i + LANES };
        vreal from[4] = { FIRST(a0, a1), LAST(a0, a1), FIRST(b0, b1), LAST(b0, b1) };
        for (int j = 0; j < 4; j++)
            PUT(to[j], from[j], add);
    }
    for (; i < n; i++) {
        lrr_real *to[4] = { a + 2 * i, a + 2 * i + 1, b + 2 * i, b + 2 * i + 1 };
        for (uint16_t j = 0; j < 4; j++)
            *to[j] = (add ? *to[j] : 0) + (at[i] == j ? dy[i] : 0);
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
                dx[tap_place(s, oy, ox, *at)] += *dy;
    }
}

static void pairs_mean(const lrr_real *restrict a, const lrr_real *restrict b, size_t n,
                       lrr_real *restrict y)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vreal a0 = LOAD(a + 2 * i), a1 = LOAD(a + 2 * i + LANES);
        vreal b0 = LOAD(b + 2 * i), b1 = LOAD(b + 2 * i + LANES);
        STORE(y + i, (((EVEN(a0, a1) + ODD(a0, a1)) + EVEN(b0, b1)) + ODD(b0, b1)) / 4);
    }
    for (; i < n; i++)
        y[i] = (((a[2 * i] + a[2 * i + 1]) + b[2 * i]) + b[2 * i + 1]) / 4;
}

static void pairs_mean_back(const lrr_real *restrict dy, size_t n, lrr_real *restrict a,
                            lrr_real *restrict b, int add)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vreal d = LOAD(dy + i) / 4;
        lrr_real *to[4] = { a + 2 * i, a + 2 * i + LANES, b + 2 * i,
                            b + 2 * i + LANES };
        vreal from[2] = { FIRST(d, d), LAST(d, d) };
        for (int j = 0; j < 4; j++)
            PUT(to[j], from[j & 1], add);
    }
    for (; i < n; i++) {
        lrr_real *to[4] = { a + 2 * i, a + 2 * i + 1, b + 2 * i, b + 2 * i + 1 };
        for (int j = 0; j < 4; j++)
            *to[j] = (add ? *to[j] : 0) + dy[i] / 4;
    }
}

/* Means of one output row, whose windows cover rows r. */
static void mean_row(const lrr_pool *s, const lrr_real *x, span r, lrr_real *y)
{
    for (size_t ox = 0; ox < s->ow; ox++) {
        span c = window(ox, s->sw, s->pw, s->kw, s->w);
        lrr_real sum = 0;
        for (size_t i = r.a; i < r.b; i++)
            for (size_t j = c.a; j < c.b; j++)
                sum += x[i * s->w + j];
        y[ox] = sum / (lrr_real)(s->kh * s->kw);
    }
}

void LRR_SIMD(avgpool_forward)(const lrr_pool *s, size_t planes, const lrr_real *x,
                               lrr_real *y)
{
    for (size_t p = 0; p < planes; p++, x += s->h * s->w)
        for (size_t oy = 0; oy < s->oh; oy++, y += s->ow)
            if (is_pairs(s))
                pairs_mean(x + 2 * oy * s->w, x + (2 * oy + 1) * s->w, s->ow, y);
            else
                mean_row(s, x, window(oy, s->sh, s->ph, s->kh, s->h), y);
}

/* The transpose of mean_row: adds to dx. */
static void mean_row_back(const lrr_pool *s, const lrr_real *dy, span r, lrr_real *dx)
{
    for (size_t ox = 0; ox < s->ow; ox++) {
        span c = window(ox, s->sw, s->pw, s->kw, s->w);
        lrr_real share = dy[ox] / (lrr_real)(s->kh * s->kw);
        for (size_t i = r.a; i < r.b; i++)
            for (size_t j = c.a; j < c.b; j++)
                dx[i * s->w + j] += share;
    }
}

void LRR_SIMD(avgpool_backward)(const lrr_pool *s, size_t planes, const lrr_real *dy,
                                lrr_real *dx, int add)
{
    for (size_t p = 0; p < planes; p++, dx += s->h * s->w) {
        if (!add && is_pairs(s))
            pairs_rest(s, dx);
        else if (!add)
            memset(dx, 0, s->h * s->w * sizeof *dx);
        for (size_t oy = 0; oy < s->oh; oy++, dy += s->ow)
            if (is_pairs(s))
                pairs_mean_back(dy, s->ow, dx + 2 * oy * s->w, dx + (2 * oy + 1) * s->w,
                                add);
            else
                mean_row_back(s, dy, window(oy, s->sh, s->ph, s->kh, s->h), dx);
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
