/* simd_conv.c -- see conv.h. Compiled once for each instruction set (simd.h). */
#include <string.h>

#include "kernels/conv.h"
#include "kernels/simd.h"

/* The outputs a, b of 0..n-1 whose input i * stride + at - pad lies in 0..size-1. */
static void valid_range(size_t n, size_t stride, size_t at, size_t pad, size_t size,
                        size_t *a, size_t *b)
{
    *a = at >= pad ? 0 : (pad - at + stride - 1) / stride;
    *b = size + pad <= at ? 0 : (size + pad - at - 1) / stride + 1;
    *b = *b < n ? *b : n;
    *a = *a < *b ? *a : *b;
}

void LRR_SIMD(conv_unfold)(const lrr_conv *s, const lrr_real *x, size_t c, size_t r0,
                           size_t r1, lrr_real *col, size_t ld)
{
    for (size_t row = 0; row < c * s->kh * s->kw; row++, col += ld) {
        size_t ky = row / s->kw % s->kh, kx = row % s->kw, a, b, lo, hi;
        const lrr_real *plane = x + row / (s->kh * s->kw) * s->h * s->w;
        valid_range(s->ow, s->sw, kx * s->dw, s->pl, s->w, &a, &b);
        valid_range(s->oh, s->sh, ky * s->dh, s->pt, s->h, &lo, &hi);
        for (size_t oy = r0; oy < r1; oy++) {
            lrr_real *to = col + (oy - r0) * s->ow;
            if (oy < lo || oy >= hi || a == b) {
                memset(to, 0, s->ow * sizeof *to);
                continue;
            }
            const lrr_real *from = plane + (oy * s->sh + ky * s->dh - s->pt) * s->w +
                                   (a * s->sw + kx * s->dw - s->pl);
            for (size_t i = 0; i < a; i++)
                to[i] = 0;
            if (s->sw == 1)
                memcpy(to + a, from, (b - a) * sizeof *to);
            else
                for (size_t i = 0; i < b - a; i++)
                    to[a + i] = from[i * s->sw];
            for (size_t i = b; i < s->ow; i++)
                to[i] = 0;
        }
    }
}

void LRR_SIMD(conv_fold)(const lrr_conv *s, const lrr_real *col, size_t ld, size_t c,
                         size_t r0, size_t r1, lrr_real *dx)
{
    for (size_t row = 0; row < c * s->kh * s->kw; row++, col += ld) {
        size_t ky = row / s->kw % s->kh, kx = row % s->kw, a, b, lo, hi;
        lrr_real *plane = dx + row / (s->kh * s->kw) * s->h * s->w;
        valid_range(s->ow, s->sw, kx * s->dw, s->pl, s->w, &a, &b);
        valid_range(s->oh, s->sh, ky * s->dh, s->pt, s->h, &lo, &hi);
        for (size_t oy = r0 > lo ? r0 : lo; oy < r1 && oy < hi && a < b; oy++) {
            const lrr_real *from = col + (oy - r0) * s->ow + a;
            lrr_real *to = plane + (oy * s->sh + ky * s->dh - s->pt) * s->w +
                           (a * s->sw + kx * s->dw - s->pl);
            if (s->sw == 1)
                for (size_t i = 0; i < b - a; i++)
                    to[i] += from[i];
            else
                for (size_t i = 0; i < b - a; i++)
                    to[i * s->sw] += from[i];
        }
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
        size_t ky = k / s->kw, kx = k % s->kw, a, b, lo, hi;
        valid_range(s->ow, s->sw, kx * s->dw, s->pl, s->w, &a, &b);
        valid_range(s->oh, s->sh, ky * s->dh, s->pt, s->h, &lo, &hi);
        for (size_t oy = lo; oy < hi && a < b; oy++) {
            const lrr_real *from = x + (oy * s->sh + ky * s->dh - s->pt) * s->w +
                                   (a * s->sw + kx * s->dw - s->pl);
            lrr_real *to = y + oy * s->ow + a;
            if (s->sw == 1)
                for (size_t i = 0; i < b - a; i++)
                    to[i] += w[k] * from[i];
            else
                for (size_t i = 0; i < b - a; i++)
                    to[i] += w[k] * from[i * s->sw];
        }
    }
}

void LRR_SIMD(conv_plane_dx)(const lrr_conv *s, const lrr_real *dy, const lrr_real *w,
                             lrr_real *dx)
{
    for (size_t k = 0; k < s->kh * s->kw; k++) {
        size_t ky = k / s->kw, kx = k % s->kw, a, b, lo, hi;
        valid_range(s->ow, s->sw, kx * s->dw, s->pl, s->w, &a, &b);
        valid_range(s->oh, s->sh, ky * s->dh, s->pt, s->h, &lo, &hi);
        for (size_t oy = lo; oy < hi && a < b; oy++) {
            lrr_real *to = dx + (oy * s->sh + ky * s->dh - s->pt) * s->w +
                           (a * s->sw + kx * s->dw - s->pl);
            const lrr_real *from = dy + oy * s->ow + a;
            if (s->sw == 1)
                for (size_t i = 0; i < b - a; i++)
                    to[i] += w[k] * from[i];
            else
                for (size_t i = 0; i < b - a; i++)
                    to[i * s->sw] += w[k] * from[i];
        }
    }
}

void LRR_SIMD(conv_plane_dw)(const lrr_conv *s, const lrr_real *x, const lrr_real *dy,
                             double *dw)
{
    for (size_t k = 0; k < s->kh * s->kw; k++) {
        size_t ky = k / s->kw, kx = k % s->kw, a, b, lo, hi;
        lrr_real lane[16] = { 0 };
        valid_range(s->ow, s->sw, kx * s->dw, s->pl, s->w, &a, &b);
        valid_range(s->oh, s->sh, ky * s->dh, s->pt, s->h, &lo, &hi);
        for (size_t oy = lo; oy < hi && a < b; oy++) {
            const lrr_real *from = x + (oy * s->sh + ky * s->dh - s->pt) * s->w +
                                   (a * s->sw + kx * s->dw - s->pl);
            const lrr_real *d = dy + oy * s->ow + a;
            size_t n = b - a, i = 0;
            for (; i + 16 <= n; i += 16)
                for (size_t l = 0; l < 16; l++)
                    lane[l] += d[i + l] * from[(i + l) * s->sw];
            for (size_t l = 0; i + l < n; l++)
                lane[l] += d[i + l] * from[(i + l) * s->sw];
        }
        dw[k] += lanes_sum(lane);
    }
}
