/*
** early.c -- no better value for `patience` validations: early stopping, and the same
** test as the end of a phase. Source: Prechelt, "Early stopping -- but when?", 1998;
** the count is Keras's (fires at the patience-th bad validation).
*/
#include "stop/patience.h"
#include "stop/rule.h"

static const char *const MODES[] = { "min", "max", NULL };

enum { MODE, PATIENCE, MIN_DELTA, REL_DELTA, START_AFTER };

static const lrr_param PARAMS[] = {
    [MODE] = { "mode", LRR_PARAM_CHOICE, MODES },
    [PATIENCE] = { "patience", LRR_PARAM_NUMBER, NULL },
    [MIN_DELTA] = { "min_delta", LRR_PARAM_NUMBER, NULL },
    [REL_DELTA] = { "rel_delta", LRR_PARAM_NUMBER, NULL },
    [START_AFTER] = { "start_after", LRR_PARAM_STEPS, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static lrr__stop_verdict see(const lrr__stop_seen *seen)
{
    const double *p = seen->p;
    lrr_patience_cfg cfg = { p[MODE] == 1, p[MIN_DELTA], p[REL_DELTA] };
    double value, bad;
    if (seen->m == NULL || !lrr_metrics_find(seen->m, seen->monitor, &value))
        return LRR__STOP_KEEP;
    if (p[START_AFTER] > 0 && (double)seen->step <= p[START_AFTER])
        return LRR__STOP_KEEP; /* start_after = 5 epochs ignores the first five */
    bad = lrr_patience_see(seen->state, &cfg, value);
    return bad >= 1 && bad >= p[PATIENCE] ? LRR__STOP_FIRE : LRR__STOP_GO;
}

const lrr__stop_rule lrr__stop_early = {
    "early", PARAMS, LRR_PATIENCE_STATE, LRR_STOP_EARLY, see,
};

const lrr__stop_rule lrr__stop_plateau = {
    "plateau", PARAMS, LRR_PATIENCE_STATE, LRR_STOP_EARLY, see,
};
