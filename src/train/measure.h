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

/* How numbers are spread: of those that are finite their count, the least and the largest (0
** where there are none), the sum and the sum of squares, in order. */
typedef struct lrr_spread {
    size_t n;
    double min, max, sum, squares;
} lrr_spread;

/* x (n) into that, and into count (bins, 1 or more) how many lie in each of so many equally wide
** parts from the least to the largest, which is in the last. Cannot fail. */
lrr_spread lrr_measure_spread(const lrr_real *x, size_t n, double *count, size_t bins);

#endif
