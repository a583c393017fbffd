/*
** pool.h -- maximum and mean over windows of images, and over all of an image or
** sequence.
**
** Windows: x is (planes, h, w), y (planes, oh, ow) with floor rounding; a window that
** leaves the image has no value there (maximum) or zeros (mean, which counts them).
** Source: PyTorch's MaxPool2d and AvgPool2d (count_include_pad). The first maximum of a
** window in row-major order gets the gradient; NaN counts as the largest.
** Nothing here can fail; whoever makes the geometry has checked it.
*/
#ifndef LRR_KERNELS_POOL_H
#define LRR_KERNELS_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

/* Geometry of windows; all at least 1 but ph and pw, which are at most half the
** kernel. kh * kw at most 65536. */
typedef struct lrr_pool {
    size_t h, w, oh, ow;
    size_t kh, kw, sh, sw, ph, pw;
} lrr_pool;

#define LRR_POOL_SIMD_MAP(X)                                                         \
    /* y and which of the kh * kw taps (at) it came from, both (planes, oh, ow) */   \
    X(void, maxpool_forward,                                                         \
      (const lrr_pool *s, size_t planes, const lrr_real *x, lrr_real *y,             \
       uint16_t *at))                                                                \
    /* y is the value of that tap, the largest or not */                             \
    X(void, maxpool_held,                                                            \
      (const lrr_pool *s, size_t planes, const uint16_t *at, const lrr_real *x,      \
       lrr_real *y))                                                                 \
    /* dx (planes, h, w) += */                                                       \
    X(void, maxpool_backward,                                                        \
      (const lrr_pool *s, size_t planes, const uint16_t *at, const lrr_real *dy,     \
       lrr_real *dx, int add))                                                       \
    X(void, avgpool_forward,                                                         \
      (const lrr_pool *s, size_t planes, const lrr_real *x, lrr_real *y))            \
    X(void, avgpool_backward,                                                        \
      (const lrr_pool *s, size_t planes, const lrr_real *dy, lrr_real *dx, int add)) \
    /* y[i] = the largest of row i of x (rows, n), at[i] its place */                \
    X(void, rowmax_forward,                                                          \
      (const lrr_real *x, size_t rows, size_t n, lrr_real *y, int32_t *at))          \
    /* y (c) = column-wise mean or maximum of x (t, c); at (c) its step */           \
    X(void, timemean_forward, (const lrr_real *x, size_t t, size_t c, lrr_real *y))  \
    X(void, timemax_forward,                                                         \
      (const lrr_real *x, size_t t, size_t c, lrr_real *y, int32_t *at))             \
    /* dx[i] = or += a, (n) */                                                       \
    X(void, pool_fill, (lrr_real * dx, size_t n, lrr_real a, int add))               \
    /* dx[i] = or += a * dy[i], (n) */                                               \
    X(void, pool_scale,                                                              \
      (const lrr_real *dy, lrr_real *dx, size_t n, lrr_real a, int add))

#endif
