/*
** test_optim.c -- what optimizers, clipping and averages promise below Lua: the same bits
** for any number of threads, frozen tensors and padding untouched, nothing held after a
** failed allocation.
*/
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "check.h"
#include "kernels/simd.h"
#include "optim/average.h"
#include "optim/clip.h"
#include "optim/optim.h"
#include "optim/phases.h"
#include "os/blas.h"

/* A tensor of several pieces, a small one with padding, a frozen one. */
enum { BIG = 100003, SMALL = 5, AT_SMALL = 100016, AT_FROZEN = 100032, SIZE = 100048 };

static const lrr_segment segments[] = {
    { "big", 0, BIG, { 2, { 1, BIG } }, true },
    { "small", AT_SMALL, SMALL, { 1, { SMALL } }, true },
    { "frozen", AT_FROZEN, 7, { 1, { 7 } }, false },
};

static const char *const names[] = {
#define X(name) #name,
    LRR_OPTIM_MAP(X)
#undef X
};
enum { N_NAMES = sizeof names / sizeof *names };

static double row[1][LRR_HYPER_COUNT];
static lrr_real params[2][SIZE], grads[SIZE];

static lrr_optim_cfg config(const char *name)
{
    const bool around = strcmp(name, "sam") == 0;
    lrr_optim_cfg cfg = { .name = around ? "sgd" : name, .n_groups = 1 };
    cfg.around = around ? name : NULL;
    cfg.groups = (const double(*)[LRR_HYPER_COUNT])row;
    row[0][LRR_HYPER_LR] = 0.01;
    row[0][LRR_HYPER_WEIGHT_DECAY] = 0.1;
    row[0][LRR_HYPER_BETA1] = 0.9;
    row[0][LRR_HYPER_BETA2] = 0.99;
    row[0][LRR_HYPER_EPS] = 1e-8;
    row[0][LRR_HYPER_RHO] = 0.9;
    row[0][LRR_HYPER_ETA_MINUS] = 0.5;
    row[0][LRR_HYPER_ETA_PLUS] = 1.2;
    row[0][LRR_HYPER_STEP_MAX] = 50;
    row[0][LRR_HYPER_BETA3] = 0.999;
    row[0][LRR_HYPER_ALPHA] = 5;
    row[0][LRR_HYPER_WARMUP] = 2;
    row[0][LRR_HYPER_MOMENTUM] = 0.9;
    row[0][LRR_HYPER_NS_STEPS] = 5;
    row[0][LRR_HYPER_RADIUS] = 0.5;
    row[0][LRR_HYPER_D0] = 0.01;
    row[0][LRR_HYPER_D_COEF] = 1;
    row[0][LRR_HYPER_REL] = 0.01;
    row[0][LRR_HYPER_GAMMA] = 8;
    row[0][LRR_HYPER_MAX_ITER] = 3;
    row[0][LRR_HYPER_HISTORY] = 2;
    return cfg;
}

static void fill(lrr_real *x, unsigned seed)
{
    for (size_t i = 0; i < SIZE; i++) {
        size_t in_small = i - AT_SMALL, in_frozen = i - AT_FROZEN;
        seed = seed * 1664525U + 1013904223U;
        x[i] = i < BIG || in_small < SMALL || in_frozen < 7
                   ? (lrr_real)((double)seed / 0x1p31 - 1)
                   : 0;
    }
}

