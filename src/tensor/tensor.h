/*
** tensor.h -- a buffer with a shape: owner of its memory, or a view of somebody's.
**
** Ownership: lrr_tensor_new owns its data; lrr_tensor_view does not, and whoever makes
** the view keeps the owner alive (in Lua: user value 1 of the box).
*/
#ifndef LRR_TENSOR_TENSOR_H
#define LRR_TENSOR_TENSOR_H

#include <stdbool.h>

#include "base/error.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

typedef struct lrr_tensor {
    lrr_dtype dtype;
    lrr_shape shape;
    size_t n;   /* elements: the product of shape */
    void *data; /* (n) elements of dtype */
    bool owner;
} lrr_tensor;

/* A tensor of zeros. Errors: ENOMEM (too large, or no memory). */
lrr_status lrr_tensor_new(lrr_dtype dtype, const lrr_shape *shape, lrr_tensor **out,
                          lrr_error *err);

/* A tensor over data that belongs to somebody else. Errors: ENOMEM. */
lrr_status lrr_tensor_view(lrr_dtype dtype, const lrr_shape *shape, void *data,
                           lrr_tensor **out, lrr_error *err);

void lrr_tensor_free(lrr_tensor *t);

/* Bytes of data. */
size_t lrr_tensor_bytes(const lrr_tensor *t);

/* data as reals; t must be of dtype REAL. */
lrr_real *lrr_tensor_real(const lrr_tensor *t);

#endif
