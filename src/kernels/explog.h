/*
** explog.h -- exp, log and their like in float, branch-free; see vec.h.
*/
#ifndef LRR_KERNELS_EXPLOG_H
#define LRR_KERNELS_EXPLOG_H

#ifndef LRR_F64

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t lrr_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static inline float lrr_of_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* *k = x / ln 2 rounded to a whole number, as float and int; returns x - k ln 2. The
** multiple is in two parts (Cody and Waite 1980): k times the first is exact. */
static inline float lrr_exp_reduce(float x, float *k, int32_t *whole)
{
    const float magic = 0x1.8p23F; /* the last bits of x + magic are x rounded */
    float t = x * 1.44269504F + magic;
    *k = t - magic;
    *whole = (int32_t)lrr_bits(t) - (int32_t)lrr_bits(magic);
    return (x - *k * 0.693359375F) - *k * -2.12194440e-4F;
}

/* (exp(r) - 1 - r) / r^2, |r| <= ln(2)/2: Cephes' expf (Moshier 1992). */
static inline float lrr_exp_poly(float r)
{
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    return p * r + 5.0000001201e-1F;
}

/* Overflow: inf; underflow: gradual, then 0. */
static inline float lrr_exp(float x)
{
    /* Of two bounds gcc 12 makes two more copies of all that follows. */
    float c = copysignf(fabsf(x) > 110 ? 110 : fabsf(x), x), k, r, y;
    int32_t n, half;
    r = lrr_exp_reduce(c, &k, &n);
    y = lrr_exp_poly(r) * (r * r) + r + 1;
    half = n >> 1; /* 2^n in two factors: each is in range where the product is not */
    return y * lrr_of_bits((uint32_t)(half + 127) << 23) *
           lrr_of_bits((uint32_t)(n - half + 127) << 23);
}

/* exp(-x) for x > -87; what is too small to be normal is 0. */
static inline float lrr_exp_down(float x)
{
    const float most = 87.3365448F, magic = 0x1.8p23F; /* see above */
    float c = x > most ? most : x, k, r, y, t;
    t = c * -1.44269504F + magic;
    k = t - magic;
    r = (k * -0.693359375F - c) - k * -2.12194440e-4F;
    y = lrr_exp_poly(r) * (r * r) + r + 1;
    y *= lrr_of_bits((lrr_bits(t) + 127) << 23);
    return x > most ? 0 : y;
}

/* exp(x) - 1 without cancellation: 2^k (e^r - 1) + (2^k - 1). */
static inline float lrr_expm1(float x)
{
    float c = x < -30 ? -30 : x > 80 ? 80 : x, k, r, e, s;
    int32_t n;
    r = lrr_exp_reduce(c, &k, &n);
    e = lrr_exp_poly(r) * (r * r) + r;
    s = lrr_of_bits((uint32_t)(n + 127) << 23);
    e = e * s + (s - 1);
    return x > 80 ? lrr_exp(x) : e;
}

/* log(1 + f) for sqrt(1/2) - 1 <= f < sqrt(2) - 1: Cephes' logf (Moshier 1992), plus k
** ln 2. */
static inline float lrr_log_poly(float f, float k)
{
    float z = f * f, p = 7.0376836292e-2F;
    p = p * f - 1.1514610310e-1F;
    p = p * f + 1.1676998740e-1F;
    p = p * f - 1.2420140846e-1F;
    p = p * f + 1.4249322787e-1F;
    p = p * f - 1.6668057665e-1F;
    p = p * f + 2.0000714765e-1F;
    p = p * f - 2.4999993993e-1F;
    p = p * f + 3.3333331174e-1F;
    p = p * f * z + k * -2.12194440e-4F - 0.5F * z;
    return k * 0.693359375F + (f + p);
}

/* 0: -inf; below 0: NaN; inf: inf. */
static inline float lrr_log(float x)
{
    float tiny = x < 0x1p-126F ? 0x1p23F : 1, y;
    uint32_t u = lrr_bits(x * tiny) - 0x3f3504f3U; /* from sqrt(1/2) on */
    int32_t e = (int32_t)u >> 23;
    float m = lrr_of_bits((u & 0x7fffffU) + 0x3f3504f3U);
    float k = (float)e - (x < 0x1p-126F ? 23.0F : 0.0F);
    y = lrr_log_poly(m - 1, k);
    y = x == 0 ? -INFINITY : y;
    y = x < 0 ? NAN : y;
    y = x == INFINITY ? x : y;
    return x != x ? x : y;
}

/* log(1 + x), x >= -1/2: Kahan's correction for the rounding of 1 + x. */
static inline float lrr_log1p(float x)
{
    float u = 1 + x;
    float y = lrr_log(u) + (x - (u - 1)) / u;
    return x == INFINITY ? x : y;
}

#endif /* LRR_F64 */

#endif