/* Three clipped updates with this many threads. */
static void train(const char *name, size_t threads, lrr_real *x)
{
    const lrr_clip_cfg limits = {
        .value = 0.9, .tensor_norm = 150, .norm = 100, .agc = 0.9, .agc_eps = 1e-3
    };
    const lrr_optim_cfg cfg = config(name);
    lrr_optim *o = NULL;
    lrr_clip *c = NULL;
    lrr_error err;
    CHECK(lrr_threads_init(threads, &err) == LRR_OK);
    CHECK(lrr_optim_new(&cfg, segments, 3, &o, &err) == LRR_OK);
    CHECK(lrr_clip_new(segments, 3, &c, &err) == LRR_OK);
    fill(x, 1);
    for (unsigned k = 0; k < 3; k++) {
        double scale, norm;
        fill(grads, k + 2);
        norm = lrr_clip_apply(c, &limits, x, grads, NULL, &scale);
        CHECK(norm > 150 && norm < 200);
        for (size_t p = 0; lrr_optim_move(o, p, &(lrr_optim_point){ x, grads, 1 }); p++)
            fill(grads, k + 7);
        lrr_optim_step(o, x, grads, NULL, scale);
    }
    CHECK(lrr_optim_steps(o) == 3);
    lrr_optim_free(o);
    lrr_clip_free(c);
}

static void test_threads_and_edges(void)
{
    static lrr_real start[SIZE];
    fill(start, 1);
    for (int i = 0; i < N_NAMES; i++) {
        train(names[i], 1, params[0]);
        train(names[i], 3, params[1]);
        CHECK(memcmp(params[0], params[1], sizeof params[0]) == 0);
        CHECK(memcmp(params[0] + AT_FROZEN, start + AT_FROZEN, 16 * sizeof *start) ==
              0);
        for (size_t at = AT_SMALL + SMALL; at < AT_FROZEN; at++)
            CHECK(params[0][at] == 0);
        CHECK(memcmp(params[0], start, BIG * sizeof *start) != 0);
    }
}

/* Matrices of muon and soap: one that all threads share, one in three pieces, others that lanes share,
** a frozen one; the last tensor is none. */
enum { N_TENSORS = 8, N_MATRICES = 9, M_SIZE = 190000 };

static size_t set_tensors(lrr_segment tensors[N_TENSORS])
{
    static const size_t shape[N_TENSORS][2] = { { 400, 300 }, { 96, 48 }, { 1, 1 },
                                                { 30, 300 },  { 64, 64 }, { 7, 5 },
                                                { 100, 200 }, { 31, 1 } };
    size_t at = 0;
    for (size_t i = 0; i < N_TENSORS; i++) {
        const size_t n = shape[i][0] * shape[i][1];
        tensors[i] = (lrr_segment){ .name = "w", .at = at, .n = n, .trains = i != 4 };
        tensors[i].shape = lrr_shape_of2(shape[i][0], shape[i][1]);
        at += (n + 15) / 16 * 16;
    }
    return at;
}

static const lrr_optim_matrix pieces[N_MATRICES] = {
    { 0, 0, 400 }, { 1, 0, 48 }, { 1, 48, 24 }, { 1, 72, 24 }, { 2, 0, 1 },
    { 3, 0, 30 },  { 4, 0, 64 }, { 5, 0, 7 },   { 6, 0, 100 },
};

static lrr_optim_cfg matrix_config(const char *name, lrr_gemm_kind gemm)
{
    static const uint32_t of[N_TENSORS] = { 0, 0, 0, 0, 0, 0, 0, 1 };
    static double rows[2][LRR_HYPER_COUNT];
    lrr_optim_cfg cfg = config(name);
    memcpy(rows[0], row[0], sizeof rows[0]);
    memcpy(rows[1], row[0], sizeof rows[1]);
    for (int g = 0; g < 2; g++) { /* soap's */
        rows[g][LRR_HYPER_EVERY] = 2;
        rows[g][LRR_HYPER_MAX_DIM] = 300;
    }
    cfg.groups = (const double(*)[LRR_HYPER_COUNT])rows;
    cfg.n_groups = 2;
    cfg.group_of = of;
    cfg.matrices = pieces;
    cfg.n_matrices = N_MATRICES;
    cfg.gemm = gemm;
    cfg.flags.decoupled = cfg.flags.nesterov = true;
    return cfg;
}

