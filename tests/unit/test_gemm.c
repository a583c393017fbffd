/*
** test_gemm.c -- products of all kinds of sizes against a plain loop, with the same bits
** for any number of threads; and with beta = 0 nothing of C is read. What takes bfloat16 has the
** bits that kernels/gemm_block.h says, by instructions for it or without.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "kernels/gemm.h"
#include "kernels/simd.h"
#include "os/blas.h"
#include "os/cpu.h"

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

#ifndef LRR_F64
#define LAST LRR_GEMM_TILES
/* Eight significant bits, to nearest even; what is not normal is 0. */
static float to_bf16(float x)
{
    int exponent;
    if (!isfinite(x))
        return x;
    if (fabsf(x) < 0x1p-126F)
        return copysignf(0, x);
    const double part = frexp((double)x, &exponent);
    return (float)ldexp(nearbyint(ldexp(part, 8)), exponent - 8);
}
#else
#define LAST LRR_GEMM_FUSED
#endif

/* n numbers as a product of this kind takes them. */
static lrr_real *taken(lrr_gemm_kind whose, const lrr_real *x, size_t n)
{
    lrr_real *t = malloc(n * sizeof *t);
    memcpy(t, x, n * sizeof *t);
#ifndef LRR_F64
    for (size_t i = 0; lrr_gemm_rounds(whose) && i < n; i++)
        t[i] = to_bf16(x[i]);
#endif
    (void)whose;
    return t;
}

typedef struct product {
    size_t m, n, k, extra; /* extra: columns beyond, so that rows lie further apart */
    bool ta, tb;
    lrr_gemm_kind whose;
    double alpha, beta;
    const lrr_real *a, *b, *c, *bias;
    const lrr_real *taken_a, *taken_b; /* what of a and b is multiplied */
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

/* What C is to be and the sum of its products' sizes, of each number. */
typedef struct wanted {
    double value, scale;
} wanted;

static wanted *want(const product *p)
{
    const size_t ldc = p->n + p->extra;
    wanted *all = malloc(p->m * ldc * sizeof *all);
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < ldc; j++) {
            double s = 0, scale = 1, old = p->beta == 0 ? 0 : (double)p->c[i * ldc + j];
            double more = p->bias != NULL && j < p->n ? (double)p->bias[j] : 0;
            for (size_t q = 0; j < p->n && q < p->k; q++) {
                double v =
                    (double)p->taken_a[p->ta ? q * ld_a(p) + i : i * ld_a(p) + q] *
                    (double)p->taken_b[p->tb ? j * ld_b(p) + q : q * ld_b(p) + j];
                s += v;
                scale += fabs(v);
            }
            s = j < p->n ? p->alpha * s + p->beta * old + more
                         : (double)p->c[i * ldc + j];
            all[i * ldc + j] = (wanted){ s, scale };
        }
    return all;
}

static void compare(const product *p, const wanted *all, const lrr_real *c,
                    const char *what)
{
    const size_t ldc = p->n + p->extra;
    for (size_t at = 0; at < p->m * ldc; at++)
        if (!(fabs(all[at].value - (double)c[at]) <= 1e-6 * all[at].scale) &&
            !(isnan(all[at].value) && isnan(c[at]))) {
            faults++;
            printf("%s (%zu, %zu, %zu) %d%d at (%zu, %zu): %.9g, want %.9g\n", what,
                   p->m, p->n, p->k, p->ta, p->tb, at / ldc, at % ldc, (double)c[at],
                   all[at].value);
            return;
        }
}

