/* dtype.h -- element types of tensors and data. */
#ifndef LRR_TENSOR_DTYPE_H
#define LRR_TENSOR_DTYPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

/* name, C type, spelling in Lua and in messages */
#define LRR_DTYPE_MAP(X)      \
    X(REAL, lrr_real, "real") \
    X(I32, int32_t, "i32")    \
    X(U8, uint8_t, "u8")

typedef enum lrr_dtype {
#define X(name, type, text) LRR_DTYPE_##name,
    LRR_DTYPE_MAP(X)
#undef X
        LRR_DTYPE_COUNT
} lrr_dtype;

/* Bytes of one element, and its name; dtype must be one of the list. */
size_t lrr_dtype_size(lrr_dtype dtype);
const char *lrr_dtype_name(lrr_dtype dtype);

#endif
