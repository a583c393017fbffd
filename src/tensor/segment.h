/* segment.h -- one tensor within a block of many: parameters, their gradients, or
** buffers. */
#ifndef LRR_TENSOR_SEGMENT_H
#define LRR_TENSOR_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "tensor/shape.h"

typedef struct lrr_segment {
    const char *name; /* owned by who owns the block */
    size_t at;        /* first element in the block */
    size_t n;         /* elements; blocks pad each tensor to 16 elements with zeros */
    lrr_shape shape;
    bool trains; /* false: frozen, its gradient is not computed */
} lrr_segment;

#endif