static void check(size_t m, size_t n, size_t k, int kind, lrr_gemm_kind whose)
{
    const bool plain = lrr_gemm_rounds(whose), biased = kind % 5 == 4;
    product p = { m,
                  n,
                  k,
                  next() % 3,
                  kind & 1,
                  kind >> 1 & 1,
                  whose,
                  kind & 4 || plain || biased ? 1 : 0.7,
                  kind % 3 == 0 || biased  ? 0
                  : kind % 3 == 1 || plain ? 1
                                           : 0.5,
                  NULL,
                  NULL,
                  NULL,
                  NULL,
                  NULL,
                  NULL };
    lrr_real *a = noise((m + 3) * (k + 3)), *b = noise((n + 3) * (k + 3));
    lrr_real *c = noise(m * (n + 3)), *bias = noise(n), *first, *serial;
    lrr_error err;

    for (size_t i = 0; p.beta == 0 && i < m * (n + 3); i++)
        c[i] = (lrr_real)NAN;
    lrr_real *taken_a = taken(whose, a, (m + 3) * (k + 3));
    lrr_real *taken_b = taken(whose, b, (n + 3) * (k + 3));
    p.a = a;
    p.b = b;
    p.taken_a = taken_a;
    p.taken_b = taken_b;
    p.c = c;
    p.bias = biased ? bias : NULL;
    serial = compute(&p, true);
    wanted *all = want(&p);
    compare(&p, all, serial, "serial");
    lrr_threads_init(1, &err);
    first = compute(&p, false);
    compare(&p, all, first, "tiles");
    free(all);
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
    free(taken_a);
    free(taken_b);
    free(bias);
    free(a);
    free(b);
    free(c);
}

#ifndef LRR_F64
typedef struct bits {
    lrr_gemm_args g;
    const float *a, *b; /* g's, rounded */
    bool tiles;         /* in the order of LRR_GEMM_TILES */
    float *c[4]; /* as defined, by floats, of B packed once, by the instruction */
    size_t size;
    _Alignas(64) float scratch[LRR_GEMM_SCRATCH];
} bits;

/* One sum of at most KC products, in the order of kernels/gemm_block.h. */
static float sum_of(const bits *t, size_t i, size_t j, size_t from)
{
    const lrr_gemm_args *g = &t->g;
    const size_t end = g->k - from < LRR_GEMM_KC ? g->k : from + LRR_GEMM_KC;
    float s = 0;
    for (size_t k = from; k < end; k += 2)
        for (size_t q = k + 2; q-- > k;)
            s = fmaf(q < end ? t->a[i * g->a_row + q * g->a_col] : 0,
                     q < end ? t->b[q * g->b_row + j * g->b_col] : 0, s);
    return s;
}

/* What is added, and so begins with what it is added to. */
static float start_of(const lrr_gemm_args *g, size_t i, size_t j)
{
    return g->beta != 0 ? g->c[i * g->ldc + j] : g->bias != NULL ? g->bias[j] : 0;
}

static float sum_of_tiles(const bits *t, size_t i, size_t j)
{
    const lrr_gemm_args *g = &t->g;
    float sum = start_of(g, i, j);
    for (size_t k = 0; k < g->k; k += 32) {
        float part[2] = { 0 };
        for (size_t q = k; q < k + 32; q++)
            part[q % 2] =
                fmaf(q < g->k ? t->a[i * g->a_row + q * g->a_col] : 0,
                     q < g->k ? t->b[q * g->b_row + j * g->b_col] : 0, part[q % 2]);
        sum += part[0] + part[1];
    }
    return sum;
}

static float sum_of_pairs(const bits *t, size_t i, size_t j)
{
    const lrr_gemm_args *g = &t->g;
    float sum = start_of(g, i, j);
    for (size_t k = 0; k < g->k; k += LRR_GEMM_KC) {
        const float part = sum_of(t, i, j, k);
        sum = k > 0 || g->beta != 0 || g->bias != NULL ? sum + part : part;
    }
    return sum;
}

/* By whichever unit this processor has; a bias is no business of it. */
static void multiply_packed(lrr_gemm_kind kind, const lrr_gemm_args *g)
{
    float *packed;
    if (posix_memalign((void **)&packed, 64,
                       LRR_GEMM_ROUNDED(g->n, g->k) * sizeof(float)))
        abort();
    lrr_gemm_pack(kind, g->n, g->k,
                  (lrr_mat){ g->b, g->b_row == 1 ? g->b_col : g->b_row,
                             g->b_row == 1 && g->b_col != 1 },
                  packed);
    lrr_gemm_serial_packed(kind, g->m, g->n, g->k,
                           (lrr_mat){ g->a, g->a_row == 1 ? g->a_col : g->a_row,
                                      g->a_row == 1 && g->a_col != 1 },
                           packed, g->beta != 0, g->c, g->ldc, NULL);
    for (size_t i = 0; g->bias != NULL && i < g->m; i++)
        for (size_t j = 0; j < g->n; j++)
            g->c[i * g->ldc + j] += g->bias[j];
    free(packed);
}

