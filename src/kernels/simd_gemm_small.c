/*
** simd_gemm_small.c -- the product of small matrices with fused multiply-add; see gemm_block.h.
** Compiled once for each instruction set (simd.h).
**
** Of matrices that lie in the first cache a tenth of the time of simd_gemm_fused.c goes into copies:
** of B, of the last rows of A, of what lies at C's edges. Here a B whose columns are neighbours is
** read where it is, and any A; the last columns are those lanes of a register that a mask names,
** and the last rows a panel of four, of two and of one. It takes the masks of AVX-512 or AVX; the
** others go to gemm_fused, whose bits these are.
*/
#include <stdint.h>

#include "kernels/gemm_micro.h"
#include "kernels/simd.h"

#if WIDTH >= 32 && !defined(LRR_F64)

#if WIDTH == 64
typedef __mmask16 lane_mask;
#define LOAD(x)                 (vec) _mm512_loadu_ps(x)
#define LOAD_SOME(lanes, x)     (vec) _mm512_maskz_loadu_ps(lanes, x)
#define STORE_SOME(c, lanes, x) _mm512_mask_storeu_ps(c, lanes, (__m512)(x))
#define IN_ALL(x)               (vec) _mm512_set1_ps(x)

/* The first n, 1 to LANES. */
static lane_mask first_lanes(size_t n)
{
    return (lane_mask)(0xffffU >> (LANES - n));
}
#else
typedef __m256i lane_mask;
#define LOAD(x)                 (vec) _mm256_loadu_ps(x)
#define LOAD_SOME(lanes, x)     (vec) _mm256_maskload_ps(x, lanes)
#define STORE_SOME(c, lanes, x) _mm256_maskstore_ps(c, lanes, (__m256)(x))
#define IN_ALL(x)               (vec) _mm256_set1_ps(x)

static lane_mask first_lanes(size_t n)
{
    static const int32_t all_and_none[2 * LANES] = { -1, -1, -1, -1, -1, -1, -1, -1 };
    return _mm256_loadu_si256((const void *)(all_and_none + LANES - n));
}
#endif

/* Columns of C from one to the next panel, and the lanes of its last register that there are. */
typedef struct columns {
    panel first;
    size_t k;
    lane_mask lanes;
} columns;

/* rows by wide registers of C, constants where this is inlined. some: of the last register there are
** t->lanes alone. */
static inline __attribute__((always_inline)) void
multiply(const columns *t, size_t i, size_t rows, size_t wide, bool some)
{
    const panel *f = &t->first;
    const lrr_real *a = f->a + i * f->a_row, *b = f->b;
    lrr_real *c = f->c + i * f->ldc;
    const size_t last = (wide - 1) * LANES;
    vec s[MR][2] = { { { 0 } } };

#pragma GCC unroll 4
    for (size_t p = 0; p < t->k; p++, a += f->a_col, b += f->b_row) {
        const vec b0 = wide > 1 ? LOAD(b) : (vec){ 0 };
        const vec b1 = some ? LOAD_SOME(t->lanes, b + last) : LOAD(b + last);
#pragma GCC unroll 8
        for (size_t r = 0; r < rows; r++) {
            const vec x = IN_ALL(a[r * f->a_row]);
            if (wide > 1)
                s[r][0] = FUSED(x, b0, s[r][0]);
            s[r][1] = FUSED(x, b1, s[r][1]);
        }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < rows; r++, c += f->ldc) {
        const lrr_real *add = f->adds ? f->add + (i + r) * f->add_ld : NULL;
#pragma GCC unroll 2
        for (size_t j = 0; j < wide; j++) {
            const bool part = some && j + 1 == wide;
            vec *sum = &s[r][j + 2 - wide];
            if (f->scales)
                *sum *= f->alpha;
            if (f->adds)
                *sum +=
                    part ? LOAD_SOME(t->lanes, add + j * LANES) : LOAD(add + j * LANES);
            if (part)
                STORE_SOME(c + j * LANES, t->lanes, *sum);
            else
                *(vec_any *)(void *)(c + j * LANES) = *sum;
        }
    }
}

/* All rows of C, as panels of MR, and of 4, 2 and 1. */
static inline __attribute__((always_inline)) void
multiply_rows(const columns *t, size_t m, size_t wide, bool some)
{
    size_t i = 0;
    for (; i + MR <= m; i += MR)
        multiply(t, i, MR, wide, some);
    if (m - i >= 4) {
        multiply(t, i, 4, wide, some);
        i += 4;
    }
    if (m - i >= 2) {
        multiply(t, i, 2, wide, some);
        i += 2;
    }
    if (m > i)
        multiply(t, i, 1, wide, some);
}

static void multiply_all(const columns *t, size_t m, size_t n)
{
    if (n == 2 * LANES)
        multiply_rows(t, m, 2, false);
    else if (n > LANES)
        multiply_rows(t, m, 2, true);
    else
        multiply_rows(t, m, 1, n < LANES);
}

