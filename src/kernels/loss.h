/*
** loss.h -- losses of each element. loss: e (n) = loss(x, t); gradient: dx = or +=
** c * d loss / d x. a: huber's delta. Shapes (n); dx is not x. Cannot fail.
*/
#ifndef LRR_KERNELS_LOSS_H
#define LRR_KERNELS_LOSS_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

#define LRR_LOSS_MAP(X)                                                             \
    X(mse)   /* (x - t)^2 */                                                        \
    X(l1)    /* |x - t|; gradient 0 at 0 */                                         \
    X(huber) /* (x - t)^2 / 2 within a, a (|x - t| - a / 2) outside (Huber 1964) */ \
    X(bce)   /* x is a logit, t in [0, 1]: max(x, 0) - x t + log(1 + exp(-|x|)) */

#define LRR_LOSS_SIMD_MAP(X)                                                              \
    LRR_LOSS_SIMD_ONE(X, mse)                                                             \
    LRR_LOSS_SIMD_ONE(X, l1)                                                              \
    LRR_LOSS_SIMD_ONE(X, huber)                                                           \
    LRR_LOSS_SIMD_ONE(X, bce)                                                             \
    LRR_LOSS_SIMD_HELD(X, l1)                                                             \
    LRR_LOSS_SIMD_HELD(X, huber)                                                          \
    /* side = 1 where x - t is above a, -1 where it is below -a, else 0; for l1 a is 0 */ \
    X(void, error_sides,                                                                  \
      (const lrr_real *x, const lrr_real *t, lrr_real a, int8_t *side, size_t n))

#define LRR_LOSS_SIMD_ONE(X, name)                                               \
    X(void, name##_loss,                                                         \
      (const lrr_real *x, const lrr_real *t, lrr_real *e, size_t n, lrr_real a)) \
    X(void, name##_gradient,                                                     \
      (const lrr_real *x, const lrr_real *t, lrr_real c, lrr_real *dx, size_t n, \
       lrr_real a, int add))

/* l1 and huber by the piece of each element's side, wherever x is. */
#define LRR_LOSS_SIMD_HELD(X, name)                                           \
    X(void, name##_held,                                                      \
      (const int8_t *side, const lrr_real *x, const lrr_real *t, lrr_real *e, \
       size_t n, lrr_real a))                                                 \
    X(void, name##_held_gradient,                                             \
      (const int8_t *side, const lrr_real *x, const lrr_real *t, lrr_real c,  \
       lrr_real *dx, size_t n, lrr_real a, int add))

#endif
