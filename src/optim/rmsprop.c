/*
** rmsprop.c -- the gradient divided by its running root mean square.
**
** v = rho v + (1 - rho) d^2; centered: v minus the square of the running mean;
** u = d / (sqrt(v) + eps);  b = mu b + u;  x -= lr b. Keras's form has eps within the
** root and the rate within the momentum: b = mu b + lr u;  x -= b.
** Source: Tieleman and Hinton (2012), lecture 6e; centered: Graves, arXiv 1308.0850.
**
** The centered form keeps the running variance itself, V = rho (V + (1 - rho)
** (d - mean)^2), which equals v - mean^2 but never loses its digits or turns negative
** when the gradient hardly changes.
*/
#include <math.h>

#include "optim/def.h"

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    size_t n = 0;
    names[n++] = f->centered ? "exp_var" : "exp_avg_sq";
    if (f->centered)
        names[n++] = "exp_avg";
    if (f->momentum)
        names[n++] = "momentum_buffer";
    return n;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const bool keras = now->flags->keras;
    const lrr_real lr = (lrr_real)now->h[LRR_HYPER_LR];
    const lrr_real eps = (lrr_real)now->h[LRR_HYPER_EPS];
    k->w1 = (lrr_real)(1 - now->h[LRR_HYPER_RHO]);
    k->mu = (lrr_real)now->h[LRR_HYPER_MOMENTUM];
    k->eps = keras ? 0 : eps;
    k->eps_in = keras ? eps : 0;
    k->lr = keras && now->flags->momentum ? 1 : lr;
    k->part = keras ? lr : 1;
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    if (f->centered)
        return f->momentum ? lrr_k->optim_rmsprop_centered_momentum
                           : lrr_k->optim_rmsprop_centered;
    return f->momentum ? lrr_k->optim_rmsprop_momentum : lrr_k->optim_rmsprop;
}

static double steady(const lrr_optim_now *now, const lrr_optim_k *k)
{
    const double mu = now->flags->momentum ? now->h[LRR_HYPER_MOMENTUM] : 0;
    (void)k;
    return lrr__optim_steady(mu, 0, 1, 1);
}

static void gain(const lrr_optim_flags *f, const lrr_optim_k *k, lrr_real *const *s,
                 lrr_real *out, size_t n)
{
    (void)f;
    for (size_t i = 0; i < n; i++)
        out[i] = 1 / ((lrr_real)sqrt((double)(s[0][i] + k->eps_in)) + k->eps);
}

const lrr_optim_def lrr__optim_rmsprop = {
    .name = "rmsprop",
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .steady = steady,
    .gain = gain,
};
