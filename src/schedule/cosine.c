/*
** cosine.c -- min + (max - min) (1 + cos(pi t / T)) / 2, and what comes after T:
** hold: min; mirror: back up and down again (PyTorch CosineAnnealingLR past T_max);
** restart: cycle i lasts T mult^i and starts from max height^i (PyTorch
** CosineAnnealingWarmRestarts). Source: Loshchilov & Hutter, "SGDR", 2017.
*/
#include <math.h>

#include "base/dmath.h"
#include "schedule/form.h"

static const char *const AFTER[] = { "hold", "mirror", "restart", NULL };

enum { MIN, MAX, AFTER_END, MULT, HEIGHT };
enum { HOLD, MIRROR, RESTART };

static const lrr_param PARAMS[] = {
    [MIN] = { "min", LRR_PARAM_NUMBER, NULL },
    [MAX] = { "max", LRR_PARAM_BASE, NULL },
    [AFTER_END] = { "after", LRR_PARAM_CHOICE, AFTER },
    [MULT] = { "mult", LRR_PARAM_NUMBER, NULL },
    [HEIGHT] = { "height", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

/* Length of the first n cycles, in lengths of the first. */
static double cycles_length(double mult, double n)
{
    return mult == 1 ? n : (lrr_dpow(mult, n) - 1) / (mult - 1);
}

/* The cycle that x (t in lengths of the first cycle) falls into. */
static double find_cycle(double mult, double x)
{
    double n;
    if (mult == 1)
        return floor(x);
    n = floor(lrr_dlog1p(x * (mult - 1)) / lrr_dlog(mult));
    while (n > 0 && cycles_length(mult, n) > x) /* the logarithms are off by a little */
        n -= 1;
    while (cycles_length(mult, n + 1) <= x)
        n += 1;
    return n;
}

static double at(const lrr__at *a)
{
    double min = a->p[MIN], max = lrr__or_base(a->p[MAX], a->base);
    double t = a->t, length = a->length;
    if (a->p[AFTER_END] == RESTART) {
        double mult = a->p[MULT], n = find_cycle(mult, t / length);
        t -= length * cycles_length(mult, n);
        length *= lrr_dpow(mult, n);
        max *= lrr_dpow(a->p[HEIGHT], n);
    } else if (a->p[AFTER_END] == HOLD && t >= length) {
        return min;
    }
    return min + (max - min) * 0.5 * (1 + lrr_dcos2pi(0.5 * (t / length)));
}

const lrr__form lrr__schedule_cosine = { .name = "cosine", .params = PARAMS, .at = at };
