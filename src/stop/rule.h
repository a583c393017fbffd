/*
** rule.h -- inside src/stop: what one kind of rule provides.
**
** Adding a kind: one file with `const lrr__stop_rule lrr__stop_<kind>`, one line in
** LRR_STOP_MAP, one file in lua/lrrun/stop.
*/
#ifndef LRR_STOP_RULE_H
#define LRR_STOP_RULE_H

#include "stop/stop.h"

#define LRR_STOP_MAP(X) \
    X(early)            \
    X(plateau)          \
    X(threshold)        \
    X(divergence)       \
    X(nonfinite)        \
    X(time)             \
    X(any)              \
    X(all)

typedef struct lrr__stop_seen {
    const double *p; /* parameters */
    double *state;   /* n_state doubles, 0 at the start */
    const char *monitor;
    const lrr_metrics *m; /* of a validation; NULL after an update */
    double loss;          /* of the update just made; only where m is NULL */
    uint64_t step;
    double seconds;
} lrr__stop_seen;

typedef enum lrr__stop_verdict {
    LRR__STOP_KEEP, /* says nothing new: what it said last still holds */
    LRR__STOP_GO,
    LRR__STOP_FIRE
} lrr__stop_verdict;

typedef struct lrr__stop_rule {
    const char *name;
    const lrr_param *params; /* ended by a NULL name */
    int n_state;
    lrr_stop_reason reason;
    lrr__stop_verdict (*see)(const lrr__stop_seen *seen); /* NULL: any or all */
} lrr__stop_rule;

#define X(name) extern const lrr__stop_rule lrr__stop_##name;
LRR_STOP_MAP(X)
#undef X

#endif
