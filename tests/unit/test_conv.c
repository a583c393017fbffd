/*
** test_conv.c -- convolutions and pooling give the same bits for any number of threads and
** any instruction set (OpenBLAS aside, whose kernels are the same in all runs here), and by
** fused products nearly OpenBLAS's. Those in bfloat16 are what a plain loop makes of numbers that
** bfloat16 has, whose sums are exact.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "kernels/conv.h"
#include "kernels/conv1d.h"
#include "kernels/simd.h"
#include "os/blas.h"

extern const lrr_simd lrr__table_sse2, lrr__table_avx2, lrr__table_avx512;

enum { REALS = 1 << 20, SCRATCH = 1 << 24, THREADS = 3, BEYOND = 4096 };

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

static lrr_gemm_kind kind;

/* What is needed and some bytes beyond: NaN, wherever more is read than is written. */
static void spoil(size_t shared, size_t each)
{
    if (shared + BEYOND > SCRATCH || each + BEYOND > SCRATCH)
        abort();
    memset(work, 0xff, shared + BEYOND);
    for (size_t t = 0; t < THREADS; t++)
        memset(work_thread[t], 0xff, each + BEYOND);
}

enum { IMAGES = 11 };

/* Numbers of an array that the case at hand has, and some beyond, which nobody is to write. */
static size_t used;

static void use(size_t in, size_t weights, size_t result)
{
    used = in > result ? in : result;
    used = (used > weights ? used : weights) + BEYOND;
    if (used > REALS)
        abort();
}

static void use_conv(const lrr_conv *s)
{
    use(IMAGES * s->c * s->h * s->w, s->out * s->c * s->kh * s->kw,
        IMAGES * s->out * s->oh * s->ow);
}

static void clear(lrr_real (*to)[REALS])
{
    for (size_t q = 0; q < 4; q++)
        memset(to[q], 0, used * sizeof **to);
}

static int same(void)
{
    for (size_t q = 0; q < 4; q++)
        if (memcmp(out[0][q], out[1][q], used * sizeof **out[0]) != 0)
            return 0;
    return 1;
}

