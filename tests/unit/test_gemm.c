/*
** test_gemm.c -- products of all kinds of sizes against a plain loop, with the same bits
** for any number of threads; and with beta = 0 nothing of C is read.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "kernels/gemm.h"
#include "kernels/simd.h"
#include "os/blas.h"

static int faults;
static uint32_t state = 1;

static uint32_t next(void)
{
    state = state * 1664525U + 1013904223U;
    return state >> 8;
}

static lrr_real *noise(size_t n)
{
    lrr_real *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (lrr_real)((double)next() / 0x1p23 - 1);
    return x;
}

typedef struct product {
    size_t m, n, k, extra; /* extra: columns beyond, so that rows lie further apart */
    bool ta, tb;
    lrr_gemm_kind whose;
    double alpha, beta;
    const lrr_real *a, *b, *c, *bias;
} product;

static size_t ld_a(const product *p)
{
    return (p->ta ? p->m : p->k) + p->extra;
}

static size_t ld_b(const product *p)
{
    return (p->tb ? p->k : p->n) + p->extra;
}

static lrr_real *compute(const product *p, bool serial)
{
    size_t ldc = p->n + p->extra;
    lrr_real *c = malloc(p->m * ldc * sizeof *c);
    lrr_mat a = { p->a, ld_a(p), p->ta }, b = { p->b, ld_b(p), p->tb };
    memcpy(c, p->c, p->m * ldc * sizeof *c);
    if (p->bias != NULL)
        lrr_gemm_bias(p->whose, p->m, p->n, p->k, a, b, p->bias, c, ldc);
    else if (serial)
        lrr_gemm_serial(p->whose, p->m, p->n, p->k, p->alpha, a, b, p->beta, c, ldc);
    else
        lrr_gemm(p->whose, p->m, p->n, p->k, p->alpha, a, b, p->beta, c, ldc);
    return c;
}

static void compare(const product *p, const lrr_real *c, const char *what)
{
    size_t ldc = p->n + p->extra;
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < ldc; j++) {
            double s = 0, scale = 1, old = p->beta == 0 ? 0 : (double)p->c[i * ldc + j];
            double more = p->bias != NULL && j < p->n ? (double)p->bias[j] : 0;
            for (size_t q = 0; j < p->n && q < p->k; q++) {
                double v = (double)p->a[p->ta ? q * ld_a(p) + i : i * ld_a(p) + q] *
                           (double)p->b[p->tb ? j * ld_b(p) + q : q * ld_b(p) + j];
                s += v;
                scale += fabs(v);
            }
            s = j < p->n ? p->alpha * s + p->beta * old + more
                         : (double)p->c[i * ldc + j];
            if (!(fabs(s - (double)c[i * ldc + j]) <= 1e-6 * scale) &&
                !(isnan(s) && isnan(c[i * ldc + j]))) {
                faults++;
                printf("%s (%zu, %zu, %zu) %d%d at (%zu, %zu): %.9g, want %.9g\n", what,
                       p->m, p->n, p->k, p->ta, p->tb, i, j, (double)c[i * ldc + j], s);
                return;
            }
        }
}

static void check(size_t m, size_t n, size_t k, int kind, lrr_gemm_kind whose)
{
    const bool fused = whose == LRR_GEMM_FUSED, biased = kind % 5 == 4;
    product p = { m,
                  n,
                  k,
                  next() % 3,
                  kind & 1,
                  kind >> 1 & 1,
                  whose,
                  kind & 4 || fused || biased ? 1 : 0.7,
                  kind % 3 == 0 || biased  ? 0
                  : kind % 3 == 1 || fused ? 1
                                           : 0.5,
                  NULL,
                  NULL,
                  NULL,
                  NULL };
    lrr_real *a = noise((m + 3) * (k + 3)), *b = noise((n + 3) * (k + 3));
    lrr_real *c = noise(m * (n + 3)), *bias = noise(n), *first, *serial;
    lrr_error err;

    for (size_t i = 0; p.beta == 0 && i < m * (n + 3); i++)
        c[i] = (lrr_real)NAN;
    p.a = a;
    p.b = b;
    p.c = c;
    p.bias = biased ? bias : NULL;
    serial = compute(&p, true);
    compare(&p, serial, "serial");
    lrr_threads_init(1, &err);
    first = compute(&p, false);
    compare(&p, first, "tiles");
    for (size_t threads = 2; threads <= 3; threads++) {
        lrr_real *again;
        lrr_threads_init(threads, &err);
        again = compute(&p, false);
        if (memcmp(first, again, m * (n + p.extra) * sizeof *c) != 0) {
            faults++;
            printf("(%zu, %zu, %zu): other bits with %zu threads\n", m, n, k, threads);
        }
        free(again);
    }
    free(first);
    free(serial);
    free(bias);
    free(a);
    free(b);
    free(c);
}

int main(void)
{
    static const size_t sizes[] = { 1, 2, 3, 7, 10, 16, 17, 33, 64, 100, 129, 200 };
    static const size_t panels[] = { 1, 4, 6, 8 }; /* rows of one, of some processor */
    lrr_error err;
    if (lrr_blas_load(&err) != LRR_OK) {
        printf("%s\n", err.msg);
        return 1;
    }
    lrr_simd_choose();
    for (int whose = LRR_GEMM_BLAS; whose <= LRR_GEMM_FUSED; whose++) {
        for (int i = 0; i < 150; i++)
            check(sizes[next() % 12], sizes[next() % 12], sizes[next() % 12], i,
                  (lrr_gemm_kind)whose);
        for (int i = 0; i < 4 * 4 * 5;
             i++) /* distances as well, where there are no extra */
            for (size_t n = 1; n <= 32; n *= 32)
                check(panels[i % 4], n, panels[i / 4 % 4], i / 16,
                      (lrr_gemm_kind)whose);
        for (int kind = 0; kind < 5; kind++) {
            check(130, 250, 300, kind, (lrr_gemm_kind)whose); /* without packing */
            check(250, 40, 1100, kind + 4, (lrr_gemm_kind)whose);
            check(40, 650, 530, kind, (lrr_gemm_kind)whose);
            check(64, 64, 32, kind, (lrr_gemm_kind)whose);
        }
    }
    lrr_threads_fini();
    printf("%d faults\n", faults);
    return faults != 0;
}
