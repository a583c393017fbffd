/*
** test_absorb.c -- what is added to a sum that absorbs most of it: the sum's bits are those of the
** whole product, of any kind and on every instruction set, wherever terms begin to count; and rows
** that get nothing are not touched.
*/
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "check.h"
#include "kernels/absorb.h"
#include "kernels/simd.h"
#include "os/cpu.h"

extern const lrr_simd lrr__table_sse2, lrr__table_avx2, lrr__table_avx512;

enum { M = 150, N = 90, K = 70, LD = 160 };

static _Alignas(64) lrr_real a[K * LD], b[K * LD], c[M * LD], want[M * LD],
    scratch[LRR_ABSORB_SCRATCH(M, N)];
static uint32_t state = 1;

static double next(void)
{
    state = state * 1664525U + 1013904223U;
    return (double)(state >> 8) / 0x1p23 - 1;
}

static void fill(lrr_real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (lrr_real)next();
}

static lrr_mat factor(const lrr_real *x, bool t)
{
    return (lrr_mat){ x, LD, t };
}

/* As many as differ. */
static size_t add(lrr_gemm_kind kind, bool adds)
{
    memcpy(want, c, sizeof c);
    lrr_gemm_serial(kind, M, N, K, 1, factor(a, true), factor(b, false), adds, want,
                    LD);
    lrr_absorb_add(kind, M, N, K, factor(a, true), factor(b, false), adds, c, LD,
                   scratch);
    size_t n = 0;
    for (size_t i = 0; i < M * LD; i++)
        n += memcmp(&c[i], &want[i], sizeof *c) != 0 && !(c[i] == 0 && want[i] == 0);
    return n;
}

/* Rows of all sizes, from those that count to those that do not, and where that begins. */
static void check_sizes(lrr_gemm_kind kind, bool adds)
{
    const double step = sizeof(lrr_real) == sizeof(float) ? 0.5 : 0.8;
    fill(a, (size_t)K * LD);
    fill(b, (size_t)K * LD);
    fill(c, (size_t)M * LD);
    for (size_t p = 0; p < K; p++)
        for (size_t i = 0; i < M; i++)
            a[p * LD + i] *= (lrr_real)exp2(-step * (double)i);
    CHECK(add(kind, adds) == 0);
}

/* One element of C that does not absorb what its strip gets; one factor that is not finite. */
static void check_one(lrr_gemm_kind kind, lrr_real *x, lrr_real value)
{
    fill(a, (size_t)K * LD);
    fill(b, (size_t)K * LD);
    fill(c, (size_t)M * LD);
    for (size_t i = 0; i < (size_t)K * LD; i++)
        a[i] *= (lrr_real)1e-30;
    *x = value;
    CHECK(add(kind, true) == 0);
}

/* A row of -0 that a product would make 0. */
static void check_untouched(void)
{
    fill(b, (size_t)K * LD);
    memset(a, 0, sizeof a);
    for (size_t i = 0; i < (size_t)M * LD; i++)
        c[i] = -(lrr_real)0;
    CHECK(add(LRR_GEMM_FUSED, true) == 0);
    CHECK(signbit(c[0]) && !signbit(want[0]));
}

static void check_table(const lrr_simd *k)
{
    const lrr_gemm_kind kinds[] = {
        LRR_GEMM_FUSED,
        LRR_GEMM_PORTABLE,
#ifndef LRR_F64
        lrr_gemm_choose(false, true),
#endif
    };
    lrr_k = k;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (int n = 0; n < 20; n++)
            check_sizes(kinds[i], n % 4 != 0);
        check_one(kinds[i], c + 77 * LD + 33, 0);
        check_one(kinds[i], c + 77 * LD + 33, (lrr_real)1e-32);
        check_one(kinds[i], a + 7 * LD + 33, (lrr_real)NAN);
        check_one(kinds[i], b + 69 * LD + 89, (lrr_real)NAN);
        check_one(kinds[i], b + 69 * LD, (lrr_real)INFINITY);
    }
    check_untouched();
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
    lrr_threads_fini();
    printf("%d faults\n", faults);
    return faults != 0;
}
