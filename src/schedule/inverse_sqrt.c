/*
** inverse_sqrt.c -- base (t + 1) / W while t < W, then base sqrt(W / t).
** Source: Vaswani et al., "Attention is all you need", 2017; fairseq.
*/
#include "base/dmath.h"
#include "schedule/form.h"

enum { WARMUP };

static const lrr_param PARAMS[] = {
    [WARMUP] = { "warmup", LRR_PARAM_STEPS, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double at(const lrr__at *a)
{
    double t = lrr__held(a), warmup = a->p[WARMUP];
    if (t < warmup)
        return t + 1 < warmup ? a->base * (t + 1) / warmup : a->base;
    return a->base * lrr_dsqrt(warmup / t);
}

const lrr__form lrr__schedule_inverse_sqrt = {
    .name = "inverse_sqrt",
    .params = PARAMS,
    .at = at,
};
