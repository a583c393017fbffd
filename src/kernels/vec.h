/*
** vec.h -- what simd_*.c share: sums in a fixed order, and elementary functions.
**
** Sums keep 16 partial sums: lane l takes elements l, l + 16, ..., the rest of fewer than
** 16 elements goes to the first lanes, and the lanes are added in a fixed tree. That is
** the same arithmetic for SSE2, AVX2 and AVX-512.
**
** The functions are branch-free scalar code, which the compiler turns into vector code
** inside a loop marked LRR_LANES; in float they are within 3 units in the last place
** (tests/unit/test_simd.c), in the f64 build they are base/dmath.h's. NaN gives NaN.
*/
#ifndef LRR_KERNELS_VEC_H
#define LRR_KERNELS_VEC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "base/dmath.h"
#include "base/real.h"

/* Before a loop whose iterations are independent, though its pointers may be equal (x
** and y one buffer): without it compilers compare addresses and fall back to scalars. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed" /* where it cannot, scalars are right */
#define LRR_LANES _Pragma("clang loop vectorize(assume_safety)")
#else
#define LRR_LANES _Pragma("GCC ivdep")
#endif

/* For backward kernels: dx[i] = or += expression, over i < n. */
#define LRR_WRITE_OR_ADD(add, n, dx, expression)       \
    do {                                               \
        if (add) {                                     \
            LRR_LANES for (size_t i = 0; i < (n); i++) \
            {                                          \
                (dx)[i] += (expression);               \
            }                                          \
        } else {                                       \
            LRR_LANES for (size_t i = 0; i < (n); i++) \
            {                                          \
                (dx)[i] = (expression);                \
            }                                          \
        }                                              \
    } while (0)

#define LRR_VEC 16
#if defined(__AVX512F__)
#define LRR_WIDTH 64
#elif defined(__AVX2__)
#define LRR_WIDTH 32
#else
#define LRR_WIDTH 16
#endif
#define LRR_PARTS (LRR_VEC * sizeof(lrr_real) / LRR_WIDTH)

/* 16 lanes in registers of this instruction set: compilers split wider vectors badly. */
typedef lrr_real lrr_part __attribute__((vector_size(LRR_WIDTH)));
typedef struct lrr_vec {
    lrr_part p[LRR_PARTS];
} lrr_vec;

/* v.p[q] op w for each part q. Written out: a loop is unrolled too late for its parts to
** stay in registers. */
#define LRR_VEC_ONE(k, v, op, w)                \
    do {                                        \
        enum { q = (k) < LRR_PARTS ? (k) : 0 }; \
        if ((k) < LRR_PARTS)                    \
            (v).p[q] op(w);                     \
    } while (0)
#define LRR_VEC_DO(v, op, w)      \
    do {                          \
        LRR_VEC_ONE(0, v, op, w); \
        LRR_VEC_ONE(1, v, op, w); \
        LRR_VEC_ONE(2, v, op, w); \
        LRR_VEC_ONE(3, v, op, w); \
        LRR_VEC_ONE(4, v, op, w); \
        LRR_VEC_ONE(5, v, op, w); \
        LRR_VEC_ONE(6, v, op, w); \
        LRR_VEC_ONE(7, v, op, w); \
    } while (0)

