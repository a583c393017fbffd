/* holes.h -- a block that is given out in pieces and taken back: which parts of it are
** free. A piece goes into the smallest hole that holds it, of equal ones the lowest; where
** none does, the block grows. */
#ifndef LRR_GRAPH_HOLES_H
#define LRR_GRAPH_HOLES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct lrr_holes lrr_holes;

/* Room for `most` pieces at once, in an empty block. Errors: ENOMEM. */
lrr_status lrr__holes_new(size_t most, lrr_holes **out, lrr_error *err);
void lrr__holes_free(lrr_holes *h);

/* Gives out `bytes` > 0; returns the piece's number, for the two functions below. */
uint32_t lrr__holes_take(lrr_holes *h, size_t bytes);
size_t lrr__holes_at(const lrr_holes *h, uint32_t piece);
void lrr__holes_give(lrr_holes *h, uint32_t piece);

/* How long the block has become. */
size_t lrr__holes_top(const lrr_holes *h);

#endif
