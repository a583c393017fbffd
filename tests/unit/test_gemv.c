/*
** test_gemv.c -- a matrix times a vector, and rows mixed by weights: against a plain loop, with
** the same bits for each instruction set and any number of threads, also where rows are cut.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "kernels/gemv.h"
#include "kernels/simd.h"
#include "os/cpu.h"

#if defined(__x86_64__)
extern const lrr_simd lrr__table_sse2, lrr__table_avx2, lrr__table_avx512;
static const lrr_simd *const tables[] = { &lrr__table_sse2, &lrr__table_avx2,
                                          &lrr__table_avx512 };
#endif

static int faults;
static uint32_t state = 1;

static uint32_t next(void)
{
    state = state * 1664525U + 1013904223U;
    return state >> 8;
}

static lrr_real *noise(size_t n)
{
    lrr_real *x = malloc((n + 1) * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (lrr_real)((double)next() / 0x1p23 - 1);
    return x;
}

static void fault(const char *what, size_t rows, size_t k, size_t i)
{
    faults++;
    printf("%s (%zu, %zu): %zu\n", what, rows, k, i);
}

static void near(const char *what, size_t rows, size_t k, size_t i, lrr_real got,
                 double want, double scale)
{
    if (!(fabs((double)got - want) <= 2e-6 * scale))
        fault(what, rows, k, i);
}

static void compare(const lrr_gemv_args *g)
{
    for (size_t i = 0; i < g->rows * g->n; i++) {
        const size_t row = i / g->n, r = i % g->n;
        double sum = g->b != NULL ? (double)g->b[row] : 0, scale = 1;
        for (size_t j = 0; j < g->k; j++) {
            double v = (double)g->w[row * g->ld + j] * (double)g->x[r * g->x_ld + j];
            sum += v;
            scale += fabs(v);
        }
        near("gemv", g->rows, g->k, i, g->y[r * g->y_ld + row], sum, scale);
    }
}

/* Each way has the bits of the first, and so has each vector alone. */
static void check_ways(const lrr_gemv_args *g)
{
    const size_t size = g->n * g->y_ld * sizeof(lrr_real);
    lrr_real *first = malloc(size + 1);
    lrr_error err;
    memcpy(first, g->y, size);
    for (size_t threads = 1; threads <= 3; threads++) {
        lrr_threads_init(threads, &err);
        memset(g->y, 0xff, size);
        lrr_gemv(g);
        if (memcmp(first, g->y, size) != 0)
            fault("threads", g->rows, g->k, threads);
    }
    for (int isa = 0; isa <= (int)lrr_cpu_isa(); isa++) {
#if defined(__x86_64__)
        size_t cut = g->rows > 0 ? next() % g->rows : 0;
        memset(g->y, 0xff, size);
        tables[isa]->gemv_rows(g, 0, cut);
        tables[isa]->gemv_rows(g, cut, g->rows);
        if (memcmp(first, g->y, size) != 0)
            fault("isa", g->rows, g->k, (size_t)isa);
#endif
    }
    memset(g->y, 0xff, size);
    for (size_t r = 0; r < g->n; r++) {
        lrr_gemv_args one = *g;
        one.x += r * g->x_ld;
        one.y += r * g->y_ld;
        one.n = 1;
        lrr_gemv(&one);
    }
    if (memcmp(first, g->y, size) != 0)
        fault("alone", g->rows, g->k, g->n);
    free(first);
}

static void check_gemv(size_t rows, size_t k, bool bias)
{
    const size_t ld = k + next() % 3, n = 1 + next() % 9, x_ld = k + next() % 2;
    const size_t y_ld = rows + next() % 2;
    lrr_real *w = noise(rows * ld), *x = noise(n * x_ld), *b = noise(rows),
             *y = noise(n * y_ld);
    const lrr_gemv_args g = { w, x, bias ? b : NULL, y, ld, rows, k, n, x_ld, y_ld };
    memset(y, 0xff, n * y_ld * sizeof *y);
    lrr_k->gemv_rows(&g, 0, rows);
    compare(&g);
    check_ways(&g);
    free(w);
    free(x);
    free(b);
    free(y);
}

static void check_mix(size_t n, size_t size)
{
    const size_t ld = size + next() % 5;
    lrr_real *p = noise(n), *x = noise(n * ld), *y = noise(size), *again = noise(size);
    lrr_k->mix_rows(p, x, ld, n, y, size);
    for (size_t c = 0; c < size; c++) {
        double sum = 0, scale = 1;
        for (size_t j = 0; j < n; j++) {
            sum += (double)p[j] * (double)x[j * ld + c];
            scale += fabs((double)p[j] * (double)x[j * ld + c]);
        }
        near("mix", n, size, c, y[c], sum, scale);
    }
    for (int isa = 0; isa <= (int)lrr_cpu_isa(); isa++) {
#if defined(__x86_64__)
        tables[isa]->mix_rows(p, x, ld, n, again, size);
        if (memcmp(y, again, size * sizeof *y) != 0)
            fault("mix isa", n, size, (size_t)isa);
#endif
    }
    free(p);
    free(x);
    free(y);
    free(again);
}

int main(void)
{
    static const size_t sizes[] = { 0, 1, 2, 3, 4, 7, 15, 16, 17, 31, 32, 40, 64, 131 };
    lrr_simd_choose();
    for (size_t i = 0; i < 14; i++)
        for (size_t j = 0; j < 14; j++) {
            check_gemv(sizes[i], sizes[j], (i + j) % 2 == 0);
            check_mix(sizes[i], sizes[j]);
        }
    check_gemv(1003, 300, true);
    check_gemv(4096, 129, false);
    lrr_threads_fini();
    printf("%d faults\n", faults);
    return faults != 0;
}
