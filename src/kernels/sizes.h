/* sizes.h -- what cutting into blocks asks of sizes. */
#ifndef LRR_KERNELS_SIZES_H
#define LRR_KERNELS_SIZES_H

#include <stddef.h>

static inline size_t lrr_larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static inline size_t lrr_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* n rounded up to a multiple of `to`, 1 or more; no more than what there is of memory. */
static inline size_t lrr_round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

#endif
