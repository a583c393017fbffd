/*
** gemm_block.h -- one matrix product by one thread in a defined order, for gemm.c.
**
** Element (i, j) of C is beta C + alpha (sum of the first KC products) + alpha (sum of
** the next KC) ..., each sum from k = 0 upwards: the same bits whatever m and n are cut into
** and however wide the registers are. gemm_block rounds each product and each sum, as any
** CPU can; gemm_fused a product and its sum together (IEEE 754-2008's fusedMultiplyAdd), and so does
** gemm_small, which is made for matrices of at most LRR_GEMM_SMALL numbers and takes depths up to KC
** and a beta of 0 or 1.
**
** gemm_bf16 and gemm_dots do as gemm_fused with alpha = 1 and beta 0 or 1, of operands rounded to
** bfloat16, where the KC products of a sum come in pairs, 1 before 0, 3 before 2, ... (as vdpbf16ps
** has it), and of a last one without another its pair is 0 * 0. gemm_dots has to be asked for where
** lrr_cpu_has_dots alone; both have the same bits inside lrr_parallel, where what is not normal counts
** as 0.
**
** gemm_tiles and gemm_amx round as well, and add as AMX's tdpbf16ps: from C, the bias or 0 on, of
** each 32 depths the sum of two sums, of the even depths' products and of the odd ones', both from 0
** on in order with fused multiply-add, 0 * 0 past the last one. gemm_amx has to be asked for where
** lrr_cpu_tiles alone; both have the same bits there.
*/
#ifndef LRR_KERNELS_GEMM_BLOCK_H
#define LRR_KERNELS_GEMM_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/real.h"

/* Rows, columns and depth of a packed block; whole multiples of every panel. */
#define LRR_GEMM_MC ((size_t)96)
#define LRR_GEMM_NC ((size_t)512)
#define LRR_GEMM_KC ((size_t)256)

/* Numbers of each matrix of a small product. */
#define LRR_GEMM_SMALL ((size_t)8192)

/* Depth of a block that gemm_amx packs. */
#define LRR_GEMM_DEEP ((size_t)512)

/* Reals of scratch, 64-byte aligned. */
#define LRR_GEMM_SCRATCH (LRR_GEMM_KC * (LRR_GEMM_NC + LRR_GEMM_MC))

/* C (m, n), rows ldc apart; A (m, k) and B (k, n) by the distances of rows and columns.
** beta = 0: C is not read. */
typedef struct lrr_gemm_args {
    size_t m, n, k;
    lrr_real alpha, beta;
    const lrr_real *a, *b;
    size_t a_row, a_col, b_row, b_col;
    lrr_real *c;
    size_t ldc;
    const lrr_real
        *bias; /* all but gemm_block: (n), what C is where beta = 0; NULL: 0 */
    const lrr_real
        *packed; /* B as a _pack left it, gemm_bf16_pack for gemm_tiles; NULL: b is */
    const lrr_real
        *packed_a; /* gemm_amx: A, no deeper than LRR_GEMM_DEEP; NULL: a is */
} lrr_gemm_args;

/* Whether products from depth p on are added to something at (i, j), and then to what, rows *ld
** apart: C as it is, or the bias for each row. */
static inline bool lrr_gemm_adds(const lrr_gemm_args *g, size_t i, size_t j, size_t p,
                                 const lrr_real **add, size_t *ld)
{
    const bool as_it_is = p > 0 || g->beta != 0;
    if (!as_it_is && g->bias == NULL)
        return false;
    *add = as_it_is ? g->c + i * g->ldc + j : g->bias + j;
    *ld = as_it_is ? g->ldc : 0;
    return true;
}

/* What counts of a tile; element (i, p) of A lies in its lower part where p <= i + shift, in the
** upper one where p + shift >= i, and so (i, j) of C. What lies elsewhere in A is 0, and is left out
** but for steps of LRR_GEMM_STEP rows; what lies elsewhere in C may stay as it was. */
typedef enum lrr_gemm_part {
    LRR_GEMM_WHOLE,
    LRR_GEMM_C_LOWER,
    LRR_GEMM_A_LOWER,
    LRR_GEMM_A_UPPER
} lrr_gemm_part;

#define LRR_GEMM_STEP ((size_t)8)

/* What is needed next and is far away: a product asks for it as it goes, a cache line for each
** LRR_GEMM_SOON depths of a panel, so that asking takes no time from it, and leaves what it has not
** come to. Rows of recurrent layers, a tenth of whose time it was to wait for them. */
typedef struct lrr_gemm_soon {
    const lrr_real *x;
    size_t n;
} lrr_gemm_soon;

#define LRR_GEMM_SOON ((size_t)4)

/* Reals of B (k, n) as packed: whole panels. */
#define LRR_GEMM_PACKED(n, k)  (((n) + 31) / 32 * 32 * (k))
#define LRR_GEMM_ROUNDED(n, k) LRR_GEMM_PACKED(n, ((k) + 31) / 32 * 32)

/* C (m, n) = or += A (m, k) B (k, n), sums as gemm_fused's; k <= LRR_GEMM_KC. */
typedef struct lrr_gemm_tile {
    size_t m, n, k;
    const lrr_real *a; /* one of the two distances is 1 */
    size_t a_row, a_col;
    const lrr_real *b; /* as gemm_pack left it, 64-byte aligned */
    lrr_real *c;
    size_t ldc;
    bool adds;
    lrr_gemm_part part;
    size_t shift;
    lrr_gemm_soon *soon; /* NULL: nothing */
} lrr_gemm_tile;

#define LRR_GEMM_EXACT_SIMD_MAP(X)                                             \
    X(void, gemm_block, (const lrr_gemm_args *g, lrr_real *scratch))           \
    X(void, gemm_fused, (const lrr_gemm_args *g, lrr_real *scratch))           \
    X(void, gemm_small, (const lrr_gemm_args *g, lrr_real *scratch))           \
    /* B (k, n) by the distances of its rows and columns, one of them 1 */     \
    X(void, gemm_pack,                                                         \
      (lrr_real * to, const lrr_real *b, size_t b_row, size_t b_col, size_t n, \
       size_t k))                                                              \
    X(void, gemm_tile, (const lrr_gemm_tile *g))

#ifdef LRR_F64
#define LRR_GEMM_SIMD_MAP(X) LRR_GEMM_EXACT_SIMD_MAP(X)
#else
#define LRR_GEMM_SIMD_MAP(X)                                         \
    LRR_GEMM_EXACT_SIMD_MAP(X)                                       \
    X(void, gemm_bf16, (const lrr_gemm_args *g, lrr_real *scratch))  \
    X(void, gemm_dots, (const lrr_gemm_args *g, lrr_real *scratch))  \
    X(void, gemm_tiles, (const lrr_gemm_args *g, lrr_real *scratch)) \
    X(void, gemm_amx, (const lrr_gemm_args *g, lrr_real *scratch))   \
    /* B of these, for many of them: LRR_GEMM_ROUNDED(n, k) reals */ \
    X(void, gemm_bf16_pack, (const lrr_gemm_args *g, lrr_real *to))  \
    X(void, gemm_dots_pack, (const lrr_gemm_args *g, lrr_real *to))  \
    X(void, gemm_amx_pack, (const lrr_gemm_args *g, lrr_real *to))   \
    /* A of gemm_amx; k <= LRR_GEMM_DEEP, rows as B's columns */     \
    X(void, gemm_amx_pack_a, (const lrr_gemm_args *g, lrr_real *to))
#endif

#endif
