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

/* The powers of ten that a double holds exactly, and less than 0 besides. */
enum { LRR_TEN_MAX = 22 };
extern const double lrr_ten[2][LRR_TEN_MAX + 1];

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
    *out = (double)digits / lrr_ten[minus][point > 0 ? n - point : 0];
    return true;
}

/* First 128 bits of powers of five, from -LRR_FIVES_MAX on (number_fives.c). */
enum { LRR_FIVES_MAX = 64 };
extern const uint64_t lrr_fives[2 * LRR_FIVES_MAX + 1][2];

/* digits (not 0) * 10^power, rounded once; power from -LRR_FIVES_MAX to LRR_FIVES_MAX. false:
** that is not known without more digits of a power of five. Source: D. Lemire, "Number Parsing at
** a Gigabyte per Second", Software: Practice and Experience 51 (2021), algorithm 1, and N.
** Mushtak and D. Lemire, "Fast Number Parsing Without Fallback" (2023). */
bool lrr_number_scale(uint64_t digits, long power, double *out);

/* What lrr_number_parse makes of numbers without blanks around them of up to 19 digits (besides zeros
** before them) and of a power of ten up to LRR_FIVES_MAX, with any decimal point; false says
** nothing of s. */
bool lrr_number_long(const char *s, size_t n, char decimal, double *out);

#endif
