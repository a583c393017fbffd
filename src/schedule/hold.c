/*
** hold.c -- one rate for a length, or until a stop rule fires at a validation.
**
** The rule counts only validations made in this phase, and its start_after counts from
** the phase's start. The step at which it fired is state: phases behind it start there.
*/
#include <math.h>

#include "schedule/form.h"

enum { VALUE };

static const lrr_param PARAMS[] = {
    [VALUE] = { "value", LRR_PARAM_BASE, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

enum { ENDED, END_STEP };

static double at(const lrr__at *a)
{
    return lrr__or_base(a->p[VALUE], a->base);
}

static double span(const lrr__at *a)
{
    if (a->state[ENDED] != 0)
        return a->state[END_STEP];
    if (a->bounded)
        return a->length;
    return a->node->ends == NULL ? 0 : HUGE_VAL;
}

static void observe(const lrr__at *a, double *state, const lrr_metrics *m)
{
    lrr_metrics own = *m;
    if (a->node->ends == NULL || state[ENDED] != 0 || (a->bounded && a->t >= a->length))
        return;
    own.step = (uint64_t)a->t + 1;
    if (lrr_stop_check(a->node->ends, &own) != LRR_STOP_NONE) {
        state[ENDED] = 1;
        state[END_STEP] = a->t + 1;
    }
}

const lrr__form lrr__schedule_hold = {
    .name = "hold",
    .params = PARAMS,
    .at = at,
    .span = span,
    .observe = observe,
};
