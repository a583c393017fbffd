/* payload.c -- see payload.h. */
#include "record/payload.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "files are little-endian and copied as they stand in memory"
#endif

enum { PART = 4096 }; /* elements converted at a time */

const char *lrr_payload_type(const lrr_tensor *t)
{
    return lrr_dtype_file_name(t->dtype);
}

lrr_status lrr_payload_write(lrr_outfile *o, const lrr_tensor *t, lrr_error *err)
{
    return lrr_outfile_write(o, t->data, lrr_tensor_bytes(t), err);
}

static float from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* IEEE 754 binary16 to binary32, exactly. */
static float from_half(uint16_t h)
{
    uint32_t sign = (uint32_t)(h >> 15) << 31;
    uint32_t power = (h >> 10) & 31, part = h & 1023;
    if (power == 31)
        return from_bits(sign | 0x7f800000 | part << 13);
    if (power == 0)
        return (sign != 0 ? -0x1p-24f : 0x1p-24f) * (float)part;
    return from_bits(sign | (power + 112) << 23 | part << 13);
}

static void convert(const char *type, const void *raw, lrr_real *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t h;
        float f;
        double d;
        if (type[0] == 'B') {
            memcpy(&h, (const char *)raw + 2 * i, sizeof h);
            x[i] = (lrr_real)from_bits((uint32_t)h << 16);
        } else if (type[1] == '1') {
            memcpy(&h, (const char *)raw + 2 * i, sizeof h);
            x[i] = (lrr_real)from_half(h);
        } else if (type[1] == '3') {
            memcpy(&f, (const char *)raw + 4 * i, sizeof f);
            x[i] = (lrr_real)f;
        } else {
            memcpy(&d, (const char *)raw + 8 * i, sizeof d);
            x[i] = (lrr_real)d;
        }
    }
}

/* Bytes of a float type, 0 for any other. */
static size_t float_size(const char *type)
{
    if (strcmp(type, "F32") == 0)
        return 4;
    if (strcmp(type, "F64") == 0)
        return 8;
    return strcmp(type, "F16") == 0 || strcmp(type, "BF16") == 0 ? 2 : 0;
}

lrr_status lrr_payload_read(lrr_infile *f, uint64_t at, const char *type, lrr_tensor *t,
                            lrr_error *err)
{
    char raw[PART * 8];
    size_t size = float_size(type);

    if (strcmp(type, lrr_payload_type(t)) == 0)
        return lrr_infile_read(f, at, t->data, lrr_tensor_bytes(t), err);
    if (t->dtype != LRR_DTYPE_REAL || size == 0)
        return lrr_fail(
            err, LRR_EFORMAT, "numbers of type %.8s do not go into a %s tensor%s", type,
            lrr_dtype_name(t->dtype),
            t->dtype == LRR_DTYPE_REAL ? ", want F16, BF16, F32 or F64" : "");
    for (size_t i = 0; i < t->n; i += PART) {
        size_t n = t->n - i < PART ? t->n - i : PART;
        lrr_status st = lrr_infile_read(f, at + i * size, raw, n * size, err);
        if (st != LRR_OK)
            return st;
        convert(type, raw, lrr_tensor_real(t) + i, n);
    }
    return LRR_OK;
}
