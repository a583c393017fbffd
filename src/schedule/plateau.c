/*
** plateau.c -- base factor^cuts, at least min; a cut at the patience-th validation in a
** row that was no better. `cooldown` validations after a cut count for nothing but the
** best. Source: PyTorch ReduceLROnPlateau, with Keras's count (PyTorch fires one later)
** and deltas that are right for negative metrics.
*/
#include <math.h>

#include "base/dmath.h"
#include "schedule/form.h"
#include "stop/patience.h"

static const char *const MODES[] = { "min", "max", NULL };

enum { MODE, FACTOR, PATIENCE, MIN_DELTA, REL_DELTA, COOLDOWN, MIN };

static const lrr_param PARAMS[] = {
    [MODE] = { "mode", LRR_PARAM_CHOICE, MODES },
    [FACTOR] = { "factor", LRR_PARAM_NUMBER, NULL },
    [PATIENCE] = { "patience", LRR_PARAM_NUMBER, NULL },
    [MIN_DELTA] = { "min_delta", LRR_PARAM_NUMBER, NULL },
    [REL_DELTA] = { "rel_delta", LRR_PARAM_NUMBER, NULL },
    [COOLDOWN] = { "cooldown", LRR_PARAM_NUMBER, NULL },
    [MIN] = { "min", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

enum { CUTS = LRR_PATIENCE_STATE, COOLING };

static double at(const lrr__at *a)
{
    double cut = a->base * lrr_dpow(a->p[FACTOR], a->state[CUTS]);
    return fmin(a->base, fmax(cut, a->p[MIN])); /* a min above base raises nothing */
}

static void observe(const lrr__at *a, double *state, const lrr_metrics *m)
{
    const double *p = a->p;
    lrr_patience_cfg cfg = { p[MODE] == 1, p[MIN_DELTA], p[REL_DELTA] };
    double value, bad;
    if (a->bounded && a->t >= a->length)
        return;
    if (!lrr_metrics_find(m, a->node->monitor, &value))
        return;
    bad = lrr_patience_see(state, &cfg, value);
    if (state[COOLING] > 0) {
        state[COOLING] -= 1;
        state[LRR_PATIENCE_BAD] = 0;
    } else if (bad >= 1 && bad >= p[PATIENCE]) {
        state[CUTS] += 1;
        state[COOLING] = p[COOLDOWN];
        state[LRR_PATIENCE_BAD] = 0;
    }
}

const lrr__form lrr__schedule_plateau = {
    .name = "plateau",
    .params = PARAMS,
    .at = at,
    .observe = observe,
};
