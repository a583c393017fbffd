/* simd_gemv.c -- see gemv.h. Compiled once for each instruction set (simd.h). */
#include "kernels/simd.h"
#include "kernels/vec.h"

static lrr_real bias(const lrr_gemv_args *g, size_t i)
{
    return g->b != NULL ? g->b[i] : 0;
}

typedef lrr_real quad __attribute__((vector_size(4 * sizeof(lrr_real))));

/* 16 lanes in 4, in the order of lrr_vec_sum. */
static quad fold(lrr_vec s)
{
    quad q[4];
    memcpy(q, &s, sizeof q);
    return (q[0] + q[2]) + (q[1] + q[3]);
}

/* The sums of four vectors, in the order of lrr_vec_sum: a + b + c + d of each are columns. */
static quad sum_four(lrr_vec s0, lrr_vec s1, lrr_vec s2, lrr_vec s3)
{
    const quad a = fold(s0), b = fold(s1), c = fold(s2), d = fold(s3);
    const quad low_ab = __builtin_shufflevector(a, b, 0, 4, 1, 5),
               low_cd = __builtin_shufflevector(c, d, 0, 4, 1, 5),
               high_ab = __builtin_shufflevector(a, b, 2, 6, 3, 7),
               high_cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const quad even = __builtin_shufflevector(low_ab, low_cd, 0, 1, 4, 5) +
                      __builtin_shufflevector(high_ab, high_cd, 0, 1, 4, 5),
               odd = __builtin_shufflevector(low_ab, low_cd, 2, 3, 6, 7) +
                     __builtin_shufflevector(high_ab, high_cd, 2, 3, 6, 7);
    return even + odd;
}

/* Four rows at a time, so that a sum need not wait for the one before; each row's order is
** that of lrr_sum_products. */
static void four_rows(const lrr_gemv_args *g, size_t i)
{
    const lrr_real *w0 = g->w + i * g->ld, *w1 = w0 + g->ld, *w2 = w1 + g->ld,
                   *w3 = w2 + g->ld, *x = g->x;
    lrr_vec s0 = lrr_vec_zero(), s1 = s0, s2 = s0, s3 = s0, v, w;
    size_t j = 0, rest = g->k % LRR_VEC;
    quad sum;
    for (; j + LRR_VEC <= g->k; j += LRR_VEC) {
        v = lrr_vec_load(x + j);
        w = lrr_vec_load(w0 + j);
        LRR_VEC_DO(s0, +=, w.p[q] * v.p[q]);
        w = lrr_vec_load(w1 + j);
        LRR_VEC_DO(s1, +=, w.p[q] * v.p[q]);
        w = lrr_vec_load(w2 + j);
        LRR_VEC_DO(s2, +=, w.p[q] * v.p[q]);
        w = lrr_vec_load(w3 + j);
        LRR_VEC_DO(s3, +=, w.p[q] * v.p[q]);
    }
    if (rest > 0) {
        v = lrr_vec_load_some(x + j, rest, 0);
        w = lrr_vec_load_some(w0 + j, rest, 0);
        LRR_VEC_DO(s0, +=, w.p[q] * v.p[q]);
        w = lrr_vec_load_some(w1 + j, rest, 0);
        LRR_VEC_DO(s1, +=, w.p[q] * v.p[q]);
        w = lrr_vec_load_some(w2 + j, rest, 0);
        LRR_VEC_DO(s2, +=, w.p[q] * v.p[q]);
        w = lrr_vec_load_some(w3 + j, rest, 0);
        LRR_VEC_DO(s3, +=, w.p[q] * v.p[q]);
    }
    sum = sum_four(s0, s1, s2, s3);
    if (g->b != NULL) {
        quad start;
        memcpy(&start, g->b + i, sizeof start);
        sum = start + sum;
    }
    memcpy(g->y + i, &sum, sizeof sum);
}

void LRR_SIMD(gemv_rows)(const lrr_gemv_args *g, size_t from, size_t to)
{
    for (; from + 4 <= to; from += 4)
        four_rows(g, from);
    for (; from < to; from++)
        g->y[from] =
            bias(g, from) + lrr_sum_products(g->w + from * g->ld, 0, g->x, g->k);
}
