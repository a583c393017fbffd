/* simd_gemv.c -- see gemv.h. Compiled once for each instruction set (simd.h). */
#include "kernels/simd.h"
#include "kernels/vec.h"

static lrr_real bias(const lrr_gemv_args *g, size_t i)
{
    return g->b != NULL ? g->b[i] : 0;
}

/* Four rows at a time, so that a sum need not wait for the one before; each row's order is
** that of lrr_sum_products. */
static void four_rows(const lrr_gemv_args *g, size_t i)
{
    const lrr_real *w0 = g->w + i * g->ld, *w1 = w0 + g->ld, *w2 = w1 + g->ld,
                   *w3 = w2 + g->ld, *x = g->x;
    lrr_vec s0 = lrr_vec_zero(), s1 = s0, s2 = s0, s3 = s0, v, w;
    size_t j = 0, rest = g->k % LRR_VEC;
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
    g->y[i] = bias(g, i) + lrr_vec_sum(s0);
    g->y[i + 1] = bias(g, i + 1) + lrr_vec_sum(s1);
    g->y[i + 2] = bias(g, i + 2) + lrr_vec_sum(s2);
    g->y[i + 3] = bias(g, i + 3) + lrr_vec_sum(s3);
}

void LRR_SIMD(gemv_rows)(const lrr_gemv_args *g, size_t from, size_t to)
{
    for (; from + 4 <= to; from += 4)
        four_rows(g, from);
    for (; from < to; from++)
        g->y[from] =
            bias(g, from) + lrr_sum_products(g->w + from * g->ld, 0, g->x, g->k);
}
