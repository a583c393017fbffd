/*
** pruner.h -- which trials stop early, and which go on.
**
** Pure functions of recorded values in a declared order: no clock and no order of arrival
** enters, so a study decides the same for any number of workers. Values are minimised;
** NaN is worse than any number.
**
** median: a trial stops where its best value so far is worse than the median of what the
** declared earlier trials had reported at the same step (Golovin et al., Google Vizier,
** KDD 2017, 3.2; Optuna's MedianPruner).
**
** asha, hyperband: a trial runs in pieces, each up to a rung: resource grace factor^k, the
** last one max. A piece of work (a job) either begins a new trial or takes a paused one
** on from exactly where it stopped to its next rung: the best 1/factor of those known at
** a rung go on, the most advanced first (Li et al., "A system for massively parallel
** hyperparameter tuning", MLSys 2020, algorithm 2). Hyperband deals new trials to
** brackets that begin at different rungs, in Hyperband's proportions, and every bracket
** decides for itself (Li et al., JMLR 18, 2018, algorithm 1; asynchronous as in section 3.3
** of the paper above).
*/
#ifndef LRR_SEARCH_PRUNER_H
#define LRR_SEARCH_PRUNER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define LRR_RUNGS_MAX 32

typedef struct lrr_report {
    double step; /* epochs or updates done, growing along a curve */
    double value;
} lrr_report;

typedef struct lrr_curve {
    size_t n;
    const lrr_report *reports; /* (n) */
} lrr_curve;

/* True: stop the trial whose reports so far are `own`. others (n) are the declared earlier
** trials, finished ones; fewer than `startup` of them with a value at this step, or a step
** up to `warmup`, never stop it. Cannot fail. */
bool lrr_prune_median(const lrr_curve *own, const lrr_curve *others, size_t n,
                      size_t startup, double warmup);

typedef struct lrr_rungs_cfg {
    double grace;  /* resource of the first rung, above 0 */
    double factor; /* 2 or more */
    double max;    /* resource of the last rung, grace or more */
    bool brackets; /* Hyperband's */
    size_t trials; /* new trials in all */
} lrr_rungs_cfg;

typedef struct lrr_job {
    size_t trial; /* from 0 */
    size_t rung;  /* runs up to this rung */
    bool known;   /* false: under way, or not to be known here */
    double value; /* known: best value up to the rung; NaN: failed */
} lrr_job;

/* at (LRR_RUNGS_MAX) = the resource of each rung, *n how many. Errors: EINVAL (a field of
** cfg out of range, or more rungs than LRR_RUNGS_MAX). */
lrr_status lrr_rungs(const lrr_rungs_cfg *cfg, double *at, size_t *n, lrr_error *err);

/* The rung that trial number `trial` begins with: 0 without brackets. n = number of
** rungs. */
size_t lrr_rungs_first(const lrr_rungs_cfg *cfg, size_t n, size_t trial);

/*
** The next job after jobs (n), which are in the order they were given out: *next with
** known = false, or *found = false where nothing is left to do until more is known (or
** ever). scratch (2 n) may be uninitialised. Errors: EINVAL, as lrr_rungs.
*/
lrr_status lrr_rungs_next(const lrr_rungs_cfg *cfg, const lrr_job *jobs, size_t n,
                          size_t *scratch, lrr_job *next, bool *found, lrr_error *err);

#endif
