/*
** parts.h -- a block of parameters cut into pieces for work in parallel.
**
** The cut depends on the tensors' sizes alone, no piece crosses a tensor's edge or
** touches its padding, and frozen tensors have no pieces. Sums are made by piece, then
** by tensor, then over all, in order: the same bits for any number of threads.
**
** Ownership: a copy of the list of tensors; their names stay the caller's.
*/
#ifndef LRR_OPTIM_PARTS_H
#define LRR_OPTIM_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/real.h"
#include "tensor/segment.h"

/* Elements of the largest piece: 128 KiB of each array, which four arrays and the sums
** find again in the second-level cache. */
#define LRR_PART_GRAIN 32768

typedef struct lrr_part {
    size_t at, n;   /* elements of the block */
    size_t segment; /* whose */
} lrr_part;

typedef struct lrr_parts {
    lrr_segment *segments;
    size_t n_segments;
    lrr_part *part;
    size_t n_parts;
    size_t *chunk; /* (n_chunks + 1) first part of each chunk of work */
    size_t n_chunks;
    double *sum;   /* (2, n_parts) partial sums */
    double *total; /* (2, n_segments) their sums by tensor */
} lrr_parts;

/* Errors: ENOMEM. */
lrr_status lrr_parts_init(lrr_parts *p, const lrr_segment *segments, size_t n_segments,
                          lrr_error *err);

/* Releases what p holds; a zeroed p is fine. */
void lrr_parts_fini(lrr_parts *p);

/* f(arg, i) for every part i, in parallel. */
typedef void (*lrr_part_fn)(void *arg, size_t part);
void lrr_parts_each(const lrr_parts *p, lrr_part_fn f, void *arg);

/* Adds the sums of the parts, row 0 or 1 of sum, to total by tensor; gives their sum. */
double lrr_parts_total(lrr_parts *p, int row);

/* Sum of the squares of x, a block; by tensor it is in total's row 0. touched: as lrr_blocks has
** it, of gradients; NULL: nothing is known. */
double lrr_parts_square_sum(lrr_parts *p, const lrr_real *x,
                            const uint8_t *const *touched);

#endif
