/*
** sgd.c -- stochastic gradient descent with momentum.
**
** b = mu b + (1 - tau) d, at the first update b = d;  x -= lr (nesterov ? d + mu b : b).
** Source: Polyak (1964); Sutskever et al., ICML 2013; the form is PyTorch's, whose rate
** multiplies the whole step. Keras's has the rate within: b = mu b - lr d;
** x += nesterov ? mu b - lr d : b, which differs only when the rate changes.
*/
#include "optim/def.h"

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    names[0] = "momentum_buffer";
    return f->momentum ? 1 : 0;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double lr = now->h[LRR_HYPER_LR], mu = now->h[LRR_HYPER_MOMENTUM];
    const bool plain = now->k == 1 || mu == 0; /* nothing to be dampened against */
    k->mu = (lrr_real)mu;
    k->lr = (lrr_real)lr;
    k->part = plain ? 1 : (lrr_real)(1 - now->h[LRR_HYPER_DAMPENING]);
    k->a = now->flags->nesterov ? 1 : 0;
    k->b = now->flags->nesterov ? k->mu : 1;
    if (now->flags->keras && now->flags->momentum) {
        k->lr = -1;
        k->part = (lrr_real)-lr;
        k->a *= (lrr_real)-lr;
    }
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    return f->momentum ? lrr_k->optim_momentum : lrr_k->optim_sgd;
}

static double steady(const lrr_optim_now *now, const lrr_optim_k *k)
{
    const double mu = now->flags->momentum ? now->h[LRR_HYPER_MOMENTUM] : 0;
    const bool nesterov = now->flags->momentum && now->flags->nesterov;
    (void)k;
    return lrr__optim_steady(
        mu, nesterov ? 1 : 0, nesterov ? mu : 1,
        mu > 0 && !now->flags->keras ? 1 - now->h[LRR_HYPER_DAMPENING] : 1);
}

const lrr_optim_def lrr__optim_sgd = {
    .name = "sgd",
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .steady = steady,
};
