/*
** goal.h -- what the targets of a data set are: numbers made classes, classes made numbers.
**
** Classes are those of the training part (part 0). A target that is none of them is UNSEEN, one
** that is not there is MISSING, until lrr_dataset_drop (missing.h) leaves their samples out.
** All is for data sets that have no splits yet.
*/
#ifndef LRR_DATA_GOAL_H
#define LRR_DATA_GOAL_H

#include "data/dataset.h"

enum { LRR_CLASS_MISSING = -1, LRR_CLASS_UNSEEN = -2, LRR_CLASSES_MOST = 65536 };

/*
** y_class and classes of d from its targets v (all of them), which are whole numbers or NaN.
** Numbers from 0 on are the classes themselves where at least half of 0..highest are there
** (the others have no sample); else the different numbers are, in ascending order, and
** the classes have them as names. *seen: different numbers. what: names v in messages.
** Errors: EFORMAT (not whole, above 2^53, more than LRR_CLASSES_MOST), ENOMEM.
*/
lrr_status lrr_goal_classes(lrr_dataset *d, const double *v, const char *what,
                            size_t *seen, lrr_error *err);

/* y_real, of one number for each target, becomes classes as above. Errors: as above; d is then
** as before. */
lrr_status lrr_goal_reals_to_classes(lrr_dataset *d, size_t *seen, lrr_error *err);

/* Class i of d becomes place[i], one of `classes`, which keep no names. Errors: EINVAL (a place
** that is none). */
lrr_status lrr_goal_place(lrr_dataset *d, const int32_t *place, size_t classes,
                          lrr_error *err);

/* Two classes become the numbers 0 and 1. Errors: EINVAL (not two), ENOMEM. */
lrr_status lrr_goal_classes_to_reals(lrr_dataset *d, lrr_error *err);

#endif
