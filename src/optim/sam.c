/*
** sam.c -- the step is made with the gradient at the worst weights nearby (of a ball around the
** weights, to first order): moves of an update, which another optimizer makes.
**
** e = rho g / (|g| + 1e-12), or, adaptive, rho x^2 g / (| |x| g | + 1e-12), with norms over all
** tensors together; the gradient for the update is that at x + e. g is as it is: neither clipped
** nor with weight decay. Source: Foret et al., ICLR 2021, equation 2; Kwon et al., ICML 2021,
** equation 5 with T = |x| as the authors' successors have it (the article adds 0.01 to T).
*/
#include <math.h>

#include "optim/def.h"

static double of_gradient(const lrr_real *x, const lrr_real *g, size_t n)
{
    (void)x;
    return lrr_k->optim_square_sum(g, n);
}

static double of_product(const lrr_real *x, const lrr_real *g, size_t n)
{
    return lrr_k->optim_product_square_sum(x, g, n);
}

static lrr_optim_sum sum(const lrr_optim_flags *f)
{
    return f->adaptive ? of_product : of_gradient;
}

static void prepare(const lrr_optim_now *now, lrr_optim_k *k)
{
    k->a = (lrr_real)(now->h[LRR_HYPER_RADIUS] / (sqrt(now->sum) + 1e-12));
}

static lrr_optim_kernel kernel(const lrr_optim_flags *f)
{
    return f->adaptive ? lrr_k->optim_away_adaptive : lrr_k->optim_away;
}

static const lrr_optim_stage away = { .sum = sum,
                                      .prepare = prepare,
                                      .kernel = kernel };

const lrr_optim_def lrr__optim_sam = { .name = "sam", .moves = &away, .n_moves = 1 };
