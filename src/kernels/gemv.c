/* gemv.c -- see gemv.h. */
#include "kernels/gemv.h"

#include "base/threads.h"
#include "kernels/simd.h"

/* Multiplications of a chunk: what it takes to be worth a thread. */
enum { GRAIN = 1 << 17, CHUNKS = 64 };

typedef struct job {
    const lrr_gemv_args *g;
    size_t chunks;
} job;

static void run_chunk(void *arg, size_t i)
{
    const job *j = arg;
    lrr_k->gemv_rows(j->g, lrr_chunk_at(j->g->rows, j->chunks, i),
                     lrr_chunk_at(j->g->rows, j->chunks, i + 1));
}

void lrr_gemv(const lrr_gemv_args *g)
{
    job j = { g, lrr_chunks(g->rows * g->k * g->n, GRAIN, CHUNKS) };
    if (j.chunks == 1)
        lrr_k->gemv_rows(g, 0, g->rows);
    else
        lrr_parallel(j.chunks, run_chunk, &j);
}
