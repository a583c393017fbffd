/*
** conv_planes.h -- how a convolution over planes (conv_direct.h) is cut into pieces, where what
** threads share lies, and x's planes; private to conv_planes.c, conv_direct.c and
** conv_direct_back.c.
**
** Forward, a piece is rows of results of one image, so many that their planes stay in a core's
** second cache; so does a piece of dx. All of it follows from shapes alone.
*/
#ifndef LRR_KERNELS_CONV_PLANES_H
#define LRR_KERNELS_CONV_PLANES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/real.h"
#include "kernels/conv_algo.h"
#include "kernels/conv_direct.h"

/* One axis of the images. */
typedef struct conv_axis {
    size_t size, outs;
    size_t taps, stride, dilation, pad;
    size_t planes; /* remainders of taps by the stride; tap t is of plane t % planes */
    size_t reach;  /* the last tap's distance */
    size_t low;    /* the image's first number is low * stride - pad + its remainder */
    size_t places; /* such multiples of the stride that its numbers have */
} conv_axis;

static inline size_t planes_remainder(const conv_axis *a, size_t t)
{
    return t * a->dilation % a->stride;
}

static inline size_t planes_distance(const conv_axis *a, size_t t)
{
    return t * a->dilation / a->stride;
}

/* Places of results in units (conv_direct.h): rows of their own, or all in one go with what lies
** between the rows, where that takes fewer. */
typedef struct conv_runs {
    size_t units, each;
    size_t pitch; /* of the results' rows */
    size_t ld;
} conv_runs;

/* How images are cut, of one group. */
typedef struct conv_cut {
    conv_axis y, x;
    size_t c, out, taps;
    size_t depth, back; /* c * taps and out * taps: what a result is a sum over */
    size_t depth_up, c_up, out_up; /* padded to panels */
    size_t ld;                     /* of turned dy */
    size_t rows;                   /* results' rows in a piece */
    size_t width;                  /* of a plane of x */
    size_t plane;                  /* its numbers */
    size_t back_rows;              /* places in a piece of dx */
    size_t back_width;             /* of a plane of dy */
    size_t back_plane;
} conv_cut;

/* What a call keeps for all threads, in p->work. */
typedef struct conv_shared {
    size_t *tap;  /* (depth_up) of x's planes */
    size_t *back; /* (back) of dy's, plane by plane */
    lrr_real *weight;
    double *db;   /* (parts, s->out) */
    lrr_real *dw; /* (parts, groups, depth_up, ld) */
} conv_shared;

typedef struct conv_job {
    const lrr_conv *s;
    const lrr_conv_pass *p;
    conv_cut k;
    conv_shared a;
    size_t parts;
} conv_job;

/* Reals of a part's sums of dW. */
static inline size_t planes_grads(const conv_job *j)
{
    return j->s->groups * j->k.depth_up * j->k.ld;
}

/* Numbers of the packed weights of a group: forward's, and backward's. */
static inline size_t planes_packed(const conv_cut *k, bool back)
{
    return back ? k->c_up * k->back : k->out_up * k->depth;
}

/* Reals of x's planes of one piece; results or turned dy lie behind them. */
static inline size_t planes_reals(const conv_cut *k)
{
    return lrr_real_pad(k->c * k->y.planes * k->x.planes * k->plane + LRR_CONV_SLACK);
}

/* Results of rows by cols numbers, of planes this wide. */
conv_runs lrr__planes_runs(size_t rows, size_t cols, size_t width);

/* As lrr__conv_algo's. */
void lrr__planes_need(const lrr_conv *s, size_t batch, size_t *work,
                      size_t *work_thread);

/* One call, with everything in p->work given its place. */
conv_job lrr__planes_job(const lrr_conv *s, const lrr_conv_pass *p);

/* Sets a.tap: where in its planes each depth of a result begins. */
void lrr__planes_taps(const conv_job *j);

/* planes, planes_reals of them: those of rows r0.. of the results of one image's group, which begins
** at x. */
void lrr__planes_fill(const conv_job *j, const lrr_real *x, size_t r0,
                      lrr_real *planes);

/* Of conv_direct_back.c. */
void lrr__direct_backward(const lrr_conv *s, const lrr_conv_pass *p);

#endif