/* Three updates of x (M_SIZE) with this many threads. */
static void train_matrices(const char *name, lrr_gemm_kind gemm, size_t threads,
                           lrr_real *x)
{
    static lrr_real g[M_SIZE];
    lrr_segment tensors[N_TENSORS];
    const lrr_optim_cfg cfg = matrix_config(name, gemm);
    const size_t size = set_tensors(tensors);
    lrr_optim *o = NULL;
    lrr_error err;
    CHECK(size <= M_SIZE);
    CHECK(lrr_threads_init(threads, &err) == LRR_OK &&
          lrr_threads_begin(&err) == LRR_OK);
    CHECK(lrr_optim_new(&cfg, tensors, N_TENSORS, &o, &err) == LRR_OK);
    for (size_t i = 0; i < M_SIZE; i++)
        x[i] = (lrr_real)sin((double)i);
    for (int k = 0; k < 3; k++) {
        for (size_t i = 0; i < M_SIZE; i++)
            g[i] = (lrr_real)cos((double)(i * i % 1013) + k);
        lrr_optim_step(o, x, g, NULL, 0.5);
    }
    lrr_optim_free(o);
}

static void test_matrices_and_threads(const char *name)
{
    static lrr_real x[2][M_SIZE];
    lrr_segment tensors[N_TENSORS];
    set_tensors(tensors);
    for (int gemm = LRR_GEMM_BLAS; gemm <= LRR_GEMM_FUSED; gemm++) {
        train_matrices(name, (lrr_gemm_kind)gemm, 1, x[0]);
        for (size_t threads = 2; threads <= 4; threads++) {
            train_matrices(name, (lrr_gemm_kind)gemm, threads, x[1]);
            CHECK(memcmp(x[0], x[1], sizeof x[0]) == 0);
        }
    }
    for (size_t t = 0; t < N_TENSORS; t++) {
        const size_t at = tensors[t].at + tensors[t].n / 2;
        CHECK(isfinite(x[0][at]));
        CHECK((x[0][at] == (lrr_real)sin((double)at)) == (t == 4));
    }
}

static void test_matrices_that_are_none(void)
{
    lrr_segment tensors[N_TENSORS];
    lrr_optim *o;
    lrr_error err;
    lrr_optim_matrix wrong[N_MATRICES];
    lrr_optim_cfg cfg = matrix_config("muon", true);
    set_tensors(tensors);
    cfg.matrices = wrong;
    for (int i = 0; i < 6; i++) {
        memcpy(wrong, pieces, sizeof wrong);
        cfg.n_matrices = N_MATRICES;
        if (i == 0)
            wrong[8].segment = N_TENSORS; /* there is none */
        else if (i == 1)
            wrong[2].rows = 23; /* a row is left out */
        else if (i == 2)
            wrong[3].rows = 25; /* too many */
        else if (i == 3)
            cfg.n_matrices = 3; /* not to its end */
        else if (i == 4)
            cfg.n_matrices = 8; /* the last but one of group 0 has none */
        else
            wrong[0].segment = 1; /* twice */
        CHECK(lrr_optim_new(&cfg, tensors, N_TENSORS, &o, &err) == LRR_EINVAL &&
              o == NULL);
    }
    cfg = matrix_config("muon", true);
    cfg.name = "adam";
    CHECK(lrr_optim_new(&cfg, tensors, N_TENSORS, &o, &err) == LRR_EINVAL);
}

