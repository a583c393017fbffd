/*
** test_conv.c -- convolutions and pooling give the same bits for any number of threads and
** any instruction set (OpenBLAS aside, whose kernels are the same in all runs here).
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "kernels/conv.h"
#include "kernels/conv1d.h"
#include "kernels/simd.h"
#include "os/blas.h"

extern const lrr_simd lrr__table_sse2, lrr__table_avx2, lrr__table_avx512;

enum { REALS = 1 << 20, SCRATCH = 1 << 24, THREADS = 3 };

static lrr_real x[REALS], w[REALS], dy[REALS], out[2][4][REALS];
static void *work, *work_thread[THREADS];

static uint32_t state = 1;
static uint32_t next(void)
{
    state = state * 1664525U + 1013904223U;
    return state >> 8;
}

static void fill(lrr_real *p)
{
    for (size_t i = 0; i < REALS; i++)
        p[i] = (lrr_real)((double)next() / 0x1p23 - 1);
}

static void run_conv(const lrr_conv *s, size_t n, lrr_real (*to)[REALS])
{
    lrr_conv_pass p = { .n = n,
                        .x = x,
                        .weight = w,
                        .bias = w,
                        .y = to[0],
                        .dy = dy,
                        .dx = to[1],
                        .dweight = to[2],
                        .dbias = to[3],
                        .work = work,
                        .work_thread = work_thread };
    size_t shared, each;
    lrr_conv_need(s, n, &shared, &each);
    if (shared > SCRATCH || each > SCRATCH)
        abort();
    memset(to, 0, 4 * sizeof *to);
    lrr_conv_forward(s, &p);
    lrr_conv_backward(s, &p);
}

static void run_conv1d(const lrr_conv1d *s, size_t n, lrr_real (*to)[REALS])
{
    lrr_conv1d_pass p = { .n = n,
                          .x = x,
                          .weight = w,
                          .bias = w,
                          .y = to[0],
                          .dy = dy,
                          .dx = to[1],
                          .dweight = to[2],
                          .dbias = to[3],
                          .work = work,
                          .work_thread = work_thread };
    memset(to, 0, 4 * sizeof *to);
    lrr_conv1d_forward(s, &p);
    lrr_conv1d_backward(s, &p);
}

/* Pools planes of x as y (to[0]) and spreads dy (to[1], to[2]). */
static void run_pool(const lrr_pool *s, size_t n, lrr_real (*to)[REALS])
{
    memset(to, 0, 4 * sizeof *to);
    lrr_k->maxpool_forward(s, n, x, to[0], work);
    lrr_k->maxpool_backward(s, n, work, dy, to[1], 0);
    lrr_k->avgpool_forward(s, n, x, to[3]);
    lrr_k->avgpool_backward(s, n, dy, to[2], 1);
}

static const lrr_conv convs[] = {
    /* Winograd, with images cut between tiles, and small ones. */
    { 33, 9, 7, 35, 9, 7, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 16, 90, 13, 16, 90, 13, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    /* Products. */
    { 3, 17, 15, 5, 9, 8, 7, 7, 2, 2, 1, 1, 3, 3, 1 },
    { 6, 5, 6, 4, 5, 6, 3, 3, 1, 1, 1, 1, 1, 1, 2 },
    { 20, 9, 9, 7, 9, 9, 1, 1, 1, 1, 1, 1, 0, 0, 1 },
    /* Depthwise. */
    { 5, 9, 37, 10, 9, 37, 3, 3, 1, 1, 1, 1, 1, 1, 5 },
    { 5, 9, 37, 5, 5, 19, 3, 3, 2, 2, 1, 1, 1, 1, 5 },
};

static const lrr_conv1d conv1ds[] = {
    { 40, 12, 40, 20, 5, 1, 1, 2, 1 },
    { 33, 12, 16, 8, 3, 2, 1, 0, 4 },
};

static const lrr_pool pools[] = {
    { 32, 32, 16, 16, 2, 2, 2, 2, 0, 0 },
    { 35, 37, 17, 18, 2, 2, 2, 2, 0, 0 },
    { 13, 11, 7, 6, 3, 3, 2, 2, 1, 1 },
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void run(size_t i, lrr_real (*to)[REALS])
{
    if (i < COUNT(convs))
        run_conv(&convs[i], 11, to);
    else if ((i -= COUNT(convs)) < COUNT(conv1ds))
        run_conv1d(&conv1ds[i], 11, to);
    else
        run_pool(&pools[i - COUNT(conv1ds)], 11, to);
}

int main(void)
{
    const lrr_simd *tables[3] = { &lrr__table_sse2 };
    int n_tables = 1, faults = 0;
    lrr_error err;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        tables[n_tables++] = &lrr__table_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
        tables[n_tables++] = &lrr__table_avx512;
#endif
    if (lrr_blas_load(&err) != LRR_OK) {
        printf("%s\n", err.msg);
        return 1;
    }
    work = aligned_alloc(64, SCRATCH);
    for (int i = 0; i < THREADS; i++)
        work_thread[i] = aligned_alloc(64, SCRATCH);
    fill(x);
    fill(w);
    fill(dy);
    for (size_t i = 0; i < COUNT(convs) + COUNT(conv1ds) + COUNT(pools); i++) {
        for (size_t threads = 1; threads <= THREADS; threads++) {
            if (lrr_threads_init(threads, &err) != LRR_OK)
                return 1;
            for (int t = 0; t < n_tables; t++) {
                int first = threads == 1 && t == 0;
                lrr_k = tables[t];
                run(i, out[!first]);
                if (!first && memcmp(out[0], out[1], sizeof out[0]) != 0) {
                    printf("case %zu: table %d, %zu threads: other bits\n", i, t,
                           threads);
                    faults++;
                }
            }
        }
    }
    lrr_threads_fini();
    for (int i = 0; i < THREADS; i++)
        free(work_thread[i]);
    free(work);
    printf("%d tables compared, %d faults\n", n_tables, faults);
    return faults != 0;
}
