/*
** seq.c -- phases one after another, each on a clock that starts with it.
** Source: optax join_schedules, PyTorch SequentialLR.
*/
#include <math.h>

#include "schedule/form.h"

static const lrr_param PARAMS[] = { { NULL, LRR_PARAM_NUMBER, NULL } };

/* Updates of phase i; all but the last have a length, as Lua saw to. */
static double phase_span(const lrr__at *a, int i, double start)
{
    double span = lrr__schedule_child_span(a, i, start);
    return span > 0 ? span : HUGE_VAL;
}

static bool enter(const lrr__at *a, int i, double *start)
{
    double from = 0;
    for (int k = 0; k < i && isfinite(from); k++)
        from += phase_span(a, k, from);
    *start = from;
    return a->t >= from &&
           (i == a->node->n_children - 1 || a->t < from + phase_span(a, i, from));
}

static double at(const lrr__at *a)
{
    double start = 0, end;
    int i = 0;
    for (; i < a->node->n_children - 1; i++) {
        end = start + phase_span(a, i, start);
        if (a->t < end)
            break;
        start = end;
    }
    return lrr__schedule_child(a, i, start);
}

/* 0 where the last phase takes the rest. */
static double span(const lrr__at *a)
{
    double from = 0, last = 0;
    for (int i = 0; i < a->node->n_children && isfinite(from); i++) {
        last = lrr__schedule_child_span(a, i, from);
        from += last;
    }
    return last > 0 ? from : 0;
}

const lrr__form lrr__schedule_seq = {
    .name = "seq",
    .params = PARAMS,
    .at = at,
    .enter = enter,
    .span = span,
};
