/*
** eltwise.h -- kernels that treat each element alone. Shapes: x, y, dx, dy are (n).
** dx may be dy and y may be x. add: dx += rather than dx =. Cannot fail; any n, 0
** included.
*/
#ifndef LRR_KERNELS_ELTWISE_H
#define LRR_KERNELS_ELTWISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

#define LRR_ELTWISE_SIMD_MAP(X)                                                       \
    /* dx += dy */                                                                    \
    X(void, accumulate, (const lrr_real *dy, lrr_real *dx, size_t n))                 \
    /* y = a + b; y = a * b; y = c * x */                                             \
    X(void, add, (const lrr_real *a, const lrr_real *b, lrr_real *y, size_t n))       \
    X(void, mul, (const lrr_real *a, const lrr_real *b, lrr_real *y, size_t n))       \
    X(void, scale, (lrr_real c, const lrr_real *x, lrr_real *y, size_t n))            \
    /* y += a * b; y += c * x */                                                      \
    X(void, mul_add, (const lrr_real *a, const lrr_real *b, lrr_real *y, size_t n))   \
    X(void, scale_add, (lrr_real c, const lrr_real *x, lrr_real *y, size_t n))        \
    /* dx = or += c (s p - even): cross-entropy's gradient but for the target */      \
    X(void, loss_gradient,                                                            \
      (const lrr_real *p, lrr_real s, lrr_real even, lrr_real c, lrr_real *dx,        \
       size_t n, int add))                                                            \
    /* x = (v - mean) * inv: mean and inv (n), or `same` for all; x is not v */       \
    X(void, standardize_f32,                                                          \
      (const float *v, const lrr_real *mean, const lrr_real *inv, int same,           \
       lrr_real *x, size_t n))                                                        \
    X(void, standardize_u8,                                                           \
      (const uint8_t *v, const lrr_real *mean, const lrr_real *inv, int same,         \
       lrr_real *x, size_t n))                                                        \
    /* y (rows, cols): each row becomes b (cols) */                                   \
    X(void, fill_rows, (const lrr_real *b, lrr_real *y, size_t rows, size_t cols))    \
    /* s (cols) = or += sum over rows of x (rows, cols) with rows ld apart */         \
    X(void, sum_rows,                                                                 \
      (const lrr_real *x, size_t ld, size_t rows, size_t cols, lrr_real *s, int add)) \
    /* y (cols, rows) = or += the transpose of x (rows, cols); y is not x */          \
    X(void, transpose,                                                                \
      (const lrr_real *x, size_t rows, size_t cols, lrr_real *y, int add))

#endif
