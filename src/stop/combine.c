/* combine.c -- any and all: stop.c asks their children. */
#include "stop/rule.h"

static const lrr_param PARAMS[] = { { NULL, LRR_PARAM_NUMBER, NULL } };

const lrr__stop_rule lrr__stop_any = { "any", PARAMS, 0, LRR_STOP_NONE, NULL };
const lrr__stop_rule lrr__stop_all = { "all", PARAMS, 0, LRR_STOP_NONE, NULL };
