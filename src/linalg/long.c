/* long.c -- see long.h. */
#include "linalg/long.h"

#include "base/threads.h"

enum { GRAIN = 16384, CHUNKS = 64, LANES = 8 };

/* One pass in chunks; each function reads those that it has. */
typedef struct pass {
    const lrr_real *x, *d;
    const double *from;
    lrr_real *y;
    double *sum;
    double k, c, part[CHUNKS];
    size_t n, chunks;
} pass;

static void run(pass *p, lrr_chunk_fn f)
{
    p->chunks = lrr_chunks(p->n, GRAIN, CHUNKS);
    lrr_parallel(p->chunks, f, p);
}

static size_t start(const pass *p, size_t i)
{
    return lrr_chunk_at(p->n, p->chunks, i);
}

static void dot_chunk(void *arg, size_t i)
{
    pass *p = arg;
    const lrr_real *x = p->x, *y = p->d;
    size_t at = start(p, i);
    const size_t end = start(p, i + 1);
    double s[LANES] = { 0 };
    for (; at + LANES <= end; at += LANES)
        for (size_t l = 0; l < LANES; l++)
            s[l] += (double)x[at + l] * (double)y[at + l];
    for (; at < end; at++)
        s[0] += (double)x[at] * (double)y[at];
    p->part[i] = ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

double lrr_long_dot(const lrr_real *x, const lrr_real *y, size_t n)
{
    pass p = { .x = x, .d = y, .n = n };
    double sum = 0;
    run(&p, dot_chunk);
    for (size_t i = 0; i < p.chunks; i++)
        sum += p.part[i];
    return sum;
}

static void combine_chunk(void *arg, size_t i)
{
    const pass *p = arg;
    for (size_t at = start(p, i), end = start(p, i + 1); at < end; at++)
        p->y[at] = (lrr_real)(p->k * (double)p->y[at] + p->c * (double)p->x[at]);
}

void lrr_long_combine(double k, lrr_real *y, double c, const lrr_real *x, size_t n)
{
    pass p = { .x = x, .k = k, .c = c, .n = n };
    p.y = y;
    run(&p, combine_chunk);
}

static void collect_chunk(void *arg, size_t i)
{
    const pass *p = arg;
    for (size_t at = start(p, i), end = start(p, i + 1); at < end; at++)
        p->sum[at] += p->c * (double)p->x[at];
}

void lrr_long_collect(double c, const lrr_real *x, double *sum, size_t n)
{
    pass p = { .x = x, .c = c, .n = n };
    p.sum = sum;
    run(&p, collect_chunk);
}

static void spread_chunk(void *arg, size_t i)
{
    const pass *p = arg;
    for (size_t at = start(p, i), end = start(p, i + 1); at < end; at++) {
        const double c = p->d != NULL ? p->c * (double)p->d[at] : p->c;
        p->y[at] = (lrr_real)(c * p->from[at]);
    }
}

void lrr_long_spread(double c, const double *x, const lrr_real *d, lrr_real *y,
                     size_t n)
{
    pass p = { .from = x, .c = c, .d = d, .n = n };
    p.y = y;
    run(&p, spread_chunk);
}

static void times_chunk(void *arg, size_t i)
{
    const pass *p = arg;
    for (size_t at = start(p, i), end = start(p, i + 1); at < end; at++)
        p->y[at] = p->x[at] * p->d[at];
}

void lrr_long_times(const lrr_real *x, const lrr_real *d, lrr_real *y, size_t n)
{
    pass p = { .x = x, .d = d, .n = n };
    p.y = y;
    run(&p, times_chunk);
}

static void move_chunk(void *arg, size_t i)
{
    const pass *p = arg;
    for (size_t at = start(p, i), end = start(p, i + 1); at < end; at++)
        p->y[at] = (lrr_real)((double)p->x[at] + p->c * (double)p->d[at]);
}

void lrr_long_move(const lrr_real *x, double c, const lrr_real *u, lrr_real *y,
                   size_t n)
{
    pass p = { .x = x, .c = c, .d = u, .n = n };
    p.y = y;
    run(&p, move_chunk);
}