static inline lrr_part lrr_part_load(const lrr_real *x)
{
    lrr_part v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline lrr_vec lrr_vec_load(const lrr_real *x)
{
    lrr_vec v;
    LRR_VEC_DO(v, =, lrr_part_load(x + q * (LRR_WIDTH / sizeof *x)));
    return v;
}

static inline lrr_vec lrr_vec_zero(void)
{
    static const lrr_real zero[LRR_VEC];
    return lrr_vec_load(zero);
}

/* The first n < 16 elements, the other lanes `fill`. */
static inline lrr_vec lrr_vec_load_some(const lrr_real *x, size_t n, lrr_real fill)
{
    lrr_vec v;
#if defined(__AVX512F__) && !defined(LRR_F64)
    __m512 r =
        _mm512_mask_loadu_ps(_mm512_set1_ps(fill), (__mmask16)((1U << n) - 1), x);
    memcpy(&v, &r, sizeof v);
#else
    lrr_real part[LRR_VEC];
    for (size_t l = 0; l < LRR_VEC; l++)
        part[l] = fill;
    for (size_t l = 0; l < n; l++)
        part[l] = x[l];
    v = lrr_vec_load(part);
#endif
    return v;
}

static inline lrr_real lrr_vec_sum(lrr_vec v)
{
    lrr_real s[LRR_VEC];
    memcpy(s, &v, sizeof s);
    for (size_t l = 0; l < 8; l++)
        s[l] += s[l + 8];
    for (size_t l = 0; l < 4; l++)
        s[l] += s[l + 4];
    for (size_t l = 0; l < 2; l++)
        s[l] += s[l + 2];
    return s[0] + s[1];
}

/* sum of x (n) */
static inline lrr_real lrr_sum(const lrr_real *x, size_t n)
{
    lrr_vec s = lrr_vec_zero(), v;
    for (; n >= LRR_VEC; x += LRR_VEC, n -= LRR_VEC) {
        v = lrr_vec_load(x);
        LRR_VEC_DO(s, +=, v.p[q]);
    }
    if (n > 0) {
        v = lrr_vec_load_some(x, n, 0);
        LRR_VEC_DO(s, +=, v.p[q]);
    }
    return lrr_vec_sum(s);
}

/* sum of (x[i] - c) * y[i] */
static inline lrr_real lrr_sum_products(const lrr_real *x, lrr_real c,
                                        const lrr_real *y, size_t n)
{
    lrr_vec s = lrr_vec_zero(), v, w;
    for (; n >= LRR_VEC; x += LRR_VEC, y += LRR_VEC, n -= LRR_VEC) {
        v = lrr_vec_load(x);
        w = lrr_vec_load(y);
        LRR_VEC_DO(s, +=, (v.p[q] - c) * w.p[q]);
    }
    if (n > 0) {
        v = lrr_vec_load_some(x, n, c);
        w = lrr_vec_load_some(y, n, 0);
        LRR_VEC_DO(s, +=, (v.p[q] - c) * w.p[q]);
    }
    return lrr_vec_sum(s);
}

/* sum of (x[i] - c)^2 */
static inline lrr_real lrr_sum_squares(const lrr_real *x, lrr_real c, size_t n)
{
    lrr_vec s = lrr_vec_zero(), v;
    for (; n >= LRR_VEC; x += LRR_VEC, n -= LRR_VEC) {
        v = lrr_vec_load(x);
        LRR_VEC_DO(s, +=, (v.p[q] - c) * (v.p[q] - c));
    }
    if (n > 0) {
        v = lrr_vec_load_some(x, n, c);
        LRR_VEC_DO(s, +=, (v.p[q] - c) * (v.p[q] - c));
    }
    return lrr_vec_sum(s);
}

/* The larger; NaN where one is. */
static inline lrr_real lrr_max2(lrr_real a, lrr_real b)
{
    lrr_real m = a > b ? a : b;
    return a != a ? a : m;
}

/* largest of x (n); n >= 1; NaN where one is */
static inline lrr_real lrr_max(const lrr_real *x, size_t n)
{
    lrr_real m[LRR_VEC], v[LRR_VEC];
    lrr_vec first = n < LRR_VEC ? lrr_vec_load_some(x, n, x[0]) : lrr_vec_load(x), next;
    memcpy(m, &first, sizeof m);
    for (size_t i = LRR_VEC; i < n; i += LRR_VEC) {
        next = n - i < LRR_VEC ? lrr_vec_load_some(x + i, n - i, x[0])
                               : lrr_vec_load(x + i);
        memcpy(v, &next, sizeof v);
        for (size_t l = 0; l < LRR_VEC; l++)
            m[l] = lrr_max2(m[l], v[l]);
    }
    for (size_t l = 0; l < 8; l++)
        m[l] = lrr_max2(m[l], m[l + 8]);
    for (size_t l = 0; l < 4; l++)
        m[l] = lrr_max2(m[l], m[l + 4]);
    for (size_t l = 0; l < 2; l++)
        m[l] = lrr_max2(m[l], m[l + 2]);
    return lrr_max2(m[0], m[1]);
}

#ifdef LRR_F64

static inline lrr_real lrr_exp(lrr_real x)
{
    return lrr_dexp(x);
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
    float c = x < -110 ? -110 : x > 90 ? 90 : x, k, r, y;
    int32_t n, half;
    r = lrr_exp_reduce(c, &k, &n);
    y = lrr_exp_poly(r) * (r * r) + r + 1;
    half = n >> 1; /* 2^n in two factors: each is in range where the product is not */
    return y * lrr_of_bits((uint32_t)(half + 127) << 23) *
           lrr_of_bits((uint32_t)(n - half + 127) << 23);
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
    lrr_real e = lrr_exp(x < 0 ? x : -x);
    return (x < 0 ? e : 1) / (1 + e);
}

/* log(1 + exp(x)) */
static inline lrr_real lrr_softplus(lrr_real x)
{
    lrr_real m = x < 0 ? 0 : x; /* NaN stays */
    return m + lrr_log1p(lrr_exp(x < 0 ? x : -x));
}

#endif
