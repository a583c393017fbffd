/*
** order.h -- which samples make which batch of an epoch: a function of (seed, epoch).
**
** Without buckets the split is permuted (stream SHUFFLE) and cut into batches; the last
** may be short. With buckets, pools of POOL batches of the permuted samples are sorted by
** length before cutting, so that a batch's samples are about as long as each other and
** little is padding, and then the batches are put into random order (stream BUCKET).
** Without shuffle: file order, or with buckets all sorted by length. With drop_last the
** samples of the last short batch are left out: the last of the permutation, other ones in
** each epoch, before any is sorted by length; without shuffle the file's last.
**
** balanced: an epoch has as many samples as the split, each drawn anew with replacement
** (stream SAMPLER): first a stratum (strata.h) of those that the split has, all as likely,
** then one of its samples. PyTorch's WeightedRandomSampler with weights of 1 / n of the class
** has the same distribution.
*/
#ifndef LRR_DATA_ORDER_H
#define LRR_DATA_ORDER_H

#include "data/dataset.h"

typedef struct lrr_order_cfg {
    lrr_split split;
    size_t batch;
    uint64_t seed;
    bool shuffle, bucket, balanced;
    bool drop_last; /* no batch has fewer than `batch` samples */
} lrr_order_cfg;

typedef struct lrr_order lrr_order;

/* d outlives the order. Errors: EINVAL (empty split, batch 0; drop_last and fewer samples
** than a batch; balanced without strata), ENOMEM. */
lrr_status lrr_order_new(const lrr_dataset *d, const lrr_order_cfg *cfg,
                         lrr_order **out, lrr_error *err);
void lrr_order_free(lrr_order *o);

/* Batches in an epoch, and samples in them. */
size_t lrr_order_count(const lrr_order *o);
size_t lrr_order_samples(const lrr_order *o);

/* The samples of batch `index` < count of an epoch: *n of them, valid until the next
** call. Changing the epoch costs a permutation. Cannot fail. */
const uint32_t *lrr_order_batch(lrr_order *o, uint64_t epoch, size_t index, size_t *n);

#endif
