/*
** norm.h -- sums and maps for normalisation, over planes (n contiguous values with one
** mean) and over rows (rows, cols) with one mean for each column. Cannot fail.
**
** The map is y = (x - mean) a + b; its gradient dx = or += a dy + c2 (x - mean) + c3.
*/
#ifndef LRR_KERNELS_NORM_H
#define LRR_KERNELS_NORM_H

#include <stddef.h>

#include "base/real.h"

/* Constants of a map: numbers of a plane, or lists (cols) of rows. */
typedef struct lrr_norm_map {
    lrr_real mean, a, b;
} lrr_norm_map;

typedef struct lrr_norm_back {
    lrr_real mean, a, c2, c3;
} lrr_norm_back;

typedef struct lrr_norm_lists {
    const lrr_real *mean, *a, *b; /* b: c3 in the gradient */
    const lrr_real *c2;
} lrr_norm_lists;

#define LRR_NORM_SIMD_MAP(X)                                                                 \
    /* sum of x; of (x - c)^2; of (x - c) y */                                               \
    X(lrr_real, sum, (const lrr_real *x, size_t n))                                          \
    X(lrr_real, sum_squares, (const lrr_real *x, lrr_real c, size_t n))                      \
    X(lrr_real, sum_products,                                                                \
      (const lrr_real *x, lrr_real c, const lrr_real *y, size_t n))                          \
    X(void, norm_plane, (const lrr_real *x, lrr_real *y, size_t n, lrr_norm_map m))          \
    X(void, norm_plane_back,                                                                 \
      (const lrr_real *x, const lrr_real *dy, lrr_real *dx, size_t n, lrr_norm_back m,       \
       int add))                                                                             \
    /* y = ReLU of the map */                                                                \
    X(void, norm_relu,                                                                       \
      (const lrr_real *x, lrr_real *y, size_t n, lrr_norm_map m, int past))                  \
    /* With u = dy, or with `relu` dy as far as it comes through a ReLU of the map: sums = \
    ** those of u and of (x - mean) u; dx = a u + c2 (x - mean) + c3, which may be dy */ \
    X(void, norm_sums_back,                                                                  \
      (const lrr_real *x, const lrr_real *dy, size_t n, lrr_norm_map m, int relu,            \
       lrr_real sums[2]))                                                                    \
    X(void, norm_relu_back,                                                                  \
      (const lrr_real *x, const lrr_real *dy, lrr_real *dx, size_t n, lrr_norm_back m,       \
       lrr_real b, int add))                                                                 \
    /* s (cols) += sum over rows of (x - c)^2; of (x - c) y; rows are ld apart */            \
    X(void, sum_squares_rows,                                                                \
      (const lrr_real *x, const lrr_real *c, size_t ld, size_t rows, size_t cols,            \
       lrr_real *s))                                                                         \
    X(void, sum_products_rows,                                                               \
      (const lrr_real *x, const lrr_real *c, const lrr_real *y, size_t ld,                   \
       size_t rows, size_t cols, lrr_real *s))                                               \
    X(void, norm_rows,                                                                       \
      (const lrr_real *x, lrr_real *y, size_t rows, size_t cols, lrr_norm_lists m))          \
    X(void, norm_rows_back,                                                                  \
      (const lrr_real *x, const lrr_real *dy, lrr_real *dx, size_t rows, size_t cols,        \
       lrr_norm_lists m, int add))                                                           \
    /* layernorm: each row by its own mean and 1/deviation (both written, (rows)), then   \
    ** w and b of the column */  \
    X(void, layernorm_forward,                                                               \
      (const lrr_real *x, const lrr_real *w, const lrr_real *b, lrr_real *y,                 \
       size_t rows, size_t cols, lrr_real eps, lrr_real *mean, lrr_real *rstd))              \
    /* one row; add as everywhere */                                                         \
    X(void, layernorm_row_back,                                                              \
      (const lrr_real *x, const lrr_real *w, const lrr_real *dy, lrr_real *dx,               \
       size_t cols, lrr_real mean, lrr_real rstd, int add))                                  \
    /* s (cols) += sum over rows of (x - mean[row]) rstd[row] dy, rows ld apart */           \
    X(void, layernorm_weight_back,                                                           \
      (const lrr_real *x, const lrr_real *dy, size_t ld, size_t rows, size_t cols,           \
       const lrr_real *mean, const lrr_real *rstd, lrr_real *s))                             \
    /* the same without means: y = x rstd w, rstd = 1 / sqrt(mean of x^2 + eps) of each  \
    ** row, which rmsnorm_forward writes (rows) */   \
    X(void, rmsnorm_forward,                                                                 \
      (const lrr_real *x, const lrr_real *w, lrr_real *y, size_t rows, size_t cols,          \
       lrr_real eps, lrr_real *rstd))                                                        \
    X(void, rmsnorm_row_back,                                                                \
      (const lrr_real *x, const lrr_real *w, const lrr_real *dy, lrr_real *dx,               \
       size_t cols, lrr_real rstd, int add))                                                 \
    X(void, rmsnorm_weight_back,                                                             \
      (const lrr_real *x, const lrr_real *dy, size_t ld, size_t rows, size_t cols,           \
       const lrr_real *rstd, lrr_real *s))

#endif
