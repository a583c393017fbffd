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

typedef lrr_real quad __attribute__((vector_size(4 * sizeof(lrr_real))));

static quad load4(const lrr_real *x)
{
    quad q;
    memcpy(&q, x, sizeof q);
    return q;
}

/* Four rows of x, stride apart, become four columns of p (4, width). */
static void transpose4(lrr_real *p, size_t width, const lrr_real *x, size_t stride)
{
    const quad r0 = load4(x), r1 = load4(x + stride), r2 = load4(x + 2 * stride),
               r3 = load4(x + 3 * stride);
    const quad low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5),
               low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5),
               high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7),
               high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
    const quad c[4] = { __builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                        __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                        __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                        __builtin_shufflevector(high01, high23, 2, 3, 6, 7) };
    for (size_t k = 0; k < 4; k++)
        memcpy(p + k * width, &c[k], sizeof c[k]);
}

/* p (depth, width), n <= width columns of it = n rows of x that lie along depth. */
static void pack_rows(lrr_real *p, const lrr_real *x, size_t stride, size_t n,
                      size_t depth, size_t width)
{
    const size_t n4 = n / 4 * 4, depth4 = depth / 4 * 4;
    for (size_t i = 0; i < n4; i += 4)
        for (size_t k = 0; k < depth4; k += 4)
            transpose4(p + k * width + i, width, x + i * stride + k, stride);
    for (size_t i = 0; i < n; i++)
        for (size_t k = i < n4 ? depth4 : 0; k < depth; k++)
            p[k * width + i] = x[i * stride + k];
}

/* p (depth, width), n <= width columns of it = n neighbours in x for each depth. Whole
** panels are copied by fours: gcc makes slow string moves of a short memcpy. */
static void pack_columns(lrr_real *p, const lrr_real *x, size_t deep_stride, size_t n,
                         size_t depth, size_t width)
{
    for (size_t k = 0; k < depth; k++, p += width, x += deep_stride) {
        if (n == width)
            for (size_t j = 0; j < width; j += 4) {
                const quad q = load4(x + j);
                memcpy(p + j, &q, sizeof q);
            }
        else
            for (size_t j = 0; j < n; j++)
                p[j] = x[j];
    }
}

/* p: panels of `width` along the first axis, each (depth, width), zeros past count. One of
** the two distances is 1. */
static void pack(lrr_real *p, const lrr_real *x, size_t stride, size_t deep_stride,
                 size_t count, size_t depth, size_t width)
{
    for (size_t at = 0; at < count; at += width, p += depth * width) {
        size_t n = count - at < width ? count - at : width;
        const lrr_real *from = x + at * stride;
        if (n < width)
            memset(p, 0, depth * width * sizeof *p);
        if (stride == 1)
            pack_columns(p, from, deep_stride, n, depth, width);
        else
            pack_rows(p, from, stride, n, depth, width);
    }
}

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
