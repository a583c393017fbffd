/*
** cyclic.c -- up from min to max in `step_size`, down in `step_size_down`, again and
** again; the height is scaled by 1, by 2^-cycle, or by gamma^t.
** Source: Smith, "Cyclical learning rates", 2017; PyTorch CyclicLR.
*/
#include <math.h>

#include "base/dmath.h"
#include "schedule/form.h"

static const char *const MODES[] = { "triangular", "triangular2", "exp_range", NULL };

enum { MIN, MAX, UP, DOWN, MODE, GAMMA };
enum { TRIANGULAR, TRIANGULAR2, EXP_RANGE };

static const lrr_param PARAMS[] = {
    [MIN] = { "min", LRR_PARAM_NUMBER, NULL },
    [MAX] = { "max", LRR_PARAM_NUMBER, NULL },
    [UP] = { "step_size", LRR_PARAM_STEPS, NULL },
    [DOWN] = { "step_size_down", LRR_PARAM_STEPS, NULL },
    [MODE] = { "mode", LRR_PARAM_CHOICE, MODES },
    [GAMMA] = { "gamma", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double at(const lrr__at *a)
{
    const double *p = a->p;
    double t = lrr__held(a), period = p[UP] + p[DOWN];
    double cycle = floor(t / period), x = t - cycle * period;
    double height = x <= p[UP] ? x / p[UP] : (period - x) / p[DOWN];
    if (p[MODE] == TRIANGULAR2)
        height *= lrr_dpow(0.5, cycle);
    else if (p[MODE] == EXP_RANGE)
        height *= lrr_dpow(p[GAMMA], t);
    return p[MIN] + (p[MAX] - p[MIN]) * height;
}

const lrr__form lrr__schedule_cyclic = { .name = "cyclic", .params = PARAMS, .at = at };
