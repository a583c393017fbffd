/* product.c -- a b / base; lasts as long as the longer of the two. */
#include <math.h>

#include "schedule/form.h"

static const lrr_param PARAMS[] = { { NULL, LRR_PARAM_NUMBER, NULL } };

static bool enter(const lrr__at *a, int i, double *start)
{
    (void)a;
    (void)i;
    *start = 0;
    return true;
}

static double at(const lrr__at *a)
{
    double x = lrr__schedule_child(a, 0, 0), y = lrr__schedule_child(a, 1, 0);
    return a->base == 0 ? 0 : x * y / a->base;
}

static double span(const lrr__at *a)
{
    return fmax(lrr__schedule_child_span(a, 0, 0), lrr__schedule_child_span(a, 1, 0));
}

const lrr__form lrr__schedule_product = {
    .name = "product",
    .params = PARAMS,
    .at = at,
    .enter = enter,
    .span = span,
};
