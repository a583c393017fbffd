/* gather.c -- see gather.h. */
#include "kernels/gather.h"

#include <string.h>

#include "base/threads.h"
#include "kernels/simd.h"

/* Elements a chunk should move: about 10 us of work. */
enum { GRAIN = 1 << 15, CHUNKS = 64, SCANS = 16 };

typedef struct forward_job {
    const lrr_real *w;
    const int32_t *ids;
    lrr_real *y;
    size_t rows, dim, n, chunks;
} forward_job;

static void forward_chunk(void *arg, size_t chunk)
{
    const forward_job *j = arg;
    size_t end = lrr_chunk_at(j->n, j->chunks, chunk + 1);
    for (size_t i = lrr_chunk_at(j->n, j->chunks, chunk); i < end; i++) {
        lrr_real *y = j->y + i * j->dim;
        if (j->ids[i] >= 0 && (size_t)j->ids[i] < j->rows)
            memcpy(y, j->w + (size_t)j->ids[i] * j->dim, j->dim * sizeof *y);
        else
            memset(y, 0, j->dim * sizeof *y);
    }
}

void lrr_gather_forward(const lrr_real *w, size_t rows, size_t dim, const int32_t *ids,
                        size_t n, lrr_real *y)
{
    forward_job j = { w, ids, y, rows, dim, n, 0 };
    j.chunks = lrr_chunks(n * dim, GRAIN, CHUNKS);
    lrr_parallel(j.chunks, forward_chunk, &j);
}

typedef struct backward_job {
    const lrr_gather_grad *g;
    lrr_real *dw;
    bool add;
    size_t chunks;
} backward_job;

/* Rows first..end-1 of dw, where they are not 0. */
static void clear(const backward_job *j, size_t first, size_t end)
{
    const lrr_gather_grad *g = j->g;
    if (g->touched == NULL)
        memset(j->dw + first * g->dim, 0, (end - first) * g->dim * sizeof *j->dw);
    for (size_t i = first; g->touched != NULL && i < end; i++)
        if (g->touched[i] != 0) {
            memset(j->dw + i * g->dim, 0, g->dim * sizeof *j->dw);
            g->touched[i] = 0;
        }
}

/* Rows first..end-1 of dw. Every chunk looks at all ids: thousands of comparisons cost
** less than sorting them, and need no memory. */
static void backward_chunk(void *arg, size_t chunk)
{
    const backward_job *j = arg;
    const lrr_gather_grad *g = j->g;
    size_t first = lrr_chunk_at(g->rows, j->chunks, chunk);
    size_t end = lrr_chunk_at(g->rows, j->chunks, chunk + 1);
    if (!j->add)
        clear(j, first, end);
    for (size_t i = 0; i < g->n; i++) {
        size_t t = g->len != NULL ? (size_t)g->len[i] : g->t;
        const int32_t *ids = g->ids + i * g->t;
        for (size_t k = 0; k < t; k++) {
            /* A negative id becomes larger than any row. */
            size_t id = (size_t)ids[k];
            if (id < first || id >= end || ids[k] == g->skip)
                continue;
            lrr_k->accumulate(g->dy + (i * g->t + k) * g->dim, j->dw + id * g->dim,
                              g->dim);
            if (g->touched != NULL)
                g->touched[id] = 1;
        }
    }
}

void lrr_gather_backward(const lrr_gather_grad *g, lrr_real *dw, bool add)
{
    backward_job j = { g, dw, add, 0 };
    j.chunks = lrr_chunks(g->rows * g->dim, GRAIN, SCANS);
    lrr_parallel(j.chunks, backward_chunk, &j);
}
