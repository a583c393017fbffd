/*
** warmup.c -- from + (base - from) s(p), p = (t + 1) / W, so that update W - 1 reaches
** base and update 0 is not wasted.
**
** s(p) is p; or (1 - cos(pi p)) / 2; or (r^p - 1) / (r - 1) with r = base / from, which
** makes the whole from (base / from)^p. From 0 no exponential starts; r is 1000 then.
*/
#include "base/dmath.h"
#include "schedule/form.h"

static const char *const SHAPES[] = { "linear", "cosine", "exponential", NULL };

enum { FROM, SHAPE };
enum { LINEAR, COSINE, EXPONENTIAL };

static const lrr_param PARAMS[] = {
    [FROM] = { "from", LRR_PARAM_NUMBER, NULL },
    [SHAPE] = { "shape", LRR_PARAM_CHOICE, SHAPES },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static double at(const lrr__at *a)
{
    double from = a->p[FROM], base = a->base;
    double p = (a->t + 1) / a->length;
    if (p >= 1)
        return base;
    if (a->p[SHAPE] == EXPONENTIAL && from > 0 && base > 0)
        return from * lrr_dpow(base / from, p);
    if (a->p[SHAPE] == EXPONENTIAL)
        p = (lrr_dpow(1000, p) - 1) / 999;
    else if (a->p[SHAPE] == COSINE)
        p = 0.5 * (1 - lrr_dcos2pi(0.5 * p));
    return from + (base - from) * p;
}

const lrr__form lrr__schedule_warmup = { .name = "warmup", .params = PARAMS, .at = at };