static void test_rates_of_groups(void)
{
    double rows[2][LRR_HYPER_COUNT] = { { 0 } };
    const uint32_t of[] = { 0, 1, 0 };
    lrr_optim_cfg cfg = { .name = "sgd", .n_groups = 2, .group_of = of };
    lrr_optim *o;
    lrr_error err;
    cfg.groups = (const double(*)[LRR_HYPER_COUNT])rows;
    rows[0][LRR_HYPER_LR] = 0.1;
    rows[1][LRR_HYPER_LR] = 0.3;
    CHECK(lrr_optim_new(&cfg, segments, 3, &o, &err) == LRR_OK);
    lrr_optim_set_lr(o, 0.05);
    CHECK(lrr_optim_hyper(o, 0)[LRR_HYPER_LR] == 0.05);
    CHECK(fabs(lrr_optim_hyper(o, 1)[LRR_HYPER_LR] - 0.15) < 1e-15);
    CHECK(lrr_optim_base(o, 1)[LRR_HYPER_LR] == 0.3);
    lrr_optim_free(o);
    rows[1][LRR_HYPER_LR] = -1;
    CHECK(lrr_optim_new(&cfg, segments, 3, &o, &err) == LRR_EINVAL && o == NULL);
    cfg.name = "adom";
    CHECK(lrr_optim_new(&cfg, segments, 3, &o, &err) == LRR_EINVAL);
    cfg.name = "sam";
    rows[1][LRR_HYPER_LR] = 0;
    CHECK(lrr_optim_new(&cfg, segments, 3, &o, &err) == LRR_EINVAL);
    cfg.name = "sgd";
    cfg.around = "adam";
    CHECK(lrr_optim_new(&cfg, segments, 3, &o, &err) == LRR_EINVAL);
}

static lrr_average *new_average(lrr_average_cfg cfg, size_t n)
{
    lrr_average *a;
    lrr_error err;
    CHECK(lrr_average_new(&cfg, n, &a, &err) == LRR_OK);
    return a;
}

static void test_average(void)
{
    const lrr_average_cfg cfg = { .kind = LRR_AVERAGE_EMA, .decay = 0.75 };
    lrr_average *e = new_average(cfg, 3);
    lrr_real x[3] = { 1, 2, 3 };
    CHECK(!lrr_average_swap(e, x));
    CHECK(x[0] == 1); /* nothing averaged yet */
    lrr_average_take(e, &cfg, x);
    x[0] = 5;
    lrr_average_take(e, &cfg, x);
    CHECK(lrr_average_values(e)[0] == 2 && lrr_average_values(e)[2] == 3);
    CHECK(lrr_average_swap(e, x));
    CHECK(x[0] == 2 && lrr_average_values(e)[0] == 5);
    lrr_average_swap(e, x);
    CHECK(x[0] == 5 && *lrr_average_count(e) == 2);
    lrr_average_set(e, x);
    CHECK(lrr_average_values(e)[0] == 5);
    lrr_average_free(e);
}

/* What the average of 1, 2, 3, ... is after `updates` updates. */
static double average_of(lrr_average_cfg cfg, int updates)
{
    lrr_average *a = new_average(cfg, 1);
    double out;
    for (int k = 1; k <= updates; k++) {
        lrr_real x = (lrr_real)k;
        if (lrr_average_takes(&cfg, k))
            lrr_average_take(a, &cfg, &x);
    }
    out = (double)lrr_average_values(a)[0];
    lrr_average_free(a);
    return out;
}

static void test_kinds_of_averages(void)
{
    lrr_average_cfg swa = { .kind = LRR_AVERAGE_SWA, .start = 4, .every = 3 };
    lrr_average_cfg lawa = { .kind = LRR_AVERAGE_LAWA, .every = 2, .last = 3 };
    lrr_average_cfg ema = { .kind = LRR_AVERAGE_EMA, .decay = 0.75, .start = 2 };
    lrr_average_cfg bad = { .kind = LRR_AVERAGE_LAWA, .every = 2 };
    lrr_average *a;
    lrr_error err;
    CHECK(average_of(swa, 5) == 0);    /* none yet */
    CHECK(average_of(swa, 8) == 6);    /* 6 */
    CHECK(average_of(swa, 12) == 9);   /* 6, 9, 12 */
    CHECK(average_of(lawa, 5) == 3);   /* 2, 4 */
    CHECK(average_of(lawa, 7) == 4);   /* 2, 4, 6 */
    CHECK(average_of(lawa, 13) == 10); /* 8, 10, 12 */
    CHECK(average_of(ema, 2) == 0 && average_of(ema, 4) == 3.25);
    ema.warmup =
        true; /* the mean of 3, 4, 5; from the fifth on a quarter is the new one's */
    CHECK(fabs(average_of(ema, 5) - 4) < 1e-6 &&
          fabs(average_of(ema, 7) - 5.125) < 1e-6);
    CHECK(lrr_average_new(&bad, 1, &a, &err) == LRR_EINVAL && a == NULL);
    bad = (lrr_average_cfg){ .kind = LRR_AVERAGE_EMA, .decay = 1 };
    CHECK(lrr_average_new(&bad, 1, &a, &err) == LRR_EINVAL);
}

