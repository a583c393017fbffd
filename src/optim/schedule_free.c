/*
** schedule_free.c -- descent and AdamW with an average in place of a decaying rate.
**
** Three points: z makes the steps, x is the average of the z's and is what is evaluated, and
** gradients are taken between them, at y = (1 - beta) z + beta x, which is the parameters.
** With d the gradient at y, of which weight decay is a part, update k has
**   rate = lr min(1, k / warmup), c = largest rate so far^2 / sum of these squares,
**   y = (1 - c) y + c z + rate (beta (1 - c) - 1) u,  z = z - rate u,
**   u = d, or of AdamW g / (sqrt(v / (1 - beta2^k)) + eps) + lambda y,
** and x = (y - (1 - beta) z) / beta wherever it is wanted. At the first update c = 1 and x = z.
** Source: Defazio et al., "The road less scheduled", arXiv 2405.15682, sections 2 and 4.2, in
** the form of the authors' package schedulefree 1.4 (r = 0, weight_lr_power = 2).
*/
#include <math.h>

#include "optim/def.h"

enum { SUM, LARGEST };
static const char *const scalars[] = { "weight_sum", "largest_lr", NULL };

/* As configured: x hangs on the beta that y was made with. */
static double beta_of(const lrr_optim_now *now)
{
    return now->base[LRR_HYPER_INTERPOLATION];
}

static double rate_of(const lrr_optim_now *now)
{
    const double lr = now->h[LRR_HYPER_LR], length = now->h[LRR_HYPER_WARMUP];
    return now->k < length ? lr * now->k / length : lr;
}

static void prepare_sgd(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double rate = rate_of(now), largest = fmax(now->scalar[LARGEST], rate);
    const double weight = largest * largest, sum = now->scalar[SUM] + weight;
    const double c = sum > 0 ? weight / sum : 0;
    now->scalar[SUM] = sum;
    now->scalar[LARGEST] = largest;
    k->lr = (lrr_real)rate;
    k->w1 = (lrr_real)c;
    k->a = (lrr_real)(rate * (beta_of(now) * (1 - c) - 1));
}

static void prepare_adamw(const lrr_optim_now *now, lrr_optim_k *k)
{
    prepare_sgd(now, k);
    k->w2 = (lrr_real)(1 - now->h[LRR_HYPER_BETA2]);
    k->root = (lrr_real)(1 / sqrt(1 - now->product[1]));
    k->eps = (lrr_real)now->h[LRR_HYPER_EPS];
}

/* Before the first update there is no z: x is y. */
static void prepare_evaluate(const lrr_optim_now *now, lrr_optim_k *k)
{
    const double beta = beta_of(now);
    k->a = now->k > 1 && beta > 0 ? (lrr_real)(1 / beta - 1) : 0;
}

static lrr_optim_kernel kernel_evaluate(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_free_average;
}

static lrr_optim_kernel kernel_settle(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_free_start;
}

static const lrr_optim_stage evaluate = { .prepare = prepare_evaluate,
                                          .kernel = kernel_evaluate };
static const lrr_optim_stage settle = { .kernel = kernel_settle };

static size_t states_sgd(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "z";
    return 1;
}

static size_t states_adamw(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "z";
    names[1] = "exp_avg_sq";
    return 2;
}

static lrr_optim_kernel kernel_sgd(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_free_sgd;
}

static lrr_optim_kernel kernel_adamw(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_free_adamw;
}

const lrr_optim_def lrr__optim_schedule_free_sgd = {
    .name = "schedule_free_sgd",
    .scalars = scalars,
    .states = states_sgd,
    .prepare = prepare_sgd,
    .kernel = kernel_sgd,
    .evaluate = &evaluate,
    .settle = &settle,
};

const lrr_optim_def lrr__optim_schedule_free_adamw = {
    .name = "schedule_free_adamw",
    .n_products = 2,
    .scalars = scalars,
    .states = states_adamw,
    .prepare = prepare_adamw,
    .kernel = kernel_adamw,
    .evaluate = &evaluate,
    .settle = &settle,
};
