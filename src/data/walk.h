/*
** walk.h -- the rows of samples one after another, where they are in memory or from their files:
** what looks at all of the data is written once for both.
*/
#ifndef LRR_DATA_WALK_H
#define LRR_DATA_WALK_H

#include "data/dataset.h"

/* Samples sample[0 .. n - 1], which ascend; or with NULL from .. from + n - 1. */
typedef struct lrr_walk {
    const lrr_dataset *d; /* bytes or floats */
    const uint32_t *sample;
    size_t from, n;
} lrr_walk;

/* x (width) is row `row` of the data set. False: the walk ends here. */
typedef bool (*lrr_walk_fn)(void *ud, size_t row, const void *x);

/* Gives all rows to f in their order. Rows in files are read in blocks. Errors, of these alone:
** EIO, ENOMEM. */
lrr_status lrr_walk_rows(const lrr_walk *w, lrr_walk_fn f, void *ud, lrr_error *err);

/* The walk through the training split. */
lrr_walk lrr_walk_train(const lrr_dataset *d);

#endif
