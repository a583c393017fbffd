/* gemv.c -- see gemv.h. */
#include "kernels/gemv.h"

#include "base/threads.h"
#include "kernels/simd.h"

/* What it takes to be worth a thread: weights, which mostly come from far, and of which each thread
** meets the same ones in every call, in a cache of its own; or multiplications. (4 blocks, 128 wide,
** write a character in 0.055 ms on two cores with 2 MB each, where one takes 0.125.) */
enum { WEIGHTS = 1 << 13, PRODUCTS = 1 << 17, CHUNKS = 64 };

static size_t chunks_of(const lrr_gemv_args *g)
{
    const size_t by_weights = lrr_chunks(g->rows * g->k, WEIGHTS, CHUNKS),
                 by_products = lrr_chunks(g->rows * g->k * g->n, PRODUCTS, CHUNKS);
    return by_weights > by_products ? by_weights : by_products;
}

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
    job j = { g, chunks_of(g) };
    if (j.chunks == 1)
        lrr_k->gemv_rows(g, 0, g->rows);
    else
        lrr_parallel(j.chunks, run_chunk, &j);
}
