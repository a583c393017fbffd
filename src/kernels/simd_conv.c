/* simd_conv.c -- see conv.h. Compiled once for each instruction set (simd.h). */
#include <string.h>

#include "kernels/conv.h"
#include "kernels/simd.h"

/* Outputs a..b-1 (a = b: none). */
typedef struct span {
    size_t a, b;
} span;

/* Those of 0..n-1 whose input i * stride + at - pad lies in 0..size-1. */
static span inside(size_t n, size_t stride, size_t at, size_t pad, size_t size)
{
    span s = { .a = at >= pad ? 0 : (pad - at + stride - 1) / stride,
               .b = size + pad <= at ? 0 : (size + pad - at - 1) / stride + 1 };
    s.b = s.b < n ? s.b : n;
    s.a = s.a < s.b ? s.a : s.b;
    return s;
}

/* One tap of the kernel: the outputs for which it is in the image, and where it reads
** for the first of them. */
typedef struct tap {
    span y, x;
    size_t from; /* element of the plane for output (y.a, x.a) */
} tap;

static tap tap_of(const lrr_conv *s, size_t k)
{
    size_t ky = k / s->kw * s->dh, kx = k % s->kw * s->dw;
    tap t = { .y = inside(s->oh, s->sh, ky, s->pt, s->h),
              .x = inside(s->ow, s->sw, kx, s->pl, s->w) };
    if (t.y.a == t.y.b || t.x.a == t.x.b)
        t.y = t.x = (span){ 0, 0 };
    else
        t.from = (t.y.a * s->sh + ky - s->pt) * s->w + t.x.a * s->sw + kx - s->pl;
    return t;
}

/* y (ow) of one row: zeros around n values, step apart in x. */
static void unfold_row(const lrr_real *x, size_t step, span at, size_t ow, lrr_real *y)
{
    for (size_t i = 0; i < at.a; i++)
        y[i] = 0;
    if (step == 1)
        memcpy(y + at.a, x, (at.b - at.a) * sizeof *y);
    else
        for (size_t i = at.a; i < at.b; i++)
            y[i] = x[(i - at.a) * step];
    for (size_t i = at.b; i < ow; i++)
        y[i] = 0;
}

void LRR_SIMD(conv_unfold)(const lrr_conv *s, const lrr_conv_rows *r, const lrr_real *x,
                           lrr_real *col)
{
    size_t taps = s->kh * s->kw;
    for (size_t row = 0; row < r->c * taps; row++, col += r->ld) {
        const lrr_real *plane = x + row / taps * s->h * s->w;
        tap t = tap_of(s, row % taps);
        for (size_t oy = r->r0; oy < r->r1; oy++) {
            lrr_real *to = col + (oy - r->r0) * s->ow;
            if (oy < t.y.a || oy >= t.y.b)
                memset(to, 0, s->ow * sizeof *to);
            else
                unfold_row(plane + t.from + (oy - t.y.a) * s->sh * s->w, s->sw, t.x,
                           s->ow, to);
        }
    }
}

/* y[i * step] += a * x[i] */
static inline void add_row(const lrr_real *restrict x, size_t n, lrr_real a,
                           lrr_real *restrict y, size_t step)
{
    if (step == 1)
        for (size_t i = 0; i < n; i++)
            y[i] += a * x[i];
    else
        for (size_t i = 0; i < n; i++)
            y[i * step] += a * x[i];
}

void LRR_SIMD(conv_fold)(const lrr_conv *s, const lrr_conv_rows *r, const lrr_real *col,
                         lrr_real *dx)
{
    size_t taps = s->kh * s->kw;
    for (size_t row = 0; row < r->c * taps; row++, col += r->ld) {
        tap t = tap_of(s, row % taps);
        lrr_real *plane = dx + row / taps * s->h * s->w + t.from;
        size_t end = t.y.b < r->r1 ? t.y.b : r->r1;
        for (size_t oy = t.y.a > r->r0 ? t.y.a : r->r0; oy < end; oy++)
            add_row(col + (oy - r->r0) * s->ow + t.x.a, t.x.b - t.x.a, 1,
                    plane + (oy - t.y.a) * s->sh * s->w, s->sw);
    }
}

