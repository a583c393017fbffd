/*
** simd_gemm.c -- the portable matrix product; see gemm_block.h. Compiled once for each
** instruction set (simd.h).
**
** B is packed into panels of NR columns and A into panels of MR rows, KC deep, so that
** the innermost loop reads both in order and keeps MR x NR sums in registers. MR and NR
** follow the width of the registers; a sum's order does not: each element of C takes its
** KC products one after the other in a register of its own.
** Source of the blocking: Goto and van de Geijn, "Anatomy of high-performance matrix
** multiplication", ACM TOMS 34(3), 2008.
*/
#include <string.h>

#include "kernels/gemm_pack.h"
#include "kernels/simd.h"

#if defined(__AVX512F__)
#define WIDTH 64
#define MR    8
#elif defined(__AVX2__)
#define WIDTH 32
#define MR    4
#else
#define WIDTH 16
#define MR    4
#endif

typedef lrr_real vec __attribute__((vector_size(WIDTH), aligned(WIDTH)));

#define LANES (WIDTH / sizeof(lrr_real))
#define NR    (2 * LANES)

/* sum (MR, NR) = panel of A (k, MR) by panel of B (k, NR). */
static void micro(size_t k, const lrr_real *a, const lrr_real *b, lrr_real *sum)
{
    vec s[MR][2] = { { { 0 } } };
    const vec *bv = (const vec *)(const void *)b;

    for (size_t p = 0; p < k; p++, bv += 2, a += MR) {
        vec b0 = bv[0], b1 = bv[1];
        for (int i = 0; i < MR; i++) {
            s[i][0] += a[i] * b0;
            s[i][1] += a[i] * b1;
        }
    }
    memcpy(sum, s, sizeof s);
}

static void store(size_t m, size_t n, lrr_real alpha, const lrr_real *sum,
                  lrr_real beta, lrr_real *c, size_t ldc)
{
    for (size_t i = 0; i < m; i++, c += ldc, sum += NR) {
        if (beta == 0)
            for (size_t j = 0; j < n; j++)
                c[j] = alpha * sum[j];
        else if (n == NR)
            for (size_t j = 0; j < NR; j++)
                c[j] = beta * c[j] + alpha * sum[j];
        else
            for (size_t j = 0; j < n; j++)
                c[j] = beta * c[j] + alpha * sum[j];
    }
}

static void packed_product(size_t m, size_t n, size_t k, lrr_real alpha,
                           const lrr_real *pa, const lrr_real *pb, lrr_real beta,
                           lrr_real *c, size_t ldc)
{
    _Alignas(64) lrr_real sum[MR * NR];
    for (size_t j = 0; j < n; j += NR)
        for (size_t i = 0; i < m; i += MR) {
            micro(k, pa + i * k, pb + j * k, sum);
            store(m - i < MR ? m - i : MR, n - j < NR ? n - j : NR, alpha, sum, beta,
                  c + i * ldc + j, ldc);
        }
}

void LRR_SIMD(gemm_block)(const lrr_gemm_args *g, lrr_real *scratch)
{
    lrr_real *pb = scratch, *pa = scratch + LRR_GEMM_KC * LRR_GEMM_NC;
    for (size_t j = 0; j < g->n; j += LRR_GEMM_NC) {
        size_t n = g->n - j < LRR_GEMM_NC ? g->n - j : LRR_GEMM_NC;
        for (size_t p = 0; p < g->k; p += LRR_GEMM_KC) {
            size_t k = g->k - p < LRR_GEMM_KC ? g->k - p : LRR_GEMM_KC;
            lrr_real beta = p == 0 ? g->beta : 1;
            pack(pb, g->b + p * g->b_row + j * g->b_col, g->b_col, g->b_row, n, k, NR);
            for (size_t i = 0; i < g->m; i += LRR_GEMM_MC) {
                size_t m = g->m - i < LRR_GEMM_MC ? g->m - i : LRR_GEMM_MC;
                pack(pa, g->a + i * g->a_row + p * g->a_col, g->a_row, g->a_col, m, k,
                     MR);
                packed_product(m, n, k, g->alpha, pa, pb, beta, g->c + i * g->ldc + j,
                               g->ldc);
            }
        }
    }
}
