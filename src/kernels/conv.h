/*
** conv.h -- convolution of images: y = conv(x, w) + bias and its gradients.
**
** x is (n, c, h, w), y (n, out, oh, ow), w (out, c / groups, kh, kw), bias (out), all
** row-major; the kernel is not flipped (cross-correlation, as everywhere in this field).
** Output (oy, ox) reads input (oy * sh + ky * dh - pt, ox * sw + kx * dw - pl), and zero
** outside the image.
**
** Ways, chosen by the shape and the kind of products alone: rounded ones in AMX's order over planes
** as they are (conv_tiles.c); Winograd's F(4x4, 3x3) (conv_wino.c), a direct loop where each group
** has one channel (conv_depth.c), fused ones over planes between zeros (conv_direct.c), else matrix
** products over unfolded pieces of fixed size (conv_gemm.c).
**
** Threads: chunks are cut by shape; sums over the batch are kept for each part of it and
** added in order of the parts, so the bits do not depend on the number of threads.
** Nothing here can fail; whoever makes the geometry has checked it.
*/
#ifndef LRR_KERNELS_CONV_H
#define LRR_KERNELS_CONV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/gemm_kind.h"
#include "base/real.h"

/* Geometry; all at least 1 but pt and pl. */
typedef struct lrr_conv {
    size_t c, h, w;     /* one image */
    size_t out, oh, ow; /* one result */
    size_t kh, kw;      /* kernel */
    size_t sh, sw;      /* stride */
    size_t dh, dw;      /* dilation */
    size_t pt, pl;      /* zeros above and to the left; oh and ow tell the rest */
    size_t groups;      /* divides c and out */
} lrr_conv;

/* The buffers of one call. */
typedef struct lrr_conv_pass {
    lrr_gemm_kind gemm; /* its matrix products (kernels/gemm.h) */
    bool
        again; /* work is as the last call left it, which was of the same weights and kind */
    size_t n;                         /* images */
    const lrr_real *x;                /* (n, c, h, w) */
    const lrr_real *weight;           /* (out, c / groups, kh, kw) */
    const lrr_real *bias;             /* (out) or NULL */
    lrr_real *y;                      /* (n, out, oh, ow), written by forward */
    const lrr_real *dy;               /* like y, read by backward */
    lrr_real *dx, *dweight, *dbias;   /* gradients; each may be NULL */
    bool add_x, add_weight, add_bias; /* add to the gradient instead of writing it */
    void *work;                       /* lrr_conv_need's bytes, at a multiple of 64 */
    void *const *work_thread;         /* likewise, for each lrr_threads_self() */
} lrr_conv_pass;

/* Bytes of scratch for up to `batch` images: shared, and for each thread. */
void lrr_conv_need(const lrr_conv *s, lrr_gemm_kind gemm, size_t batch, size_t *work,
                   size_t *work_thread);

/* Reads x, weight, bias; writes y. */
void lrr_conv_forward(const lrr_conv *s, const lrr_conv_pass *p);

/* Reads dy, x (for dweight), weight (for dx). */
void lrr_conv_backward(const lrr_conv *s, const lrr_conv_pass *p);

/* Elements of the weight. */
static inline size_t lrr_conv_weights(const lrr_conv *s)
{
    return s->out * (s->c / s->groups) * s->kh * s->kw;
}

/* Output rows r0..r1-1 of c channels (the caller's share of all), unfolded. */
typedef struct lrr_conv_rows {
    size_t c, r0, r1;
    size_t ld; /* of the unfolded matrix */
} lrr_conv_rows;

#define LRR_CONV_SIMD_MAP(X)                                                            \
    /* col (c, kh, kw, r1 - r0, ow), rows ld apart: what the rows read of x */          \
    X(void, conv_unfold,                                                                \
      (const lrr_conv *s, const lrr_conv_rows *r, const lrr_real *x, lrr_real *col))    \
    /* The transpose: adds col to dx */                                                 \
    X(void, conv_fold,                                                                  \
      (const lrr_conv *s, const lrr_conv_rows *r, const lrr_real *col, lrr_real *dx))   \
    /* y[i] = x[i] + a; y may be x */                                                   \
    X(void, conv_shift, (const lrr_real *x, lrr_real *y, size_t n, lrr_real a))         \
    /* Sum of x (n) in 16 lanes, then in a fixed tree */                                \
    X(double, conv_sum, (const lrr_real *x, size_t n))                                  \
    /* y[i] = (add ? y[i] : 0) + part 0's [i] + part 1's [i] ..., parts `stride`      \
    ** elements apart */ \
    X(void, conv_reduce,                                                                \
      (const lrr_real *part, size_t parts, size_t stride, lrr_real *y, size_t n,        \
       int add))                                                                        \
    /* One channel with one kernel (kh, kw): y (oh, ow) = bias + conv(x) */             \
    X(void, conv_plane,                                                                 \
      (const lrr_conv *s, const lrr_real *x, const lrr_real *w, lrr_real bias,          \
       lrr_real *y))                                                                    \
    /* dx (h, w) += its gradient */                                                     \
    X(void, conv_plane_dx,                                                              \
      (const lrr_conv *s, const lrr_real *dy, const lrr_real *w, lrr_real *dx))         \
    /* dw (kh, kw) += its gradient, in double */                                        \
    X(void, conv_plane_dw,                                                              \
      (const lrr_conv *s, const lrr_real *x, const lrr_real *dy, double *dw))

#endif
