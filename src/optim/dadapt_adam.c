/*
** dadapt_adam.c -- Adam with a rate from a bound on the distance to the solution, D.
**
** With d the bound so far, l = d lr bc as in prodigy.c, c = sqrt(beta2), sums over all weights:
** a = l sum g s / (sqrt(v) + eps), with v and s of before;
** m = beta1 m + (1 - beta1) l g;  v = beta2 v + (1 - beta2) g^2;  s = c s + (1 - c) l g;
** q = c q + (1 - c) a;  d = max(d, min(q / ((1 - c) sum |s|), growth d));
** x = x - m / (sqrt(v) + eps), where g has lambda x in it; decoupled: x = (1 - lambda l) x - ...
** Source: Defazio and Mishchenko, ICML 2023, arXiv 2301.07733, Algorithm 5, as dadaptation 3.2
** has it.
*/
#include <math.h>

#include "optim/def.h"

enum { D, Q };
static const char *const scalars[] = { "d", "q", NULL };

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "exp_avg";
    names[1] = "exp_avg_sq";
    names[2] = "s";
    return 3;
}

static double rate_of(const lrr_optim_now *now, double lr)
{
    const double rate = now->scalar[D] * lr;
    if (now->flags->bias_correction)
        return rate * sqrt(1 - now->product[1]) / (1 - now->product[0]);
    return rate;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double beta1 = now->lead[LRR_HYPER_BETA1];
    const double beta2 = now->lead[LRR_HYPER_BETA2], w3 = 1 - sqrt(beta2);
    double rate;
    if (now->scalar[D] <= 0)
        now->scalar[D] = now->lead[LRR_HYPER_D0];
    rate = rate_of(now, now->h[LRR_HYPER_LR]);
    k->mu = (lrr_real)beta1;
    k->part = (lrr_real)((1 - beta1) * rate);
    k->w2 = (lrr_real)(1 - beta2);
    k->w3 = (lrr_real)w3;
    k->a = (lrr_real)(w3 * rate);
    k->eps = (lrr_real)now->h[LRR_HYPER_EPS];
    if (now->flags->decoupled)
        k->keep = (lrr_real)(1 - rate * now->h[LRR_HYPER_WEIGHT_DECAY]);
}

static void meet(const lrr_optim_now *now, const double sum[2], lrr_optim_k *k)
{
    const double growth = now->lead[LRR_HYPER_GROWTH], d = now->scalar[D];
    const double c = sqrt(now->lead[LRR_HYPER_BETA2]);
    double found;
    (void)k;
    if (sum[1] == 0 || now->lead[LRR_HYPER_LR] == 0)
        return;
    now->scalar[Q] =
        c * now->scalar[Q] + (1 - c) * rate_of(now, now->lead[LRR_HYPER_LR]) * sum[0];
    found = now->scalar[Q] / ((1 - c) * sum[1]);
    if (growth > 0)
        found = fmin(found, d * growth);
    now->scalar[D] = fmax(d, found);
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_dadapt;
}

static bool tensorwise(const lrr_optim_flags *f, lrr_optim_tensorwise *out)
{
    (void)f;
    *out = (lrr_optim_tensorwise){ .before = lrr_k->optim_dadapt_before,
                                   .sums = lrr_k->optim_dadapt_sums,
                                   .meet = meet };
    return true;
}

const lrr_optim_def lrr__optim_dadapt_adam = {
    .name = "dadapt_adam",
    .n_products = 2,
    .scalars = scalars,
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .tensorwise = tensorwise,
};
