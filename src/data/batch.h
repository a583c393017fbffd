/*
** batch.h -- what a loader hands to training: one batch, in memory that stays valid and
** unchanged until the loader is asked for the next but one.
*/
#ifndef LRR_DATA_BATCH_H
#define LRR_DATA_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "tensor/dtype.h"

typedef struct lrr_batch {
    size_t n;      /* samples, >= 1 */
    size_t t;      /* time steps (longest sample, padded to it); 0: no sequences */
    const void *x; /* (n, shape...) lrr_real, or (n, t) int32_t tokens; 64-aligned */
    lrr_dtype x_dtype;
    const void *y; /* (n) int32_t classes, or (n, k) lrr_real targets; NULL: none */
    lrr_dtype y_dtype;
    const int32_t *len; /* (n) lengths; NULL without sequences */
    uint64_t epoch;     /* from 0 */
    size_t index;       /* batch in the epoch, from 0 */
    size_t count;       /* batches in this epoch */
} lrr_batch;

#endif
