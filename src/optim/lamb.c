/*
** lamb.c -- Adam whose rate is scaled for each tensor by the size of its parameters.
**
** u = m^ / (sqrt(v^) + eps) + lambda x;  x -= lr (|x| / |u|, or 1 where either is 0) u.
** Source: You et al., ICLR 2020, Algorithm 2, with bias correction as optax has it and
** phi(z) = z. Keras's form shrinks x first (decoupled decay) and leaves it out of u.
*/
#include <math.h>

#include "optim/def.h"

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "exp_avg";
    names[1] = "exp_avg_sq";
    return 2;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    k->w1 = (lrr_real)(1 - now->h[LRR_HYPER_BETA1]);
    k->w2 = (lrr_real)(1 - now->h[LRR_HYPER_BETA2]);
    k->b = (lrr_real)(1 / (1 - now->product[0]));
    k->root = (lrr_real)(1 / sqrt(1 - now->product[1]));
    k->eps = (lrr_real)now->h[LRR_HYPER_EPS];
    k->lr = (lrr_real)now->h[LRR_HYPER_LR];
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_lamb_moments;
}

static void fit(lrr_optim_k *k, const double sum[2], size_t n)
{
    (void)n;
    if (sum[0] > 0 && sum[1] > 0)
        k->lr = (lrr_real)((double)k->lr * sqrt(sum[0] / sum[1]));
}

static bool tensorwise(const lrr_optim_flags *f, lrr_optim_tensorwise *out)
{
    (void)f;
    *out = (lrr_optim_tensorwise){ .sums = lrr_k->optim_lamb_norms,
                                   .apply = lrr_k->optim_lamb_apply,
                                   .fit = fit };
    return true;
}

const lrr_optim_def lrr__optim_lamb = {
    .name = "lamb",
    .n_products = 2,
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .tensorwise = tensorwise,
};
