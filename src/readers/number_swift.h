/* number_swift.h -- short numbers, eight bytes of them at a time. */
#ifndef LRR_READERS_NUMBER_SWIFT_H
#define LRR_READERS_NUMBER_SWIFT_H

#include "readers/number.h"
#include "readers/number_bytes.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

/* 1..8 bytes. */
static inline bool lrr__swift_8(const char *s, size_t n, uint64_t point,
                                uint64_t *digits, size_t *part)
{
    uint64_t v, found;
    memcpy(&v, s, sizeof v);
    v = (v ^ LRR__EACH('0')) << (64 - 8 * n); /* zeros before it */
    found = lrr__zero_byte(v ^ point);
    *part = 0;
    if (found != 0) {
        *part = (size_t)__builtin_clzll(found) / 8;
        v = lrr__without(v, found, 0);
    }
    *digits = lrr__eight(v);
    return n > (found != 0) && lrr__are_digits(v);
}

/* 9..16 bytes. */
static inline bool lrr__swift_16(const char *s, size_t n, uint64_t point,
                                 uint64_t *digits, size_t *part)
{
    uint64_t upper, v, found;
    memcpy(&upper, s, sizeof upper);
    memcpy(&v, s + n - 8, sizeof v);
    upper = (upper ^ LRR__EACH('0')) << (128 - 8 * n);
    v ^= LRR__EACH('0');
    *part = 0;
    if ((found = lrr__zero_byte(v ^ point)) != 0) {
        *part = (size_t)__builtin_clzll(found) / 8;
        v = lrr__without(v, found, upper >> 56);
        upper <<= 8;
    } else if ((found = lrr__zero_byte(upper ^ point)) != 0) {
        *part = 8 + (size_t)__builtin_clzll(found) / 8;
        upper = lrr__without(upper, found, 0);
    }
    *digits = lrr__eight(upper) * 100000000 + lrr__eight(v);
    return lrr__are_digits(v) && lrr__are_digits(upper);
}

/* Eight digits from number k on, of those around a point that is the byte `dot` of s. */
static inline uint64_t lrr__around(const char *s, size_t k, size_t dot)
{
    const size_t before = dot <= k ? 0 : dot - k < 8 ? dot - k : 8;
    const uint64_t below = before == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * before) - 1;
    uint64_t v, w;
    memcpy(&v, s + k, sizeof v);
    memcpy(&w, s + k + 1, sizeof w);
    return ((v & below) | (w & ~below)) ^ LRR__EACH('0');
}

/* 17..24 bytes with a point among the first eight, and at most 19 digits that count. */
static inline bool lrr__swift_24(const char *s, size_t n, uint64_t point,
                                 uint64_t *digits, size_t *part)
{
    uint64_t first, found, upper, middle, lower;
    size_t dot;
    memcpy(&first, s, sizeof first);
    found = lrr__zero_byte(first ^ LRR__EACH('0') ^ point);
    if (found == 0)
        return false;
    dot = (size_t)__builtin_ctzll(found) / 8;
    *part = n - 1 - dot;
    lower = lrr__around(s, n - 9, dot);
    middle = lrr__around(s, n - 17, dot);
    upper = n == 17 ? 0 : lrr__around(s, 0, dot) << (64 - 8 * (n - 17));
    first = lrr__eight(upper);
    *digits = (first * 100000000 + lrr__eight(middle)) * 100000000 + lrr__eight(lower);
    return first < 1000 && lrr__are_digits(lower) && lrr__are_digits(middle) &&
           lrr__are_digits(upper);
}

/* 1 where there is a minus at s, which half of many columns have: compilers, who think that it is rare,
** must not branch on it. */
static inline size_t lrr__is_minus(const char *s)
{
    size_t minus = *s == '-';
    __asm__("" : "+r"(minus));
    return minus;
}

/* digits / 10^part, with its sign; false says nothing. */
static inline bool lrr__number_of(uint64_t digits, size_t part, size_t minus,
                                  double *out)
{
    if (digits <= (uint64_t)1 << 53 && part <= LRR_TEN_MAX) {
        *out = (double)(int64_t)digits / lrr_ten[minus][part];
        return true;
    }
    if (digits == 0 || !lrr_number_scale(digits, -(long)part, out))
        return false;
    *out = minus > 0 ? -*out : *out;
    return true;
}

#endif

/* What lrr_number_parse makes of [-] digits [. digits] of up to 24 bytes besides the sign, with any
** decimal point; false says nothing of s. 8 bytes behind it may be read, too. */
static inline bool lrr_number_swift(const char *s, size_t n, char decimal, double *out)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t point = LRR__EACH((unsigned char)(decimal ^ '0'));
    const size_t minus = lrr__is_minus(s);
    uint64_t digits;
    size_t part;
    s += minus;
    n -= minus; /* of no bytes there are too many now */
    if (n - 1 >= 24 || !(n <= 8    ? lrr__swift_8(s, n, point, &digits, &part)
                         : n <= 16 ? lrr__swift_16(s, n, point, &digits, &part)
                                   : lrr__swift_24(s, n, point, &digits, &part)))
        return false;
    return lrr__number_of(digits, part, minus, out);
#else
    return decimal == '.' && lrr_number_quick(s, n, out);
#endif
}

#endif