void LRR_SIMD(conv_shift)(const lrr_real *x, lrr_real *y, size_t n, lrr_real a)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] + a;
}

/* Adds lanes (16) in a fixed tree. */
static double lanes_sum(const lrr_real *lane)
{
    double t[8];
    for (int i = 0; i < 8; i++)
        t[i] = (double)lane[i] + (double)lane[i + 8];
    return ((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7]));
}

double LRR_SIMD(conv_sum)(const lrr_real *x, size_t n)
{
    lrr_real lane[16] = { 0 };
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t l = 0; l < 16; l++)
            lane[l] += x[i + l];
    for (size_t l = 0; i + l < n; l++)
        lane[l] += x[i + l];
    return lanes_sum(lane);
}

void LRR_SIMD(conv_reduce)(const lrr_real *part, size_t parts, size_t stride,
                           lrr_real *y, size_t n, int add)
{
    if (add)
        for (size_t i = 0; i < n; i++)
            y[i] += part[i];
    else
        memcpy(y, part, n * sizeof *y);
    for (size_t p = 1; p < parts; p++)
        for (size_t i = 0; i < n; i++)
            y[i] += part[p * stride + i];
}

void LRR_SIMD(conv_plane)(const lrr_conv *s, const lrr_real *x, const lrr_real *w,
                          lrr_real bias, lrr_real *y)
{
    for (size_t i = 0; i < s->oh * s->ow; i++)
        y[i] = bias;
    for (size_t k = 0; k < s->kh * s->kw; k++) {
        tap t = tap_of(s, k);
        const lrr_real *from = x + t.from;
        for (size_t oy = t.y.a; oy < t.y.b; oy++, from += s->sh * s->w) {
            lrr_real *to = y + oy * s->ow;
            if (s->sw == 1)
                add_row(from, t.x.b - t.x.a, w[k], to + t.x.a, 1);
            else
                for (size_t i = t.x.a; i < t.x.b; i++)
                    to[i] += w[k] * from[(i - t.x.a) * s->sw];
        }
    }
}

void LRR_SIMD(conv_plane_dx)(const lrr_conv *s, const lrr_real *dy, const lrr_real *w,
                             lrr_real *dx)
{
    for (size_t k = 0; k < s->kh * s->kw; k++) {
        tap t = tap_of(s, k);
        lrr_real *to = dx + t.from;
        for (size_t oy = t.y.a; oy < t.y.b; oy++, to += s->sh * s->w)
            add_row(dy + oy * s->ow + t.x.a, t.x.b - t.x.a, w[k], to, s->sw);
    }
}

/* lane[i % 16] += d[i] * x[i * step], (n) */
static inline void add_products(const lrr_real *d, const lrr_real *x, size_t n,
                                size_t step, lrr_real lane[16])
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t l = 0; l < 16; l++)
            lane[l] += d[i + l] * x[(i + l) * step];
    for (size_t l = 0; i + l < n; l++)
        lane[l] += d[i + l] * x[(i + l) * step];
}

void LRR_SIMD(conv_plane_dw)(const lrr_conv *s, const lrr_real *x, const lrr_real *dy,
                             double *dw)
{
    for (size_t k = 0; k < s->kh * s->kw; k++) {
        tap t = tap_of(s, k);
        const lrr_real *from = x + t.from;
        lrr_real lane[16] = { 0 };
        for (size_t oy = t.y.a; oy < t.y.b; oy++, from += s->sh * s->w) {
            const lrr_real *d = dy + oy * s->ow + t.x.a;
            if (s->sw == 1)
                add_products(d, from, t.x.b - t.x.a, 1, lane);
            else
                add_products(d, from, t.x.b - t.x.a, s->sw, lane);
        }
        dw[k] += lanes_sum(lane);
    }
}
