/*
** dog.c -- gradient descent whose rate is the distance gone over the gradients met; what is
** evaluated is an average of the weights.
**
** With norms over all weights: R = max(R, |x - x0|), from rel (1 + |x0|);  G += |d|^2;
** x -= lr R / sqrt(G + eps) d;  average += a (x - average), a = (1 + gamma) / (k + gamma) in update
** k. Source: Ivgi et al., ICML 2023, arXiv 2302.12022, equation 1 and section 4; the average is
** that of Shamir and Zhang, ICML 2013. x - x0 is kept as in prodigy.c.
*/
#include <math.h>

#include "optim/def.h"

enum { RATE, DISTANCE, SQUARES };
static const char *const scalars[] = { "d", "distance", "squares", NULL };

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "moved";
    names[1] = "average";
    return 2;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double gamma = now->lead[LRR_HYPER_GAMMA];
    k->part = (lrr_real)(now->k > 1 ? 0 : 1); /* the sum is of x0 then */
    k->w1 = (lrr_real)((1 + gamma) / (now->k + gamma));
}

static void meet(const lrr_optim_now *now, const double sum[2], lrr_optim_k *k)
{
    const double far = sqrt(sum[0]);
    if (now->k > 1)
        now->scalar[DISTANCE] = fmax(now->scalar[DISTANCE], far);
    else
        now->scalar[DISTANCE] = now->lead[LRR_HYPER_REL] * (1 + far);
    now->scalar[SQUARES] += sum[1];
    now->scalar[RATE] =
        now->scalar[DISTANCE] / sqrt(now->scalar[SQUARES] + now->lead[LRR_HYPER_EPS]);
    k->lr = (lrr_real)(now->h[LRR_HYPER_LR] * now->scalar[RATE]);
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_keep;
}

static bool tensorwise(const lrr_optim_flags *f, lrr_optim_tensorwise *out)
{
    (void)f;
    *out = (lrr_optim_tensorwise){ .sums = lrr_k->optim_dog_sums,
                                   .apply = lrr_k->optim_dog,
                                   .meet = meet };
    return true;
}

/* Before the first update there is no average. */
static void averaged(const lrr_optim_now *now, lrr_optim_k *k)
{
    k->part = (lrr_real)(now->k > 1 ? 1 : 0);
}

static lrr_optim_kernel take_average(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_dog_take;
}

static lrr_optim_kernel set_average(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_dog_set;
}

static const lrr_optim_stage evaluate = { .prepare = averaged, .kernel = take_average };
static const lrr_optim_stage settle = { .kernel = set_average };

const lrr_optim_def lrr__optim_dog = {
    .name = "dog",
    .scalars = scalars,
    .states = states,
    .prepare = prepare,
    .kernel = kernel,
    .tensorwise = tensorwise,
    .evaluate = &evaluate,
    .settle = &settle,
};
