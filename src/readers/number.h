/* number.h -- decimal numbers as text, whatever the locale. */
#ifndef LRR_READERS_NUMBER_H
#define LRR_READERS_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum lrr_number {
    LRR_NUMBER_NOT,      /* not a number */
    LRR_NUMBER_FINITE,   /* *out is set, correctly rounded */
    LRR_NUMBER_NONFINITE /* nan, inf, infinity, or too large for a double */
} lrr_number;

/* s (n bytes, no NUL needed), blanks around it allowed: [+-] digits [. digits] [e [+-]
** digits]. No hexadecimal, no thousands separators. */
lrr_number lrr_number_parse(const char *s, size_t n, double *out);

/* The powers of ten that a double holds exactly. */
enum { LRR_TEN_MAX = 22 };
extern const double lrr_ten[LRR_TEN_MAX + 1];

/* The same for what most fields are, [-] digits [. digits] of at most 18 bytes and up to 2^53
** without its point; false says nothing of s. Digits and power are exact and their quotient is
** rounded once. Source: W. D. Clinger, "How to Read Floating Point Numbers Accurately", PLDI
** 1990. */
static inline bool lrr_number_quick(const char *s, size_t n, double *out)
{
    const size_t minus = n > 0 && *s == '-';
    uint64_t digits = 0;
    size_t i = minus, point = 0;
    unsigned d;
    double v;
    if (n > 18)
        return false;
    for (; i < n && (d = (unsigned)(unsigned char)s[i] - '0') <= 9; i++)
        digits = digits * 10 + d;
    if (i < n && s[i] == '.') {
        point = ++i;
        for (; i < n && (d = (unsigned)(unsigned char)s[i] - '0') <= 9; i++)
            digits = digits * 10 + d;
    }
    if (i < n || n - minus <= (point > 0) || digits > (uint64_t)1 << 53)
        return false;
    v = (double)digits / lrr_ten[point > 0 ? n - point : 0];
    *out = minus ? -v : v;
    return true;
}

#endif
