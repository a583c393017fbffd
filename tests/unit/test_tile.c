/*
** test_tile.c -- products of tiles by packed matrices have the bits of the fused product on every
** instruction set; of a triangle all that counts is there, and what does not is not read.
*/
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "kernels/gemm.h"
#include "kernels/simd.h"
#include "os/cpu.h"

extern const lrr_simd lrr__table_sse2, lrr__table_avx2, lrr__table_avx512;

enum { SIDE = 100, DEEP = 100, EXTRA = 3, LD = SIDE + EXTRA };

static int faults;
static uint32_t state = 1;

static uint32_t next(void)
{
    state = state * 1664525U + 1013904223U;
    return state >> 8;
}

static void fill(lrr_real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (lrr_real)((double)next() / 0x1p23 - 1);
}

/* Whether element (i, j) lies in the part that `part` says of the first letter's matrix. */
static bool counts(lrr_gemm_part part, size_t shift, size_t i, size_t j)
{
    switch (part) {
    case LRR_GEMM_C_LOWER:
    case LRR_GEMM_A_LOWER:
        return j <= i + shift;
    case LRR_GEMM_A_UPPER:
        return j + shift >= i;
    default:
        return true;
    }
}

static void check(const lrr_simd *k, lrr_gemm_tile g, bool ta, bool tb)
{
    static _Alignas(64) lrr_real a[LD * LD], b[LD * LD], c[LD * LD], want[LD * LD],
        packed[LRR_GEMM_PACKED((size_t)SIDE, DEEP)];
    const bool of_a = g.part == LRR_GEMM_A_LOWER || g.part == LRR_GEMM_A_UPPER;
    const lrr_mat ma = { a, LD, ta }, mb = { b, LD, tb };

    fill(a, LD * LD);
    fill(b, LD * LD);
    fill(c, LD * LD);
    for (size_t i = 0; of_a && i < g.m; i++)
        for (size_t p = 0; p < g.k; p++)
            if (!counts(g.part, g.shift, i, p))
                a[ta ? p * LD + i : i * LD + p] = 0;
    memcpy(want, c, sizeof c);
    lrr_gemm_serial(LRR_GEMM_FUSED, g.m, g.n, g.k, 1, ma, mb, g.adds, want, LD);
    for (size_t i = 0; i < g.m; i++) /* far above a diagonal neither side is read */
        for (size_t p = 0; g.part == LRR_GEMM_A_LOWER && p < g.k; p++)
            if (p >= i / LRR_GEMM_STEP * LRR_GEMM_STEP + LRR_GEMM_STEP + g.shift)
                a[ta ? p * LD + i : i * LD + p] = (lrr_real)NAN;
    k->gemm_pack(packed, b, tb ? 1 : LD, tb ? LD : 1, g.n, g.k);
    g.a = a;
    g.a_row = ta ? 1 : LD;
    g.a_col = ta ? LD : 1;
    g.b = packed;
    g.c = c;
    g.ldc = LD;
    k->gemm_tile(&g);
    for (size_t i = 0; i < LD; i++)
        for (size_t j = 0; j < LD; j++) {
            const bool inside = i < g.m && j < g.n;
            if (inside && g.part == LRR_GEMM_C_LOWER && !counts(g.part, g.shift, i, j))
                continue;
            if (memcmp(&c[i * LD + j], &want[i * LD + j], sizeof *c) != 0) {
                printf("%zu x %zu x %zu, part %d, shift %zu, adds %d, %d %d: (%zu, "
                       "%zu) is "
                       "%.9g, want %.9g\n",
                       g.m, g.n, g.k, (int)g.part, g.shift, g.adds, ta, tb, i, j,
                       (double)c[i * LD + j], (double)want[i * LD + j]);
                faults++;
                return;
            }
        }
}

static void check_table(const lrr_simd *k)
{
    static const size_t sizes[] = {
        1, 2, 3, 4, 7, 8, 9, 16, 17, 20, 32, 33, 63, 64, 80
    };
    for (int i = 0; i < 3000; i++) {
        const lrr_gemm_tile g = { .m = sizes[next() % 15],
                                  .n = sizes[next() % 15],
                                  .k = sizes[next() % 15],
                                  .adds = next() % 2 != 0,
                                  .part = (lrr_gemm_part)(next() % 4),
                                  .shift = next() % 3 == 0 ? next() % 20 : 0 };
        check(k, g, next() % 2 != 0, next() % 2 != 0);
    }
}

/* A product of a matrix that was packed once has the bits of any other. */
static void check_packed(lrr_gemm_kind kind, size_t m, size_t n, size_t k, bool tb)
{
    enum { ROWS = 40, LONG = 600 };
    static _Alignas(64) lrr_real a[ROWS * LONG], b[LONG * LONG], c[ROWS * LONG],
        want[ROWS * LONG], packed[LRR_GEMM_PACKED((size_t)LONG, LONG)];
    const lrr_mat ma = { a, LONG, false }, mb = { b, LONG, tb };
    const bool adds = next() % 2 != 0;
    lrr_gemm_soon soon = { want, next() % 2 != 0 ? ROWS * LONG : 0 };

    fill(a, ROWS * LONG);
    fill(b, (size_t)LONG * LONG);
    fill(c, ROWS * LONG);
    memcpy(want, c, sizeof c);
    lrr_gemm_serial(kind, m, n, k, 1, ma, mb, adds, want, LONG);
    lrr_gemm_pack(kind, n, k, mb, packed);
    lrr_gemm_serial_packed(kind, m, n, k, ma, packed, adds, c, LONG, &soon);
    if (memcmp(c, want, sizeof c) != 0) {
        printf("packed for %d: %zu x %zu x %zu differs\n", (int)kind, m, n, k);
        faults++;
    }
}

int main(void)
{
    const lrr_isa best = lrr_cpu_isa();
    lrr_simd_choose();
    check_table(&lrr__table_sse2);
    if (best >= LRR_ISA_AVX2)
        check_table(&lrr__table_avx2);
    if (best >= LRR_ISA_AVX512)
        check_table(&lrr__table_avx512);
    for (int i = 0; i < 60; i++)
        check_packed(i % 2 != 0 ? LRR_GEMM_FUSED : LRR_GEMM_PORTABLE, 1 + next() % 40,
                     1 + next() % 600, 1 + next() % 600, next() % 2 != 0);
    lrr_threads_fini();
    printf("%d faults\n", faults);
    return faults != 0;
}
