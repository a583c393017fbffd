/*
** missing.h -- values and targets that are not there: counted, filled in, or left out.
**
** A value that is missing is NaN; a target NaN, or one of goal.h's classes below 0. Filling is for
** a data set that is split, the rest for one that is not yet.
*/
#ifndef LRR_DATA_MISSING_H
#define LRR_DATA_MISSING_H

#include "data/dataset.h"

/* count (width) = values missing in each column of a part; *samples: that miss one, of which
** *first (0 is the part's first) is the first. Rows of floats only. Errors, of stored rows alone
** (as below): EIO, ENOMEM. */
lrr_status lrr_dataset_missing(const lrr_dataset *d, lrr_split part, size_t *count,
                               size_t *samples, size_t *first, lrr_error *err);

/* Leaves out samples whose target is missing or of no class, or with `values` those that miss a
** value; how many of each part. Errors: EINVAL (a part would be empty), ENOMEM. */
typedef struct lrr_dropped {
    size_t values, untargeted, unseen;
} lrr_dropped;
lrr_status lrr_dataset_drop(lrr_dataset *d, bool values,
                            lrr_dropped dropped[LRR_SPLITS], lrr_error *err);

/* One more column behind the others for each that column (width) names: 1 where it has
** nothing, else 0. Samples of rank 1 in memory that are no sequences. Errors: ENOMEM. */
lrr_status lrr_dataset_flag(lrr_dataset *d, const bool *column, lrr_error *err);

/* fill becomes the mean of each column over the training split, or its median (of an even
** number the mean of the middle two; 0 where it has none), and NaN becomes that. *filled: how many;
** of stored rows, to which it happens as they are read, 0. Rows of floats only. Sums are in
** double, in sample order. Errors: ENOMEM, EIO, EINVAL (medians of stored rows). */
lrr_status lrr_dataset_fill_missing(lrr_dataset *d, bool median, size_t *filled,
                                    lrr_error *err);

/* NaN of each column becomes what fill (width) says: that of the data a model was trained on.
** *filled as above. Rows of floats only. Errors: ENOMEM. */
lrr_status lrr_dataset_fill_known(lrr_dataset *d, const float *fill, size_t *filled,
                                  lrr_error *err);

#endif
