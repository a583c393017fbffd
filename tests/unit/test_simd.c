/*
** test_simd.c -- the SSE2, AVX2 and AVX-512 kernels give the same bits, and the
** elementary functions are within 3 units in the last place of libm's in long double.
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kernels/simd.h"

enum { N = 4099 };

extern const lrr_simd lrr__table_sse2, lrr__table_avx2, lrr__table_avx512;

static const lrr_simd *tables[3];
static int n_tables, faults;

static uint32_t state = 1;
static uint32_t next(void)
{
    state = state * 1664525U + 1013904223U;
    return state >> 8;
}

/* Values of several sizes, and now and then a special one: those spread through sums,
** so that half of the rounds go without. */
static void fill(lrr_real *a, size_t n, int with_special)
{
    static const lrr_real special[] = { 0,
                                        -0.0,
                                        1,
                                        -1,
                                        INFINITY,
                                        -INFINITY,
                                        (lrr_real)NAN,
                                        88,
                                        -88,
                                        89,
                                        -104,
                                        (lrr_real)1e-40,
                                        (lrr_real)-1e-40,
                                        (lrr_real)3e38,
                                        (lrr_real)-3e38,
                                        0.625 };
    for (size_t i = 0; i < n; i++) {
        uint32_t r = next();
        a[i] = (lrr_real)((double)r / 0x1p22 - 2) * (r % 7 == 0 ? 30 : 1);
        if (with_special && r % 97 == 0)
            a[i] = special[r / 97 % (sizeof special / sizeof *special)];
    }
}

static int same(const lrr_real *a, const lrr_real *b, size_t n)
{
    if (memcmp(a, b, n * sizeof *a) == 0)
        return 1;
    for (size_t i = 0; i < n; i++)
        if (memcmp(a + i, b + i, sizeof *a) != 0 && !(a[i] != a[i] && b[i] != b[i]))
            return 0;
    return 1;
}

static void report(int ok, const char *name, int table)
{
    if (!ok) {
        faults++;
        printf("%s: table %d differs from sse2\n", name, table);
    }
}

static lrr_real x[N], w[N], out[3][N];
static uint8_t sides[N]; /* of w */
static int8_t errors[N]; /* of x and w */

#define COMPARE(name, setup, call)                    \
    do {                                              \
        for (int t = 0; t < n_tables; t++) {          \
            const lrr_simd *k = tables[t];            \
            lrr_real *y = out[t];                     \
            memcpy(y, w, sizeof w);                   \
            setup;                                    \
            call;                                     \
            report(same(out[0], out[t], N), name, t); \
        }                                             \
    } while (0)

