/* inverse_time.c -- base / (1 + rate t / every). Source: Keras InverseTimeDecay. */
#include <math.h>

#include "schedule/form.h"

enum { RATE, EVERY, STAIRCASE };

static const lrr_param PARAMS[] = {
    [RATE] = { "rate", LRR_PARAM_NUMBER, NULL },
    [EVERY] = { "every", LRR_PARAM_STEPS, NULL },
    [STAIRCASE] = { "staircase", LRR_PARAM_FLAG, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double at(const lrr__at *a)
{
    bool stairs = a->p[STAIRCASE] != 0;
    double times = (stairs ? lrr__held_jump(a) : lrr__held(a)) / a->p[EVERY];
    if (stairs)
        times = floor(times);
    return a->base / (1 + a->p[RATE] * times);
}

const lrr__form lrr__schedule_inverse_time = {
    .name = "inverse_time",
    .params = PARAMS,
    .at = at,
};
