/* time.c -- the run has taken its time; the caller says how long that is. */
#include "stop/rule.h"

enum { SECONDS };

static const lrr_param PARAMS[] = {
    [SECONDS] = { "seconds", LRR_PARAM_NUMBER, NULL },
    { NULL, LRR_PARAM_NUMBER, NULL },
};

static lrr__stop_verdict see(const lrr__stop_seen *seen)
{
    return seen->seconds >= seen->p[SECONDS] ? LRR__STOP_FIRE : LRR__STOP_GO;
}

const lrr__stop_rule lrr__stop_time = { "time", PARAMS, 0, LRR_STOP_TIME, see };
