/* number.h -- decimal numbers as text, whatever the locale. */
#ifndef LRR_READERS_NUMBER_H
#define LRR_READERS_NUMBER_H

#include <stddef.h>

typedef enum lrr_number {
    LRR_NUMBER_NOT,      /* not a number */
    LRR_NUMBER_FINITE,   /* *out is set, correctly rounded */
    LRR_NUMBER_NONFINITE /* nan, inf, infinity, or too large for a double */
} lrr_number;

/* s (n bytes, no NUL needed), blanks around it allowed: [+-] digits [. digits] [e [+-]
** digits]. No hexadecimal, no thousands separators. */
lrr_number lrr_number_parse(const char *s, size_t n, double *out);

#endif
