/*
** loader.h -- the batches of a split, epoch after epoch, made ahead on a thread.
**
** The batches are a function of (cfg, epoch, index): prefetching or not, and the number
** of threads, change nothing but time. Small batches without augmentation are made in
** line, since handing over costs more than copying.
**
** Where several share the work, a loader makes its part alone: of each batch some rows, or
** of each epoch some batches. All else is as without: n, t, lengths, index and count are those
** of the whole; rows that others make are not touched.
**
** Ownership: the data set outlives the loader; batches belong to the loader and stay
** valid as batch.h says. Threads: one thread asks; the loader's own thread touches only
** the data set and the loader. lrr_loader_free joins it.
*/
#ifndef LRR_DATA_LOADER_H
#define LRR_DATA_LOADER_H

#include "data/batch.h"
#include "data/dataset.h"
#include "data/gather.h"

typedef struct lrr_loader_cfg {
    lrr_split split;
    size_t batch; /* samples in a batch, >= 1; the last of an epoch may have fewer */
    uint64_t seed;
    bool shuffle;   /* a new order each epoch */
    bool bucket;    /* sequences: batches of similar length */
    bool balanced;  /* samples drawn with replacement, all classes as often (order.h) */
    bool prefetch;  /* may use a thread */
    bool drop_last; /* no last batch of fewer */
    bool soft;      /* classes as a share of 1 for each, as mixup gives them */
    bool scaled;    /* targets that are numbers by their scale (scale.h) */
    lrr_augment augment;
} lrr_loader_cfg;

typedef struct lrr_loader lrr_loader;

/* A loader at epoch 0, batch 0; allocates all it will ever need. Errors: EINVAL (empty
** split, augmentation that does not fit the data, no whole batch to keep), ENOMEM. */
lrr_status lrr_loader_new(const lrr_dataset *d, const lrr_loader_cfg *cfg,
                          lrr_loader **out, lrr_error *err);
void lrr_loader_free(lrr_loader *l);

/* The next batch; after the last of an epoch comes the first of the next. Cannot fail, but for
** rows that stay in their files (stored.h): a batch is not to be used where there is a failure,
** which stays. */
const lrr_batch *lrr_loader_next(lrr_loader *l);
const lrr_error *lrr_loader_failure(const lrr_loader *l);

/* The next batch will be this one; index = count means the next epoch's first. Where an epoch is
** some of the batches alone (lrr_loader_take_batches), one before these is the first of them, one
** behind them the next epoch's first. Batches handed out are void. Errors: EINVAL (index above
** count). */
lrr_status lrr_loader_seek(lrr_loader *l, uint64_t epoch, size_t index, lrr_error *err);

/* From now on batches have samples and targets in the rows of pieces from .. to - 1 alone, of
** `pieces` (base/tree.h); and an epoch is its batches from .. to - 1 alone, where the next one is
** the first of these. Batches handed out are void where anything changes. */
void lrr_loader_take_rows(lrr_loader *l, size_t pieces, size_t from, size_t to);
void lrr_loader_take_batches(lrr_loader *l, size_t from, size_t to);

/* Makes the other rows, too, of a batch of this loader that is not void. */
void lrr_loader_complete(lrr_loader *l, const lrr_batch *b);

/* Rows that were made of all batches handed out. */
uint64_t lrr_loader_rows(const lrr_loader *l);

/* Batches and samples of one epoch, whoever makes them. */
size_t lrr_loader_count(const lrr_loader *l);
size_t lrr_loader_samples(const lrr_loader *l);

/* The samples (*n indices into the data set) of the batch handed out last; NULL where
** there was none since the last seek. */
const uint32_t *lrr_loader_indices(const lrr_loader *l, size_t *n);

/* Samples of a full batch, at most those of the split. */
size_t lrr_loader_batch(const lrr_loader *l);

/* The feed of that name in its batches, without data: type and shape, the same in each, and
** its place in lrr_batch.feed. NULL: there is none, and *place is left as it was. */
const lrr_feed *lrr_loader_feed(const lrr_loader *l, const char *name, size_t *place);

const lrr_dataset *lrr_loader_dataset(const lrr_loader *l);

#endif
