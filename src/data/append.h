/* append.h -- one data set becomes a part of another. */
#ifndef LRR_DATA_APPEND_H
#define LRR_DATA_APPEND_H

#include "data/dataset.h"

/* The samples of p, which is freed (on failure too), become d's part val or test, behind all that d
** has and in the room that it was made with: two copies are there of p alone, never of all. Both
** are rows of floats of the same width and targets, p of one part. Errors: EINVAL. */
lrr_status lrr_dataset_append(lrr_dataset *d, lrr_split part, lrr_dataset *p,
                              lrr_error *err);

#endif