#define ACTIVATION(_, f, reads, cost)                                                \
    COMPARE(#f, (void)0, k->f##_forward(x, y, n, (lrr_real)0.7));                    \
    COMPARE(#f " backward", (void)0, k->f##_backward(x, w, y, n, (lrr_real)0.7, 0)); \
    COMPARE(#f " adding", (void)0, k->f##_backward(x, w, y, n, (lrr_real)0.7, 1));

#define HELD(_, f, reads, cost)                                               \
    COMPARE(#f " held", (void)0, k->f##_held(sides, x, y, n, (lrr_real)0.7)); \
    COMPARE(#f " held backward", (void)0,                                     \
            k->f##_held_back(sides, x, w, y, n, (lrr_real)0.7, 1));

#define LOSS(f)                                                   \
    COMPARE(#f, (void)0, k->f##_loss(x, w, y, n, (lrr_real)0.7)); \
    COMPARE(#f " gradient", (void)0,                              \
            k->f##_gradient(x, w, (lrr_real)0.3, y, n, (lrr_real)0.7, 1));

#define ERROR_HELD(f)                                                             \
    COMPARE(#f " held", (void)0, k->f##_held(errors, x, w, y, n, (lrr_real)0.7)); \
    COMPARE(                                                                      \
        #f " held gradient", (void)0,                                             \
        k->f##_held_gradient(errors, x, w, (lrr_real)0.3, y, n, (lrr_real)0.7, 1));

static void compare_rows(const lrr_real *a, const lrr_real *b, size_t cols)
{
    lrr_norm_lists lists = { x, w, x + 64, w + 64 };
    lrr_real mean[64] = { 0 }, rstd[64];
    COMPARE("norm_rows", (void)0, k->norm_rows(a, y, 64, cols, lists));
    COMPARE("norm_rows back", (void)0, k->norm_rows_back(a, b, y, 64, cols, lists, 1));
    COMPARE("squares of rows", (void)0, k->sum_squares_rows(a, w, cols, 64, cols, y));
    COMPARE("products of rows", (void)0,
            k->sum_products_rows(a, w, b, cols, 64, cols, y));
    COMPARE("layernorm", (void)0,
            k->layernorm_forward(a, w, b, y, 64, cols, (lrr_real)1e-5, mean, rstd));
    COMPARE("layernorm back", (void)0,
            k->layernorm_row_back(a, w, b, y, 64 * cols, mean[3], 2, 1));
    COMPARE("layernorm weights", (void)0,
            k->layernorm_weight_back(a, b, cols, 64, cols, mean, rstd, y));
}

static void compare_tables(size_t n)
{
    lrr_mask mask = { { 1, 2 }, { 3, 4 }, 0, 2 };
    lrr_norm_map map = { 1, 2, 3 };
    lrr_norm_back back = { 1, 2, 3, 4 };
    lrr_real top[64], sum[64];
    lrr_k->sides(w, sides, n);
    LRR_ACTIVATION_BENT_MAP(ACTIVATION, )
    LRR_ACTIVATION_BENT_MAP(HELD, )
    LRR_ACTIVATION_SMOOTH_MAP(ACTIVATION, )
    LRR_LOSS_MAP(LOSS)
    lrr_k->error_sides(x, w, (lrr_real)0.7, errors, n);
    ERROR_HELD(l1)
    ERROR_HELD(huber)
    COMPARE("mask", mask.below = 1U << 30, k->mask_fill(&mask, 64, y, n));
    COMPARE("norm", map.a = 3, k->norm_plane(x, y, n, map));
    COMPARE("norm relu", map.a = 3, k->norm_relu(x, y, n, map, 0));
    COMPARE("norm relu past", map.a = 3, k->norm_relu(x, y, n, map, 1));
    COMPARE("norm relu back", back.c2 = 3, k->norm_relu_back(x, w, y, n, back, 4, 1));
    COMPARE("norm sums", y[1] = 0, k->norm_sums_back(x, w, n, map, 0, y));
    COMPARE("norm relu sums", y[1] = 0, k->norm_sums_back(x, w, n, map, 1, y));
    COMPARE("norm back", back.c2 = 3, k->norm_plane_back(x, w, y, n, back, 1));
    COMPARE("sums", y[0] = k->sum(x, n), y[1] = k->sum_squares(x, 1, n));
    COMPARE("products", (void)0, y[0] = k->sum_products(x, 1, w, n));
    COMPARE("exp", (void)0, k->exp(x, y, n));
    COMPARE("log", (void)0, k->log(x, y, n));
    COMPARE("log1p", (void)0, k->log1p(x, y, n));
    COMPARE("erf", (void)0, k->erf(x, y, n));
    for (size_t cols = 1; cols <= 40 && cols * 64 <= n; cols++) {
        compare_rows(x, w, cols);
        COMPARE("softmax", (void)0, k->softmax_forward(x, y, top, sum, 64, cols));
        COMPARE("softmax backward", (void)0, k->softmax_backward(x, w, y, 64, cols, 1));
        COMPARE("sum_rows", (void)0, k->sum_rows(x, cols, 64, cols, y, 1));
    }
}

/* One step of each recurrent cell, h <= 200, all that it writes in parts of y. */
static void compare_cells(size_t h)
{
    for (int relu = 0; relu < 2; relu++) {
        COMPARE("rnn", (void)0, k->rnn_forward(w, y, y + 800, relu, h));
        COMPARE("rnn back", (void)0, k->rnn_backward(y, y + 800, y + 2400, relu, h));
    }
    COMPARE("lstm", (void)0,
            k->lstm_forward(x + 800, y, w, y + 800, y + 1000, y + 1200, h));
    COMPARE("lstm back", (void)0,
            k->lstm_backward(y, x, x + 200, y + 800, y + 1000, y + 2400, h));
    COMPARE("gru", (void)0, k->gru_forward(x + 800, y, w, y + 800, h));
    COMPARE("gru back", (void)0, k->gru_backward(y, x, y + 800, y + 2400, h));
}

/* One optimizer's update: parameters and all state. */
static void compare_step(const char *name, lrr_optim_kernel f[3], size_t n)
{
    static lrr_real all[3][5][N];
    const lrr_optim_k k = {
        .scale = (lrr_real)0.9,
        .l2 = (lrr_real)0.01,
        .keep = (lrr_real)0.99,
        .lr = (lrr_real)0.1,
        .w1 = (lrr_real)0.1,
        .w2 = (lrr_real)0.001,
        .w3 = (lrr_real)0.01,
        .root = (lrr_real)1.3,
        .eps = (lrr_real)1e-8,
        .eps_in = (lrr_real)1e-7,
        .mu = (lrr_real)0.9,
        .part = (lrr_real)0.7,
        .a = (lrr_real)1.2,
        .b = (lrr_real)0.5,
        .lo = (lrr_real)1e-6,
        .hi = 50,
        .mix = (lrr_real)0.1,
    };
    for (int t = 0; t < n_tables; t++) {
        lrr_real *s[4] = { all[t][1], all[t][2], all[t][3], all[t][4] };
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < 5; j++)
                all[t][j][i] = j == 0 ? x[i] : w[(i + j) % N] * w[(i + j) % N];
        f[t](&k, all[t][0], w, s, n);
        for (int j = 0; j < 5; j++)
            report(same(all[0][j], all[t][j], N), name, t);
    }
}

static void compare_optimizers(size_t n)
{
    const lrr_optim_k c = { .scale = 1, .root = 1, .eps = 1, .b = 2, .l2 = 3 };
    double sum[2];
#define X(type, name, params)              \
    do {                                   \
        lrr_optim_kernel f[3];             \
        for (int t = 0; t < n_tables; t++) \
            f[t] = tables[t]->name;        \
        compare_step(#name, f, n);         \
    } while (0);
    LRR_OPTIM_STEP_MAP(X)
    LRR_OPTIM_FAR_STEP_MAP(X)
#undef X
    COMPARE("square sum", (void)0, y[0] = (lrr_real)k->optim_square_sum(x, n));
    COMPARE("product", (void)0, y[0] = (lrr_real)k->optim_product_square_sum(x, w, n));
    COMPARE("dot", (void)0, y[0] = (lrr_real)k->optim_product_sum(x, w, n));
    COMPARE("sizes", (void)0, y[0] = (lrr_real)k->optim_size_sum(x, n));
    COMPARE("largest", (void)0, y[0] = (lrr_real)k->optim_largest(x, n));
    COMPARE("add", (void)0, k->optim_add(y, 2, x, n));
    COMPARE("multiple", (void)0, k->optim_multiple(y, 3, x, n));
    COMPARE("sum of two", (void)0, k->optim_from(y, w, 3, x, n));
    COMPARE("clamp", (void)0, k->optim_clamp(y, (lrr_real)0.5, n));
    COMPARE("average", (void)0, k->optim_average(y, x, (lrr_real)0.001, n));
#define X(type, name, params)                      \
    for (int t = 0; t < n_tables; t++) {           \
        lrr_real *s[4] = { x, w, x, w };           \
        tables[t]->name(&c, x, w, s, n, sum);      \
        out[t][0] = (lrr_real)sum[0];              \
        out[t][1] = (lrr_real)sum[1];              \
        report(same(out[0], out[t], 2), #name, t); \
    }
    X(void, optim_lamb_norms, )
    X(void, optim_agreeing, )
    LRR_OPTIM_FAR_SUMS_MAP(X)
#undef X
}

/* -1 / root(v) of MANY floats from bits `from` on, as Adam's step takes it. */
static void compare_roots(uint32_t from, uint32_t step)
{
    enum { MANY = 4096 };
    static lrr_real all[3][3][MANY];
    const lrr_optim_k k = { .scale = 1, .keep = 1, .lr = 1, .root = 1 };
    for (uint32_t i = 0; i < MANY; i++) {
        const uint32_t bits = from + i * step;
        float v;
        memcpy(&v, &bits, sizeof v);
        all[0][0][i] = 0;
        all[0][1][i] = 1;
        all[0][2][i] = (lrr_real)v;
    }
    for (int t = 1; t < n_tables; t++)
        memcpy(all[t], all[0], sizeof all[0]);
    for (int t = 0; t < n_tables; t++) {
        lrr_real *s[2] = { all[t][1], all[t][2] };
        tables[t]->optim_adam(&k, all[t][0], w, s, MANY);
        report(same(all[0][0], all[t][0], MANY), "roots", t);
    }
}

/* A root by an instruction or by steps: all of [1, 4), as of other exponents, and of all sizes. */
static void compare_all_roots(void)
{
    for (uint32_t from = 0x3f800000; from < 0x40800000; from += 4096)
        compare_roots(from, 1);
    compare_roots(0, 0x7f800000 / 4095); /* to within a little of inf */
    for (uint32_t exponent = 0; exponent < 255; exponent++)
        compare_roots(exponent << 23, 1);
    compare_roots(0x7f800000, 0); /* inf */
}

typedef enum product { PORTABLE, FUSED, SMALL } product;

static void multiply(const lrr_simd *table, product which, const lrr_gemm_args *g)
{
    static _Alignas(64) lrr_real scratch[LRR_GEMM_SCRATCH];
    if (which == PORTABLE)
        table->gemm_block(g, scratch);
    else if (which == FUSED)
        table->gemm_fused(g, scratch);
    else
        table->gemm_small(g, scratch);
}

/* The small product's bits are those of the fused one, which it is where there are no masks. */
static void compare_gemm(product which, size_t m, size_t n, size_t k_, int ta, int tb,
                         lrr_real beta)
{
    static const char *const names[] = { "gemm", "fused gemm", "small gemm" };
    const double alpha = (m + n + k_) % 2 == 0 ? 1 : 1.5;
    /* one past where an allocation begins, so that nothing lies as registers like it */
    lrr_real *a = (lrr_real *)malloc((m * k_ + 1) * sizeof *a) + 1;
    lrr_real *b = (lrr_real *)malloc((k_ * n + 1) * sizeof *b) + 1;
    lrr_real *c[3] = { NULL }, *c0 = malloc(m * n * sizeof *c0);
    for (size_t i = 0; i < m * k_; i++)
        a[i] = (lrr_real)((double)next() / 0x1p23 - 1);
    for (size_t i = 0; i < k_ * n; i++)
        b[i] = (lrr_real)((double)next() / 0x1p23 - 1);
    for (size_t i = 0; i < m * n; i++)
        c0[i] = (lrr_real)((double)next() / 0x1p23 - 1);
    for (int t = 0; t < n_tables; t++) {
        lrr_gemm_args g = { .m = m,
                            .n = n,
                            .k = k_,
                            .alpha = (lrr_real)alpha,
                            .beta = beta,
                            .a = a,
                            .b = b,
                            .a_row = ta ? 1 : k_,
                            .a_col = ta ? m : 1,
                            .b_row = tb ? 1 : n,
                            .b_col = tb ? k_ : 1,
                            .ldc = n };
        c[t] = (lrr_real *)malloc((m * n + 1) * sizeof *c0) + 1;
        memcpy(c[t], c0, m * n * sizeof *c0);
        g.c = c[t];
        multiply(tables[t], which, &g);
        report(same(c[0], c[t], m * n), names[which], t);
    }
    for (size_t i = 0; i < m * n; i++) {
        double s = 0, scale = 1e-9;
        for (size_t p = 0; p < k_; p++) {
            double v = (double)a[ta ? p * m + i / n : i / n * k_ + p] *
                       (double)b[tb ? i % n * k_ + p : p * n + i % n];
            s += v;
            scale += fabs(v);
        }
        s = alpha * s + (double)beta * (double)c0[i];
        if (!(fabs(s - (double)c[0][i]) <= 2e-6 * (scale + 1))) {
            faults++;
            printf("gemm (%zu, %zu, %zu): %.9g, want %.9g\n", m, n, k_, (double)c[0][i],
                   s);
            break;
        }
    }
    for (int t = 0; t < n_tables; t++)
        free(c[t] - 1);
    free(a - 1);
    free(b - 1);
    free(c0);
}

/* Rows and distances as wide as a panel of some instruction set, or one more or less. */
static void compare_panels(void)
{
    static const size_t at[] = { 1, 4, 6, 8, 9, 16, 32 };
    for (size_t i = 0; i < 7 * 7 * 7; i++)
        for (int kind = 0; kind < 4; kind++)
            for (product which = PORTABLE; which <= SMALL; which++)
                compare_gemm(which, at[i % 7], at[i / 7 % 7], at[i / 49], kind & 1,
                             kind >> 1, (lrr_real)(i % 2));
}

/* A mask's numbers are those of base/rng.h, in the order that dropout.h says. */
static void check_mask(void)
{
    const lrr_mask mask = { { 5, 6 }, { 7, 8 }, 3000000000U, 2 };
    tables[0]->mask_fill(&mask, 64, x, 1000);
    for (size_t i = 0; i < 1000; i++) {
        size_t e = i + 64;
        const uint32_t counter[4] = { (uint32_t)(e / 64 * 16 + e % 16), 0, 7, 8 };
        uint32_t word[4];
        lrr_philox(counter, mask.key, word);
        if ((x[i] == 0) != (word[e / 16 % 4] < mask.below)) {
            faults++;
            printf("mask: element %zu is not its Philox number\n", e);
            return;
        }
    }
}

#ifndef LRR_F64
typedef long double (*exact)(long double);

static long double sigmoid_exact(long double v)
{
    return 1 / (1 + expl(-v));
}

static long double softplus_exact(long double v)
{
    return v > 0 ? v + log1pl(expl(-v)) : log1pl(expl(v));
}

static long double expm1_exact(long double v)
{
    return v > 0 ? v : expm1l(v);
}

static long double gelu_exact(long double v)
{
    return v * erfcl(-v * 0.70710678118654752440084436210485L) / 2;
}

typedef void (*kernel)(const lrr_real *, lrr_real *, size_t);

#define PLAIN(f)                                                     \
    static void f##_plain(const lrr_real *in, lrr_real *y, size_t n) \
    {                                                                \
        tables[0]->f##_forward(in, y, n, 1);                         \
    }
PLAIN(tanh)
PLAIN(sigmoid)
PLAIN(softplus)
PLAIN(elu)
PLAIN(gelu)

static void check_within(double units, const char *name, kernel f, exact g, double lo,
                         double hi)
{
    double worst = 0, at = 0;
    for (double v = lo; v < hi; v += (hi - lo) / 5e5) {
        float in = (float)v, y;
        long double want = g((long double)in);
        double ulp, off;
        f(&in, &y, 1);
        ulp = fmax(ldexp(1, ilogb((double)want) - 23), 0x1p-149);
        off = fabs((double)((long double)y - want)) / ulp;
        if (!(off <= worst)) {
            worst = off;
            at = v;
        }
    }
    printf("%-9s %5.2f units at %g\n", name, worst, at);
    if (!(worst <= units))
        faults++;
}

/* The gates of one unit, all of which have `in` before them. */
static void lstm_gates(const lrr_real *in, lrr_real *g)
{
    static const lrr_real none[4];
    lrr_real c, tc, h;
    for (int i = 0; i < 4; i++)
        g[i] = *in;
    tables[0]->lstm_forward(none, g, none, &c, &tc, &h, 1);
}

#define GATE(i)                                                          \
    static void lstm_gate_##i(const lrr_real *in, lrr_real *y, size_t n) \
    {                                                                    \
        lrr_real g[4];                                                   \
        (void)n;                                                         \
        lstm_gates(in, g);                                               \
        *y = g[i];                                                       \
    }
GATE(0)
GATE(1)
GATE(2)
GATE(3)

static void gru_gate(const lrr_real *in, lrr_real *y, size_t n)
{
    static const lrr_real none[4];
    lrr_real g[4] = { -*in, *in, 0, 0 }, h;
    (void)n;
    tables[0]->gru_forward(none, g, none, &h, 1);
    *y = g[1];
}

/* c = c', as the gate that keeps it is open and the one that adds to it shut. */
static void lstm_state(const lrr_real *in, lrr_real *y, size_t n)
{
    static const lrr_real none[4];
    lrr_real g[4] = { -40, 40, 0, 0 }, c, h;
    (void)n;
    tables[0]->lstm_forward(none, g, in, &c, y, &h, 1);
}

static void check_precision(const char *name, kernel f, exact g, double lo, double hi)
{
    check_within(3, name, f, g, lo, hi);
}
#endif

int main(void)
{
    static const size_t sizes[] = { 1, 2, 5, 15, 16, 17, 31, 33, 64, 97, 257, 300 };
    tables[n_tables++] = &lrr__table_sse2;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        tables[n_tables++] = &lrr__table_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
        tables[n_tables++] = &lrr__table_avx512;
#endif
    for (int round = 0; round < 20; round++) {
        fill(x, N, round % 4 > 1);
        fill(w, N, round % 4 > 1);
        compare_tables(round % 2 == 0 ? N : (size_t)(next() % N));
        compare_optimizers(round % 2 == 0 ? N : (size_t)(next() % N));
        compare_cells(1 + next() % 200);
    }
    check_mask();
    for (int i = 0; i < 60; i++) {
        size_t m = sizes[next() % 12], n = sizes[next() % 12], k = sizes[next() % 12];
        compare_gemm(FUSED, m, n, k, i & 1, i >> 1 & 1, i % 3 == 0 ? 0 : 1);
        compare_gemm(SMALL, 1 + m % 64, 1 + n % 64, 1 + k % 64, i & 1, i >> 1 & 1,
                     i % 3 == 0 ? 0 : 1);
        compare_gemm(PORTABLE, m, n, k, i & 1, i >> 1 & 1,
                     i % 3 == 0   ? 0
                     : i % 3 == 1 ? 1
                                  : (lrr_real)0.5);
    }
    compare_all_roots();
    compare_panels();
    compare_gemm(PORTABLE, 130, 1100, 530, 0, 1, 1);
    compare_gemm(FUSED, 130, 1100, 530, 0, 1, 1);
    compare_gemm(FUSED, 530, 130, 1100, 1, 0, 0);
    compare_gemm(FUSED, 420, 540, 300, 0, 1, 1);
#ifndef LRR_F64
    check_precision("exp", tables[0]->exp, expl, -100, 88.7);
    check_precision("log", tables[0]->log, logl, 1e-40, 1e-38);
    check_precision("log", tables[0]->log, logl, 0.4, 3);
    check_precision("log", tables[0]->log, logl, 3, 1e30);
    check_precision("log1p", tables[0]->log1p, log1pl, -0.5, 2);
    check_precision("erf", tables[0]->erf, erfl, -5, 5);
    check_precision("tanh", tanh_plain, tanhl, -12, 12);
    check_precision("sigmoid", sigmoid_plain, sigmoid_exact, -85, 30);
    check_within(4, "gate", lstm_gate_0, sigmoid_exact, -40, 60);
    check_within(4, "gate", lstm_gate_1, sigmoid_exact, -40, 60);
    check_within(4, "gate", lstm_gate_2, tanhl, -30, 30);
    check_within(4, "gate", lstm_gate_3, sigmoid_exact, -40, 60);
    check_within(4, "gate", gru_gate, sigmoid_exact, -40, 60);
    check_within(4, "state", lstm_state, tanhl, -30, 30);
    check_precision("softplus", softplus_plain, softplus_exact, -80, 80);
    check_precision("elu", elu_plain, expm1_exact, -20, 1);
    check_within(4, "gelu", gelu_plain, gelu_exact, 0, 30);
    check_within(9, "gelu", gelu_plain, gelu_exact, -4, 0);
    check_within(70, "gelu", gelu_plain, gelu_exact, -13, -4);
#endif
    printf("%d tables compared, %d faults\n", n_tables, faults);
    return faults != 0;
}
