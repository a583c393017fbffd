/* pairs.h -- pairs of token ids to numbers: each different pair once, in order of arrival. */
#ifndef LRR_READERS_PAIRS_H
#define LRR_READERS_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define LRR_PAIRS_NONE UINT32_MAX

typedef struct lrr_pairs {
    uint64_t *key;  /* (size) */
    uint32_t *slot; /* (size) the pair's number, or LRR_PAIRS_NONE: free */
    size_t n, size; /* size: 0 or a power of two, less than 3/4 in use */
} lrr_pairs;

/* The pair as one number, ordered as (a, b) are. Ids are not negative. */
static inline uint64_t lrr_pair(int32_t a, int32_t b)
{
    return (uint64_t)(uint32_t)a << 32 | (uint32_t)b;
}

/* The pair's number, or LRR_PAIRS_NONE. Cannot fail. */
uint32_t lrr_pairs_find(const lrr_pairs *p, uint64_t pair);

/* *slot: its number, p->n of before where it is new. Errors: ENOMEM. */
lrr_status lrr_pairs_add(lrr_pairs *p, uint64_t pair, uint32_t *slot, lrr_error *err);

void lrr_pairs_free(lrr_pairs *p);

#endif
