/*
** dtype.h -- the kinds of numbers that memory holds: tensors, batches, and the values and
** gradients of nodes.
**
** This is the one place that knows how large a number of each kind is, what it is called,
** and how one is read and written. Memory that C gives no type (void *) has its kind beside
** it and is sized from here; memory with one is sized by its pointer (sizeof *p). What
** computes takes lrr_real, and gets it from an accessor that checks the kind
** (lrr_node_real, lrr_tensor_real). So a kind that is only stored, as bf16 would be, is a
** line of the list below and a case in lrr_dtype_get and lrr_dtype_set; an operator that
** meets it unprepared stops instead of misreading it.
*/
#ifndef LRR_TENSOR_DTYPE_H
#define LRR_TENSOR_DTYPE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

/* name, C type, spelling in Lua and in messages, spelling in safetensors, range; kinds of
** finite range hold whole numbers alone */
#define LRR_DTYPE_MAP(X)                                                \
    X(REAL, lrr_real, "real", LRR_REAL_NAME, -HUGE_VAL, HUGE_VAL)       \
    X(I32, int32_t, "i32", "I32", (double)INT32_MIN, (double)INT32_MAX) \
    X(U8, uint8_t, "u8", "U8", 0, UINT8_MAX)

typedef enum lrr_dtype {
#define X(name, type, text, file, min, max) LRR_DTYPE_##name,
    LRR_DTYPE_MAP(X)
#undef X
        LRR_DTYPE_COUNT
} lrr_dtype;

/* In all of these dtype must be one of the list. */

/* Bytes of one number, and of n of them: SIZE_MAX where that does not fit. */
size_t lrr_dtype_size(lrr_dtype dtype);
size_t lrr_dtype_bytes(lrr_dtype dtype, size_t n);

const char *lrr_dtype_name(lrr_dtype dtype);
const char *lrr_dtype_file_name(lrr_dtype dtype);

/* True where only whole numbers from *min to *max can be held; else the two are infinite,
** and NaN can be held too. */
bool lrr_dtype_is_whole(lrr_dtype dtype, double *min, double *max);

/* The i-th number at data. set: x is one that the kind can hold. */
double lrr_dtype_get(lrr_dtype dtype, const void *data, size_t i);
void lrr_dtype_set(lrr_dtype dtype, void *data, size_t i, double x);

#endif
