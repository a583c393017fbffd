/*
** gather.h -- samples of a data set into a batch's memory, scaled and augmented.
**
** Augmentation draws from (seed, epoch, sample) alone, stream AUGMENT, so that a sample
** looks the same whatever batch it is in and whichever thread makes it.
** Threads: safe on one data set from any number of threads. Nothing here can fail.
*/
#ifndef LRR_DATA_GATHER_H
#define LRR_DATA_GATHER_H

#include "base/rng.h"
#include "data/dataset.h"

/*
** All off is 0. Images (shape of rank 3) only, but for mixup. What comes from outside the
** image, and what is cut out, is 0 after scaling: the mean.
** flip: mirrored left to right with probability 1/2. crop: moved by -crop..crop pixels
** each way (He et al., CVPR 2016, 4.2). cutout: a square of that side around a random
** pixel is blanked, clipped at the border (DeVries and Taylor, arXiv:1708.04552).
** mixup: alpha; x and the one-hot y are mixed with another training sample's, weight
** from Beta(alpha, alpha) (Zhang et al., ICLR 2018); y becomes (n, classes) reals.
*/
typedef struct lrr_augment {
    bool flip;
    size_t crop, cutout;
    double mixup;
} lrr_augment;

bool lrr_augment_any(const lrr_augment *a);

/* Whether d can be augmented so; soft: its classes are wanted as shares of 1. Errors: EINVAL. */
lrr_status lrr_augment_check(const lrr_augment *a, const lrr_dataset *d, bool soft,
                             lrr_error *err);

/* Which look a sample has this time; room for a row that is read from its file (stored.h). */
typedef struct lrr_look {
    const lrr_augment *augment;
    uint64_t seed, epoch;
    void *room;
} lrr_look;

/* Samples in this order. */
typedef struct lrr_gather_list {
    const uint32_t *sample; /* (n) */
    size_t n, t; /* t: of sequences, steps of the batch; longer ones are cut */
} lrr_gather_list;

/* x (width) = sample i, scaled and augmented (not mixed). Not for tokens. */
void lrr_gather_sample(const lrr_dataset *d, size_t i, const lrr_look *look,
                       lrr_real *x);

/* The partner of sample i for mixup, an index into the training split, and the weight of
** sample i itself. */
double lrr_gather_partner(const lrr_dataset *d, size_t i, const lrr_look *look,
                          size_t *partner);

/* x (n, t) = tokens of the samples, or x (n, t, width) their rows, scaled; padded with 0,
** which is the mean. len (n). */
void lrr_gather_tokens(const lrr_dataset *d, const lrr_gather_list *list, int32_t *x,
                       int32_t *len);
void lrr_gather_rows(const lrr_dataset *d, const lrr_gather_list *list, lrr_real *x,
                     int32_t *len);

/* x (n, t) = tokens of the samples, windows of t tokens each. */
void lrr_gather_windows(const lrr_dataset *d, const lrr_gather_list *list, int32_t *x);

/* The samples' targets at each step, padded with 0: y (n, t) of classes, (n, t, k) of
** reals, scaled (scale.h) or as they are. With per_step only. */
void lrr_gather_targets(const lrr_dataset *d, const lrr_gather_list *list, bool scaled,
                        void *y);

#endif
