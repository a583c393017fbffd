/*
** values.h -- results of trials as a Gaussian process likes them.
**
** Deterministic, no allocation, cannot fail.
*/
#ifndef LRR_SEARCH_VALUES_H
#define LRR_SEARCH_VALUES_H

#include <stddef.h>

typedef struct lrr_scored {
    double score;
    size_t index;
} lrr_scored;

/* qsort's order for lrr_scored: by score, equal ones by index. */
int lrr_scored_order(const void *a, const void *b);

/*
** y (n), finite, becomes standardised values that are about normal, in the same order
** (equal ones may fall together at the top): values above median + 5 (median - lowest)
** count as that, then Yeo and Johnson's power (Biometrika 87, 2000) of the largest
** likelihood, so that a few diverged runs do not flatten what matters. sorted (n) is
** scratch. n >= 1.
*/
void lrr_values_transform(double *y, size_t n, double *sorted);

/*
** pick (most) = which of n values to keep, all where n <= most: the lower half of `most`,
** and the rest spread evenly over the ranks of the others. scratch (n). Returns how many
** were picked.
*/
size_t lrr_values_thin(const double *y, size_t n, size_t most, lrr_scored *scratch,
                       size_t *pick);

#endif
