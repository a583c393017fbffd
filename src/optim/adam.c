/*
** adam.c -- Adam, and AdamW, which is Adam with decoupled weight decay.
**
** m, v: moving averages of d and d^2;  x -= lr m^ / (sqrt(v^) + eps) with
** m^ = m / (1 - beta1^k), v^ = v / (1 - beta2^k); amsgrad: the largest v so far in place
** of v. Source: Kingma and Ba, ICLR 2015, Algorithm 1; Reddi et al., ICLR 2018;
** Loshchilov and Hutter, ICLR 2019. Keras's form is the one at the end of Kingma and Ba's
** section 2: x -= lr sqrt(1 - beta2^k) / (1 - beta1^k) m / (sqrt(v) + eps).
**
** Cautious: the step is made where m has d's sign alone, times what makes up for the others
** of the tensor (lrr__optim_cautious_fit). Source: Liang et al., arXiv 2411.16085.
*/
#include <math.h>

#include "optim/def.h"

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    names[0] = "exp_avg";
    names[1] = "exp_avg_sq";
    names[2] = "max_exp_avg_sq";
    return f->amsgrad ? 3 : 2;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double lr = now->h[LRR_HYPER_LR];
    const double c1 = 1 - now->product[0], root = sqrt(1 - now->product[1]);
    k->w1 = (lrr_real)(1 - now->h[LRR_HYPER_BETA1]);
    k->w2 = (lrr_real)(1 - now->h[LRR_HYPER_BETA2]);
    k->eps = (lrr_real)now->h[LRR_HYPER_EPS];
    k->lr = (lrr_real)(now->flags->keras ? lr * root / c1 : lr / c1);
    k->root = now->flags->keras ? 1 : (lrr_real)(1 / root);
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    if (f->cautious)
        return lrr_k->optim_moments;
    return f->amsgrad ? lrr_k->optim_amsgrad : lrr_k->optim_adam;
}

static bool tensorwise(const lrr_optim_flags *f, lrr_optim_tensorwise *out)
{
    *out = (lrr_optim_tensorwise){ .sums = lrr_k->optim_agreeing,
                                   .apply = f->amsgrad ? lrr_k->optim_amsgrad_cautious
                                                       : lrr_k->optim_adam_cautious,
                                   .fit = lrr__optim_cautious_fit };
    return f->cautious;
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
    const lrr_real *v = f->amsgrad ? s[2] : s[1];
    for (size_t i = 0; i < n; i++)
        out[i] = k->lr / (k->root * (lrr_real)sqrt((double)v[i]) + k->eps);
}

const lrr_optim_def lrr__optim_adam = {
    .name = "adam",
    .n_products = 2,
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .tensorwise = tensorwise,
    .steady = steady,
    .gain = gain,
};

const lrr_optim_def lrr__optim_adamw = {
    .name = "adamw", /* flags.decoupled is what makes it one */
    .n_products = 2,
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .tensorwise = tensorwise,
    .steady = steady,
    .gain = gain,
};