/* A count that a damaged file says must not lead anywhere else. */
static void test_counts_that_are_none(void)
{
    const double counts[] = { NAN, -1, 1e300, INFINITY, 2.5 };
    const lrr_average_cfg cfg = { .kind = LRR_AVERAGE_LAWA, .every = 1, .last = 2 };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        lrr_average *a = new_average(cfg, 1);
        lrr_real x = 3;
        *lrr_average_count(a) = counts[i];
        lrr_average_take(a, &cfg, &x);
        CHECK(isfinite(lrr_average_values(a)[0]));
        lrr_average_free(a);
    }
}

static void test_norm_not_finite(void)
{
    const lrr_clip_cfg limits = { .norm = 1, .value = 1 };
    lrr_clip *c;
    lrr_error err;
    double scale;
    CHECK(lrr_clip_new(segments, 3, &c, &err) == LRR_OK);
    fill(grads, 9);
    grads[50000] = INFINITY;
    CHECK(isinf(lrr_clip_apply(c, &limits, params[0], grads, NULL, &scale)) &&
          scale == 1);
    CHECK(isinf(grads[50000])); /* left as it was */
    grads[50000] = NAN;
    CHECK(isnan(lrr_clip_norm(c, grads, NULL)));
    grads[50000] = 0;
    grads[AT_FROZEN] = NAN; /* nobody computed it */
    CHECK(isfinite(lrr_clip_norm(c, grads, NULL)));
    lrr_clip_free(c);
}

static void test_out_of_memory(void)
{
    const size_t before = lrr_mem_used();
    const lrr_optim_cfg cfg = config("adam");
    lrr_segment tensors[N_TENSORS];
    set_tensors(tensors);
    for (long n = 0; n < 100; n++) {
        const lrr_optim_cfg whole = matrix_config("soap", true);
        lrr_optim *o = NULL, *m = NULL;
        lrr_clip *c = NULL;
        const lrr_average_cfg average = { .kind = LRR_AVERAGE_LAWA,
                                          .every = 1,
                                          .last = 2 };
        lrr_average *e = NULL;
        lrr_error err;
        int done;
        lrr_mem_fail_after(n, false);
        done = lrr_optim_new(&cfg, segments, 3, &o, &err) == LRR_OK &&
               lrr_optim_new(&whole, tensors, N_TENSORS, &m, &err) == LRR_OK &&
               lrr_clip_new(segments, 3, &c, &err) == LRR_OK &&
               lrr_average_new(&average, 10, &e, &err) == LRR_OK;
        lrr_mem_fail_after(-1, false);
        lrr_optim_free(o);
        lrr_optim_free(m);
        lrr_clip_free(c);
        lrr_average_free(e);
        CHECK(lrr_mem_used() == before);
        if (done)
            break;
        CHECK(n < 99);
    }
}

int main(void)
{
    lrr_error err;
    lrr_simd_choose();
    CHECK(lrr_blas_load(&err) == LRR_OK);
    test_threads_and_edges();
    test_matrices_and_threads("muon");
    test_matrices_and_threads("soap");
    test_matrices_that_are_none();
    test_rates_of_groups();
    test_average();
    test_kinds_of_averages();
    test_counts_that_are_none();
    test_norm_not_finite();
    test_out_of_memory();
    lrr_threads_fini();
    printf("optim: %d faults\n", faults);
    return faults != 0;
}
