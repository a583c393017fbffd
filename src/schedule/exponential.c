/*
** exponential.c -- base rate^(t / every), at least min; whole powers with staircase.
** Source: PyTorch ExponentialLR (every = 1), optax exponential_decay.
*/
#include <math.h>

#include "base/dmath.h"
#include "schedule/form.h"

enum { RATE, EVERY, STAIRCASE, MIN };

static const lrr_param PARAMS[] = {
    [RATE] = { "rate", LRR_PARAM_NUMBER, NULL },
    [EVERY] = { "every", LRR_PARAM_STEPS, NULL },
    [STAIRCASE] = { "staircase", LRR_PARAM_FLAG, NULL },
    [MIN] = { "min", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double at(const lrr__at *a)
{
    bool stairs = a->p[STAIRCASE] != 0;
    double times = (stairs ? lrr__held_jump(a) : lrr__held(a)) / a->p[EVERY];
    if (stairs)
        times = floor(times);
    return fmax(a->base * lrr_dpow(a->p[RATE], times), a->p[MIN]);
}

const lrr__form lrr__schedule_exponential = {
    .name = "exponential",
    .params = PARAMS,
    .at = at,
};
