/*
** conv1d.h -- convolution over time: y = conv(x, w) + bias and its gradients.
**
** x is (n, t, c), y (n, ot, out), w (out, c / groups, k), bias (out), row-major. Step o of
** y reads steps o * stride + j * dilation - pad of x, j in 0..k-1; steps outside 0..len-1
** of a sample count as zeros, and their gradient is zero.
**
** Matrix products over unfolded pieces of rows (steps) that fit in a core's cache.
** Threads, bits, errors: as in conv.h.
*/
#ifndef LRR_KERNELS_CONV1D_H
#define LRR_KERNELS_CONV1D_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/gemm_kind.h"
#include "base/real.h"

typedef struct lrr_conv1d {
    size_t t, c;    /* steps and channels in */
    size_t ot, out; /* steps and channels out */
    size_t k, stride, dilation, pad, groups;
} lrr_conv1d;

typedef struct lrr_conv1d_pass {
    lrr_gemm_kind gemm; /* its matrix products (kernels/gemm.h) */
    size_t n;
    const int32_t *len; /* (n) lengths of x, at most t; NULL: all are t */
    const lrr_real *x, *weight, *bias; /* bias may be NULL */
    lrr_real *y;
    const lrr_real *dy;
    lrr_real *dx, *dweight, *dbias; /* each may be NULL */
    bool add_x, add_weight, add_bias;
    void *work;
    void *const *work_thread;
} lrr_conv1d_pass;

void lrr_conv1d_need(const lrr_conv1d *s, size_t batch, size_t *work,
                     size_t *work_thread);
void lrr_conv1d_forward(const lrr_conv1d *s, const lrr_conv1d_pass *p);
void lrr_conv1d_backward(const lrr_conv1d *s, const lrr_conv1d_pass *p);

#endif
