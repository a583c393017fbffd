/* patience.c -- see patience.h. */
#include "stop/patience.h"

#include <math.h>

static bool is_better(const double *state, const lrr_patience_cfg *cfg, double value)
{
    double best = state[LRR_PATIENCE_BEST], gain, delta;
    if (isnan(value) || (isinf(value) && (value < 0) == cfg->max))
        return false;
    if (state[LRR_PATIENCE_SEEN] == 0)
        return true;
    if (isinf(best)) /* the best there is: nothing gains on it */
        return false;
    gain = cfg->max ? value - best : best - value;
    delta = fmax(cfg->min_delta, cfg->rel_delta * fabs(best));
    return gain > delta;
}

double lrr_patience_see(double state[LRR_PATIENCE_STATE], const lrr_patience_cfg *cfg,
                        double value)
{
    if (is_better(state, cfg, value)) {
        state[LRR_PATIENCE_SEEN] = 1;
        state[LRR_PATIENCE_BEST] = value;
        state[LRR_PATIENCE_BAD] = 0;
    } else {
        state[LRR_PATIENCE_BAD] += 1;
    }
    return state[LRR_PATIENCE_BAD];
}
