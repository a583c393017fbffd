/*
** metrics.h -- what a validation found, as schedules and stop rules are told it.
**
** Ownership: the arrays are the caller's; nobody keeps a pointer to them.
*/
#ifndef LRR_STOP_METRICS_H
#define LRR_STOP_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#define LRR_METRIC_NAME_MAX 64 /* bytes of a metric's name with its NUL */

typedef struct lrr_metrics {
    const char *const *names; /* n names: "val_loss", "val_accuracy", ... */
    const double *values;     /* n values; a value may be NaN, which counts as bad */
    int n;
    uint64_t step;  /* updates made so far, >= 0 */
    double seconds; /* the run's time so far, over all its resumptions */
} lrr_metrics;

/* *value = the metric of that name; false, and *value untouched, where there is none. */
bool lrr_metrics_find(const lrr_metrics *m, const char *name, double *value);

#endif
