/*
** gemm.c -- speed of the matrix products of a linear layer on one thread, in GFLOPS of the
** thread's own processor time: y = x W', dx = dy W, dW = dy' x, over sizes that training has.
**
** Usage: gemm [fused|bf16|blas|portable [repeats]]; a line a size: rows, in, out, the three figures.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/threads.h"
#include "kernels/gemm.h"
#include "kernels/simd.h"
#include "os/blas.h"

typedef struct size {
    size_t rows, in, out;
} size;

static const size SIZES[] = {
    { 4096, 128, 384 }, { 4096, 128, 128 },   { 4096, 128, 512 },  { 4096, 512, 128 },
    { 4096, 128, 96 },  { 4096, 256, 768 },   { 4096, 256, 1024 }, { 4096, 1024, 256 },
    { 128, 784, 256 },  { 128, 256, 128 },    { 32, 64, 64 },      { 32, 128, 512 },
    { 128, 576, 64 },   { 1024, 1024, 1024 }, { 512, 2048, 2048 },
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum { MOST = 4096 * 1024 };

static lrr_real *make(size_t n)
{
    lrr_error err;
    lrr_real *x;
    if (lrr_mem_new(n + 16, sizeof *x, "a bench", &x, &err) != LRR_OK)
        exit(1);
    return x;
}

/* Sums stay finite. */
static void reset(lrr_real *x, lrr_real *w, lrr_real *y)
{
    lrr_real *all[] = { x, w, y };
    for (size_t j = 0; j < 3; j++)
        for (size_t i = 0; i < MOST; i++)
            all[j][i] = (lrr_real)((double)(i % 89) * 0.01 - 0.4);
}

static void once(int way, lrr_gemm_kind kind, const size *s, lrr_real *x, lrr_real *w,
                 lrr_real *y)
{
    const lrr_mat mx = { x, s->in, false }, mw = { w, s->in, false },
                  my = { y, s->out, false }, mwt = { w, s->in, true },
                  myt = { y, s->out, true };
    if (way == 0)
        lrr_gemm(kind, s->rows, s->out, s->in, 1, mx, mwt, 0, y, s->out);
    else if (way == 1)
        lrr_gemm(kind, s->rows, s->in, s->out, 1, my, mw, 0, x, s->in);
    else
        lrr_gemm(kind, s->out, s->in, s->rows, 1, myt, mx, 0, w, s->in);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "fused";
    const int repeats = argc > 2 ? atoi(argv[2]) : 5;
    const lrr_gemm_kind kind = strcmp(name, "blas") == 0       ? LRR_GEMM_BLAS
                               : strcmp(name, "portable") == 0 ? LRR_GEMM_PORTABLE
                               : strcmp(name, "bf16") == 0
                                   ? lrr_gemm_choose(false, true)
                                   : LRR_GEMM_FUSED;
    lrr_real *x = make(MOST), *w = make(MOST), *y = make(MOST);
    lrr_error err;
    lrr_simd_choose();
    if (lrr_threads_init(1, &err) != LRR_OK || lrr_blas_load(&err) != LRR_OK)
        return 1;
    printf("%s: rows in out, GFLOPS of y, dx, dW\n", name);
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        const size *s = &SIZES[i];
        const double flop = 2.0 * (double)s->rows * (double)s->in * (double)s->out;
        const int calls = (int)(4e8 / flop) + 1;
        printf("%5zu %5zu %5zu ", s->rows, s->in, s->out);
        for (int way = 0; way < 3; way++) {
            double best = 0;
            for (int r = 0; r < repeats; r++) {
                reset(x, w, y);
                const double t = now();
                for (int c = 0; c < calls; c++)
                    once(way, kind, s, x, w, y);
                const double speed = flop * calls / (now() - t) * 1e-9;
                best = speed > best ? speed : best;
            }
            printf(" %7.1f", best);
        }
        printf("\n");
    }
    return 0;
}
