/*
** ademamix.c -- AdamW with a second, much slower average of the gradient.
**
** m, v as Adam's, slow = beta3 slow + (1 - beta3) d, which has no bias correction;
** x -= lr ((m^ + alpha slow) / (sqrt(v^) + eps) + lambda x). Over the first `warmup` updates
** alpha grows from 0 in proportion, and beta3 from beta1 so that 1 / log(beta) moves in
** proportion, which is nearly the number of gradients in the average.
** Source: Pagliardini et al., arXiv 2409.03137, Algorithm 1 and section 3.2. Cautious, as in
** adam.c: of m alone.
*/
#include <math.h>

#include "base/dmath.h"
#include "optim/def.h"

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "exp_avg";
    names[1] = "exp_avg_sq";
    names[2] = "exp_avg_slow";
    return 3;
}

/* How much of the warmup is over after update k: up to 1. */
static double grown(const lrr_optim_now *now)
{
    const double length = now->h[LRR_HYPER_WARMUP];
    return now->k < length ? now->k / length : 1;
}

/* A beta of 0 counts as an average of no length: 1 / log(0) is 0. */
static double beta3_at(const lrr_optim_now *now, double share)
{
    const double beta1 = now->h[LRR_HYPER_BETA1], beta3 = now->h[LRR_HYPER_BETA3];
    double length = 0;
    if (share >= 1)
        return beta3;
    if (beta1 > 0)
        length += (1 - share) / lrr_dlog(beta1);
    if (beta3 > 0)
        length += share / lrr_dlog(beta3);
    return length < 0 ? fmin(lrr_dexp(1 / length), beta3) : 0;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double share = grown(now);
    k->w1 = (lrr_real)(1 - now->h[LRR_HYPER_BETA1]);
    k->w2 = (lrr_real)(1 - now->h[LRR_HYPER_BETA2]);
    k->w3 = (lrr_real)(1 - beta3_at(now, share));
    k->a = (lrr_real)(1 / (1 - now->product[0]));
    k->b = (lrr_real)(share * now->h[LRR_HYPER_ALPHA]);
    k->root = (lrr_real)(1 / sqrt(1 - now->product[1]));
    k->eps = (lrr_real)now->h[LRR_HYPER_EPS];
    k->lr = (lrr_real)now->h[LRR_HYPER_LR];
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    return f->cautious ? lrr_k->optim_ademamix_moments : lrr_k->optim_ademamix;
}

static bool tensorwise(const lrr_optim_flags *f, lrr_optim_tensorwise *out)
{
    *out = (lrr_optim_tensorwise){ .sums = lrr_k->optim_agreeing,
                                   .apply = lrr_k->optim_ademamix_cautious,
                                   .fit = lrr__optim_cautious_fit_a };
    return f->cautious;
}

const lrr_optim_def lrr__optim_ademamix = {
    .name = "ademamix",
    .n_products = 2,
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .tensorwise = tensorwise,
};
