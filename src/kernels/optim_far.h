/*
** optim_far.h -- of optimizers that ask how far weights have gone, or how far they may go:
** kernels as those of optim_k.h, whose constants and words they have. d = scale g, of
** optim_dadapt and optim_dog and their sums with l2 x.
*/
#ifndef LRR_KERNELS_OPTIM_FAR_H
#define LRR_KERNELS_OPTIM_FAR_H

#include "kernels/optim_k.h"

#define LRR_OPTIM_FAR_STEP_MAP(X)                                                  \
    /* x += a g; x += a x^2 g */                                                   \
    X(void, optim_away, LRR_OPTIM_ARGS)                                            \
    X(void, optim_away_adaptive, LRR_OPTIM_ARGS)                                   \
    /* d = scale g; s0 = mu s0 + part d; s1 += b d^2 - w2 s1; s2 += a d - w3 s2 */ \
    X(void, optim_prodigy_moments, LRR_OPTIM_ARGS)                                 \
    /* u = l2 x + lr s0 / (sqrt(s1) + eps); x -= u; s3 -= u */                     \
    X(void, optim_prodigy, LRR_OPTIM_ARGS)                                         \
    /* d, s0, s2 as in optim_prodigy_moments; s1 += w2 (d^2 - s1); */              \
    /* x = keep x - s0 / (sqrt(s1) + eps) */                                       \
    X(void, optim_dadapt, LRR_OPTIM_ARGS)                                          \
    /* x -= lr d; s0 -= lr d; s1 += w1 (x - s1) */                                 \
    X(void, optim_dog, LRR_OPTIM_ARGS)                                             \
    /* x = s1 where part is not 0; s1 = x */                                       \
    X(void, optim_dog_take, LRR_OPTIM_ARGS)                                        \
    X(void, optim_dog_set, LRR_OPTIM_ARGS)

#define LRR_OPTIM_FAR_SUMS_MAP(X)                                          \
    /* sum[0] of d s3, sum[1] of |s2| */                                   \
    X(void, optim_prodigy_sums, LRR_OPTIM_SUM_ARGS)                        \
    /* sum[0] of d s2 / (sqrt(s1) + eps); the other one: sum[1] of |s2| */ \
    X(void, optim_dadapt_before, LRR_OPTIM_SUM_ARGS)                       \
    X(void, optim_dadapt_sums, LRR_OPTIM_SUM_ARGS)                         \
    /* sum[0] of s0^2, or of x^2 where part is not 0, sum[1] of d^2 */     \
    X(void, optim_dog_sums, LRR_OPTIM_SUM_ARGS)

/* Sums in double, in a fixed order. */
#define LRR_OPTIM_FAR_SIMD_MAP(X)                                                    \
    LRR_OPTIM_FAR_STEP_MAP(X)                                                        \
    LRR_OPTIM_FAR_SUMS_MAP(X)                                                        \
    /* of (x g)^2; of x g; of |x|; the largest |x|, NaN where there is one */        \
    X(double, optim_product_square_sum,                                              \
      (const lrr_real *x, const lrr_real *g, size_t n))                              \
    X(double, optim_product_sum, (const lrr_real *x, const lrr_real *g, size_t n))   \
    X(double, optim_size_sum, (const lrr_real *x, size_t n))                         \
    X(double, optim_largest, (const lrr_real *x, size_t n))                          \
    /* y += a x; y = a x; y = z + a x */                                             \
    X(void, optim_add, (lrr_real * y, lrr_real a, const lrr_real *x, size_t n))      \
    X(void, optim_multiple, (lrr_real * y, lrr_real a, const lrr_real *x, size_t n)) \
    X(void, optim_from,                                                              \
      (lrr_real * y, const lrr_real *z, lrr_real a, const lrr_real *x, size_t n))

#endif
