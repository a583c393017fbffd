/*
** radam.c -- Adam whose step is rectified while v rests on few gradients.
**
** rho_inf = 2 / (1 - beta2) - 1;  rho = rho_inf - 2 k beta2^k / (1 - beta2^k).
** rho > 5: x -= lr r sqrt(1 - beta2^k) m^ / (sqrt(v) + eps) with
** r^2 = (rho - 4)(rho - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho); else x -= lr m^.
** Source: Liu et al., ICLR 2020, Algorithm 2; the threshold (theirs is 4) and the place
** of eps are PyTorch's.
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
    const double beta2 = now->h[LRR_HYPER_BETA2], power = now->product[1];
    const double most = 2 / (1 - beta2) - 1;
    const double rho = most - 2 * now->k * power / (1 - power);
    const double lr = now->h[LRR_HYPER_LR] / (1 - now->product[0]);
    k->w1 = (lrr_real)(1 - now->h[LRR_HYPER_BETA1]);
    k->w2 = (lrr_real)(1 - beta2);
    if (rho > 5) {
        double r = sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho));
        k->lr = (lrr_real)(lr * r * sqrt(1 - power));
        k->root = 1;
        k->eps = (lrr_real)now->h[LRR_HYPER_EPS];
    } else { /* the divisor becomes 1 */
        k->lr = (lrr_real)lr;
        k->root = 0;
        k->eps = 1;
    }
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_adam;
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
    const lrr_real *v = s[1];
    (void)f;
    for (size_t i = 0; i < n; i++)
        out[i] = k->lr / (k->root * (lrr_real)sqrt((double)v[i]) + k->eps);
}

const lrr_optim_def lrr__optim_radam = {
    .name = "radam",
    .n_products = 2,
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .steady = steady,
    .gain = gain,
};