/* Inside lrr_parallel, where what is not normal counts as 0. */
static void multiply_bits(void *arg, size_t index)
{
    bits *t = arg;
    lrr_gemm_args *g = &t->g;
    g->c = t->c[index];
    if (index == 1)
        (t->tiles ? lrr_k->gemm_tiles : lrr_k->gemm_bf16)(g, t->scratch);
    else if (index == 2)
        multiply_packed(t->tiles ? LRR_GEMM_TILES : LRR_GEMM_BF16, g);
    else if (index == 3)
        (t->tiles ? lrr_k->gemm_amx : lrr_k->gemm_dots)(g, t->scratch);
    else
        for (size_t i = 0; i < g->m; i++)
            for (size_t j = 0; j < g->n; j++)
                g->c[i * g->ldc + j] =
                    t->tiles ? sum_of_tiles(t, i, j) : sum_of_pairs(t, i, j);
}

/* Of every size: some overflow, some are not normal or have products that are not, some are
** nothing at all. NaN itself is not compared by bits: which of two is kept is not said. */
static float wild(int how)
{
    const double x = (double)next() / 0x1p23 - 1;
    const uint32_t r = next();
    if (r % 16 == 0)
        return copysignf(0, (float)x);
    if (how == 1 &&
        r % 64 < 3) /* not normal, but rounded it would be; and what shows it */
        return r % 64 == 1 ? 0x1.fffffcp-127F : (float)ldexp(x, 20);
    if (how == 1)
        return (float)ldexp(x, (int)(r / 16 % 24) - 75);
    if (how == 2 && r % 1024 == 1)
        return r % 2048 == 1 ? INFINITY : (float)ldexp(x, 127);
    if (how == 2 && r % 1024 == 2)
        return (float)ldexp(x, -127);
    return (float)ldexp(x, (int)(r / 16 % 12) - 6);
}

static float *wild_ones(size_t n, int how)
{
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = wild(how);
    return x;
}

static bool same_bits(const float *x, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&x[i], &y[i], sizeof *x) != 0 && !(isnan(x[i]) && isnan(y[i])))
            return false;
    return true;
}

static void check_bits(size_t m, size_t n, size_t k, int kind, bool tiles)
{
    static const char *const names[] = { "as defined", "by floats", "of B packed once",
                                         "by the instruction" };
    static bits t;
    const int how = kind / 5 % 3;
    const size_t extra = next() % 3,
                 units = (tiles ? lrr_cpu_tiles() : lrr_cpu_has_dots()) ? 4 : 3;
    float *a = wild_ones((m + 3) * (k + 3), how),
          *b = wild_ones((n + 3) * (k + 3), how);
    float *bias = wild_ones(n, how), *c = wild_ones(m * (n + extra), how);
    float *taken_a = taken(LRR_GEMM_BF16, a, (m + 3) * (k + 3));
    float *taken_b = taken(LRR_GEMM_BF16, b, (n + 3) * (k + 3));
    t.tiles = tiles;
    t.a = taken_a;
    t.b = taken_b;
    t.size = m * (n + extra);
    t.g = (lrr_gemm_args){ .m = m,
                           .n = n,
                           .k = k,
                           .alpha = 1,
                           .beta = kind % 5 == 3 ? 1 : 0,
                           .a = a,
                           .b = b,
                           .a_row = kind & 1 ? 1 : k + extra,
                           .a_col = kind & 1 ? m + extra : 1,
                           .b_row = kind & 2 ? 1 : n + extra,
                           .b_col = kind & 2 ? k + extra : 1,
                           .ldc = n + extra,
                           .bias = kind % 5 == 4 ? bias : NULL };
    for (size_t i = 0; i < units; i++) {
        t.c[i] = malloc(t.size * sizeof **t.c);
        memcpy(t.c[i], c, t.size * sizeof **t.c);
    }
    lrr_error err;
    lrr_threads_init(1, &err);
    lrr_parallel(units, multiply_bits, &t);
    for (size_t i = 1; i < units; i++)
        if (!(i == 2 && t.g.bias != NULL &&
              (tiles || k > LRR_GEMM_KC)) && /* added last */
            !same_bits(t.c[0], t.c[i], t.size)) {
            faults++;
            printf("bf16%s (%zu, %zu, %zu) of kind %d: not %s but %s\n",
                   tiles ? " as AMX" : "", m, n, k, kind, names[0], names[i]);
        }
    for (size_t i = 0; i < units; i++)
        free(t.c[i]);
    free(taken_a);
    free(taken_b);
    free(a);
    free(b);
    free(bias);
    free(c);
}

