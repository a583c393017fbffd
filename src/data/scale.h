/*
** scale.h -- how values and targets of a data set are scaled for batches: fitted on the training
** split, in double. The data stay as they were read.
*/
#ifndef LRR_DATA_SCALE_H
#define LRR_DATA_SCALE_H

#include "data/dataset.h"

/*
** mean and inv of each channel from the training split: what a batch holds is (x - mean) * inv.
**   standard  mean 0 and deviation 1
**   robust    median 0, and 1 between the quartiles (linear between the two values that are
**             nearest, as numpy's percentile; scikit-learn's RobustScaler). Where these are the
**             same, and for columns of 0 and 1 alone, standard.
**   minmax    from 0 to 1
** A channel without spread is only centred. Sums are in double, in sample order. Not for tokens.
** found: channels without spread; robust ones that became standard, columns of 0 and 1 not
** counted. Errors: ENOMEM, EIO (stored rows), EINVAL (robust of these, which copies columns).
*/
typedef enum lrr_scaling {
    LRR_SCALING_STANDARD,
    LRR_SCALING_ROBUST,
    LRR_SCALING_MINMAX
} lrr_scaling;

typedef struct lrr_fit_found {
    size_t flat, same;
} lrr_fit_found;
lrr_status lrr_dataset_fit(lrr_dataset *d, lrr_scaling scaling, lrr_fit_found *found,
                           lrr_error *err);

/* What is to be taken off the numbers of a column, in double, before they become float: 0,
** unless float (24 bits) would keep fewer than 14 bits of their spread. From lo to hi; exact:
** float holds each of them. Cannot fail. */
double lrr_scale_offset(double lo, double hi, bool exact);

/* Mean and deviation of each column of targets that are numbers, over the training split, in
** double; a column without spread has deviation 1. *flat: how many such. Cannot fail. */
void lrr_dataset_fit_targets(lrr_dataset *d, size_t *flat);

/* Target j of place i (lrr_dataset_target), as it is or scaled. */
static inline double lrr_dataset_number(const lrr_dataset *d, size_t i, size_t j,
                                        bool scaled)
{
    const lrr_target_scale *s = &d->y_scale[j];
    const double y = (double)d->y_real[i * d->k + j];
    return scaled ? (y - (s->mean - s->offset)) / s->deviation : y + s->offset;
}

#endif
