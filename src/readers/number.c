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

/* Longest number that is handed to strtod, more digits than any double needs; how many digits 64
** bits hold, and powers of five. */
enum { TEXT_MAX = 1100, DIGITS_MAX = 19, FIVE_MAX = 27 };

__extension__ typedef unsigned __int128 wide;

const double lrr_ten[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                           1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                           1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The parts of a number: its digits as far as 64 bits hold them, and a power of ten. */
typedef struct parts {
    uint64_t mantissa;
    int digits; /* significant ones */
    long power;
} parts;

static const char *scan_digits(const char *s, const char *end, parts *p, bool fraction)
{
    for (; s < end && is_digit(*s); s++) {
        if (p->digits < DIGITS_MAX) {
            p->mantissa = p->mantissa * 10 + (uint64_t)(*s - '0');
            p->digits += p->mantissa != 0;
            p->power -= fraction;
        } else {
            p->digits++;
            p->power += !fraction;
        }
    }
    return s;
}

static bool scan(const char *s, const char *end, parts *p)
{
    const char *start, *dot;
    long e = 0;
    bool minus;
    if (s < end && (*s == '+' || *s == '-'))
        s++;
    start = s;
    s = scan_digits(s, end, p, false);
    dot = s;
    if (s < end && *s == '.')
        s = scan_digits(s + 1, end, p, true);
    if (s - start - (s > dot) < 1)
        return false;
    if (s == end || (*s != 'e' && *s != 'E'))
        return s == end;
    s++;
    minus = s < end && *s == '-';
    if (s < end && (*s == '+' || *s == '-'))
        s++;
    if (s == end)
        return false;
    for (; s < end && is_digit(*s); s++)
        e = e < 100000 ? e * 10 + (*s - '0') : e;
    p->power += minus ? -e : e;
    return s == end;
}

/* 5^k, which 64 bits hold. */
static uint64_t power_of_five(long k)
{
    uint64_t power = 1;
    for (uint64_t base = 5; k > 0; k >>= 1, base *= base)
        power *= k & 1 ? base : 1;
    return power;
}

/* mantissa (not 0) * 10^power, power in -FIVE_MAX..FIVE_MAX: the first 63 bits or more, with the
** last one set where others follow, so that the one rounding to 53 knows of them. Source: W. D.
** Clinger, PLDI 1990, AlgorithmM, whose integers are large ones. */
static double by_integers(uint64_t mantissa, long power)
{
    const uint64_t five = power_of_five(labs(power));
    const int a = __builtin_clzll(mantissa), b = __builtin_clzll(five);
    int two = (int)power;
    uint64_t bits, rest;
    if (power < 0) {
        const wide upper = (wide)(mantissa << a) << 63;
        const uint64_t lower = five << b;
        bits = (uint64_t)(upper / lower);
        rest = (uint64_t)(upper - (wide)bits * lower);
        two += b - a - 63;
    } else {
        const wide product = (wide)(mantissa << a) * (five << b); /* from 2^126 on */
        bits = (uint64_t)(product >> 63 >> (product >> 127));
        rest = (uint64_t)product << (product >> 127 ? 0 : 1);
        two += 63 + (int)(product >> 127) - a - b;
    }
    return ldexp((double)(bits | (rest != 0)), two);
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
    parts p = { 0 };
    size_t sign;
    double v;
    while (n > 0 && (*s == ' ' || *s == '\t')) {
        s++;
        n--;
    }
    while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    if (lrr_number_quick(s, n, out))
        return LRR_NUMBER_FINITE;
    if (n > TEXT_MAX || !scan(s, s + n, &p)) {
        sign = n > 0 && (*s == '+' || *s == '-');
        return word_is(s + sign, n - sign, "nan") ||
                       word_is(s + sign, n - sign, "inf") ||
                       word_is(s + sign, n - sign, "infinity")
                   ? LRR_NUMBER_NONFINITE
                   : LRR_NUMBER_NOT;
    }
    if (p.digits <= DIGITS_MAX && labs(p.power) <= FIVE_MAX) {
        v = p.mantissa == 0 ? 0 : by_integers(p.mantissa, p.power);
        *out = *s == '-' ? -v : v;
        return LRR_NUMBER_FINITE;
    }
    v = by_strtod(s, n);
    if (!isfinite(v))
        return LRR_NUMBER_NONFINITE;
    *out = v;
    return LRR_NUMBER_FINITE;
}
