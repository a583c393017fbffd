/* threshold.c -- a metric reaches a bound: at least `above`, or at most `below`. */
#include "stop/rule.h"

static const char *const SIDES[] = { "above", "below", NULL };

enum { SIDE, BOUND };

static const lrr_param PARAMS[] = {
    [SIDE] = { "side", LRR_PARAM_CHOICE, SIDES },
    [BOUND] = { "bound", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static lrr__stop_verdict see(const lrr__stop_seen *seen)
{
    double value;
    bool reached;
    if (seen->m == NULL || !lrr_metrics_find(seen->m, seen->monitor, &value))
        return LRR__STOP_KEEP;
    reached = seen->p[SIDE] == 0 ? value >= seen->p[BOUND] : value <= seen->p[BOUND];
    return reached ? LRR__STOP_FIRE : LRR__STOP_GO;
}

const lrr__stop_rule lrr__stop_threshold = {
    "threshold", PARAMS, 0, LRR_STOP_THRESHOLD, see,
};
