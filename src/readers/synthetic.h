/*
** synthetic.h -- data made from a seed (stream DATA), for trying things and for timing.
**
** All are one part. Sample i belongs to class i mod classes, so that classes are even.
*/
#ifndef LRR_READERS_SYNTHETIC_H
#define LRR_READERS_SYNTHETIC_H

#include "data/dataset.h"

typedef struct lrr_synthetic_cfg {
    size_t n, classes; /* >= 1 */
    double noise;      /* standard deviation added to every coordinate */
    uint64_t seed;
    lrr_shape shape;       /* noise only */
    size_t tokens, length; /* noise of tokens: ids 1..tokens-1, each sample that long */
    size_t dims;           /* blobs: coordinates of a sample */
} lrr_synthetic_cfg;

/* Errors of all: EINVAL, ENOMEM. */

/* `classes` arms of a spiral in the plane, radius 0..1, three quarters of a turn (after
** the CS231n course notes, "minimal neural network"). */
lrr_status lrr_spirals_new(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                           lrr_error *err);

/* Two interleaving half circles (after scikit-learn's make_moons). */
lrr_status lrr_moons_new(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                         lrr_error *err);

/* Normal clouds with deviation `noise` around centres uniform in [-10, 10] (after
** scikit-learn's make_blobs). */
lrr_status lrr_blobs_new(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                         lrr_error *err);

/* Standard normal values of a shape, or uniform tokens; classes carry no information. */
lrr_status lrr_noise_new(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                         lrr_error *err);

/* n windows of `length` uniform tokens, side by side on one array; the target of each is the
** next one. */
lrr_status lrr_noise_windows(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                             lrr_error *err);

#endif
