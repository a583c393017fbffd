/*
** adan.c -- momentum of the gradient and of its change from one update to the next.
**
** e = d - d of the last update (0 in the first);  m, v: moving averages of d and e;
** q: of (d + beta2 e)^2;  x = (x - lr (m^ + beta2 v^) / (sqrt(q^) + eps)) / (1 + lr lambda)
** with m^ = m / (1 - beta1^k), v^ and q^ likewise. An update that was left out makes the next
** e span it. Source: Xie et al., arXiv 2208.06677, Algorithm 1, with betas as shares that are
** kept (the article's are 1 minus these) and timm 1.0's and pytorch_optimizer's bias
** correction; optax.adan averages e with the other share. Cautious, as in adam.c: of m alone.
*/
#include <math.h>

#include "optim/def.h"

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "exp_avg";
    names[1] = "exp_avg_diff";
    names[2] = "exp_avg_sq";
    names[3] = "last_grad";
    return 4;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double lr = now->h[LRR_HYPER_LR], beta2 = now->h[LRR_HYPER_BETA2];
    const double product = now->product[2] *= now->h[LRR_HYPER_BETA3];
    k->part = now->k > 1 ? 1 : 0;
    k->w1 = (lrr_real)(1 - now->h[LRR_HYPER_BETA1]);
    k->w2 = (lrr_real)(1 - beta2);
    k->w3 = (lrr_real)(1 - now->h[LRR_HYPER_BETA3]);
    k->mu = (lrr_real)beta2;
    k->a = (lrr_real)(1 / (1 - now->product[0]));
    k->b = (lrr_real)(beta2 / (1 - now->product[1]));
    k->root = (lrr_real)(1 / sqrt(1 - product));
    k->eps = (lrr_real)now->h[LRR_HYPER_EPS];
    k->lr = (lrr_real)lr;
    k->keep = (lrr_real)(1 / (1 + lr * now->h[LRR_HYPER_WEIGHT_DECAY]));
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    return f->cautious ? lrr_k->optim_adan_moments : lrr_k->optim_adan;
}

static bool tensorwise(const lrr_optim_flags *f, lrr_optim_tensorwise *out)
{
    *out = (lrr_optim_tensorwise){ .sums = lrr_k->optim_agreeing,
                                   .apply = lrr_k->optim_adan_cautious,
                                   .fit = lrr__optim_cautious_fit_a };
    return f->cautious;
}

const lrr_optim_def lrr__optim_adan = {
    .name = "adan", /* flags.decoupled keeps weight decay out of d */
    .n_products = 3,
    .third = "beta3_product",
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .tensorwise = tensorwise,
};
