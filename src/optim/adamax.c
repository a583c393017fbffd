/*
** adamax.c -- Adam with the largest gradient in place of the second moment.
**
** m: moving average of d;  u = max(beta2 u, |d| + eps);  x -= lr / (1 - beta1^k) m / u.
** Source: Kingma and Ba, ICLR 2015, Algorithm 2, with PyTorch's eps. Keras's form has
** u = max(beta2 u, |d|) and divides by u + eps.
*/
#include "optim/def.h"

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "exp_avg";
    names[1] = "exp_inf";
    return 2;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const lrr_real eps = (lrr_real)now->h[LRR_HYPER_EPS];
    k->w1 = (lrr_real)(1 - now->h[LRR_HYPER_BETA1]);
    k->mu = (lrr_real)now->h[LRR_HYPER_BETA2];
    k->lr = (lrr_real)(now->h[LRR_HYPER_LR] / (1 - now->product[0]));
    k->eps = now->flags->keras ? eps : 0;
    k->eps_in = now->flags->keras ? 0 : eps;
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_adamax;
}

static double steady(const lrr_optim_now *now, const lrr_optim_k *k)
{
    const double beta1 = now->h[LRR_HYPER_BETA1];
    (void)k;
    return lrr__optim_steady(beta1, 0, 1, 1 - beta1);
}

static void gain(const lrr_optim_flags *f, const lrr_optim_k *k, lrr_real *const *s,
                 lrr_real *out, size_t n)
{
    (void)f;
    for (size_t i = 0; i < n; i++)
        out[i] = k->lr / (s[1][i] + k->eps);
}

const lrr_optim_def lrr__optim_adamax = {
    .name = "adamax",
    .n_products = 1,
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .steady = steady,
    .gain = gain,
};
