/*
** batch.h -- what a loader hands to training: one batch, in memory that stays valid and
** unchanged until the loader is asked for the next but one.
**
** A batch is a list of feeds, each of which goes to the network's input of its name: "x",
** the samples, and "y", their targets, where the data have any.
*/
#ifndef LRR_DATA_BATCH_H
#define LRR_DATA_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tensor/dtype.h"
#include "tensor/shape.h"

typedef struct lrr_feed {
    const char *name;
    lrr_dtype dtype;
    const void *data; /* (n, shape...), of sequences (n, t, rest...); 64-aligned */
    lrr_shape shape;  /* of one sample; of sequences (longest, rest...) */
    bool seq;
    size_t t; /* sequences: steps of this batch, its longest sample's; else 0 */
    const int32_t *len; /* sequences: (n) lengths, 0..t; else NULL */
} lrr_feed;

enum { LRR_FEEDS_MAX = 4 };

typedef struct lrr_batch {
    size_t n; /* samples, >= 1 */
    lrr_feed feed[LRR_FEEDS_MAX];
    size_t n_feeds;
    uint64_t epoch; /* from 0 */
    size_t index;   /* batch in the epoch, from 0 */
    size_t count;   /* batches in this epoch */
} lrr_batch;

#endif
