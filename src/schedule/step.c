/* step.c -- base factor^floor(t / every). Source: PyTorch StepLR. */
#include <math.h>

#include "base/dmath.h"
#include "schedule/form.h"

enum { FACTOR, EVERY };

static const lrr_param PARAMS[] = {
    [FACTOR] = { "factor", LRR_PARAM_NUMBER, NULL },
    [EVERY] = { "every", LRR_PARAM_STEPS, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double at(const lrr__at *a)
{
    double times = floor(lrr__held_jump(a) / a->p[EVERY]);
    return a->base * lrr_dpow(a->p[FACTOR], times);
}

const lrr__form lrr__schedule_step = { .name = "step", .params = PARAMS, .at = at };
