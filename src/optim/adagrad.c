/*
** adagrad.c -- the gradient divided by the root of the sum of all its squares.
**
** s += d^2;  x -= lr / (1 + (k - 1) lr_decay) d / (sqrt(s) + eps). Keras's form has eps
** within the root. Source: Duchi, Hazan and Singer, JMLR 12, 2011.
*/
#include <math.h>

#include "optim/def.h"

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "sum";
    return 1;
}

static double fill(const double *base, size_t i)
{
    (void)i;
    return base[LRR_HYPER_INITIAL];
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double slower = 1 + (now->k - 1) * now->h[LRR_HYPER_LR_DECAY];
    const lrr_real eps = (lrr_real)now->h[LRR_HYPER_EPS];
    k->lr = (lrr_real)(now->h[LRR_HYPER_LR] / slower);
    k->eps = now->flags->keras ? 0 : eps;
    k->eps_in = now->flags->keras ? eps : 0;
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_adagrad;
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
        out[i] = k->lr / ((lrr_real)sqrt((double)(s[0][i] + k->eps_in)) + k->eps);
}

const lrr_optim_def lrr__optim_adagrad = {
    .name = "adagrad",
    .states = states,
    .fill = fill,
    .prepare = prepare,
    .kernel = kernel,
    .steady = steady,
    .gain = gain,
};
