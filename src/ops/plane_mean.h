/* plane_mean.h -- the mean of a plane and its gradient, as global_avgpool has them; also for who does
** its work (norm_planes.h). */
#ifndef LRR_OPS_PLANE_MEAN_H
#define LRR_OPS_PLANE_MEAN_H

#include "kernels/simd.h"

static inline lrr_real lrr__plane_mean(const lrr_real *x, size_t n)
{
    return (lrr_real)(lrr_k->conv_sum(x, n) / (double)n);
}

/* dx (n) = or += the gradient of a mean whose own is dy. */
static inline void lrr__plane_mean_back(lrr_real dy, lrr_real *dx, size_t n, bool add)
{
    lrr_k->pool_fill(dx, n, dy / (lrr_real)n, add);
}

#endif
