/* offsets.h -- where in one block values go that live at different times: spans that are
** alive at once never overlap, and the block is as short as can be found. */
#ifndef LRR_GRAPH_OFFSETS_H
#define LRR_GRAPH_OFFSETS_H

#include <stddef.h>

#include "base/error.h"

/* More than there is memory, and far below where the sum of all spans could wrap. */
#define LRR_SPAN_MAX ((size_t)1 << 44)

typedef struct lrr_span {
    size_t bytes;
    size_t from, to; /* first and last time at which it is alive */
    size_t at;       /* its place, which lrr__offsets gives it */
} lrr_span;

/* Gives each of n spans its place; *top is the block's length, SIZE_MAX where a span is
** larger than any memory. The places follow from the list alone. Time: n log n, and n^2
** with few spans.
** Errors: ENOMEM. */
lrr_status lrr__offsets(lrr_span *span, size_t n, size_t *top, lrr_error *err);

#endif
