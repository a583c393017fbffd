/*
** adadelta.c -- steps in the units of the parameters.
**
** s = rho s + (1 - rho) d^2;  u = sqrt(a + eps) / sqrt(s + eps) d;
** a = rho a + (1 - rho) u^2;  x -= lr u. Source: Zeiler, arXiv 1212.5701, Algorithm 1
** (lr 1); Keras's form is the same.
*/
#include <math.h>

#include "optim/def.h"

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "exp_avg_sq";
    names[1] = "acc_delta";
    return 2;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    k->w1 = (lrr_real)(1 - now->h[LRR_HYPER_RHO]);
    k->eps = (lrr_real)now->h[LRR_HYPER_EPS];
    k->lr = (lrr_real)now->h[LRR_HYPER_LR];
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_adadelta;
}

static double steady(const lrr_optim_now *now, const lrr_optim_k *k)
{
    (void)now;
    (void)k;
    return lrr__optim_steady(0, 0, 1, 1);
}

static void gain(const lrr_optim_flags *f, const lrr_optim_k *k, lrr_real *const *s,
                 lrr_real *out, size_t n)
{
    (void)f;
    for (size_t i = 0; i < n; i++)
        out[i] = k->lr * (lrr_real)(sqrt((double)(s[1][i] + k->eps)) /
                                    sqrt((double)(s[0][i] + k->eps)));
}

const lrr_optim_def lrr__optim_adadelta = {
    .name = "adadelta",
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .steady = steady,
    .gain = gain,
};
