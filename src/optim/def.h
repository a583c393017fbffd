/* def.h -- what an optimizer's own file provides to optim.c. Private to optim/. */
#ifndef LRR_OPTIM_DEF_H
#define LRR_OPTIM_DEF_H

#include "kernels/simd.h"
#include "optim/optim.h"

#define LRR_STATES_MAX   3
#define LRR_PRODUCTS_MAX 3

/* One update of one group. */
typedef struct lrr_optim_now {
    const lrr_optim_flags *flags;
    const double *h;    /* (LRR_HYPER_COUNT) this update's hyperparameters */
    const double *base; /* the configured ones */
    double k;           /* number of this update, from 1 */
    double
        *product; /* products over all updates, this one included: of beta1, of beta2,
                        and one that is the optimizer's own, which prepare multiplies. With
                        constant betas they are beta^k, and exact when a schedule moves
                        them. */
} lrr_optim_now;

typedef struct lrr_optim_def {
    const char *name;
    int n_products; /* products that this optimizer reads */
    /* Names of the state tensors; gives their number. */
    size_t (*states)(const lrr_optim_flags *flags, const char *names[LRR_STATES_MAX]);
    /* Start value of state tensor i; NULL: all 0. */
    double (*fill)(const double *base, size_t i);
    /* Fills the constants that the kernel reads; scale, l2 and keep are set before. */
    void (*prepare)(const lrr_optim_now *now, lrr_optim_k *k);
    /* The kernel for these flags. */
    lrr_optim_kernel (*kernel)(const lrr_optim_flags *flags);
    /* For rates by tensor (lamb), else NULL: after kernel, `norms` gives |x|^2 and |u|^2
    ** of a piece, and `apply` runs with lr * |x| / |u| of the tensor. */
    lrr_optim_kernel (*apply)(void);
} lrr_optim_def;

#define X(name) extern const lrr_optim_def lrr__optim_##name;
LRR_OPTIM_MAP(X)
#undef X

#endif
