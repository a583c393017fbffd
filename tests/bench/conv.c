/*
** conv.c -- times of convolution and pooling, layer by layer, for the network of the
** README's speed table (batch 128, images 32x32x3, 3x3 kernels) and of other kernels and strides. Also
** the rounding error, Winograd's above all, against sums in double.
**
** Usage: conv [threads [rounds]]. Times are the best of the rounds (processor time with
** one thread), beside a product of 1024x1024 matrices for scale.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/threads.h"
#include "kernels/conv.h"
#include "kernels/gemm.h"
#include "kernels/simd.h"
#include "os/blas.h"

enum { BATCH = 128 };

static double now(void)
{
    struct timespec t;
    clock_gettime(lrr_threads_count() > 1 ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID,
                  &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static lrr_real *reals(size_t n)
{
    lrr_real *p = aligned_alloc(64, (n * sizeof *p + 63) / 64 * 64);
    if (p == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        p[i] = (lrr_real)((double)rand() / RAND_MAX - 0.5);
    return p;
}

typedef struct bench {
    lrr_conv s;
    lrr_conv_pass p;
    bool first;
} bench;

typedef struct layer {
    size_t c, size, out, kernel, stride;
} layer;

static bench make(const layer *l, bool first)
{
    static void *each[LRR_THREADS_MAX];
    bench b = { .first = first };
    const size_t side = (l->size - 1) / l->stride + 1, in = l->c * l->size * l->size,
                 results = l->out * side * side,
                 weights = l->out * l->c * l->kernel * l->kernel;
    size_t work, work_thread;
    b.s = (lrr_conv){ .c = l->c,
                      .h = l->size,
                      .w = l->size,
                      .out = l->out,
                      .oh = side,
                      .ow = side,
                      .kh = l->kernel,
                      .kw = l->kernel,
                      .sh = l->stride,
                      .sw = l->stride,
                      .dh = 1,
                      .dw = 1,
                      .pt = l->kernel / 2,
                      .pl = l->kernel / 2,
                      .groups = 1 };
    lrr_conv_need(&b.s, LRR_GEMM_FUSED, BATCH, &work, &work_thread);
    for (size_t i = 0; i < lrr_threads_count(); i++)
        each[i] = reals(work_thread / sizeof(lrr_real) + 64);
    b.p = (lrr_conv_pass){ .gemm = LRR_GEMM_FUSED,
                           .n = BATCH,
                           .x = reals(BATCH * in),
                           .weight = reals(weights),
                           .bias = reals(l->out),
                           .y = reals(BATCH * results),
                           .dy = reals(BATCH * results),
                           .dx = first ? NULL : reals(BATCH * in),
                           .dweight = reals(weights),
                           .dbias = reals(l->out),
                           .work = reals(work / sizeof(lrr_real) + 64),
                           .work_thread = each };
    return b;
}

static double product_time(int rounds)
{
    enum { N = 1024 };
    static lrr_real *a, *c;
    double best = 1e9;
    if (a == NULL) {
        a = reals((size_t)N * N);
        c = reals((size_t)N * N);
    }
    for (int i = 0; i < rounds; i++) {
        lrr_mat m = { a, N, false };
        double start = now();
        lrr_gemm(LRR_GEMM_FUSED, N, N, N, 1, m, m, 0, c, N);
        best = fmin(best, now() - start);
    }
    return best;
}

/* The largest difference of sampled outputs from sums in double, over the largest
** output. */
static double rounding(const bench *b)
{
    const lrr_conv *s = &b->s;
    double worst = 0, scale = 0;
    for (size_t q = 0; q < 20000; q++) {
        size_t at = (size_t)rand() % (BATCH * s->out * s->oh * s->ow);
        size_t x = at % s->ow, y = at / s->ow % s->oh,
               o = at / (s->ow * s->oh) % s->out;
        size_t i = at / (s->ow * s->oh * s->out);
        double sum = (double)b->p.bias[o];
        for (size_t c = 0; c < s->c; c++)
            for (size_t k = 0; k < s->kh * s->kw; k++) {
                const size_t iy = y * s->sh + k / s->kw - s->pt,
                             ix = x * s->sw + k % s->kw - s->pl;
                if (iy < s->h && ix < s->w) /* not below 0 either */
                    sum +=
                        (double)
                            b->p.x[((i * s->c + c) * s->h + iy) * s->w + ix] *
                        (double)b->p.weight[(o * s->c + c) * s->kh * s->kw + k];
            }
        worst = fmax(worst, fabs(sum - (double)b->p.y[at]));
        scale = fmax(scale, fabs(sum));
    }
    return worst / scale;
}

