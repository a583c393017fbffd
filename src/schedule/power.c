/*
** power.c -- the rate of what was seen: min(max, a n^b) after n = per (t + 1) tokens, from max (t
** + 1) / W in the first W updates on; over the last D updates down in geometric steps to what it
** was there over final_div. `a` has the batch size in it. Source: Shen et al., "Power Scheduler",
** arXiv 2408.13359, a = 4.6 B, b = -0.51; its decay is exponential, by how far is ours to say.
*/
#include <math.h>

#include "base/dmath.h"
#include "schedule/form.h"

enum { MAX, A, B, PER, WARMUP, DECAY, FINAL_DIV };

static const lrr_param PARAMS[] = {
    [MAX] = { "max", LRR_PARAM_BASE, NULL },
    [A] = { "a", LRR_PARAM_NUMBER, NULL },
    [B] = { "b", LRR_PARAM_NUMBER, NULL },
    [PER] = { "per", LRR_PARAM_NUMBER, NULL },
    [WARMUP] = { "warmup", LRR_PARAM_STEPS, NULL },
    [DECAY] = { "decay", LRR_PARAM_STEPS, NULL },
    [FINAL_DIV] = { "final_div", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double seen(const lrr__at *a, double t)
{
    double max = lrr__or_base(a->p[MAX], a->base);
    double rate = a->p[A] * lrr_dpow(a->p[PER] * (t + 1), a->p[B]);
    return fmin(max, rate);
}

static double at(const lrr__at *a)
{
    double t = fmin(a->t, a->length), warmup = a->p[WARMUP];
    double start = fmax(a->length - a->p[DECAY], warmup), p;
    if (t < warmup && t + 1 < warmup)
        return seen(a, warmup - 1) * (t + 1) / warmup;
    if (t < start || !(a->length > start))
        return seen(a, t);
    p = (t - start) / (a->length - start);
    return seen(a, start) * lrr_dpow(a->p[FINAL_DIV], -p);
}

const lrr__form lrr__schedule_power = { .name = "power", .params = PARAMS, .at = at };
