/*
** sums.h -- sums and maxima in a fixed order.
**
** Sums keep 16 partial sums: lane l takes elements l, l + 16, ..., the rest of fewer than
** 16 elements goes to the first lanes, and the lanes are added in a fixed tree. That is
** the same arithmetic for SSE2, AVX2 and AVX-512.
*/
#ifndef LRR_KERNELS_SUMS_H
#define LRR_KERNELS_SUMS_H

#include "kernels/lanes.h"

/* Halves of 16 lanes, and of those: a tree in registers. */
typedef lrr_real lrr_lanes8 __attribute__((vector_size(8 * sizeof(lrr_real))));
typedef lrr_real lrr_lanes4 __attribute__((vector_size(4 * sizeof(lrr_real))));
typedef lrr_real lrr_lanes2 __attribute__((vector_size(2 * sizeof(lrr_real))));

static inline lrr_real lrr_vec_sum(lrr_vec v)
{
    lrr_lanes8 s8[2], e;
    lrr_lanes4 s4[2], f;
    lrr_lanes2 s2[2], g;
    memcpy(s8, &v, sizeof s8);
    e = s8[0] + s8[1];
    memcpy(s4, &e, sizeof s4);
    f = s4[0] + s4[1];
    memcpy(s2, &f, sizeof s2);
    g = s2[0] + s2[1];
    return g[0] + g[1];
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

/* The larger of each lane; NaN where one is: a > b ? a : b, then a where a is NaN, by masks, as C
** has no ?: of vectors. */
#ifdef LRR_F64
typedef int64_t lrr_lane_bits;
#else
typedef int32_t lrr_lane_bits;
#endif
#define LRR_MAX_OF_LANES(name, type)                                              \
    typedef lrr_lane_bits name##_bits __attribute__((vector_size(sizeof(type)))); \
    static inline type name(type a, type b)                                       \
    {                                                                             \
        const name##_bits is_a = (name##_bits)(a > b) | (name##_bits)(a != a);    \
        return (type)(((name##_bits)a & is_a) | ((name##_bits)b & ~is_a));        \
    }
LRR_MAX_OF_LANES(lrr_max_part, lrr_part)
LRR_MAX_OF_LANES(lrr_max8, lrr_lanes8)
LRR_MAX_OF_LANES(lrr_max4, lrr_lanes4)
LRR_MAX_OF_LANES(lrr_max_of2, lrr_lanes2)
#undef LRR_MAX_OF_LANES

static inline lrr_real lrr_vec_max(lrr_vec v)
{
    lrr_lanes8 m8[2], e;
    lrr_lanes4 m4[2], f;
    lrr_lanes2 m2[2], g;
    memcpy(m8, &v, sizeof m8);
    e = lrr_max8(m8[0], m8[1]);
    memcpy(m4, &e, sizeof m4);
    f = lrr_max4(m4[0], m4[1]);
    memcpy(m2, &f, sizeof m2);
    g = lrr_max_of2(m2[0], m2[1]);
    return lrr_max2(g[0], g[1]);
}

/* largest of x (n); n >= 1; NaN where one is */
static inline lrr_real lrr_max(const lrr_real *x, size_t n)
{
    lrr_vec m = n < LRR_VEC ? lrr_vec_load_some(x, n, x[0]) : lrr_vec_load(x), v;
    for (size_t i = LRR_VEC; i < n; i += LRR_VEC) {
        v = n - i < LRR_VEC ? lrr_vec_load_some(x + i, n - i, x[0])
                            : lrr_vec_load(x + i);
        LRR_VEC_DO(m, =, lrr_max_part(m.p[q], v.p[q]));
    }
    return lrr_vec_max(m);
}

#endif