/* 2x2 pooling with stride 2 of all the batch's channels; one thread. */
static void pooling(size_t channels, size_t size, int rounds)
{
    lrr_pool s = { size, size, size / 2, size / 2, 2, 2, 2, 2, 0, 0 };
    size_t planes = BATCH * channels, area = size * size;
    lrr_real *x = reals(planes * area), *y = reals(planes * area / 4);
    uint16_t *at = (uint16_t *)reals(planes * area / 4);
    double ahead = 1e9, back = 1e9;
    for (int i = 0; i < rounds; i++) {
        double t0 = now();
        lrr_k->maxpool_forward(&s, planes, x, y, at);
        double t1 = now();
        lrr_k->maxpool_backward(&s, planes, at, y, x, 0);
        ahead = fmin(ahead, t1 - t0);
        back = fmin(back, now() - t1);
    }
    printf("maxpool %zux%zux%zu  forward %.2f ms  backward %.2f ms\n", channels, size,
           size, ahead * 1e3, back * 1e3);
}

int main(int argc, char **argv)
{
    static const layer layers[] = {
        { 3, 32, 32, 3, 1 },   { 32, 32, 32, 3, 1 },  { 32, 16, 64, 3, 1 },
        { 64, 16, 64, 3, 1 },  { 64, 8, 128, 3, 1 },  { 128, 8, 128, 3, 1 },
        { 32, 32, 32, 5, 1 },  { 64, 32, 128, 3, 2 }, { 128, 16, 256, 3, 2 },
        { 64, 32, 128, 1, 2 }, { 3, 64, 64, 7, 2 },   { 6, 14, 16, 5, 1 },
    };
    enum { LAYERS = sizeof layers / sizeof *layers, NETWORK = 6 };
    size_t threads = argc > 1 ? (size_t)atoi(argv[1]) : 0;
    int rounds = argc > 2 ? atoi(argv[2]) : 20;
    lrr_error err;
    if (lrr_blas_load(&err) != LRR_OK || lrr_threads_init(threads, &err) != LRR_OK ||
        lrr_threads_begin(&err) != LRR_OK) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    lrr_simd_choose();
    double whole = 0;
    for (size_t l = 0; l < LAYERS; l++) {
        bench b = make(&layers[l], layers[l].c == 3);
        double ahead = 1e9, back = 1e9;
        for (int i = 0; i < rounds; i++) {
            double t0 = now();
            lrr_conv_forward(&b.s, &b.p);
            double t1 = now();
            lrr_conv_backward(&b.s, &b.p);
            ahead = fmin(ahead, t1 - t0);
            back = fmin(back, now() - t1);
        }
        const double flops = 2e-9 * (double)(BATCH * b.s.oh * b.s.ow) *
                             (double)lrr_conv_weights(&b.s);
        printf(
            "conv %3zu -> %3zu at %2zux%-2zu by %zux%zu, stride %zu  forward %6.2f ms %5.0f GFLOPS  backward "
            "%6.2f ms %5.0f GFLOPS  error %.1e\n",
            b.s.c, b.s.out, b.s.h, b.s.w, b.s.kh, b.s.kw, b.s.sh, ahead * 1e3, flops / ahead, back * 1e3,
            (b.first ? 1 : 2) * flops / back, rounding(&b));
        whole += l < NETWORK ? ahead + back : 0;
    }
    pooling(32, 32, rounds);
    pooling(64, 16, rounds);
    printf("the network's layers %.2f ms; 1024^3 product %.0f GFLOPS, threads %zu\n", whole * 1e3,
           2e-9 * 1024 * 1024 * 1024 / product_time(rounds), lrr_threads_count());
    return 0;
}
