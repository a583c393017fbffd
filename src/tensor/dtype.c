/* dtype.c -- see dtype.h. */
#include "tensor/dtype.h"

#include <math.h>

#include "base/mem.h"

size_t lrr_dtype_size(lrr_dtype dtype)
{
    static const size_t sizes[] = {
#define X(name, type, text, file, min, max) sizeof(type),
        LRR_DTYPE_MAP(X)
#undef X
    };
    return sizes[dtype];
}

size_t lrr_dtype_bytes(lrr_dtype dtype, size_t n)
{
    return lrr_size_mul(n, lrr_dtype_size(dtype));
}

const char *lrr_dtype_name(lrr_dtype dtype)
{
    static const char *const names[] = {
#define X(name, type, text, file, min, max) text,
        LRR_DTYPE_MAP(X)
#undef X
    };
    return names[dtype];
}

const char *lrr_dtype_file_name(lrr_dtype dtype)
{
    static const char *const names[] = {
#define X(name, type, text, file, min, max) file,
        LRR_DTYPE_MAP(X)
#undef X
    };
    return names[dtype];
}

bool lrr_dtype_is_whole(lrr_dtype dtype, double *min, double *max)
{
    static const double ranges[][2] = {
#define X(name, type, text, file, min, max) { min, max },
        LRR_DTYPE_MAP(X)
#undef X
    };
    *min = ranges[dtype][0];
    *max = ranges[dtype][1];
    return isfinite(*min);
}

double lrr_dtype_get(lrr_dtype dtype, const void *data, size_t i)
{
    switch (dtype) {
    case LRR_DTYPE_I32:
        return ((const int32_t *)data)[i];
    case LRR_DTYPE_U8:
        return ((const uint8_t *)data)[i];
    case LRR_DTYPE_REAL:
    case LRR_DTYPE_COUNT:
        break;
    }
    return (double)((const lrr_real *)data)[i];
}

void lrr_dtype_set(lrr_dtype dtype, void *data, size_t i, double x)
{
    switch (dtype) {
    case LRR_DTYPE_I32:
        ((int32_t *)data)[i] = (int32_t)x;
        return;
    case LRR_DTYPE_U8:
        ((uint8_t *)data)[i] = (uint8_t)x;
        return;
    case LRR_DTYPE_REAL:
    case LRR_DTYPE_COUNT:
        break;
    }
    ((lrr_real *)data)[i] = (lrr_real)x;
}
