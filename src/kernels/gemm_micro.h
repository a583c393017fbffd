/*
** gemm_micro.h -- a few rows of A by a few columns of B with fused multiply-add, the sums in
** registers. Private to simd_gemm_*.c; without such an instruction the C library's fma gives the
** same bits, slowly.
*/
#ifndef LRR_KERNELS_GEMM_MICRO_H
#define LRR_KERNELS_GEMM_MICRO_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/real.h"
#include "kernels/gemm_block.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#define WIDTH 64
#define MR    8
#ifdef LRR_F64
#define FUSED(a, b, c) (vec) _mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c))
#else
#define FUSED(a, b, c) (vec) _mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c))
#endif
#elif defined(__FMA__)
#include <immintrin.h>
#define WIDTH 32
#define MR    6
#ifdef LRR_F64
#define FUSED(a, b, c) (vec) _mm256_fmadd_pd((__m256d)(a), (__m256d)(b), (__m256d)(c))
#else
#define FUSED(a, b, c) (vec) _mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c))
#endif
#else
#define WIDTH 16
#define MR    4
#define FUSED fused
#endif

typedef lrr_real vec __attribute__((vector_size(WIDTH), aligned(WIDTH)));
typedef lrr_real vec_any
    __attribute__((vector_size(WIDTH), aligned(sizeof(lrr_real)), may_alias));

#define LANES (WIDTH / sizeof(lrr_real))
#define NR    (2 * LANES)

/* How many rows ahead those are asked for that are read where they are. */
enum { AHEAD = 8 };

#if WIDTH == 16
static __attribute__((noinline)) vec fused(vec a, vec b, vec c)
{
    for (size_t i = 0; i < LANES; i++)
#ifdef LRR_F64
        c[i] = fma(a[i], b[i], c[i]);
#else
        c[i] = fmaf(a[i], b[i], c[i]);
#endif
    return c;
}
#endif

/* Rows of A by columns of B: where they begin and how far their rows and depths are apart, and
** where the sums go. With `scales` they are multiplied by alpha; with `adds`, add (rows add_ld
** apart; 0: one row for all) is added to them. */
typedef struct panel {
    const lrr_real *a, *b, *add;
    size_t a_row, a_col, b_row, add_ld;
    lrr_real *c;
    size_t ldc;
    lrr_real alpha;
    bool scales, adds;
    const lrr_real *soon; /* what micro_of asks for, k / LRR_GEMM_SOON lines */
} panel;

enum { LINE_REALS = 64 / sizeof(lrr_real) };

/* The sums go to C. rows and wide as micro_of's. */
static inline __attribute__((always_inline)) void store(const panel *t, vec s[MR][2],
                                                        size_t rows, size_t wide)
{
#pragma GCC unroll 8
    for (size_t i = 0; i < rows; i++) {
        vec_any *c = (vec_any *)(void *)(t->c + i * t->ldc);
#pragma GCC unroll 2
        for (size_t j = 0; j < wide; j++) {
            if (t->scales)
                s[i][j] *= t->alpha;
            if (t->adds)
                s[i][j] += ((const vec_any *)(const void *)(t->add + i * t->add_ld))[j];
            c[j] = s[i][j];
        }
    }
}

/* rows, at most MR, and wide, registers of columns, at most 2, are constants where this is
** inlined, and so are distances that are those of packed panels: eight depths then are one piece of
** code without a branch. asks: b is read where it is, and what comes next is asked for. soon: so is
** t->soon. */
static inline __attribute__((always_inline)) void
micro_of(const panel *t, size_t k, size_t a_row, size_t a_col, size_t b_row,
         size_t rows, size_t wide, bool asks, bool soon)
{
    const lrr_real *a = t->a, *b = t->b;
    vec s[MR][2] = { { { 0 } } };

    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < wide; j++)
            __builtin_prefetch(t->c + i * t->ldc + j * LANES, 1);
#pragma GCC unroll 8
    for (size_t p = 0; p < k; p++, b += b_row) {
        const vec_any *bv = (const vec_any *)(const void *)b;
        const vec b0 = bv[0], b1 = bv[wide - 1];
        if (soon && p % LRR_GEMM_SOON == 0)
            __builtin_prefetch(t->soon + p / LRR_GEMM_SOON * LINE_REALS, 0, 2);
        if (asks) {
            const size_t far = p + AHEAD < k ? AHEAD : 0;
            __builtin_prefetch(b + far * b_row);
            __builtin_prefetch(b + far * b_row + (wide - 1) * LANES);
            __builtin_prefetch(a + (p + far) * a_col);
        }
#pragma GCC unroll 8
        for (size_t i = 0; i < rows; i++) {
            /* in all lanes; -0 stays */
            const vec x = a[i * a_row + p * a_col] - (vec){ 0 };
            s[i][0] = FUSED(x, b0, s[i][0]);
            if (wide > 1)
                s[i][1] = FUSED(x, b1, s[i][1]);
        }
    }
    store(t, s, rows, wide);
}

static inline __attribute__((always_inline)) void micro(const panel *t, size_t k,
                                                        size_t a_row, size_t a_col,
                                                        size_t b_row, size_t rows,
                                                        size_t wide, bool asks)
{
    micro_of(t, k, a_row, a_col, b_row, rows, wide, asks, false);
}

#endif
