/*
** measure.h -- what is told of a network's outputs beside the loss: right answers by class
** and errors of numbers, over one batch after another, and the largest of an output. Does
** not allocate. Threads: the caller's.
*/
#ifndef LRR_TRAIN_MEASURE_H
#define LRR_TRAIN_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/real.h"

/* Targets of one class, and how many of them were answered right. */
typedef struct lrr_class_count {
    int64_t n, right;
} lrr_class_count;

/* Adds n targets to count (classes). x (n, classes) logits; y (n) classes counted from 0.
** An answer is the largest logit, of equal ones the first; NaN is never the largest, and
** where all are NaN or -infinity there is no answer. Errors: EINVAL (a class is out of
** range; nothing was added). */
lrr_status lrr_measure_classes(lrr_class_count *count, size_t classes,
                               const lrr_real *x, const int32_t *y, size_t n,
                               lrr_error *err);

/* Sums over numbers: |x - y|, (x - y)^2, and of the targets the mean and the sum of squares
** about it. All 0 to begin with. */
typedef struct lrr_error_sums {
    double n, absolute, squared, mean, spread;
} lrr_error_sums;

/* Adds n predictions x and targets y. Source of the spread: Welford, Technometrics 4,
** 1962. Cannot fail. */
void lrr_measure_errors(lrr_error_sums *sums, const lrr_real *x, const lrr_real *y,
                        size_t n);

/* order (k) gets the places of the k largest of x (n), the largest first and of equal ones
** the first; nothing overtakes a NaN. Gives how many there are, the lesser of n and k.
** Cannot fail. */
size_t lrr_measure_largest(const lrr_real *x, size_t n, size_t k, size_t *order);

#endif
