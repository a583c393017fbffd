/* base64.c -- see base64.h. */
#include "record/base64.h"

#include <stdint.h>
#include <string.h>

static const char DIGITS[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t lrr_base64_size(size_t n)
{
    return (n + 2) / 3 * 4;
}

void lrr_base64_encode(const void *data, size_t n, char *out)
{
    const unsigned char *in = data;
    for (size_t i = 0; i < n; i += 3) {
        const size_t left = n - i;
        const uint32_t bits = (uint32_t)in[i] << 16 |
                              (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                              (left > 2 ? (uint32_t)in[i + 2] : 0);
        *out++ = DIGITS[bits >> 18];
        *out++ = DIGITS[bits >> 12 & 63];
        *out++ = left > 1 ? DIGITS[bits >> 6 & 63] : '=';
        *out++ = left > 2 ? DIGITS[bits & 63] : '=';
    }
}

/* 0..63, or -1. */
static int digit_of(char c)
{
    const char *at = c == '\0' ? NULL : strchr(DIGITS, c);
    return at == NULL ? -1 : (int)(at - DIGITS);
}

bool lrr_base64_decode(const char *text, size_t n, unsigned char *out, size_t *size)
{
    uint32_t bits = 0;
    size_t count = 0, padding = 0;

    *size = 0;
    for (size_t i = 0; i < n; i++) {
        const int d = digit_of(text[i]);
        if (text[i] == '\n' || text[i] == '\r')
            continue;
        if (text[i] == '=' ? ++padding > 2 : d < 0 || padding > 0)
            return false;
        bits = bits << 6 | (uint32_t)(d < 0 ? 0 : d);
        if (++count % 4 != 0)
            continue;
        out[(*size)++] = (unsigned char)(bits >> 16);
        out[(*size)++] = (unsigned char)(bits >> 8);
        out[(*size)++] = (unsigned char)bits;
        bits = 0;
    }
    *size -= padding;
    return count % 4 == 0;
}
