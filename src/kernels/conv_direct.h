/*
** conv_direct.h -- convolution over planes: images copied once, between zeros, so that each tap of
** the kernel is one distance; private to conv_planes.h and simd_conv_direct.c.
**
** With strides sh and sw the numbers of an image that a tap meets are every sh-th of every sw-th
** column: those with one remainder are a plane, in which neighbours of results are neighbours, too.
** A sum over the kernel is then a product of matrices whose second is never written out: its row for
** a channel and a tap is the plane from a distance on.
**
** Sums: LRR_GEMM_KC products at a time, in order, added to those before (gemm_block.h); of a weight's
** gradient the results of some rows. The same bits for any instruction set.
*/
#ifndef LRR_KERNELS_CONV_DIRECT_H
#define LRR_KERNELS_CONV_DIRECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/real.h"

enum {
    LRR_CONV_PANEL = 8, /* rows of packed weights side by side; of taps in dw */
    LRR_CONV_SLACK =
        64, /* numbers behind planes that may be read, and count for nothing */
    LRR_CONV_UNIT = 8 /* results that are neighbours in planes, too */
};

/* How channels of an image become planes (rows, cols), `distance` numbers apart: number (i, j) is
** the image's (first_y + i * step_y, first_x + j * step_x), 0 outside of it. */
typedef struct lrr_conv_fill {
    size_t channels, h, w;
    size_t rows, cols, distance;
    size_t step_y, step_x;
    ptrdiff_t first_y, first_x;
} lrr_conv_fill;

/* y (m, ld): y[i][j] = sum of weight[i][p] * planes[tap[p] + place of j], p below k (at least 1). Places
** come in units of LRR_CONV_UNIT, `units` of them: `each` side by side, the next `each` `step` further on.
** Weights lie as panels of LRR_CONV_PANEL rows, (panels, k, LRR_CONV_PANEL); ld is that of all units, up
** to a multiple of 16, all of which may be written, and m is rounded up to whole panels. */
typedef struct lrr_conv_slide {
    const lrr_real *planes;
    const size_t *tap;
    const lrr_real *weight;
    size_t m, k, ld;
    size_t units, each, step;
} lrr_conv_slide;

/* Results (m) of `rows` by `cols` numbers, ld, pitch and 1 apart, to y, where they are plane, row and
** step apart: written, or with `add` added; with a bias (m) where there is one. */
typedef struct lrr_conv_spread {
    const lrr_real *from;
    size_t m, rows, cols, ld, pitch;
    const lrr_real *bias;
    size_t plane, row, step;
    bool add;
} lrr_conv_spread;

/* dw (k, ld) += sum over rows i and columns j of planes[tap[p] + i * pitch + j] * dy[i][j][o]; k is a
** multiple of LRR_CONV_PANEL, ld of 16. */
typedef struct lrr_conv_grad {
    const lrr_real *planes;
    const size_t *tap;
    const lrr_real *dy; /* (rows, cols, ld) */
    size_t rows, cols, pitch, k, ld;
} lrr_conv_grad;

#define LRR_CONV_DIRECT_SIMD_MAP(X)                                                   \
    X(void, conv_fill, (const lrr_conv_fill *f, const lrr_real *x, lrr_real *planes)) \
    X(void, conv_slide, (const lrr_conv_slide *s, lrr_real *y))                       \
    X(void, conv_spread, (const lrr_conv_spread *s, lrr_real *y))                     \
    /* to (n, ld) from x (m, n), rows `distance` apart; columns from m on are 0 */    \
    X(void, conv_turn,                                                                \
      (const lrr_real *x, size_t distance, size_t m, size_t n, size_t ld,             \
       lrr_real *to))                                                                 \
    X(void, conv_grad, (const lrr_conv_grad *g, lrr_real *dw))

#endif
