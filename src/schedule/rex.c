/*
** rex.c -- min + (max - min) (1 - p) / (1 - p / 2), p the share of the length that has passed;
** then min. Source: Chen, Wolfe and Kyrillidis, "REX: Revisiting budgeted training with an
** improved schedule", arXiv 2107.04197.
*/
#include "base/dmath.h"
#include "schedule/form.h"

enum { MAX, MIN };

static const lrr_param PARAMS[] = {
    [MAX] = { "max", LRR_PARAM_BASE, NULL },
    [MIN] = { "min", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double at(const lrr__at *a)
{
    double max = lrr__or_base(a->p[MAX], a->base), min = a->p[MIN];
    double p = lrr__progress(a);
    return min + (max - min) * (1 - p) / (1 - p / 2);
}

const lrr__form lrr__schedule_rex = { .name = "rex", .params = PARAMS, .at = at };
