/* number.c -- see number.h. */
#define _GNU_SOURCE /* strtod_l */
#include "readers/number.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "readers/number_bytes.h"

/* Longest number that is handed to strtod, more digits than any double needs; how many digits 64
** bits hold, and how many of an exponent are looked at. */
enum { TEXT_MAX = 1100, DIGITS_MAX = 19, EXPONENT_MAX = 4 };

__extension__ typedef unsigned __int128 wide;

const double lrr_ten[2][LRR_TEN_MAX + 1] = {
    { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 },
    { -1e0,  -1e1,  -1e2,  -1e3,  -1e4,  -1e5,  -1e6,  -1e7,
      -1e8,  -1e9,  -1e10, -1e11, -1e12, -1e13, -1e14, -1e15,
      -1e16, -1e17, -1e18, -1e19, -1e20, -1e21, -1e22 },
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether n bytes are a number, of any length. */
static bool is_number(const char *s, size_t n)
{
    const char *end = s + n, *start, *dot;
    if (s < end && (*s == '+' || *s == '-'))
        s++;
    start = s;
    while (s < end && is_digit(*s))
        s++;
    dot = s;
    if (s < end && *s == '.')
        for (s++; s < end && is_digit(*s);)
            s++;
    if (s - start - (s > dot) < 1)
        return false;
    if (s == end || (*s != 'e' && *s != 'E'))
        return s == end;
    s++;
    if (s < end && (*s == '+' || *s == '-'))
        s++;
    if (s == end)
        return false;
    while (s < end && is_digit(*s))
        s++;
    return s == end;
}

/* Adds the digits at s to *v, eight at a time while there are as many; where they end. */
static const char *take_digits(const char *s, const char *end, uint64_t *v)
{
    uint64_t eight;
    for (; end - s >= 8; s += 8) {
        if (!lrr_eight_digits(s, &eight))
            break;
        *v = *v * 100000000 + eight;
    }
    for (; s < end && is_digit(*s); s++)
        *v = *v * 10 + (uint64_t)(*s - '0');
    return s;
}

/* Digits at s but for zeros before them and the point, which is at dot if it is not at the end. */
static size_t significant(const char *s, const char *dot, const char *end)
{
    const char *first = s;
    while (first < end && (*first == '0' || first == dot))
        first++;
    return (size_t)(end - first) - (first <= dot && dot < end);
}

static bool take_exponent(const char *s, const char *end, long *power)
{
    const bool minus = end - s > 1 && s[1] == '-';
    const char *digits = s + 1 + (end - s > 1 && (s[1] == '+' || s[1] == '-'));
    long e = 0;
    if ((*s != 'e' && *s != 'E') || digits >= end || end - digits > EXPONENT_MAX)
        return false;
    for (s = digits; s < end && is_digit(*s); s++)
        e = e * 10 + (*s - '0');
    *power += minus ? -e : e;
    return s == end;
}

bool lrr_number_scale(uint64_t digits, long power, double *out)
{
    /* The upper bits of the digits times those of 5^q decide. */
    const uint64_t *five = lrr_fives[power + LRR_FIVES_MAX];
    const int zeros = __builtin_clzll(digits);
    const int exponent = (int)((217706 * power) >> 16) + 63;
    wide product = (wide)(digits << zeros) * five[0];
    uint64_t bits, upper, lower;
    int top, binary;
    if (((uint64_t)(product >> 64) & 0x1ff) == 0x1ff)
        product += (wide)(digits << zeros) * five[1] >> 64;
    upper = (uint64_t)(product >> 64);
    lower = (uint64_t)product;
    if (lower == UINT64_MAX && (power < -27 || power > 55))
        return false;
    top = (int)(upper >> 63);
    bits = upper >> (top + 9); /* 54 of them, the last to be rounded off */
    binary = exponent + top - zeros + 1023;
    if (lower <= 1 && power >= -4 && power <= 23 && (bits & 3) == 1 &&
        bits << (top + 9) == upper)
        bits &= ~(uint64_t)1; /* half way, and even as it is */
    bits = (bits + (bits & 1)) >> 1;
    if (bits >> 53 != 0) {
        bits >>= 1;
        binary++;
    }
    bits = (bits & ~((uint64_t)1 << 52)) | (uint64_t)binary << 52;
    memcpy(out, &bits, sizeof *out);
    return true;
}

bool lrr_number_long(const char *s, size_t n, char decimal, double *out)
{
    const char *end = s + n, *start, *dot, *last;
    const bool minus = n > 0 && *s == '-';
    uint64_t w = 0;
    long power = 0;
    s += minus || (n > 0 && *s == '+');
    start = s;
    dot = last = take_digits(s, end, &w);
    if (dot < end && *dot == decimal) {
        last = take_digits(dot + 1, end, &w);
        power = -(long)(last - dot - 1);
    }
    if (last - start - (last > dot) < 1 ||
        (last - start > DIGITS_MAX && significant(start, dot, last) > DIGITS_MAX) ||
        (last < end && !take_exponent(last, end, &power)))
        return false;
    *out = 0;
    if (w != 0 && (power < -LRR_FIVES_MAX || power > LRR_FIVES_MAX ||
                   !lrr_number_scale(w, power, out)))
        return false;
    if (minus)
        *out = -*out;
    return true;
}

static double by_strtod(const char *s, size_t n)
{
    static locale_t c_locale; /* made once; the same for every thread that races */
    char text[TEXT_MAX + 1];
    if (c_locale == (locale_t)0)
        c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    memcpy(text, s, n);
    text[n] = '\0';
    return strtod_l(text, NULL, c_locale);
}

static bool word_is(const char *s, size_t n, const char *word)
{
    return n == strlen(word) && strncasecmp(s, word, n) == 0;
}

lrr_number lrr_number_parse(const char *s, size_t n, double *out)
{
    size_t sign;
    double v;
    while (n > 0 && (*s == ' ' || *s == '\t')) {
        s++;
        n--;
    }
    while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    if (lrr_number_quick(s, n, out) || lrr_number_long(s, n, '.', out))
        return LRR_NUMBER_FINITE;
    if (n > TEXT_MAX || !is_number(s, n)) {
        sign = n > 0 && (*s == '+' || *s == '-');
        return word_is(s + sign, n - sign, "nan") ||
                       word_is(s + sign, n - sign, "inf") ||
                       word_is(s + sign, n - sign, "infinity")
                   ? LRR_NUMBER_NONFINITE
                   : LRR_NUMBER_NOT;
    }
    v = by_strtod(s, n);
    if (!isfinite(v))
        return LRR_NUMBER_NONFINITE;
    *out = v;
    return LRR_NUMBER_FINITE;
}
