/*
** polynomial.c -- (base - to) (1 - t / N)^power + to, then `to`.
** Source: Keras PolynomialDecay; with to = 0 it is PyTorch PolynomialLR.
*/
#include "base/dmath.h"
#include "schedule/form.h"

enum { POWER, TO };

static const lrr_param PARAMS[] = {
    [POWER] = { "power", LRR_PARAM_NUMBER, NULL },
    [TO] = { "to", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double at(const lrr__at *a)
{
    double left = 1 - lrr__progress(a);
    if (!(left > 0))
        return a->p[TO];
    return (a->base - a->p[TO]) * lrr_dpow(left, a->p[POWER]) + a->p[TO];
}

const lrr__form lrr__schedule_polynomial = {
    .name = "polynomial",
    .params = PARAMS,
    .at = at,
};
