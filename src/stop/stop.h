/*
** stop.h -- rules that end a run, or a phase of a schedule.
**
** A rule is a tree: leaves watch the loss of each update, a metric of each validation,
** or the time; `any` and `all` combine them. A training session calls
**
**     reason = lrr_stop_step(stop, loss, step, seconds)    after each update
**     reason = lrr_stop_check(stop, &metrics)              after each validation
**
** and ends the run on anything but LRR_STOP_NONE. NULL is a valid rule that never
** fires. Neither call allocates or can fail, and nothing here reads a clock: seconds
** come from the caller, so a replay decides as the run did.
**
** Conventions. patience counts validations; the rule fires at the patience-th bad one
** in a row (Keras, Lightning). A value is better when it gains more than the larger of
** min_delta and rel_delta * |best|, which is right for negative metrics too. NaN is bad.
** A metric that a validation does not report leaves the rule as it was.
**
** Ownership: the caller owns what lrr_stop_new gives. Threads: one at a time.
*/
#ifndef LRR_STOP_STOP_H
#define LRR_STOP_STOP_H

#include <stddef.h>

#include "base/error.h"
#include "stop/metrics.h"
#include "stop/param.h"

/* name, text: text is the run's `reason` in JSON */
#define LRR_STOP_REASON_MAP(X) \
    X(NONE, "none")            \
    X(EARLY, "early_stop")     \
    X(THRESHOLD, "threshold")  \
    X(DIVERGED, "diverged")    \
    X(TIME, "time")

typedef enum lrr_stop_reason {
#define X(name, text) LRR_STOP_##name,
    LRR_STOP_REASON_MAP(X)
#undef X
        LRR_STOP_REASON_COUNT
} lrr_stop_reason;

/* "early_stop" and so on; never NULL. */
const char *lrr_stop_reason_name(lrr_stop_reason reason);

typedef struct lrr_stop lrr_stop;

/* One rule of the tree. p is in the order of lrr_stop_params(kind). */
typedef struct lrr_stop_cfg {
    const char *kind;        /* "early", "plateau", "threshold", ..., "any", "all" */
    const char *monitor;     /* name of the metric; NULL where the kind watches none */
    double p[LRR_PARAM_MAX]; /* complete and in range: Lua checked them */
    const int *children;     /* ids of lrr_stop_add, only for any and all */
    int n_children;
} lrr_stop_cfg;

/* The parameters of a kind, ended by a NULL name; NULL for an unknown kind. */
const lrr_param *lrr_stop_params(const char *kind);

/* *out = an empty rule. Errors: ENOMEM. */
lrr_status lrr_stop_new(lrr_stop **out, lrr_error *err);
void lrr_stop_free(lrr_stop *s); /* NULL is fine */

/*
** Adds a rule, children first; the last one added is the root. *id is its number.
** Errors: ENOMEM; EINVAL (unknown kind, name too long, a child that does not exist).
*/
lrr_status lrr_stop_add(lrr_stop *s, const lrr_stop_cfg *cfg, int *id, lrr_error *err);

/* After an update: step is the number of updates made, this one included. */
lrr_stop_reason lrr_stop_step(lrr_stop *s, double loss, uint64_t step, double seconds);

/* After a validation. */
lrr_stop_reason lrr_stop_check(lrr_stop *s, const lrr_metrics *m);

/* The i-th monitored name, NULL past the last: a run asks before its first update
** whether all of them will be reported. */
const char *lrr_stop_monitor(const lrr_stop *s, int i);

/* State as flat doubles for a checkpoint: size is fixed once the tree is built. */
size_t lrr_stop_state_size(const lrr_stop *s);
void lrr_stop_state_save(const lrr_stop *s, double *out);
void lrr_stop_state_load(lrr_stop *s, const double *in);

#endif
