/*
** gemv.h -- a matrix times one vector or a few, as networks of which one step is asked for or
** whose batches are small need it: each weight is read once, and nothing is packed.
**
** y[r][i] = b[i] + sum over j of w[i][j] x[r][j]; w (rows, k), its rows ld apart, x (n, k), b
** (rows), y (n, rows); b NULL: 0; y may be b where n is 1. Sums keep 16 partial sums in the order of kernels/sums.h: the
** same bits for any number of threads and on any CPU, which are not those of gemm.h.
*/
#ifndef LRR_KERNELS_GEMV_H
#define LRR_KERNELS_GEMV_H

#include <stddef.h>

#include "base/real.h"

typedef struct lrr_gemv_args {
    const lrr_real *w, *x, *b;
    lrr_real *y;
    size_t ld, rows, k;
    size_t n, x_ld, y_ld; /* vectors; where one is, their distances do not matter */
} lrr_gemv_args;

#define LRR_GEMV_SIMD_MAP(X) \
    /* rows from..to - 1 */  \
    X(void, gemv_rows, (const lrr_gemv_args *g, size_t from, size_t to))

/* By all threads. Cannot fail; any sizes, 0 included. */
void lrr_gemv(const lrr_gemv_args *g);

#endif
