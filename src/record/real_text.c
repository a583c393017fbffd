/* real_text.c -- see real_text.h. */
#include "record/real_text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t lrr_double_text(double x, char out[LRR_REAL_TEXT])
{
    char text[LRR_REAL_TEXT];
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    memcpy(out, text, (size_t)n);
    return (size_t)n;
}

#ifndef LRR_F64

enum { DIGITS_MIN = 6, DIGITS_MAX = 9, POWERS = 23 };

/* Powers of ten that a double holds. */
static const double power_of_ten[POWERS] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,
                                             1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                             1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
                                             1e18, 1e19, 1e20, 1e21, 1e22 };

/* e with 10^e <= x < 10^(e + 1), for x in [1e-13, 1e9). */
static int exponent_of(double x)
{
    int e = 0;
    if (x >= 1) {
        while (x >= power_of_ten[e + 1])
            e++;
        return e;
    }
    while (x * power_of_ten[-e] < 1)
        e--;
    return e;
}

/* The digits of whole (n of them, of a number with this exponent) as text: "0.0012", "120", or
** "1.2e-07" below 1e-5. */
static size_t put_digits(uint64_t whole, int n, int e, char *out)
{
    char digit[24];
    char *at = out;
    int zeros = 0;
    for (int i = n; i-- > 0; whole /= 10)
        digit[i] = (char)('0' + whole % 10);
    while (n > 1 && digit[n - 1] == '0')
        n--;
    if (e >= -5 && e < 0) {
        *at++ = '0';
        *at++ = '.';
        for (zeros = -1 - e; zeros > 0; zeros--)
            *at++ = '0';
        memcpy(at, digit, (size_t)n);
        return (size_t)(at + n - out);
    }
    for (int i = 0; i < n; i++) {
        if (i == (e < 0 ? 1 : e + 1))
            *at++ = '.';
        *at++ = digit[i];
    }
    for (int i = n; e >= 0 && i <= e; i++)
        *at++ = '0';
    if (e < 0)
        at += snprintf(at, 8, "e-%02d", -e);
    return (size_t)(at - out);
}

/* As the C library prints it: for what powers of ten in a double do not reach. */
static size_t printed(float v, char *out)
{
    char text[LRR_REAL_TEXT];
    int n = 0;
    for (int digits = DIGITS_MIN; digits <= DIGITS_MAX; digits++) {
        n = snprintf(text, sizeof text, "%.*g", digits, (double)v);
        if (strtof(text, NULL) == v)
            break;
    }
    memcpy(out, text, (size_t)n);
    return (size_t)n;
}

size_t lrr_real_text(lrr_real x, char out[LRR_REAL_TEXT])
{
    const double v = fabs((double)x);
    size_t sign = 0;
    int e;
    if (x == 0) {
        *out = '0';
        return 1;
    }
    if (x < 0)
        out[sign++] = '-';
    if (!(v >= 1e-13 && v < 1e9))
        return sign + printed((float)v, out + sign);
    e = exponent_of(v);
    for (int n = DIGITS_MIN;; n++) {
        const int power = n - 1 - e; /* 10^power * v has n digits; up to 21 */
        const double scaled =
            power >= 0 ? v * power_of_ten[power] : v / power_of_ten[-power];
        uint64_t whole = (uint64_t)(scaled + 0.5);
        int digits = n, exponent = e;
        const double back = power >= 0 ? (double)whole / power_of_ten[power]
                                       : (double)whole * power_of_ten[-power];
        if (n < DIGITS_MAX && (float)back != (float)v)
            continue;
        if ((double)whole >= power_of_ten[n]) { /* 9.99... became 10 */
            digits++;
            exponent++;
        }
        return sign + put_digits(whole, digits, exponent, out + sign);
    }
}

#else

size_t lrr_real_text(lrr_real x, char out[LRR_REAL_TEXT])
{
    return lrr_double_text(x, out);
}

#endif
