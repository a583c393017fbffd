/*
** dropout.h -- random masks, four numbers from each Philox block, many blocks at once.
**
** Element e has word (e / 16) mod 4 of the block of index (e / 64) * 16 + e mod 16: a
** function of e alone, in an order that needs no shuffling of registers.
*/
#ifndef LRR_KERNELS_DROPOUT_H
#define LRR_KERNELS_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

/* What a mask is drawn from: base/rng.h's key, and the counter's upper half. */
typedef struct lrr_mask {
    uint32_t key[2], step[2];
    uint32_t below; /* numbers below it are dropped: rate * 2^32 */
    lrr_real scale; /* what is kept is multiplied by it */
} lrr_mask;

#define LRR_DROPOUT_SIMD_MAP(X)                                                         \
    /* s (n): 0 or mask->scale for elements at .. at + n - 1; at is a multiple of 64 */ \
    X(void, mask_fill, (const lrr_mask *mask, size_t at, lrr_real *s, size_t n))

#endif
