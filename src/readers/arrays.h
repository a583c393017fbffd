/*
** arrays.h -- a data set of NumPy's arrays: files of their own (.npy) or parts of an archive (.npz).
*/
#ifndef LRR_READERS_ARRAYS_H
#define LRR_READERS_ARRAYS_H

#include "readers/file_rows.h"
#include "readers/npy.h"

/* path is a .npy, plain or gzip, and key NULL; or an archive, and key one of its arrays. */
typedef struct lrr_array {
    const char *path, *key;
} lrr_array;

/* The array's bytes. Errors: EFORMAT (no such key: the message says which there are), EIO,
** ENOMEM. */
lrr_status lrr_array_open(const lrr_array *a, lrr_source **out, lrr_error *err);

/*
** x (n, ...), y (n) or (n, 1): labels or targets, (n, k): targets; no y: no targets. u1 and b1
** samples stay bytes. Values may be missing (NaN), and targets (goal.h): lrr_dataset_drop.
**
** Labels are texts or whole numbers; what classes they are says lrr_goal_classes. With vocab x
** (n, t) is tokens, ids below it: sequences of t steps. Of such, and of x (n, t, f), y may hold a
** target for each step: (n, t), or (n, t, k) reals. With seq x (n, t, f) is sequences too, for a
** network that takes others of other lengths.
**
** base (of the data set) is found in the training part's columns where x is (n, f) of a type that
** float does not hold, or is `base` here, of a data set before.
*/
typedef struct lrr_arrays_cfg {
    lrr_array x[LRR_SPLITS], y[LRR_SPLITS]; /* path NULL: not there */
    int classes; /* 1 yes, 0 no, -1: where y is one text, or number of a type of whole ones */
    int per_step; /* 1 yes, 0 no, -1: where y's second size is x's steps */
    size_t vocab; /* 0: x is no tokens; at most 2^24 */
    bool seq;
    const double
        *word; /* (words) numbers that mean missing; infinite: all above a float */
    size_t words;
    const double *base; /* (bases), or NULL */
    size_t bases;
    lrr_storing
        stream; /* x stays in its files; of files as they are, not of sequences */
} lrr_arrays_cfg;

/* *seen: different labels of the training part, where they are numbers. Errors: EFORMAT,
** ENONFINITE (infinite), EINVAL (samples have to stay in their files and cannot), EIO, ENOMEM. */
lrr_status lrr_arrays_load(const lrr_arrays_cfg *cfg, lrr_dataset **out, size_t *seen,
                           lrr_error *err);

#endif
