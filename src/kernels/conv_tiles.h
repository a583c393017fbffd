/*
** conv_tiles.h -- the loops of convolutions by AMX's tiles (conv_tiles.c), for simd.h.
**
** Images lie flat: each channel's plane is rows `step` apart with zeros where the image ends, so
** that a tap of the kernel is the plane from another place on. Of an output a place is a row of it
** and a column, in the same rows; what lies past a row's end is nobody's.
*/
#ifndef LRR_KERNELS_CONV_TILES_H
#define LRR_KERNELS_CONV_TILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/real.h"

/* Planes of some images, or of some rows of one, as they are packed. */
typedef struct lrr_flat {
    size_t c, h, w; /* channels, and rows and columns of each that there are */
    size_t area;    /* between x's planes */
    size_t images;  /* `image` reals apart */
    size_t image;
    ptrdiff_t first;   /* row of the image that is the first of its rows here */
    size_t rows, step; /* rows of each image here, and their distance */
    size_t left;       /* zeros before a row */
    size_t plane;      /* elements between planes, more than images * rows * step */
} lrr_flat;

/* y (m, n) = the sum over taps of W (m, c) of each times planes (c, n) from shift[tap] on. */
typedef struct lrr_taps {
    size_t m, n, c, taps;
    const size_t *shift;
    const void *w;      /* as conv_tiles_weight left it */
    const void *planes; /* as conv_tiles_pairs left it */
    size_t plane;       /* words */
    lrr_real *y;        /* rows ldy apart; m and n rounded up to 32 are written */
    size_t ldy;
} lrr_taps;

/* dw (c, m) of each tap, rows ld apart and `tap` from tap to tap, = or += planes (c, n) from
** shift[tap] on times the transpose of dy (m, n). */
typedef struct lrr_taps_back {
    size_t m, n, c, taps;
    const size_t *shift;
    const void *dy;     /* as conv_tiles_turned left it */
    const void *planes; /* as conv_tiles_halves left it */
    size_t plane;       /* halves */
    lrr_real *dw;
    size_t ld, tap; /* of dw; c and m rounded up to 32 are written */
    bool adds;
} lrr_taps_back;

/* y (m, oh, ow) of each image, `image` and `area` reals apart, = or += bias[m] and what lies flat. */
typedef struct lrr_spread {
    const lrr_real *from;
    size_t ld, rows, step; /* of from: between m, of an image, between rows */
    size_t m, images, oh, ow;
    lrr_real *y;
    size_t image, area;
    const lrr_real *bias; /* (m) or NULL */
    bool adds;
} lrr_spread;

#ifdef LRR_F64
#define LRR_CONV_TILES_SIMD_MAP(X)
#else
#define LRR_CONV_TILES_SIMD_MAP(X)                                                  \
    X(void, conv_tiles_spread, (const lrr_spread *s))                               \
    /* Words of two channels each, planes of 32 channels */                         \
    X(void, conv_tiles_pairs, (const lrr_flat *f, const lrr_real *x, void *to))     \
    /* Halves, planes of 32 channels */                                             \
    X(void, conv_tiles_halves, (const lrr_flat *f, const lrr_real *x, void *to))    \
    /* Of these (m, n) tiles of 32 m and 32 n */                                    \
    X(void, conv_tiles_turned,                                                      \
      (const void *halves, size_t plane, size_t m, size_t n, void *to))             \
    /* 32 rows of W (m, c): element (i, c) at i * row + c * column, `tap` a tap */  \
    X(void, conv_tiles_weight,                                                      \
      (const lrr_real *w, size_t m, size_t c, size_t row, size_t column, void *to)) \
    X(void, conv_tiles_taps, (const lrr_taps *t))                                   \
    X(void, conv_tiles_back, (const lrr_taps_back *t))
#endif

#endif
