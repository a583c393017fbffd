/*
** optim_k.h -- one update of n parameters, for each optimizer; clipping and averages.
**
** All arrays are (n), any n, 0 included; x, g and the state tensors s[0], s[1], ...
** do not overlap. Cannot fail. A gradient that is not a number makes the parameter so:
** none of these hides it. The formulas and their sources are in optim/<name>.c, which
** fills the constants in double.
**
** Every update begins alike:  d = scale * g + l2 * x;  x = keep * x;  then with d:
*/
#ifndef LRR_KERNELS_OPTIM_K_H
#define LRR_KERNELS_OPTIM_K_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

/* Constants of one update of one group; each kernel reads those its comment names. */
typedef struct lrr_optim_k {
    lrr_real scale;      /* of the gradient: clipping by the global norm */
    lrr_real l2;         /* weight decay within the gradient */
    lrr_real keep;       /* decoupled weight decay: 1 - lr * lambda */
    lrr_real lr;         /* size of the step, bias correction included */
    lrr_real w1, w2, w3; /* shares of the new value in the averages: 1 - beta */
    lrr_real root;       /* factor of the square root: bias correction */
    lrr_real eps;        /* beside the root */
    lrr_real eps_in;     /* within it */
    lrr_real mu;         /* share of the old momentum kept */
    lrr_real part;       /* share of the gradient in the momentum */
    lrr_real a, b;       /* weights of gradient and momentum in the step */
    lrr_real lo, hi;     /* limits of a step size */
    lrr_real mix;        /* share of the gradient in what has to agree with it */
} lrr_optim_k;

#define LRR_OPTIM_ARGS \
    (const lrr_optim_k *k, lrr_real *x, const lrr_real *g, lrr_real *const *s, size_t n)

typedef void(*lrr_optim_kernel) LRR_OPTIM_ARGS;

/* What the rate of a tensor hangs on, of n of its parameters. */
#define LRR_OPTIM_SUM_ARGS                                                           \
    (const lrr_optim_k *k, const lrr_real *x, const lrr_real *g, lrr_real *const *s, \
     size_t n, double sum[2])

typedef void(*lrr_optim_sums) LRR_OPTIM_SUM_ARGS;

