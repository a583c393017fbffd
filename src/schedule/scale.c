/* scale.c -- a number times a schedule. */
#include "schedule/form.h"

enum { FACTOR };

static const lrr_param PARAMS[] = {
    [FACTOR] = { "factor", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static bool enter(const lrr__at *a, int i, double *start)
{
    (void)a;
    (void)i;
    *start = 0;
    return true;
}

static double at(const lrr__at *a)
{
    return a->p[FACTOR] * lrr__schedule_child(a, 0, 0);
}

static double span(const lrr__at *a)
{
    return lrr__schedule_child_span(a, 0, 0);
}

const lrr__form lrr__schedule_scale = {
    .name = "scale",
    .params = PARAMS,
    .at = at,
    .enter = enter,
    .span = span,
};
