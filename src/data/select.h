/* select.h -- the k-th smallest of a list of numbers. */
#ifndef LRR_DATA_SELECT_H
#define LRR_DATA_SELECT_H

#include <stddef.h>

/* The k-th smallest (from 0, below n) of v (n), none of which is NaN; v is put in another order.
** Hoare's selection (Communications of the ACM 4, 1961), with the middle of three as pivot.
** Cannot fail. */
float lrr_select(float *v, size_t n, size_t k);

#endif