static lrr_conv_pass pass_of(lrr_real (*to)[REALS])
{
    return (lrr_conv_pass){ .gemm = kind,
                            .n = IMAGES,
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
}

static void run_conv(const lrr_conv *s, lrr_real (*to)[REALS])
{
    const lrr_conv_pass p = pass_of(to);
    size_t shared, each;
    lrr_conv_need(s, kind, IMAGES, &shared, &each);
    spoil(shared, each);
    use_conv(s);
    clear(to);
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
    use(n * s->t * s->c, s->out * s->c * s->k, n * s->ot * s->out);
    clear(to);
    lrr_conv1d_forward(s, &p);
    lrr_conv1d_backward(s, &p);
}

/* Pools planes of x as y (to[0]) and spreads dy (to[1], to[2]). */
static void run_pool(const lrr_pool *s, size_t n, lrr_real (*to)[REALS])
{
    use(n * s->h * s->w, 0, n * s->oh * s->ow);
    clear(to);
    lrr_k->maxpool_forward(s, n, x, to[0], work);
    lrr_k->maxpool_backward(s, n, work, dy, to[1], 0);
    lrr_k->avgpool_forward(s, n, x, to[3]);
    lrr_k->avgpool_backward(s, n, dy, to[2], 1);
}

static const lrr_conv convs[] = {
    /* Winograd, with images cut between tiles, and small ones. */
    { 33, 9, 7, 35, 9, 7, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 16, 90, 13, 16, 90, 13, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 48, 8, 8, 80, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 20, 33, 32, 24, 32, 32, 3, 3, 1, 1, 1, 1, 1, 2, 1 },
    /* Products. */
    { 3, 17, 15, 5, 9, 8, 7, 7, 2, 2, 1, 1, 3, 3, 1 },
    { 6, 5, 6, 4, 5, 6, 3, 3, 1, 1, 1, 1, 1, 1, 2 },
    { 20, 9, 9, 7, 9, 9, 1, 1, 1, 1, 1, 1, 0, 0, 1 },
    { 1, 9, 9, 1, 9, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    /* Over planes: all kinds of borders, remainders without a tap, groups, and images in pieces,
    ** forward and backward. */
    { 9, 20, 21, 11, 20, 21, 5, 5, 1, 1, 1, 1, 2, 2, 1 },
    { 6, 33, 33, 18, 17, 17, 3, 3, 2, 2, 1, 1, 1, 1, 1 },
    { 4, 31, 40, 6, 11, 14, 2, 2, 3, 3, 1, 1, 1, 1, 2 },
    { 4, 24, 26, 8, 12, 13, 1, 1, 2, 2, 1, 1, 0, 0, 1 },
    { 3, 40, 33, 5, 9, 14, 3, 4, 4, 2, 2, 3, 1, 2, 1 },
    { 8, 16, 16, 36, 16, 16, 3, 3, 1, 1, 2, 2, 2, 2, 4 },
    { 17, 72, 72, 5, 36, 36, 3, 3, 2, 2, 1, 1, 1, 1, 1 },
    { 4, 50, 52, 36, 50, 52, 2, 2, 1, 1, 1, 1, 1, 1, 1 },
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
#define CASES    (COUNT(convs) + COUNT(conv1ds) + COUNT(pools))

#ifndef LRR_F64
/* Planes in one piece, of several images and of parts of one; all kinds of borders. */
static const lrr_conv tiled[] = {
    { 16, 5, 6, 16, 5, 6, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 32, 8, 8, 48, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 33, 9, 7, 35, 9, 7, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 32, 30, 33, 32, 30, 33, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 16, 90, 25, 16, 90, 25, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 20, 9, 9, 17, 9, 9, 1, 1, 1, 1, 1, 1, 0, 0, 1 },
    { 20, 9, 9, 17, 5, 5, 5, 5, 1, 1, 1, 1, 0, 0, 1 },
    { 20, 9, 10, 17, 9, 10, 5, 5, 1, 1, 1, 1, 2, 2, 1 },
    { 17, 9, 10, 17, 9, 10, 3, 3, 1, 1, 2, 2, 2, 2, 1 },
    { 17, 9, 10, 17, 10, 11, 2, 2, 1, 1, 1, 1, 1, 1, 1 },
};

static void fill_exact(lrr_real *p)
{
    for (size_t i = 0; i < REALS; i++)
        p[i] = (lrr_real)((int)(next() % 255) - 127) / 128;
}

/* One output's products, for y, dx and dweight. */
static void add_plainly(const lrr_conv *s, size_t i, size_t o, size_t oy, size_t ox,
                        lrr_real (*to)[REALS])
{
    const size_t at = ((i * s->out + o) * s->oh + oy) * s->ow + ox;
    for (size_t k = 0; k < s->c * s->kh * s->kw; k++) {
        const size_t ky = k / s->kw % s->kh, kx = k % s->kw, c = k / s->kw / s->kh;
        const size_t iy = oy + ky * s->dh - s->pt, ix = ox + kx * s->dw - s->pl;
        const size_t in = ((i * s->c + c) * s->h + iy) * s->w + ix;
        const size_t weight = o * s->c * s->kh * s->kw + k;
        if (iy >= s->h || ix >= s->w) /* below 0 as well */
            continue;
        to[0][at] += x[in] * w[weight];
        to[1][in] += dy[at] * w[weight];
        to[2][weight] += dy[at] * x[in];
    }
}

static void convolve_plainly(const lrr_conv *s, size_t n, lrr_real (*to)[REALS])
{
    use_conv(s);
    clear(to);
    for (size_t i = 0; i < n; i++)
        for (size_t o = 0; o < s->out; o++)
            for (size_t oy = 0; oy < s->oh; oy++)
                for (size_t ox = 0; ox < s->ow; ox++)
                    add_plainly(s, i, o, oy, ox, to);
}

static int check_tiles(void)
{
    int faults = 0;
    lrr_error err;
    for (size_t i = 0; i < COUNT(tiled); i++) {
        const lrr_conv *s = &tiled[i];
        convolve_plainly(s, IMAGES, out[0]);
        for (size_t threads = 1; threads <= THREADS; threads++) {
            lrr_conv_pass p = { .gemm = LRR_GEMM_TILES,
                                .n = IMAGES,
                                .x = x,
                                .weight = w,
                                .y = out[1][0],
                                .dy = dy,
                                .dx = out[1][1],
                                .dweight = out[1][2],
                                .work = work,
                                .work_thread = work_thread };
            size_t shared, each;
            lrr_conv_need(s, LRR_GEMM_TILES, IMAGES, &shared, &each);
            if (lrr_threads_init(threads, &err) != LRR_OK)
                abort();
            spoil(shared, each);
            clear(out[1]);
            lrr_conv_forward(s, &p);
            lrr_conv_backward(s, &p);
            if (!same()) {
                printf("case %zu in bfloat16, %zu threads: other sums\n", i, threads);
                faults++;
            }
        }
    }
    return faults;
}
#else
static void fill_exact(lrr_real *p)
{
    (void)p;
}

static int check_tiles(void)
{
    return 0;
}
#endif

static void run(size_t i, lrr_real (*to)[REALS])
{
    if (i < COUNT(convs))
        run_conv(&convs[i], to);
    else if ((i -= COUNT(convs)) < COUNT(conv1ds))
        run_conv1d(&conv1ds[i], IMAGES, to);
    else
        run_pool(&pools[i - COUNT(conv1ds)], IMAGES, to);
}

/* fmax passes over NaN. */
static double distance(double a, double b)
{
    return isnan(a - b) ? HUGE_VAL : fabs(a - b);
}

/* What backward adds to gradients that are there: them once more. */
static int check_added(size_t i)
{
    int faults = 0;
    lrr_conv_pass p = pass_of(out[1]);
    for (size_t q = 0; q < 4; q++)
        memcpy(out[0][q], out[1][q], used * sizeof **out[0]);
    p.add_x = p.add_weight = p.add_bias = true;
    lrr_conv_backward(&convs[i], &p);
    for (size_t q = 1; q < 4; q++) {
        double most = 0, off = 0;
        for (size_t at = 0; at < used; at++) {
            const double a = 2 * (double)out[0][q][at];
            most = fmax(most, fabs(a));
            off = fmax(off, distance(a, (double)out[1][q][at]));
        }
        if (!(off <= 1e-6 * most)) {
            printf("case %zu, added: %zu is off by %g of %g\n", i, q, off, most);
            faults++;
        }
    }
    return faults;
}

/* The sums of a case by fused products beside OpenBLAS's. */
static int check_fused(size_t i)
{
    int faults = 0;
    kind = LRR_GEMM_BLAS;
    run(i, out[0]);
    kind = LRR_GEMM_FUSED;
    run(i, out[1]);
    for (size_t q = 0; q < 4; q++) {
        double most = 0, off = 0;
        for (size_t at = 0; at < used; at++) {
            const double a = (double)out[0][q][at];
            most = fmax(most, fabs(a));
            off = fmax(off, distance(a, (double)out[1][q][at]));
        }
        if (!(off <= 1e-5 * most)) {
            printf("case %zu, fused: %zu is off by %g of %g\n", i, q, off, most);
            faults++;
        }
    }
    return faults + check_added(i);
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
    lrr_simd_choose();
    fill_exact(x);
    fill_exact(w);
    fill_exact(dy);
    faults = check_tiles();
    fill(x);
    fill(w);
    fill(dy);
    for (size_t c = 0; c < 2 * CASES; c++) {
        const size_t i = c % CASES;
        kind = c < CASES ? LRR_GEMM_BLAS : LRR_GEMM_FUSED;
        for (size_t threads = 1; threads <= THREADS; threads++) {
            if (lrr_threads_init(threads, &err) != LRR_OK)
                return 1;
            for (int t = 0; t < n_tables; t++) {
                int first = threads == 1 && t == 0;
                lrr_k = tables[t];
                run(i, out[!first]);
                if (!first && !same()) {
                    printf("case %zu, kind %d: table %d, %zu threads: other bits\n", i,
                           (int)kind, t, threads);
                    faults++;
                }
            }
        }
    }
    for (size_t i = 0; i < COUNT(convs); i++)
        faults += check_fused(i);
    lrr_threads_fini();
    for (int i = 0; i < THREADS; i++)
        free(work_thread[i]);
    free(work);
    printf("%d tables compared, %d faults\n", n_tables, faults);
    return faults != 0;
}