/* One update; all of one form. */
#define LRR_OPTIM_STEP_MAP(X)                                                        \
    /* x -= lr d */                                                                  \
    X(void, optim_sgd, LRR_OPTIM_ARGS)                                               \
    /* s0 = mu s0 + part d; x -= lr (a d + b s0) */                                  \
    X(void, optim_momentum, LRR_OPTIM_ARGS)                                          \
    /* s0 += w1 (d - s0); s1 += w2 (d^2 - s1); x -= lr s0 / (root sqrt(s1) + eps) */ \
    X(void, optim_adam, LRR_OPTIM_ARGS)                                              \
    /* the same with s2 = max(s2, s1) under the root */                              \
    X(void, optim_amsgrad, LRR_OPTIM_ARGS)                                           \
    /* s0 as adam's; s1 = max(mu s1, |d| + eps_in); x -= lr s0 / (s1 + eps) */       \
    X(void, optim_adamax, LRR_OPTIM_ARGS)                                            \
    /* averages as adam's; x -= (a d + b s0) / (root sqrt(s1) + eps) */              \
    X(void, optim_nadam, LRR_OPTIM_ARGS)                                             \
    /* s0 += d^2; x -= lr d / (sqrt(s0 + eps_in) + eps) */                           \
    X(void, optim_adagrad, LRR_OPTIM_ARGS)                                           \
    /* s0 += w1 (d^2 - s0); u = sqrt(s1 + eps) / sqrt(s0 + eps) d; */                \
    /* s1 += w1 (u^2 - s1); x -= lr u */                                             \
    X(void, optim_adadelta, LRR_OPTIM_ARGS)                                          \
    /* s0 += w1 (d^2 - s0); x -= lr d / (sqrt(s0 + eps_in) + eps) */                 \
    X(void, optim_rmsprop, LRR_OPTIM_ARGS)                                           \
    /* with u = part d / (...): s1 = mu s1 + u; x -= lr s1 */                        \
    X(void, optim_rmsprop_momentum, LRR_OPTIM_ARGS)                                  \
    /* variance s0 = (1 - w1) (s0 + w1 (d - s1)^2), mean s1 += w1 (d - s1) */        \
    X(void, optim_rmsprop_centered, LRR_OPTIM_ARGS)                                  \
    /* both; the momentum is s2 */                                                   \
    X(void, optim_rmsprop_centered_momentum, LRR_OPTIM_ARGS)                         \
    /* where d's sign is s1's, s0 *= a; where the other, s0 *= b and d = 0; */       \
    /* s0 within [lo, hi]; x -= lr sign(d) s0; s1 = d */                             \
    X(void, optim_rprop, LRR_OPTIM_ARGS)                                             \
    /* x -= lr sign(s0 + w1 (d - s0)); s0 += w2 (d - s0) */                          \
    X(void, optim_lion, LRR_OPTIM_ARGS)                                              \
    /* averages as adam's, of d = scale g; x = keep x and nothing else */            \
    X(void, optim_lamb_moments, LRR_OPTIM_ARGS)                                      \
    /* u = b s0 / (root sqrt(s1) + eps) + l2 x; x -= lr u */                         \
    X(void, optim_lamb_apply, LRR_OPTIM_ARGS)                                        \
    /* averages as adam's; the step is one of the next two */                        \
    X(void, optim_moments, LRR_OPTIM_ARGS)                                           \
    /* x -= lr s0 / (root sqrt(s1) + eps) where s0 has d's sign; x was kept */       \
    X(void, optim_adam_cautious, LRR_OPTIM_ARGS)                                     \
    /* the same with s2 = max(s2, s1) under the root */                              \
    X(void, optim_amsgrad_cautious, LRR_OPTIM_ARGS)                                  \
    /* x = keep x and nothing else */                                                \
    X(void, optim_keep, LRR_OPTIM_ARGS)                                              \
    /* x -= lr sign(s0 + w1 (d - s0)) where that is d's sign; s0 += w2 (d - s0) */   \
    X(void, optim_lion_cautious, LRR_OPTIM_ARGS)                                     \
    /* e = part (d - s3); s0 += w1 (d - s0); s1 += w2 (e - s1); */                   \
    /* s2 += w3 ((d + mu e)^2 - s2); s3 = d; */                                      \
    /* x = keep (x - lr (a s0 + b s1) / (root sqrt(s2) + eps)) */                    \
    X(void, optim_adan, LRR_OPTIM_ARGS)                                              \
    /* the same without x; and x alone, with a = 0 where s0 has not d's sign */      \
    X(void, optim_adan_moments, LRR_OPTIM_ARGS)                                      \
    X(void, optim_adan_cautious, LRR_OPTIM_ARGS)                                     \
    /* s0, s1 as adam's; s2 += w3 (d - s2); */                                       \
    /* x -= lr (a s0 + b s2) / (root sqrt(s1) + eps) */                              \
    X(void, optim_ademamix, LRR_OPTIM_ARGS)                                          \
    /* the same with x = keep x alone; then x, as in optim_adan_cautious */          \
    X(void, optim_ademamix_moments, LRR_OPTIM_ARGS)                                  \
    X(void, optim_ademamix_cautious, LRR_OPTIM_ARGS)                                 \
    /* z = s0; x += w1 (z - x) + a d; s0 = z - lr d; keep is not read */             \
    X(void, optim_free_sgd, LRR_OPTIM_ARGS)                                          \
    /* s1 += w2 (d^2 - s1), d = scale g; the same with */                            \
    /* d / (root sqrt(s1) + eps) + l2 x in the place of d */                         \
    X(void, optim_free_adamw, LRR_OPTIM_ARGS)                                        \
    /* x += a (x - s0) and nothing else; s0 = x and nothing else */                  \
    X(void, optim_free_average, LRR_OPTIM_ARGS)                                      \
    X(void, optim_free_start, LRR_OPTIM_ARGS)

#define LRR_OPTIM_SIMD_MAP(X)                                                         \
    LRR_OPTIM_STEP_MAP(X)                                                             \
    /* sum[0] = |x|^2, sum[1] = |u|^2, u as in optim_lamb_apply */                    \
    X(void, optim_lamb_norms, LRR_OPTIM_SUM_ARGS)                                     \
    /* sum[0] = how many of s0 + mix (d - s0) have d's sign, neither being 0 */       \
    X(void, optim_agreeing, LRR_OPTIM_SUM_ARGS)                                       \
    /* sum of x^2 in double, in a fixed order */                                      \
    X(double, optim_square_sum, (const lrr_real *x, size_t n))                        \
    /* the same of rows of a tensor, dim long, from place `at` of the first on, of */ \
    /* which those with touched 0 are 0 and not read; 16 divides dim and at */        \
    X(double, optim_square_rows,                                                      \
      (const lrr_real *x, size_t n, const uint8_t *touched, size_t dim, size_t at))   \
    /* g *= scale */                                                                  \
    X(void, optim_scale, (lrr_real * g, lrr_real scale, size_t n))                    \
    /* g within [-most, most] */                                                      \
    X(void, optim_clamp, (lrr_real * g, lrr_real most, size_t n))                     \
    /* e += w (x - e) */                                                              \
    X(void, optim_average, (lrr_real * e, const lrr_real *x, lrr_real w, size_t n))   \
    /* x and e change places */                                                       \
    X(void, optim_swap, (lrr_real * e, lrr_real * x, size_t n))

#endif
