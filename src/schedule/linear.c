/* linear.c -- from + (to - from) t / N, then `to`. Source: PyTorch LinearLR. */
#include "schedule/form.h"

enum { FROM, TO };

static const lrr_param PARAMS[] = {
    [FROM] = { "from", LRR_PARAM_BASE, NULL },
    [TO] = { "to", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double at(const lrr__at *a)
{
    double from = lrr__or_base(a->p[FROM], a->base), p = lrr__progress(a);
    return p < 1 ? from + (a->p[TO] - from) * p : a->p[TO];
}

const lrr__form lrr__schedule_linear = { .name = "linear", .params = PARAMS, .at = at };
