/*
** divergence.c -- the training loss has left for good.
**
** Single batches are noisy, so the losses of updates are smoothed as in the range test
** (moving average with 0.98, debiased), and the average must exceed `factor` times its
** lowest value so far. A model that has fitted its data has losses near 0, of which any
** multiple is small; so a tenth of the largest of the first 10 losses is the least that
** `factor` multiplies. Those 10 updates only set the scale. A loss that is not finite fires at once.
** Validations count by their train_loss being finite: the updates said the rest.
*/
#include <math.h>

#include "stop/rule.h"

enum { FACTOR };

static const lrr_param PARAMS[] = {
    [FACTOR] = { "factor", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

enum { COUNT, AVERAGE, DECAY, FIRST, LOWEST, N_STATE };

static const double SMOOTH = 0.98;
static const double SETTLE = 10;

static lrr__stop_verdict see_loss(double *state, double factor, double loss)
{
    double smoothed, scale;
    if (state[COUNT] < SETTLE)
        state[FIRST] = fmax(state[FIRST], fabs(loss));
    if (state[COUNT] == 0) {
        state[LOWEST] = loss;
        state[DECAY] = 1;
    }
    state[COUNT] += 1;
    state[DECAY] *= SMOOTH;
    state[AVERAGE] = SMOOTH * state[AVERAGE] + (1 - SMOOTH) * loss;
    smoothed = state[AVERAGE] / (1 - state[DECAY]);
    state[LOWEST] = fmin(state[LOWEST], smoothed);
    if (state[COUNT] <= SETTLE)
        return LRR__STOP_GO;
    /* factor times the lowest, written so that a negative loss has the same room */
    scale = fmax(fabs(state[LOWEST]), 0.1 * state[FIRST]);
    return smoothed > state[LOWEST] + (factor - 1) * scale ? LRR__STOP_FIRE
                                                           : LRR__STOP_GO;
}

static lrr__stop_verdict see(const lrr__stop_seen *seen)
{
    double loss = seen->loss;
    if (seen->m != NULL) {
        if (!lrr_metrics_find(seen->m, "train_loss", &loss) || isfinite(loss))
            return LRR__STOP_KEEP;
        return LRR__STOP_FIRE;
    }
    if (!isfinite(loss))
        return LRR__STOP_FIRE;
    return see_loss(seen->state, seen->p[FACTOR], loss);
}

const lrr__stop_rule lrr__stop_divergence = {
    "divergence", PARAMS, N_STATE, LRR_STOP_DIVERGED, see,
};
