/*
** prodigy.c -- Adam that estimates how far the solution is, D, and takes it as its rate.
**
** With d the estimate so far, l = d lr bc (bc Adam's bias correction where it is asked for,
** else 1), y = x - x0 and sums over all weights:
** r = beta3 r - (d / d0) l sum g y;  s = beta3 s + (d / d0) l g (safeguard: d in l's place);
** m = beta1 m + (1 - beta1) d g;  v = beta2 v + (1 - beta2) d^2 g^2;
** d^ = d_coef r / sum |s|, d_max = max(d_max, d^), d = min(d_max, growth d), and max(d, d^)
** before that while d is d0;  x -= l m / (sqrt(v) + d eps) + lambda l x, l with the d of before.
** Where all of s is 0 nothing happens. A rate of 0 leaves all averages alone.
** Source: Mishchenko and Defazio, arXiv 2306.06101, Algorithm 4, as prodigyopt 1.1 has it.
**
** y is kept as the sum of all steps: x - x0 of floats is 0 while steps are below their
** rounding, with d = 1e-6 in all of the first updates.
*/
#include <math.h>

#include "optim/def.h"

enum { D, D_MAX, R };
static const char *const scalars[] = { "d", "d_max", "r", NULL };

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "exp_avg";
    names[1] = "exp_avg_sq";
    names[2] = "s";
    names[3] = "moved";
    return 4;
}

static double beta3_of(const lrr_optim_now *now)
{
    const double beta3 = now->lead[LRR_HYPER_BETA3];
    return beta3 > 0 ? beta3 : sqrt(now->lead[LRR_HYPER_BETA2]);
}

/* The rate of the step with this lr. */
static double rate_of(const lrr_optim_now *now, double d, double lr)
{
    if (now->flags->bias_correction)
        return d * lr * sqrt(1 - now->product[1]) / (1 - now->product[0]);
    return d * lr;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double lr = now->h[LRR_HYPER_LR], d0 = now->lead[LRR_HYPER_D0];
    const double d = now->scalar[D] > 0 ? now->scalar[D] : d0;
    const double w1 = 1 - now->lead[LRR_HYPER_BETA1];
    const double w2 = 1 - now->lead[LRR_HYPER_BETA2];
    const double rate = rate_of(now, d, lr);
    now->scalar[D] = d;
    k->mu = 1;
    if (lr > 0) {
        k->mu = (lrr_real)(1 - w1);
        k->part = (lrr_real)(w1 * d);
        k->w2 = (lrr_real)w2;
        k->b = (lrr_real)(w2 * d * d);
        k->w3 = (lrr_real)(1 - beta3_of(now));
        k->a = (lrr_real)(d / d0 * (now->flags->safeguard_warmup ? d : rate));
    }
    k->lr = (lrr_real)rate;
    k->l2 = (lrr_real)(rate * now->h[LRR_HYPER_WEIGHT_DECAY]);
}

static void meet(const lrr_optim_now *now, const double sum[2], lrr_optim_k *k)
{
    const double d0 = now->lead[LRR_HYPER_D0], growth = now->lead[LRR_HYPER_GROWTH];
    const double lr = now->lead[LRR_HYPER_LR];
    double d = now->scalar[D], most = fmax(now->scalar[D_MAX], d0), found;
    if (sum[1] == 0) {
        k->lr = k->l2 = 0;
    } else if (lr > 0) {
        now->scalar[R] =
            beta3_of(now) * now->scalar[R] - d / d0 * rate_of(now, d, lr) * sum[0];
        found = now->lead[LRR_HYPER_D_COEF] * now->scalar[R] / sum[1];
        if (d == d0)
            d = fmax(d, found);
        most = fmax(most, found);
        d = growth > 0 ? fmin(most, d * growth) : most;
    }
    now->scalar[D] = d;
    now->scalar[D_MAX] = most;
    k->eps = (lrr_real)(d * now->h[LRR_HYPER_EPS]);
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_prodigy_moments;
}

static bool tensorwise(const lrr_optim_flags *f, lrr_optim_tensorwise *out)
{
    (void)f;
    *out = (lrr_optim_tensorwise){ .sums = lrr_k->optim_prodigy_sums,
                                   .apply = lrr_k->optim_prodigy,
                                   .meet = meet };
    return true;
}

const lrr_optim_def lrr__optim_prodigy = {
    .name = "prodigy", /* flags.decoupled keeps weight decay out of g */
    .n_products = 2,
    .scalars = scalars,
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .tensorwise = tensorwise,
};
