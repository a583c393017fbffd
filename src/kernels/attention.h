/*
** attention.h -- scaled dot-product self-attention of many heads, in tiles.
**
** A row of qkv (n, t, (heads + 2 kv_heads) size) is the queries of all heads, the keys of all
** kv_heads, their values; queries of head h meet keys h kv_heads / heads (Ainslie et al. 2023:
** grouped). y (n, t, heads size) = softmax(scale q k^T) v of each head, scale = 1 / sqrt(size)
** where nothing else is said.
**
** Scores are computed LRR_ATTN_TILE x LRR_ATTN_TILE at a time, with a running maximum and sum
** of each row (Milakov and Gimelshein 2018; Dao et al. 2022, arXiv 2205.14135). Kept for
** backward is lse (n, heads, t), the logarithm of each row's sum, so that memory grows with t;
** backward computes the scores again. Tiles that lie above the diagonal are not computed with
** `causal`.
**
** Lengths: steps past a sample's length are neither read nor attended to; y there is 0, and
** so is dqkv. Dropout (Vaswani et al. 2017) is of the weights after the softmax: a mask drawn
** by place, again in backward.
**
** The same bits for any number of threads: forward is cut by sample, head and rows of a tile,
** backward by sample and kv_head, or, where those are few, by tiles of one diagonal after
** another; in both each gradient adds up in the order of tiles. Cannot fail.
*/
#ifndef LRR_KERNELS_ATTENTION_H
#define LRR_KERNELS_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/gemm_kind.h"
#include "base/real.h"
#include "kernels/dropout.h"

#define LRR_ATTN_TILE ((size_t)64)

/* Rows of queries that one call of lrr_attention_rows_forward takes. */
#define LRR_ATTN_ROWS (4 * LRR_ATTN_TILE)

typedef struct lrr_attention {
    lrr_gemm_kind gemm; /* its matrix products (kernels/gemm.h) */
    bool causal;        /* step i meets steps 0..i alone */
    size_t n, t;        /* samples, steps in this batch */
    size_t heads, kv_heads, size;
    double scale;         /* of scores; 0: 1 / sqrt(size) */
    const int32_t *len;   /* (n) lengths, 0..t; NULL: all are t */
    const lrr_mask *mask; /* NULL: nothing is dropped */
    size_t t_max;         /* steps that masks are laid out for, t or more */
    size_t first;         /* the first sample's place in masks */
    void *const *work; /* of each thread: lrr_attention_work bytes, 64-byte aligned */
} lrr_attention;

/* Bytes of scratch of each thread, for batches of up to t_max steps. */
size_t lrr_attention_work(const lrr_attention *a);

/* What scores are multiplied by. */
lrr_real lrr_attention_scale(double scale, size_t size);

/* y and lse from qkv. lse may be NULL: no backward. */
void lrr_attention_forward(const lrr_attention *a, const lrr_real *qkv, lrr_real *y,
                           lrr_real *lse);

/* dqkv = or += the gradient, of dy and what forward had and gave. */
void lrr_attention_backward(const lrr_attention *a, const lrr_real *qkv,
                            const lrr_real *y, const lrr_real *lse, const lrr_real *dy,
                            lrr_real *dqkv, bool adds);

/* A head's queries at positions from `at` on (rows of them, LRR_ATTN_ROWS at most) against its
** keys and values at 0 .. keys - 1: what forward does for a tile's rows, and what writing step
** by step does with keys and values that it keeps. */
typedef struct lrr_attention_rows {
    lrr_gemm_kind gemm;
    bool causal;
    size_t size, at, rows, keys;
    double scale;              /* as lrr_attention's */
    const lrr_real *q, *k, *v; /* rows q_ld, kv_ld apart */
    size_t q_ld, kv_ld;
    lrr_real *y; /* (rows, size), y_ld apart */
    size_t y_ld;
    lrr_real *lse;        /* (rows), or NULL */
    const lrr_mask *mask; /* NULL: nothing is dropped */
    size_t mask_row;      /* the first row's place in the mask, in tiles of a row */
    size_t mask_tiles;    /* tiles of a row */
    lrr_real *work;       /* as lrr_attention's of a thread */
} lrr_attention_rows;

void lrr_attention_rows_forward(const lrr_attention_rows *r);

/* Which scores of a tile count. */
typedef struct lrr_tile {
    size_t rows, cols;
    size_t
        valid; /* of row 0; each row has as many and, with `grows`, one more than before */
    size_t grows; /* 0 or 1 */
} lrr_tile;

#define LRR_ATTENTION_SIMD_MAP(X)                                                            \
    /* Rows r of s (rows, cols), LRR_ATTN_TILE apart, scores before `scale`: of row r the  \
    ** first min(cols, valid + r grows) count, at least one, and become exp(scale s - max), \
    ** the others 0. max and sum (rows) run on; shrink (rows) is what sums before this     \
    ** tile have to be multiplied by. first: there are none */ \
    X(void, attend_softmax,                                                                  \
      (lrr_real * s, const lrr_tile *tile, lrr_real scale, lrr_real *max,                    \
       lrr_real *sum, lrr_real *shrink, int first))                                          \
    /* x (rows, cols), ld apart: each row times c (rows) */                                  \
    X(void, attend_scale,                                                                    \
      (lrr_real * x, size_t ld, size_t rows, size_t cols, const lrr_real *c))                \
    /* c (rows) becomes 1 / sum; lse (rows, or NULL) = max + log(sum) */                     \
    X(void, attend_finish,                                                                   \
      (const lrr_real *max, const lrr_real *sum, lrr_real *c, lrr_real *lse,                 \
       size_t rows))                                                                         \
    /* s: scores, becomes the weights as they multiplied values; dp: gradient of these,    \
    ** becomes that of the scores. mask (as s, or NULL); delta (rows): sum of dy y */ \
    X(void, attend_back,                                                                     \
      (lrr_real * s, lrr_real * dp, const lrr_tile *tile, lrr_real scale,                    \
       const lrr_real *lse, const lrr_real *delta, const lrr_real *mask))                    \
    /* x (heads, 2 half), from one row: pairs (i, i + half) turned by the angles whose     \
    ** cosines and sines (half) these are; back: the other way. y = or += */ \
    X(void, rope_row,                                                                        \
      (const lrr_real *x, lrr_real *y, size_t heads, size_t half,                            \
       const lrr_real *table, int back, int add))

#endif
