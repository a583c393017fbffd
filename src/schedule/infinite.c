/*
** infinite.c -- a schedule that does not know its end until the last part of it: max (t + 1) / W in
** the first W updates, then in C updates from max to `constant`, along half a cosine or 1 / sqrt(1
** + s x), then `constant` as long as wanted; over the last D updates in geometric steps to min.
** constant and min that are not given are max / 2 and constant / 10. Source: Ibrahim et al.,
** "Simple and scalable strategies to continually pre-train large language models", arXiv
** 2403.08763, section 7.3.
*/
#include <math.h>

#include "base/dmath.h"
#include "schedule/form.h"

static const char *const SHAPES[] = { "cosine", "inverse_sqrt", NULL };

enum { MAX, CONSTANT, MIN, WARMUP, COOLDOWN, DECAY, SHAPE, STEEPNESS };

static const lrr_param PARAMS[] = {
    [MAX] = { "max", LRR_PARAM_BASE, NULL },
    [CONSTANT] = { "constant", LRR_PARAM_BASE, NULL },
    [MIN] = { "min", LRR_PARAM_BASE, NULL },
    [WARMUP] = { "warmup", LRR_PARAM_STEPS, NULL },
    [COOLDOWN] = { "cooldown", LRR_PARAM_STEPS, NULL },
    [DECAY] = { "decay", LRR_PARAM_STEPS, NULL },
    [SHAPE] = { "shape", LRR_PARAM_CHOICE, SHAPES },
    [STEEPNESS] = { "steepness", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

/* 1 at x = 0, 0 at x = 1. */
static double falling(const lrr__at *a, double x)
{
    const double s = a->p[STEEPNESS];
    const double last = 1 / lrr_dsqrt(1 + s);
    if (a->p[SHAPE] == 0)
        return 0.5 * (1 + lrr_dcos2pi(0.5 * x));
    return (1 / lrr_dsqrt(1 + s * x) - last) / (1 - last);
}

static double at(const lrr__at *a)
{
    double max = lrr__or_base(a->p[MAX], a->base);
    double constant = lrr__or_base(a->p[CONSTANT], max / 2);
    double min = lrr__or_base(a->p[MIN], constant / 10);
    double warmup = a->p[WARMUP], cooled = warmup + a->p[COOLDOWN];
    double start = fmax(a->length - a->p[DECAY], cooled), t = a->t;
    if (t >= a->length)
        return a->p[DECAY] > 0 ? min : constant;
    if (t < warmup)
        return t + 1 < warmup ? max * (t + 1) / warmup : max;
    if (t < cooled)
        return constant + (max - constant) * falling(a, (t - warmup) / a->p[COOLDOWN]);
    if (t < start || !(constant > 0) || !(min > 0))
        return t < start ? constant : min;
    return constant * lrr_dpow(min / constant, (t - start) / (a->length - start));
}

const lrr__form lrr__schedule_infinite = { .name = "infinite",
                                           .params = PARAMS,
                                           .at = at };
