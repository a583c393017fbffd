/*
** shape.h -- sizes along each axis, row-major (the last axis is contiguous).
**
** A shape with no axes is one number. An axis of size 0 is not allowed.
*/
#ifndef LRR_TENSOR_SHAPE_H
#define LRR_TENSOR_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define LRR_RANK_MAX 5

typedef struct lrr_shape {
    int rank;               /* 0..LRR_RANK_MAX */
    size_t d[LRR_RANK_MAX]; /* >= 1; those past rank are 0 */
} lrr_shape;

/* The shape with these axes: lrr_shape_of(3, 3, 32, 32) is (3, 32, 32). size_t each. */
lrr_shape lrr_shape_of1(size_t a);
lrr_shape lrr_shape_of2(size_t a, size_t b);
lrr_shape lrr_shape_of3(size_t a, size_t b, size_t c);

/* Product of the axes; SIZE_MAX where it does not fit. */
size_t lrr_shape_count(const lrr_shape *s);

bool lrr_shape_equal(const lrr_shape *a, const lrr_shape *b);

/* "(3, 32, 32)" into buf; always terminated. Returns buf. */
#define LRR_SHAPE_TEXT 96
const char *lrr_shape_text(const lrr_shape *s, char buf[LRR_SHAPE_TEXT]);

#endif
