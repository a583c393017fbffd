/* def.h -- what an optimizer's own file provides to optim.c. Private to optim/. */
#ifndef LRR_OPTIM_DEF_H
#define LRR_OPTIM_DEF_H

#include "kernels/simd.h"
#include "optim/optim.h"

#define LRR_STATES_MAX   4
#define LRR_PRODUCTS_MAX 3
#define LRR_SCALARS_MAX  5

/* One update of one group. */
typedef struct lrr_optim_now {
    const lrr_optim_flags *flags;
    const double *h;    /* (LRR_HYPER_COUNT) this update's hyperparameters */
    const double *base; /* the configured ones */
    const double *lead; /* (LRR_HYPER_COUNT) this update's, of the first group */
    double k;           /* number of this update, from 1 */
    double
        *product;   /* products over all updates, this one included: of beta1, of beta2,
                        and one that is the optimizer's own (third), which prepare multiplies. With
                        constant betas they are beta^k, and exact when a schedule moves
                        them. */
    double *scalar; /* those of def->scalars; 0 before the first update */
    double sum;     /* in a stage: of its sum over all tensors that train */
    bool whole;     /* the group's tensors are matrices, updated by def->whole */
} lrr_optim_now;

typedef double (*lrr_optim_sum)(const lrr_real *x, const lrr_real *g, size_t n);

/* A pass over all weights besides the update. */
typedef struct lrr_optim_stage {
    lrr_optim_sum (*sum)(const lrr_optim_flags *flags); /* of each piece; NULL: none */
    /* As def's; k->scale and k->keep are 1, k->l2 is 0. NULL: the kernel reads nothing. */
    void (*prepare)(const lrr_optim_now *now, lrr_optim_k *k);
    lrr_optim_kernel (*kernel)(const lrr_optim_flags *flags);
} lrr_optim_stage;

/* A second pass for those whose rate hangs on a whole tensor, or on all of them. */
typedef struct lrr_optim_tensorwise {
    lrr_optim_sums before; /* of each piece, before the first pass; NULL: nothing */
    lrr_optim_sums sums;   /* likewise after it; with `before`, sum[1] alone is taken */
    lrr_optim_kernel apply; /* the pass itself; NULL: there is none */
    /* Fits k to a tensor of n parameters and these sums of it; for one tensor only. */
    void (*fit)(lrr_optim_k *k, const double sum[2], size_t n);
    /* In the place of fit: with the sums over all tensors that train, for each group. Groups
    ** keep the same scalars where these follow from the sums and now->lead alone. */
    void (*meet)(const lrr_optim_now *now, const double sum[2], lrr_optim_k *k);
} lrr_optim_tensorwise;

typedef struct lrr_optim_def {
    const char *name;
    int n_products;    /* products that this optimizer reads */
    const char *third; /* name of its own one, where it reads that */
    /* Names of numbers that each group keeps, which prepare sets: LRR_SCALARS_MAX at most,
    ** NULL ends them. NULL: none. */
    const char *const *scalars;
    /* Names of the state tensors; gives their number. */
    size_t (*states)(const lrr_optim_flags *flags, const char *names[LRR_STATES_MAX]);
    /* Start value of state tensor i; NULL: all 0. */
    double (*fill)(const double *base, size_t i);
    /* Fills the constants that the kernel reads; scale, l2 and keep are set before. */
    void (*prepare)(const lrr_optim_now *now, lrr_optim_k *k);
    /* The kernel for these flags. */
    lrr_optim_kernel (*kernel)(const lrr_optim_flags *flags);
    /* The second pass with these flags, after kernel; false: there is none. NULL: never. */
    bool (*tensorwise)(const lrr_optim_flags *flags, lrr_optim_tensorwise *out);
    /* The update of groups of matrices, in the place of kernel (whole.h); NULL: none. */
    const struct lrr_optim_whole *whole;
    /* How far an update goes for a gradient that stays as it is (gain.h), with k prepared for
    ** the last update made and a rate of 1. steady: what lrr__optim_steady gives. gain: of n
    ** weights the factors of the step that their state makes; NULL: all are 1. Without steady
    ** nothing is known. */
    double (*steady)(const lrr_optim_now *now, const lrr_optim_k *k);
    void (*gain)(const lrr_optim_flags *flags, const lrr_optim_k *k, lrr_real *const *s,
                 lrr_real *out, size_t n);
    /* (n_moves) For each gradient before the last: moves x to where the next is taken,
    ** on from where it is; the update puts x back first. now->k is the update to come.
    ** Another's update may follow them (lrr_optim_cfg.around). */
    const lrr_optim_stage *moves;
    size_t n_moves;
    /* Makes x, which trains, what is evaluated; and makes the state fit an x that was set
    ** from outside, as it is before the first update. Both are given no gradient. NULL: x is
    ** evaluated as it is. */
    const lrr_optim_stage *evaluate, *settle;
    /* In the place of moves and all that an update does (internal.h). */
    const struct lrr_optim_search *search;
} lrr_optim_def;

/* The largest product of rate and curvature at which x stays where b = mu b + p d,
** x -= lr (a d + b' b) with d = curvature * x: one root of z is -1 then.
** Source: Cohen et al., arXiv 2103.00065, appendix B (a = 0, b' = 1: 2 (1 + mu) / p). */
static inline double lrr__optim_steady(double mu, double a, double b, double p)
{
    return 2 * (1 + mu) / (a * (1 + mu) + b * p);
}

/* The fit of cautious steps: k->lr, or the momentum's weight a alone, over the share of
** parameters that step (optim_agreeing), that share at least 1e-3. Source: Liang et al.,
** arXiv 2411.16085, with the mean over the tensor that timm 1.0 takes. */
static inline double lrr__optim_cautious_share(const double sum[2], size_t n)
{
    const double share = sum[0] / (double)n;
    return share > 1e-3 ? share : 1e-3;
}

static inline void lrr__optim_cautious_fit(lrr_optim_k *k, const double sum[2],
                                           size_t n)
{
    k->lr = (lrr_real)((double)k->lr / lrr__optim_cautious_share(sum, n));
}

static inline void lrr__optim_cautious_fit_a(lrr_optim_k *k, const double sum[2],
                                             size_t n)
{
    k->a = (lrr_real)((double)k->a / lrr__optim_cautious_share(sum, n));
}

/* lrr_optim_new for an optimizer, and one around it or NULL, that need not be in the list. */
typedef struct lrr_optim_pair {
    const lrr_optim_def *def, *around;
} lrr_optim_pair;
lrr_status lrr__optim_new(lrr_optim_pair pair, const lrr_optim_cfg *cfg,
                          const lrr_segment *segments, size_t n_segments,
                          lrr_optim **out, lrr_error *err);

#define X(name) extern const lrr_optim_def lrr__optim_##name;
LRR_OPTIM_MAP(X)
#undef X

#endif
