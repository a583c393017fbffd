/*
** one_cycle.c -- max/div up to max in the first `warmup` share of T updates, then down to
** max/div/final_div at update T - 1; with three phases back to max/div in between. Where first
** and last are given, they stand in the place of max/div and max/div/final_div: a momentum that is
** low where the rate is high.
** Source: Smith & Topin, "Super-convergence", 2018; PyTorch OneCycleLR, whose phases end
** at warmup T - 1, (2 warmup T - 2,) T - 1. Past the end it holds.
*/
#include <math.h>

#include "base/dmath.h"
#include "schedule/form.h"

static const char *const ANNEALS[] = { "cosine", "linear", NULL };

enum { MAX, WARMUP, DIV, FINAL_DIV, ANNEAL, THREE_PHASE, FIRST, LAST };

static const lrr_param PARAMS[] = {
    [MAX] = { "max", LRR_PARAM_BASE, NULL },
    [WARMUP] = { "warmup", LRR_PARAM_NUMBER, NULL },
    [DIV] = { "div", LRR_PARAM_NUMBER, NULL },
    [FINAL_DIV] = { "final_div", LRR_PARAM_NUMBER, NULL },
    [ANNEAL] = { "anneal", LRR_PARAM_CHOICE, ANNEALS },
    [THREE_PHASE] = { "three_phase", LRR_PARAM_FLAG, NULL },
    [FIRST] = { "first", LRR_PARAM_BASE, NULL },
    [LAST] = { "last", LRR_PARAM_BASE, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double anneal(double kind, double from, double to, double p)
{
    if (kind == 1)
        return from + (to - from) * p;
    return to + (from - to) / 2 * (1 + lrr_dcos2pi(0.5 * p));
}

static double at(const lrr__at *a)
{
    const double *p = a->p;
    double max = lrr__or_base(p[MAX], a->base);
    double low = lrr__or_base(p[FIRST], max / p[DIV]), last = fmax(a->length - 1, 0);
    double ends[3] = { p[WARMUP] * a->length - 1, 2 * p[WARMUP] * a->length - 2, last };
    double rates[4] = { low, max, low, lrr__or_base(p[LAST], low / p[FINAL_DIV]) };
    double t = fmin(a->t, last), start = 0;
    int i = 0, n = 3;
    if (p[THREE_PHASE] == 0) {
        ends[1] = last;
        rates[2] = rates[3];
        n = 2;
    }
    while (i < n - 1 && t > ends[i])
        start = ends[i++];
    if (!(ends[i] > start)) /* a phase without width is over at once */
        return rates[i + 1];
    return anneal(p[ANNEAL], rates[i], rates[i + 1], (t - start) / (ends[i] - start));
}

const lrr__form lrr__schedule_one_cycle = {
    .name = "one_cycle",
    .params = PARAMS,
    .at = at,
};
