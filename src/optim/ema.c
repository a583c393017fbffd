/* ema.c -- see ema.h. */
#include "optim/ema.h"

#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "kernels/simd.h"

enum { GRAIN = 32768, CHUNKS_MAX = 4096 };

struct lrr_ema {
    size_t n, chunks;
    double updates;
    lrr_real *values;
};

lrr_status lrr_ema_new(size_t n, lrr_ema **out, lrr_error *err)
{
    lrr_ema *e = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *e, "averages of the weights", &e, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    st = lrr_mem_new(n, sizeof *e->values, "averages of the weights", &e->values, err);
    if (st != LRR_OK) {
        lrr_mem_free(e);
        return st;
    }
    e->n = n;
    e->chunks = lrr_chunks(n, GRAIN, CHUNKS_MAX);
    *out = e;
    return LRR_OK;
}

void lrr_ema_free(lrr_ema *e)
{
    if (e != NULL)
        lrr_mem_free(e->values);
    lrr_mem_free(e);
}

typedef struct job {
    lrr_ema *e;
    const lrr_real *from;
    lrr_real *params;
    lrr_real w;
} job;

static void average_chunk(void *arg, size_t chunk)
{
    const job *j = arg;
    const size_t at = lrr_chunk_at(j->e->n, j->e->chunks, chunk);
    const size_t end = lrr_chunk_at(j->e->n, j->e->chunks, chunk + 1);
    lrr_k->optim_average(j->e->values + at, j->from + at, j->w, end - at);
}

static void swap_chunk(void *arg, size_t chunk)
{
    const job *j = arg;
    const size_t at = lrr_chunk_at(j->e->n, j->e->chunks, chunk);
    const size_t end = lrr_chunk_at(j->e->n, j->e->chunks, chunk + 1);
    lrr_k->optim_swap(j->e->values + at, j->params + at, end - at);
}

void lrr_ema_update(lrr_ema *e, const lrr_real *params, double beta)
{
    job j = { .e = e, .from = params, .w = (lrr_real)(1 - beta) };
    if (e->updates == 0)
        memcpy(e->values, params, e->n * sizeof *params);
    else
        lrr_parallel(e->chunks, average_chunk, &j);
    e->updates += 1;
}

void lrr_ema_swap(lrr_ema *e, lrr_real *params)
{
    job j = { .e = e };
    j.params = params;
    if (e->updates > 0)
        lrr_parallel(e->chunks, swap_chunk, &j);
}

void lrr_ema_set(lrr_ema *e, const lrr_real *params)
{
    memcpy(e->values, params, e->n * sizeof *params);
}

lrr_real *lrr_ema_values(lrr_ema *e)
{
    return e->values;
}

double *lrr_ema_updates(lrr_ema *e)
{
    return &e->updates;
}
