/* fn.c -- a slot: the value that a recipe's function gave for this step. */
#include "schedule/form.h"

static const lrr_param PARAMS[] = { { NULL, LRR_PARAM_NUMBER, NULL } };

static double at(const lrr__at *a)
{
    return a->state[0];
}

const lrr__form lrr__schedule_fn = { .name = "fn", .params = PARAMS, .at = at };
