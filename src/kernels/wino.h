/*
** wino.h -- Winograd's F(4x4, 3x3): 4x4 outputs of a 3x3 convolution from 6x6 inputs with
** 36 multiplications for each pair of channels instead of 144.
**
** y = A^T [(G w G^T) * (B^T d B)] A, * taken by place; sums over channels are then 36
** matrix products. The gradients are the transposed steps: with Y = A dy A^T,
** dw = G^T [(B^T d B) * Y] G and dd = B [(G w G^T) * Y] B^T, where tiles dd overlap and add.
** Source: Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016,
** section 4 and equation 8, with other points (see simd_wino.c).
**
** Layouts. A block holds rows of pixels with 16 channels each: (rows, width, 16), so that
** every step below is arithmetic on whole vectors. Transformed tiles are (36, tiles,
** channels), with `place` reals from one of the 36 to the next and `tile` from one tile to
** the next; both are multiples of 16. Pointers are at multiples of 64 bytes.
*/
#ifndef LRR_KERNELS_WINO_H
#define LRR_KERNELS_WINO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/real.h"

/* One rectangle of tiles, (down, across), as transformed (36, tiles, channels). */
typedef struct lrr_wino_tiles {
    size_t down, across;
    size_t place, tile;
} lrr_wino_tiles;

/* Pixels of 16 channels between planes (c, h, w) and a block (rows, width, 16): rows
** first..first+rows-1 of the image, which may leave it, `left` pixels in from the left. */
typedef struct lrr_wino_view {
    size_t c; /* channels that there are, 1..16 */
    size_t h, w;
    ptrdiff_t first;
    size_t rows, width, left;
    bool past; /* what is written is not read again soon (past.h) */
} lrr_wino_view;

/* C (m, n) = or += A (m, k) B (k, n), all in blocks of 16 channels: column j of row i of B and of C
** is at j / 16 blocks + 16 i + j % 16, and so that of A; with `turned`, A (k, m) is taken transposed,
** and m is a multiple of 16. n is one too. Each sum is from k = 0 upwards, with fused multiply-add. */
typedef struct lrr_wino_product {
    size_t m, n, k;
    const lrr_real *a, *b;
    lrr_real *c;
    size_t a_block, b_block, c_block;
    bool turned, adds;
    const lrr_real *next_b; /* the next product's, asked for meanwhile */
} lrr_wino_product;

#define LRR_WINO_SIMD_MAP(X)                                                              \
    /* block from planes; zeros outside the image and in lanes past c */                  \
    X(void, wino_pack, (const lrr_wino_view *v, const lrr_real *x, lrr_real *block))      \
    /* planes from block, as far as it is in the image; in the first `add` rows of    \
    ** the block the planes' values are added to */   \
    X(void, wino_unpack,                                                                  \
      (const lrr_wino_view *v, const lrr_real *block, lrr_real *x, size_t add))           \
    /* B^T d B of block (4 down + 2, width) */                                            \
    X(void, wino_input,                                                                   \
      (const lrr_wino_tiles *t, const lrr_real *block, size_t width, lrr_real *out))      \
    /* A^T m A + bias (16) into block (4 down, 4 across) */                               \
    X(void, wino_output,                                                                  \
      (const lrr_wino_tiles *t, const lrr_real *m, const lrr_real *bias,                  \
       lrr_real *block))                                                                  \
    /* A dy A^T of block (4 down, 4 across); sum (16) += dy */                            \
    X(void, wino_dy,                                                                      \
      (const lrr_wino_tiles *t, const lrr_real *block, lrr_real *out, double *sum))       \
    /* B m B^T, added up in block (4 down + 2, width): its first two rows are added to, \
    ** the others written */ \
    X(void, wino_dx,                                                                      \
      (const lrr_wino_tiles *t, const lrr_real *m, lrr_real *block, size_t width))        \
    /* G w G^T for 16 lanes: tap k of lane l at w[k + l * lane]; lanes past n are     \
    ** zero; out (36) are `place` apart */   \
    X(void, wino_weight,                                                                  \
      (const lrr_real *w, size_t lane, size_t n, lrr_real *out, size_t place))            \
    /* G^T m G for `n` times 16 lanes, in place: m (36) `place` apart become 9 */         \
    X(void, wino_dweight, (lrr_real * m, size_t place, size_t n))                         \
    X(void, wino_product, (const lrr_wino_product *g))

#endif
