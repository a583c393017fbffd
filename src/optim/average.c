/* average.c -- see average.h. */
#include "optim/average.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "kernels/simd.h"

enum { GRAIN = 32768, CHUNKS_MAX = 4096 };

struct lrr_average {
    size_t n, chunks;
    size_t last; /* 0: none are kept */
    double count;
    lrr_real *values;
    lrr_real *kept; /* (last, n), each value in the place of its number modulo last */
};

static lrr_status check(const lrr_average_cfg *cfg, lrr_error *err)
{
    const lrr_range decay = LRR_AVERAGE_DECAY;
    const bool is_ema = cfg->kind == LRR_AVERAGE_EMA;
    if (is_ema && !lrr_range_has(&decay, cfg->decay))
        return lrr_range_fail(&decay, "average", "decay", cfg->decay, err);
    if (!(cfg->start >= 0) || (!is_ema && !(cfg->every >= 1)) ||
        (cfg->kind == LRR_AVERAGE_LAWA && cfg->last < 1))
        return lrr_fail(err, LRR_EINVAL,
                        "average: start, every or last is out of range");
    return LRR_OK;
}

lrr_status lrr_average_new(const lrr_average_cfg *cfg, size_t n, lrr_average **out,
                           lrr_error *err)
{
    static const char what[] = "averages of the weights";
    lrr_average *a = NULL;
    lrr_status st = check(cfg, err);
    *out = NULL;
    if (st == LRR_OK)
        st = lrr_mem_new(1, sizeof *a, what, &a, err);
    if (st != LRR_OK)
        return st;
    a->n = n;
    a->chunks = lrr_chunks(n, GRAIN, CHUNKS_MAX);
    a->last = cfg->kind == LRR_AVERAGE_LAWA ? cfg->last : 0;
    st = lrr_mem_new(n, sizeof *a->values, what, &a->values, err);
    if (st == LRR_OK && a->last > 0)
        st =
            lrr_mem_new(lrr_size_mul(n, a->last), sizeof *a->kept, what, &a->kept, err);
    if (st != LRR_OK) {
        lrr_average_free(a);
        return st;
    }
    *out = a;
    return LRR_OK;
}

void lrr_average_free(lrr_average *a)
{
    if (a == NULL)
        return;
    lrr_mem_free(a->values);
    lrr_mem_free(a->kept);
    lrr_mem_free(a);
}

typedef struct job {
    lrr_average *a;
    const lrr_real *from;
    lrr_real *params;
    lrr_real w;
} job;

static void mix_chunk(void *arg, size_t chunk)
{
    const job *j = arg;
    const size_t at = lrr_chunk_at(j->a->n, j->a->chunks, chunk);
    const size_t end = lrr_chunk_at(j->a->n, j->a->chunks, chunk + 1);
    lrr_k->optim_average(j->a->values + at, j->from + at, j->w, end - at);
}

static void swap_chunk(void *arg, size_t chunk)
{
    const job *j = arg;
    const size_t at = lrr_chunk_at(j->a->n, j->a->chunks, chunk);
    const size_t end = lrr_chunk_at(j->a->n, j->a->chunks, chunk + 1);
    lrr_k->optim_swap(j->a->values + at, j->params + at, end - at);
}

/* values += w (x - values); with w = 1 x itself. */
static void mix(lrr_average *a, const lrr_real *x, double w)
{
    job j = { .a = a, .from = x, .w = (lrr_real)w };
    if (w >= 1)
        memcpy(a->values, x, a->n * sizeof *x);
    else
        lrr_parallel(a->chunks, mix_chunk, &j);
}

/* How often something was taken in; a file may have said anything. */
static double counted(const lrr_average *a)
{
    return a->count >= 0 && a->count < 0x1p53 ? floor(a->count) : 0;
}

/* Where value number `count`, from 0, is kept. */
static size_t place_of(const lrr_average *a, double count)
{
    return (size_t)fmod(count, (double)a->last);
}

/* Keeps x too; then the average is the mean of what is kept, from the oldest on. */
static void keep(lrr_average *a, const lrr_real *x)
{
    const double before = counted(a), last = (double)a->last;
    const double first = before + 1 > last ? before + 1 - last : 0;
    memcpy(lrr_average_kept(a, place_of(a, before)), x, a->n * sizeof *x);
    for (double i = first; i <= before; i++)
        mix(a, lrr_average_kept(a, place_of(a, i)), 1 / (i - first + 1));
}

/* The share of x in an EMA that has count values. */
static double share(const lrr_average_cfg *cfg, double count)
{
    const double w = 1 - cfg->decay;
    return count == 0 ? 1 : cfg->warmup ? fmax(w, 1 / (count + 1)) : w;
}

bool lrr_average_takes(const lrr_average_cfg *cfg, double updates)
{
    return updates > cfg->start &&
           (cfg->kind == LRR_AVERAGE_EMA || fmod(updates, cfg->every) == 0);
}

void lrr_average_take(lrr_average *a, const lrr_average_cfg *cfg,
                      const lrr_real *params)
{
    if (a->last > 0)
        keep(a, params);
    else
        mix(a, params,
            cfg->kind == LRR_AVERAGE_SWA ? 1 / (counted(a) + 1)
                                         : share(cfg, counted(a)));
    a->count += 1;
}

bool lrr_average_swap(lrr_average *a, lrr_real *params)
{
    job j = { .a = a };
    j.params = params;
    if (a->count > 0)
        lrr_parallel(a->chunks, swap_chunk, &j);
    return a->count > 0;
}

void lrr_average_set(lrr_average *a, const lrr_real *params)
{
    memcpy(a->values, params, a->n * sizeof *params);
}

lrr_real *lrr_average_values(lrr_average *a)
{
    return a->values;
}

double *lrr_average_count(lrr_average *a)
{
    return &a->count;
}

lrr_real *lrr_average_kept(lrr_average *a, size_t i)
{
    return a->kept + i * a->n;
}
