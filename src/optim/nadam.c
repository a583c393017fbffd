/*
** nadam.c -- Adam with Nesterov's momentum.
**
** mu_k = beta1 (1 - 0.96^(k psi) / 2), P = product of mu_1 .. mu_k;
** x -= lr [(1 - mu_k) d / (1 - P) + mu_{k+1} m / (1 - P mu_{k+1})] / (sqrt(v^) + eps).
** Source: Dozat, ICLR 2016 workshop; psi (momentum_decay) is 4e-3 in PyTorch, 1 in Keras.
*/
#include <math.h>

#include "base/dmath.h"
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
    const double lr = now->h[LRR_HYPER_LR], beta1 = now->h[LRR_HYPER_BETA1];
    const double psi = now->h[LRR_HYPER_MOMENTUM_DECAY];
    const double mu = beta1 * (1 - 0.5 * lrr_dpow(0.96, now->k * psi));
    const double next = beta1 * (1 - 0.5 * lrr_dpow(0.96, (now->k + 1) * psi));
    const double product = now->product[2] *= mu;
    k->w1 = (lrr_real)(1 - beta1);
    k->w2 = (lrr_real)(1 - now->h[LRR_HYPER_BETA2]);
    k->a = (lrr_real)(lr * (1 - mu) / (1 - product));
    k->b = (lrr_real)(lr * next / (1 - product * next));
    k->root = (lrr_real)(1 / sqrt(1 - now->product[1]));
    k->eps = (lrr_real)now->h[LRR_HYPER_EPS];
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_nadam;
}

static double steady(const lrr_optim_now *now, const lrr_optim_k *k)
{
    const double beta1 = now->h[LRR_HYPER_BETA1];
    return lrr__optim_steady(beta1, (double)k->a, (double)k->b, 1 - beta1);
}

static void gain(const lrr_optim_flags *f, const lrr_optim_k *k, lrr_real *const *s,
                 lrr_real *out, size_t n)
{
    (void)f;
    for (size_t i = 0; i < n; i++)
        out[i] = 1 / (k->root * (lrr_real)sqrt((double)s[1][i]) + k->eps);
}

const lrr_optim_def lrr__optim_nadam = {
    .name = "nadam",
    .n_products = 3,
    .third = "momentum_product",
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .steady = steady,
    .gain = gain,
};
