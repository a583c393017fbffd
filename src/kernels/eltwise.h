/*
** eltwise.h -- kernels that treat each element alone. Shapes: x, y, dx, dy are (n).
** dx may be dy and y may be x. Cannot fail; any n, 0 included.
*/
#ifndef LRR_KERNELS_ELTWISE_H
#define LRR_KERNELS_ELTWISE_H

#include <stddef.h>

#include "base/real.h"

#define LRR_ELTWISE_SIMD_MAP(X)                                                 \
    /* y = max(x, 0) */                                                         \
    X(void, relu_forward, (const lrr_real *x, lrr_real *y, size_t n))           \
    /* dx = dy where y > 0, else 0; add: dx += */                               \
    X(void, relu_backward,                                                      \
      (const lrr_real *y, const lrr_real *dy, lrr_real *dx, size_t n, int add)) \
    /* dx += dy */                                                              \
    X(void, accumulate, (const lrr_real *dy, lrr_real *dx, size_t n))

#endif
