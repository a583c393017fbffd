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

#endif
