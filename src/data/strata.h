/*
** strata.h -- groups of samples whose shares a split keeps: the classes.
**
** Samples have one where they have a class each, or a single number that is 0 or 1 in all
** of them. Threads: as dataset.h.
*/
#ifndef LRR_DATA_STRATA_H
#define LRR_DATA_STRATA_H

#include "data/dataset.h"

/* How many there are: the classes; 2 for numbers that are 0 and 1; 0 for other numbers, a
** target at each step, and no targets. Cannot fail. */
size_t lrr_strata_count(const lrr_dataset *d);

/* That of sample i, below the count, which is not 0. */
static inline size_t lrr_stratum_of(const lrr_dataset *d, size_t i)
{
    return d->y_class != NULL ? (size_t)d->y_class[i] : d->y_real[i] > 0.5F;
}

/* Sums over the targets of a split, all steps of a sample counted: count (classes) of each
** class, or (k) of each output's numbers. *n: how many targets. Cannot fail. */
void lrr_strata_tally(const lrr_dataset *d, lrr_split split, double *count, size_t *n);

/*
** take (k) becomes how many of the have (k) samples of each stratum, `all` in sum, go to a
** part of n <= all: have n / all, rounded so that the sum is n. What is left over goes to
** the largest remainders (Hamilton's method), of equal ones to the first. keep: no stratum
** gives its last sample as long as others can. key: (k) scratch. Cannot fail.
*/
void lrr_strata_quota(const size_t *have, size_t k, size_t all, size_t n, bool keep,
                      uint64_t *key, size_t *take);

#endif