static void check_all_bits(bool tiles)
{
    static const size_t sizes[] = { 1, 2, 3, 7, 8, 9, 16, 17, 31, 32, 33, 48, 65, 100 };
    for (int i = 0; i < 300; i++)
        check_bits(sizes[next() % 14], sizes[next() % 14], sizes[next() % 14], i,
                   tiles);
    for (int i = 0; i < 15; i++) {
        check_bits(20, 40, LRR_GEMM_KC + 1 + next() % 300, i, tiles);
        check_bits(110, 30, 17, i, tiles);
        check_bits(9, 530, 15, i, tiles);
    }
}

/* A product that all threads share, of which A is packed first where there is AMX, and the same one
** by one thread. */
static void check_wide(size_t m, size_t n, size_t k, int kind)
{
    const size_t extra = next() % 3, size = m * (n + extra);
    float *a = wild_ones((m + 3) * (k + 3), 0), *b = wild_ones((n + 3) * (k + 3), 0);
    float *bias = wild_ones(n, 0), *c = wild_ones(size, 0), *want;
    const lrr_mat x = { a, kind & 1 ? m + extra : k + extra, (kind & 1) != 0 },
                  y = { b, kind & 2 ? k + extra : n + extra, (kind & 2) != 0 };
    const bool with_bias = kind == 4, adds = kind == 3;
    want = malloc(size * sizeof *want);
    memcpy(want, c, size * sizeof *want);
    for (size_t i = 0; with_bias && i < m; i++)
        memcpy(want + i * (n + extra), bias, n * sizeof *bias);
    lrr_gemm_serial(LRR_GEMM_TILES, m, n, k, 1, x, y, with_bias || adds, want,
                    n + extra);
    if (with_bias)
        lrr_gemm_bias(LRR_GEMM_TILES, m, n, k, x, y, bias, c, n + extra);
    else
        lrr_gemm(LRR_GEMM_TILES, m, n, k, 1, x, y, adds, c, n + extra);
    if (!same_bits(want, c, size)) {
        faults++;
        printf("bf16 as AMX (%zu, %zu, %zu) of kind %d: not by all threads as by one\n",
               m, n, k, kind);
    }
    free(a);
    free(b);
    free(bias);
    free(c);
    free(want);
}

static void check_all_wide(void)
{
    lrr_error err;
    if (lrr_threads_init(2, &err) != LRR_OK || lrr_threads_begin(&err) != LRR_OK)
        abort();
    for (int kind = 0; kind < 5; kind++) {
        check_wide(517, 1031, 600, kind); /* depths and columns in parts */
        check_wide(2100, 300, 520, kind); /* rows, too */
    }
}
#else
static void check_all_bits(bool tiles)
{
    (void)tiles;
}

static void check_all_wide(void)
{
}
#endif

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
    for (int whose = LRR_GEMM_BLAS; whose <= (int)LAST; whose++) {
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
    check_all_bits(false);
    check_all_bits(true);
    check_all_wide();
    lrr_threads_fini();
    printf("%d faults\n", faults);
    return faults != 0;
}
