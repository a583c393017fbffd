/*
** long.h -- sums over vectors as long as a network has weights: computed in double, in
** chunks cut by length, with partial sums in a fixed order. The same bits for any number of
** threads. Cannot fail. Threads: the one that trains (base/threads.h).
*/
#ifndef LRR_LINALG_LONG_H
#define LRR_LINALG_LONG_H

#include <stddef.h>

#include "base/real.h"

/* sum of x y; x may be y. All are (n). */
double lrr_long_dot(const lrr_real *x, const lrr_real *y, size_t n);

/* y = k y + c x; x may be y. */
void lrr_long_combine(double k, lrr_real *y, double c, const lrr_real *x, size_t n);

/* sum += c x. */
void lrr_long_collect(double c, const lrr_real *x, double *sum, size_t n);

/* y = c x, and with d not NULL y = c x d, element by element. */
void lrr_long_spread(double c, const double *x, const lrr_real *d, lrr_real *y,
                     size_t n);

/* y = x d, element by element; and y = x + c u. */
void lrr_long_times(const lrr_real *x, const lrr_real *d, lrr_real *y, size_t n);
void lrr_long_move(const lrr_real *x, double c, const lrr_real *u, lrr_real *y,
                   size_t n);

#endif
