/*
** gemm_pack.h -- panels of a matrix, copied so that a product reads them in order. Private to
** simd_gemm*.c, which say how wide theirs are.
*/
#ifndef LRR_KERNELS_GEMM_PACK_H
#define LRR_KERNELS_GEMM_PACK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/real.h"
#include "kernels/turn.h"

typedef lrr_real line __attribute__((vector_size(64)));

typedef lrr_real pair __attribute__((vector_size(2 * sizeof(lrr_real))));

/* p (depth, width), n <= width columns of it = n rows of x that lie along depth. */
static inline void pack_few_rows(lrr_real *p, const lrr_real *x, size_t stride,
                                 size_t n, size_t depth, size_t width)
{
    const size_t n8 = n / 8 * 8, n4 = n / 4 * 4;
    const size_t depth8 = depth / 8 * 8, depth4 = depth / 4 * 4;
    for (size_t i = 0; i < n8; i += 8)
        for (size_t k = 0; k < depth8; k += 8)
            transpose8(p + k * width + i, width, x + i * stride + k, stride);
    for (size_t i = 0; i < n4; i += 4)
        for (size_t k = i < n8 ? depth8 : 0; k < depth4; k += 4)
            transpose4(p + k * width + i, width, x + i * stride + k, stride);
    for (size_t i = 0; i < n; i++)
        for (size_t k = i < n4 ? depth4 : 0; k < depth; k++)
            p[k * width + i] = x[i * stride + k];
}

/* As that; where there are registers for it by squares of 16. */
static inline void pack_rows(lrr_real *p, const lrr_real *x, size_t stride, size_t n,
                             size_t depth, size_t width)
{
    const size_t n16 = TURNS16 ? n / 16 * 16 : 0,
                 depth16 = n16 > 0 ? depth / 16 * 16 : 0;
    for (size_t k = 0; k < depth16; k += 16)
        for (size_t i = 0; i < n16; i += 16)
            transpose16(p + k * width + i, width, x + i * stride + k, stride);
    pack_few_rows(p + depth16 * width, x + depth16, stride, n16, depth - depth16,
                  width);
    pack_few_rows(p + n16, x + n16 * stride, stride, n - n16, depth, width);
}

/* n neighbours: eights of a whole register or two, which gcc would make slow string moves of. */
static inline void copy_row(lrr_real *p, const lrr_real *x, size_t n)
{
    size_t j = 0;
    for (; j + 8 <= n; j += 8) {
        const octet o = load8(x + j);
        memcpy(p + j, &o, sizeof o);
    }
    for (; j + 4 <= n; j += 4) {
        const quad q = load4(x + j);
        memcpy(p + j, &q, sizeof q);
    }
    if (j + 2 <= n) {
        pair two;
        memcpy(&two, x + j, sizeof two);
        memcpy(p + j, &two, sizeof two);
        j += 2;
    }
    if (j < n)
        p[j] = x[j];
}

/* Depths that are copied for one panel after the other: as much as reads whole lines of few rows
** and writes whole lines of few panels, which lie so that they share places of a cache. And how
** far ahead x is asked for, as nothing foresees steps of whole rows. */
enum { DEEP = 8, LINE = 64 / sizeof(lrr_real) };

static inline void ask_for(const lrr_real *x, size_t stride, size_t n, size_t depth)
{
    for (size_t k = 0; k < depth; k++)
        for (size_t at = 0; at < n; at += LINE)
            __builtin_prefetch(x + k * stride + at);
}

/* Panels of count neighbours in x for each depth; what is past count in the last is left. */
static inline void pack_columns(lrr_real *p, const lrr_real *x, size_t deep_stride,
                                size_t count, size_t depth, size_t width)
{
    for (size_t from = 0; from < depth; from += DEEP, x += DEEP * deep_stride) {
        const size_t some = depth - from < DEEP ? depth - from : DEEP;
        lrr_real *to = p + from * width;
        if (depth - from >= 2 * DEEP)
            ask_for(x + DEEP * deep_stride, deep_stride, count, DEEP);
        for (size_t at = 0; at < count; at += width, to += depth * width) {
            const size_t n = count - at < width ? count - at : width;
            if (n == width) /* a constant where this is inlined: no loops are left */
                for (size_t k = 0; k < some; k++)
                    copy_row(to + k * width, x + k * deep_stride + at, width);
            else
                for (size_t k = 0; k < some; k++)
                    copy_row(to + k * width, x + k * deep_stride + at, n);
        }
    }
}

/* One whole panel. What is far is asked for 16 depths ahead: addresses, as they go past the end. */
static inline void pack_panel(lrr_real *p, const lrr_real *x, size_t deep_stride,
                              size_t depth, size_t width)
{
    const size_t step = deep_stride * sizeof *x;
    uintptr_t far = (uintptr_t)x + 16 * step;
    for (size_t k = 0; k < depth; k++, x += deep_stride, far += step, p += width)
        for (size_t j = 0; j < width; j += LINE) {
            line l;
            __builtin_prefetch((const void *)(far + j * sizeof *x));
            memcpy(&l, x + j, sizeof l);
            memcpy(p + j, &l, sizeof l);
        }
}

/* p: panels of `width` along the first axis, each (depth, width), zeros past count. One of
** the two distances is 1. */
static inline void pack(lrr_real *p, const lrr_real *x, size_t stride,
                        size_t deep_stride, size_t count, size_t depth, size_t width)
{
    const size_t whole = count / width * width;
    if (whole < count)
        memset(p + whole * depth, 0, depth * width * sizeof *p);
    if (stride == 1 && count == width && width % LINE == 0)
        pack_panel(p, x, deep_stride, depth, width);
    else if (stride == 1)
        pack_columns(p, x, deep_stride, count, depth, width);
    else
        for (size_t at = 0; at < count; at += width, p += depth * width)
            pack_rows(p, x + at * stride, stride,
                      count - at < width ? count - at : width, depth, width);
}

#endif
