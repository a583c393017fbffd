/*
** rprop.c -- steps by the sign of the gradient alone, each with a size of its own.
**
** Where the sign is the last one's, size *= eta_plus; where it turned, size *= eta_minus
** and the parameter rests; sizes within [step_min, step_max];  x -= sign(d) size.
** Source: Riedmiller and Braun, 1993, in the iRprop- form of Igel and Huesken, 2000, as
** PyTorch's. Sizes start at the configured lr; when a schedule moves lr, steps are
** scaled by its ratio to the configured one (PyTorch ignores it).
*/
#include "optim/def.h"

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "step_size";
    names[1] = "last_grad";
    return 2;
}

static double fill(const double *base, size_t i)
{
    return i == 0 ? base[LRR_HYPER_LR] : 0;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double base = now->base[LRR_HYPER_LR];
    k->a = (lrr_real)now->h[LRR_HYPER_ETA_PLUS];
    k->b = (lrr_real)now->h[LRR_HYPER_ETA_MINUS];
    k->lo = (lrr_real)now->h[LRR_HYPER_STEP_MIN];
    k->hi = (lrr_real)now->h[LRR_HYPER_STEP_MAX];
    k->lr = base > 0 ? (lrr_real)(now->h[LRR_HYPER_LR] / base) : 1;
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_rprop;
}

const lrr_optim_def lrr__optim_rprop = {
    .name = "rprop",
    .states = states,
    .fill = fill,
    .prepare = prepare,
    .kernel = kernel,
};
