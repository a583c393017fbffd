/* conv.c -- see conv.h: the choice of the way, and sums over parts of a batch. */
#include "kernels/conv.h"

#include "base/threads.h"
#include "kernels/conv_algo.h"
#include "kernels/simd.h"

enum { PARTS_MAX = 16, PARTS_REALS = 4 << 20, REDUCE_GRAIN = 4096 };

static const lrr__conv_algo *choose(const lrr_conv *s, lrr_gemm_kind gemm)
{
#ifndef LRR_F64
    if (gemm == LRR_GEMM_TILES && lrr__conv_tiles.fits(s))
        return &lrr__conv_tiles;
#endif
    if (lrr__conv_wino.fits(s))
        return &lrr__conv_wino;
    if (lrr__conv_depth.fits(s))
        return &lrr__conv_depth;
    return gemm == LRR_GEMM_FUSED && lrr__conv_direct.fits(s) ? &lrr__conv_direct
                                                              : &lrr__conv_gemm;
}

void lrr_conv_need(const lrr_conv *s, lrr_gemm_kind gemm, size_t batch, size_t *work,
                   size_t *work_thread)
{
    choose(s, gemm)->need(s, batch, work, work_thread);
}

void lrr_conv_forward(const lrr_conv *s, const lrr_conv_pass *p)
{
    choose(s, p->gemm)->forward(s, p);
}

void lrr_conv_backward(const lrr_conv *s, const lrr_conv_pass *p)
{
    choose(s, p->gemm)->backward(s, p);
}

size_t lrr__conv_parts(size_t n, size_t size)
{
    size_t parts = PARTS_REALS / size;
    parts = parts < 2 ? 2 : parts > PARTS_MAX ? PARTS_MAX : parts;
    return parts < n ? parts : n;
}

typedef struct reduce_job {
    const lrr_real *part;
    size_t parts, stride, size, chunks;
    lrr_real *dst;
    bool add;
} reduce_job;

static void reduce_chunk(void *arg, size_t i)
{
    const reduce_job *j = (const reduce_job *)arg;
    size_t at = lrr_chunk_at(j->size, j->chunks, i);
    size_t end = lrr_chunk_at(j->size, j->chunks, i + 1);
    lrr_k->conv_reduce(j->part + at, j->parts, j->stride, j->dst + at, end - at,
                       j->add);
}

void lrr__conv_reduce(const lrr_real *part, size_t parts, size_t stride, lrr_real *dst,
                      size_t size, bool add)
{
    reduce_job j = {
        .part = part, .parts = parts, .stride = stride, .size = size, .add = add
    };
    j.chunks = lrr_chunks(size, REDUCE_GRAIN, 64);
    j.dst = dst;
    lrr_parallel(j.chunks, reduce_chunk, &j);
}

void lrr__conv_reduce_bias(const double *part, size_t parts, size_t out,
                           lrr_real *dbias, bool add)
{
    for (size_t o = 0; o < out; o++) {
        double sum = 0;
        for (size_t i = 0; i < parts; i++)
            sum += part[i * out + o];
        dbias[o] = (lrr_real)(add ? (double)dbias[o] + sum : sum);
    }
}
