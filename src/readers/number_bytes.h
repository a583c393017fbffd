/*
** number_bytes.h -- eight digits of a number as a word.
**
** Source: L. Lamport, "Multiple byte processing with full-word instructions", CACM 18 (1975).
*/
#ifndef LRR_READERS_NUMBER_BYTES_H
#define LRR_READERS_NUMBER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

/* Eight bytes of text, the first of which is the lowest one, less '0' each. */
#define LRR__EACH(byte) (0x0101010101010101 * (uint64_t)(byte))

/* The top bit of the first byte of v that is 0; others may be set behind it. */
static inline uint64_t lrr__zero_byte(uint64_t v)
{
    const uint64_t found = (v - LRR__EACH(1)) & ~v & LRR__EACH(0x80);
    return found & (0 - found);
}

/* Takes the byte with the top bit `found` out of v: what is before it moves into its place, and
** `before` into the first one. */
static inline uint64_t lrr__without(uint64_t v, uint64_t found, uint64_t before)
{
    const uint64_t below = (found >> 7) - 1;
    return (v & below) << 8 | before | (v & ~(below << 8 | 0xff));
}

static inline bool lrr__are_digits(uint64_t v)
{
    return ((v | (v + LRR__EACH(0x76))) & LRR__EACH(0x80)) == 0;
}

/* Eight digits as a number. Source: D. Lemire, "Quickly parsing eight digits", 2018. */
static inline uint64_t lrr__eight(uint64_t v)
{
    v = v * 10 + (v >> 8);
    return ((v & 0x000000ff000000ff) * 0x000f424000000064 +
            ((v >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
           32;
}

#endif

/* Eight bytes at s as a number; false: one of them is no digit. */
static inline bool lrr_eight_digits(const char *s, uint64_t *out)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t v;
    memcpy(&v, s, sizeof v);
    v ^= LRR__EACH('0');
    *out = lrr__eight(v);
    return lrr__are_digits(v);
#else
    *out = 0;
    for (int i = 0; i < 8; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(s[i] - '0');
    }
    return true;
#endif
}

#endif
