/*
** optim.c -- time of one update, beside what the machine's memory gives: a loop with
** Adam's traffic (four arrays read, three written) on the same threads.
**
** Usage: optim [threads [parameters [name]]]; prints one JSON line.
*/
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/threads.h"
#include "kernels/simd.h"
#include "optim/clip.h"
#include "optim/optim.h"

typedef struct arrays {
    size_t n, chunks;
    lrr_real *x, *m, *v, *g;
} arrays;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void copy_chunk(void *arg, size_t chunk)
{
    const arrays *a = arg;
    lrr_real *restrict x = a->x, *restrict m = a->m, *restrict v = a->v;
    const lrr_real *restrict g = a->g;
    const size_t end = lrr_chunk_at(a->n, a->chunks, chunk + 1);
    for (size_t i = lrr_chunk_at(a->n, a->chunks, chunk); i < end; i++) {
        m[i] += g[i];
        v[i] -= g[i];
        x[i] += m[i];
    }
}

static int make(arrays *a, size_t n)
{
    lrr_error err;
    lrr_real **all[] = { &a->x, &a->m, &a->v, &a->g };
    a->n = n;
    a->chunks = lrr_chunks(n, 32768, 4096);
    for (int j = 0; j < 4; j++) {
        if (lrr_mem_new(n + 16, sizeof(lrr_real), "a bench", all[j], &err) != LRR_OK)
            return 0;
        for (size_t i = 0; i < n; i++)
            (*all[j])[i] = (lrr_real)((double)(i % (89 + (size_t)j)) * 0.01 - 0.4);
    }
    return 1;
}

static lrr_optim *new_optim(const char *name, size_t n)
{
    static double row[1][LRR_HYPER_COUNT];
    const lrr_segment whole = { "w", 0, n, { 1, { n } }, true };
    lrr_optim_cfg cfg = { .name = name, .n_groups = 1 };
    lrr_optim *o = NULL;
    lrr_error err;
    row[0][LRR_HYPER_LR] = 1e-3;
    row[0][LRR_HYPER_BETA1] = 0.9;
    row[0][LRR_HYPER_BETA2] = 0.999;
    row[0][LRR_HYPER_EPS] = 1e-8;
    row[0][LRR_HYPER_RHO] = 0.9;
    row[0][LRR_HYPER_ETA_MINUS] = 0.5;
    row[0][LRR_HYPER_ETA_PLUS] = 1.2;
    row[0][LRR_HYPER_STEP_MAX] = 50;
    cfg.groups = (const double(*)[LRR_HYPER_COUNT])row;
    return lrr_optim_new(&cfg, &whole, 1, &o, &err) == LRR_OK ? o : NULL;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

int main(int argc, char **argv)
{
    const size_t threads = argc > 1 ? (size_t)atol(argv[1]) : 2;
    const size_t n = argc > 2 ? (size_t)atol(argv[2]) : 10000000;
    const char *name = argc > 3 ? argv[3] : "adam";
    const lrr_segment whole = { "w", 0, n, { 1, { n } }, true };
    double step = 1e9, memory = 1e9, norm = 1e9, all = 0;
    arrays a = { 0 }, b = { 0 };
    lrr_optim *o = new_optim(name, n);
    lrr_clip *c;
    lrr_error err;
    if (o == NULL || !make(&a, n) || !make(&b, n) ||
        lrr_threads_init(threads, &err) != LRR_OK ||
        lrr_threads_begin(&err) != LRR_OK ||
        lrr_clip_new(&whole, 1, &c, &err) != LRR_OK)
        return 1;
    lrr_simd_choose();
    for (int round = 0; round < (n > 100000 ? 40 : 4000); round++) {
        double t0 = now(), t1, t2;
        lrr_optim_step(o, a.x, a.g, NULL, 1);
        t1 = now();
        lrr_parallel(b.chunks, copy_chunk, &b);
        t2 = now();
        all += lrr_clip_norm(c, a.g, NULL);
        norm = least(norm, now() - t2);
        step = least(step, t1 - t0);
        memory = least(memory, t2 - t1);
    }
    printf("{\"bench\":\"optim\",\"name\":\"%s\",\"n\":%zu,\"threads\":%zu,"
           "\"step_us\":%.2f,\"memory_us\":%.2f,\"ratio\":%.3f,\"norm_us\":%.2f}\n",
           name, n, threads, 1e6 * step, 1e6 * memory, memory / step, 1e6 * norm);
    return all > 0 ? 0 : 1;
}
