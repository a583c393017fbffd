/* constant.c -- one rate. */
#include "schedule/form.h"

enum { VALUE };

static const lrr_param PARAMS[] = {
    [VALUE] = { "value", LRR_PARAM_BASE, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double at(const lrr__at *a)
{
    return lrr__or_base(a->p[VALUE], a->base);
}

const lrr__form lrr__schedule_constant = { .name = "constant",
                                           .params = PARAMS,
                                           .at = at };
