/*
** wsd.c -- warmup, stable, decay: base (t + 1) / W, then base, then over the last D
** updates min + (base - min) f(p), f one of 1 - sqrt(p), 1 - p, (1 + cos(pi p)) / 2,
** 1 - p^2, 0.7 (1 - p); then min. Source: Hu et al., "MiniCPM", 2024; Haegele et al., 2024
** (1 - sqrt); Dremov et al., arXiv 2508.01483 (square, lowered linear 0.7, which begins with a
** step). A decay longer than what the warmup leaves begins where the warmup ends.
*/
#include <math.h>

#include "base/dmath.h"
#include "schedule/form.h"

static const char *const SHAPES[] = { "sqrt",   "linear",         "cosine",
                                      "square", "lowered_linear", NULL };

enum { WARMUP, DECAY, SHAPE, MIN };
enum { SQRT, LINEAR, COSINE, SQUARE, LOWERED };

static const lrr_param PARAMS[] = {
    [WARMUP] = { "warmup", LRR_PARAM_STEPS, NULL },
    [DECAY] = { "decay", LRR_PARAM_STEPS, NULL },
    [SHAPE] = { "shape", LRR_PARAM_CHOICE, SHAPES },
    [MIN] = { "min", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double falling(double shape, double p)
{
    if (shape == SQRT)
        return 1 - lrr_dsqrt(p);
    if (shape == SQUARE)
        return 1 - p * p;
    if (shape == LOWERED)
        return 0.7 * (1 - p);
    return shape == LINEAR ? 1 - p : 0.5 * (1 + lrr_dcos2pi(0.5 * p));
}

static double at(const lrr__at *a)
{
    double warmup = a->p[WARMUP], min = a->p[MIN];
    double start = fmax(a->length - a->p[DECAY], warmup);
    if (a->t >= a->length)
        return a->p[DECAY] > 0 ? min : a->base;
    if (a->t < warmup)
        return a->t + 1 < warmup ? a->base * (a->t + 1) / warmup : a->base;
    if (a->t < start)
        return a->base;
    return min +
           (a->base - min) * falling(a->p[SHAPE], (a->t - start) / (a->length - start));
}

const lrr__form lrr__schedule_wsd = { .name = "wsd", .params = PARAMS, .at = at };
