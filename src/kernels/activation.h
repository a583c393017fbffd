/*
** activation.h -- activation functions, element by element, and what rows need: softmax.
**
** forward: y = f(x). backward: dx = or += f'(x) dy, from s, which is x or y as said for
** each; a is the function's constant where it has one. Shapes (n); y may be x, dx may be
** dy. Cannot fail; any n.
*/
#ifndef LRR_KERNELS_ACTIVATION_H
#define LRR_KERNELS_ACTIVATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

/* F(X, name, whether backward's s is x (1) or y (0), what an element costs): the one list of those of
** two pieces, with a bend at 0. Cost: 1 is bound by memory; an exponential is as much as eight. */
#define LRR_ACTIVATION_BENT_MAP(F, X)                                                 \
    F(X, relu, 0, 1)                                                                  \
    F(X, leaky_relu, 0, 1) /* a x below 0, a >= 0 (Maas et al. 2013) */               \
    F(X, elu, 0, 8)        /* a (exp(x) - 1) below 0, a >= 0 (Clevert et al. 2016) */ \
    F(X, selu, 0, 8)       /* elu with fixed constants (Klambauer et al. 2017) */

/* ... and of smooth ones. */
#define LRR_ACTIVATION_SMOOTH_MAP(F, X)                                 \
    F(X, gelu, 1, 16) /* x Phi(x), exact (Hendrycks and Gimpel 2016) */ \
    F(X, silu, 1, 8)  /* x sigmoid(x) */                                \
    F(X, tanh, 0, 8)                                                    \
    F(X, sigmoid, 0, 8)                                                 \
    F(X, softplus, 1, 12) /* log(1 + exp(x)) */

#define LRR_ACTIVATION_SIMD_MAP(X)                                                            \
    LRR_ACTIVATION_BENT_MAP(LRR_ACTIVATION_SIMD_ONE, X)                                       \
    LRR_ACTIVATION_SMOOTH_MAP(LRR_ACTIVATION_SIMD_ONE, X)                                     \
    LRR_ACTIVATION_BENT_MAP(LRR_ACTIVATION_SIMD_HELD, X)                                      \
    /* gelu, whose slope x becomes */                                                         \
    X(void, gelu_sloped, (lrr_real * x, lrr_real * y, size_t n))                              \
    /* side = x > 0: which piece of a bent function its derivative is taken of */             \
    X(void, sides, (const lrr_real *x, uint8_t *side, size_t n))                              \
    /* y (rows, cols) = softmax of each row of x; log sum exp of row r is max[r] +       \
    ** log_sum[r] (both may be NULL): apart, they keep what a sum would round away */    \
    X(void, softmax_forward,                                                                  \
      (const lrr_real *x, lrr_real *y, lrr_real *max, lrr_real *log_sum, size_t rows,         \
       size_t cols))                                                                          \
    X(void, softmax_backward,                                                                 \
      (const lrr_real *y, const lrr_real *dy, lrr_real *dx, size_t rows, size_t cols,         \
       int add))                                                                              \
    /* y = silu(g) u, and of dy the gradients: dg = or += dy u silu'(g), du = or += dy      \
    ** silu(g), add for each of them */ \
    X(void, swiglu_forward,                                                                   \
      (const lrr_real *g, const lrr_real *u, lrr_real *y, size_t n))                          \
    X(void, swiglu_gate_back,                                                                 \
      (const lrr_real *g, const lrr_real *u, const lrr_real *dy, lrr_real *dg,                \
       size_t n, int add))                                                                    \
    X(void, swiglu_up_back,                                                                   \
      (const lrr_real *g, const lrr_real *dy, lrr_real *du, size_t n, int add))               \
    /* y = exp(x), log(x), log(1 + x) for x >= -1/2, erf(x) */                                \
    X(void, exp, (const lrr_real *x, lrr_real *y, size_t n))                                  \
    X(void, log, (const lrr_real *x, lrr_real *y, size_t n))                                  \
    X(void, log1p, (const lrr_real *x, lrr_real *y, size_t n))                                \
    X(void, erf, (const lrr_real *x, lrr_real *y, size_t n))

#define LRR_ACTIVATION_SIMD_ONE(X, name, reads, cost)                               \
    X(void, name##_forward, (const lrr_real *x, lrr_real *y, size_t n, lrr_real a)) \
    X(void, name##_backward,                                                        \
      (const lrr_real *s, const lrr_real *dy, lrr_real *dx, size_t n, lrr_real a,   \
       int add))

/* The piece above the bend where side is 1, below it where it is 0, wherever x is. */
#define LRR_ACTIVATION_SIMD_HELD(X, name, reads, cost)                             \
    X(void, name##_held,                                                           \
      (const uint8_t *side, const lrr_real *x, lrr_real *y, size_t n, lrr_real a)) \
    X(void, name##_held_back,                                                      \
      (const uint8_t *side, const lrr_real *s, const lrr_real *dy, lrr_real *dx,   \
       size_t n, lrr_real a, int add))

#endif
