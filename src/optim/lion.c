/*
** lion.c -- the sign of a mixture of momentum and gradient.
**
** x -= lr (sign(beta1 m + (1 - beta1) d) + lambda x);  m = beta2 m + (1 - beta2) d.
** Source: Chen et al., arXiv 2302.06675, Algorithm 2. Cautious: where the mixture has
** d's sign alone, as in adam.c.
*/
#include "optim/def.h"

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "exp_avg";
    return 1;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    k->w1 = (lrr_real)(1 - now->h[LRR_HYPER_BETA1]);
    k->w2 = (lrr_real)(1 - now->h[LRR_HYPER_BETA2]);
    k->mix = k->w1;
    k->lr = (lrr_real)now->h[LRR_HYPER_LR];
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    return f->cautious ? lrr_k->optim_keep : lrr_k->optim_lion;
}

static bool tensorwise(const lrr_optim_flags *f, lrr_optim_tensorwise *out)
{
    *out = (lrr_optim_tensorwise){ .sums = lrr_k->optim_agreeing,
                                   .apply = lrr_k->optim_lion_cautious,
                                   .fit = lrr__optim_cautious_fit };
    return f->cautious;
}

const lrr_optim_def lrr__optim_lion = {
    .name = "lion",
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .tensorwise = tensorwise,
};