/* Four depths of LANES columns of B, that lie along the depth, become four registers: each holds
** quarters of columns 4 apart before they are turned. */
#if WIDTH == 64
static inline __attribute__((always_inline)) void
turn(lrr_real *to, size_t width, const lrr_real *const *column, size_t p)
{
    __m512 q[4];
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        q[i] = _mm512_castps128_ps512(_mm_loadu_ps(column[i] + p));
        q[i] = _mm512_insertf32x4(q[i], _mm_loadu_ps(column[i + 4] + p), 1);
        q[i] = _mm512_insertf32x4(q[i], _mm_loadu_ps(column[i + 8] + p), 2);
        q[i] = _mm512_insertf32x4(q[i], _mm_loadu_ps(column[i + 12] + p), 3);
    }
    const __m512d low01 = (__m512d)_mm512_unpacklo_ps(q[0], q[1]),
                  high01 = (__m512d)_mm512_unpackhi_ps(q[0], q[1]),
                  low23 = (__m512d)_mm512_unpacklo_ps(q[2], q[3]),
                  high23 = (__m512d)_mm512_unpackhi_ps(q[2], q[3]);
    to += p * width;
    _mm512_store_ps(to, (__m512)_mm512_unpacklo_pd(low01, low23));
    _mm512_store_ps(to + width, (__m512)_mm512_unpackhi_pd(low01, low23));
    _mm512_store_ps(to + 2 * width, (__m512)_mm512_unpacklo_pd(high01, high23));
    _mm512_store_ps(to + 3 * width, (__m512)_mm512_unpackhi_pd(high01, high23));
}
#else
static inline __attribute__((always_inline)) void
turn(lrr_real *to, size_t width, const lrr_real *const *column, size_t p)
{
    __m256 q[4];
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        q[i] = _mm256_castps128_ps256(_mm_loadu_ps(column[i] + p));
        q[i] = _mm256_insertf128_ps(q[i], _mm_loadu_ps(column[i + 4] + p), 1);
    }
    const __m256d low01 = (__m256d)_mm256_unpacklo_ps(q[0], q[1]),
                  high01 = (__m256d)_mm256_unpackhi_ps(q[0], q[1]),
                  low23 = (__m256d)_mm256_unpacklo_ps(q[2], q[3]),
                  high23 = (__m256d)_mm256_unpackhi_ps(q[2], q[3]);
    to += p * width;
    _mm256_store_ps(to, (__m256)_mm256_unpacklo_pd(low01, low23));
    _mm256_store_ps(to + width, (__m256)_mm256_unpackhi_pd(low01, low23));
    _mm256_store_ps(to + 2 * width, (__m256)_mm256_unpacklo_pd(high01, high23));
    _mm256_store_ps(to + 3 * width, (__m256)_mm256_unpackhi_pd(high01, high23));
}
#endif

/* to (k, width): n <= LANES columns of B, b_col apart; the others repeat the last. */
static void turn_columns(lrr_real *to, size_t width, const lrr_real *b, size_t b_col,
                         size_t n, size_t k)
{
    const lrr_real *column[LANES];
    size_t p = 0;
    for (size_t j = 0; j < LANES; j++)
        column[j] = b + (j < n ? j : n - 1) * b_col;
    for (; p + 4 <= k; p += 4)
        turn(to, width, column, p);
    for (; p < k; p++)
        for (size_t j = 0; j < LANES; j++)
            to[p * width + j] = column[j][p];
}

void LRR_SIMD(gemm_small)(const lrr_gemm_args *g, lrr_real *scratch)
{
    columns t = { .first = { .a = g->a,
                             .a_row = g->a_row,
                             .a_col = g->a_col,
                             .b_row = g->b_row,
                             .ldc = g->ldc,
                             .alpha = g->alpha,
                             .scales = g->alpha != 1 },
                  .k = g->k };
    for (size_t j = 0, n; j < g->n; j += n) {
        n = g->n - j < NR ? g->n - j : NR;
        t.first.b = g->b + j * g->b_col;
        t.first.c = g->c + j;
        t.first.adds = lrr_gemm_adds(g, 0, j, 0, &t.first.add, &t.first.add_ld);
        t.lanes = first_lanes((n - 1) % LANES + 1);
        if (g->b_col != 1) {
            const size_t width = n > LANES ? NR : LANES;
            for (size_t at = 0; at < n; at += LANES)
                turn_columns(scratch + at, width, t.first.b + at * g->b_col, g->b_col,
                             n - at < LANES ? n - at : LANES, g->k);
            t.first.b = scratch;
            t.first.b_row = width;
        }
        multiply_all(&t, g->m, n);
    }
}

#else

void LRR_SIMD(gemm_small)(const lrr_gemm_args *g, lrr_real *scratch)
{
    LRR_SIMD(gemm_fused)(g, scratch);
}

#endif
