/*
** vec.h -- what simd_*.c share: lanes, sums, and elementary functions.
**
** The functions are branch-free scalar code, which the compiler turns into vector code
** inside a loop marked LRR_LANES; in float they are within 3 units in the last place
** (tests/unit/test_simd.c), in the f64 build they are base/dmath.h's. NaN gives NaN.
*/
#ifndef LRR_KERNELS_VEC_H
#define LRR_KERNELS_VEC_H

#include <math.h>

#include "base/dmath.h"
#include "kernels/explog.h"
#include "kernels/lanes.h"
#include "kernels/sums.h"

#ifdef LRR_F64

static inline lrr_real lrr_exp(lrr_real x)
{
    return lrr_dexp(x);
}
static inline lrr_real lrr_exp_down(lrr_real x)
{
    return lrr_dexp(-x);
}
static inline lrr_real lrr_log(lrr_real x)
{
    return lrr_dlog(x);
}
static inline lrr_real lrr_log1p(lrr_real x)
{
    return lrr_dlog1p(x);
}
static inline lrr_real lrr_expm1(lrr_real x)
{
    return lrr_dexpm1(x);
}
static inline lrr_real lrr_tanh(lrr_real x)
{
    return lrr_dtanh(x);
}
static inline lrr_real lrr_erf(lrr_real x)
{
    return lrr_derf(x);
}

#else

static inline float lrr_tanh(float x)
{
    float a = fabsf(x), z = x * x, small, large;
    small = -5.70498872745e-3F; /* Cephes' tanhf, |x| < 0.625 */
    small = small * z + 2.06390887954e-2F;
    small = small * z - 5.37397155531e-2F;
    small = small * z + 1.33314422036e-1F;
    small = small * z - 3.33332819422e-1F;
    small = small * z * x + x;
    large = copysignf(1 - 2 / (lrr_exp(2 * a) + 1), x);
    return a < 0.625F ? small : x != x ? x : large;
}

/* Minimax polynomials in x^2 and of log(erfc): within 2 units in the last place. */
static inline float lrr_erf(float x)
{
    float a = fabsf(x), s = x * x, small, large, u;
    small = -5.96761703e-4F;
    small = small * s + 4.99119423e-3F;
    small = small * s - 2.67681349e-2F;
    small = small * s + 1.12819925e-1F;
    small = small * s - 3.76125336e-1F;
    small = small * s + 1.28379166e-1F;
    small = small * x + x;
    a = a > 4 ? 4 : a; /* erf(4) rounds to 1 */
    s = a * a;
    large = -1.72853470e-5F * a + 3.83197126e-4F;
    u = -3.88396438e-3F * a + 2.42546219e-2F;
    large = large * s + u;
    large = large * a - 1.06777877e-1F;
    large = large * a - 6.34846687e-1F;
    large = large * a - 1.28717512e-1F;
    large = large * a - a;
    large = copysignf(1 - lrr_exp(large), x);
    return fabsf(x) <= 0.927734375F ? small : x != x ? x : large;
}

#endif

/* 1 / (1 + exp(-x)), without overflow and to full precision on both sides. */
static inline lrr_real lrr_sigmoid(lrr_real x)
{
    lrr_real e = lrr_exp_down(x < 0 ? -x : x);
    return (x < 0 ? e : 1) / (1 + e);
}

/* log(1 + exp(x)) */
static inline lrr_real lrr_softplus(lrr_real x)
{
    lrr_real m = x < 0 ? 0 : x; /* NaN stays */
    return m + lrr_log1p(lrr_exp_down(x < 0 ? -x : x));
}

#endif
