/*
** measure.h -- figures of what a network computes. Does not allocate. Threads: the caller's.
*/
#ifndef LRR_TRAIN_MEASURE_H
#define LRR_TRAIN_MEASURE_H

#include <stddef.h>

#include "base/real.h"

/* order (k) gets the places of the k largest of x (n), the largest first and of equal ones
** the first; nothing overtakes a NaN. Gives how many there are, the lesser of n and k.
** Cannot fail. */
size_t lrr_measure_largest(const lrr_real *x, size_t n, size_t k, size_t *order);

/* The mean of |x - y| over n numbers, 1 or more; of |x| where y is NULL. Summed in order.
** Cannot fail. */
double lrr_measure_size(const lrr_real *x, const lrr_real *y, size_t n);

#endif
