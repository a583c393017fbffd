/*
** dexp.h -- what dmath.h's exponential is made of, and one for loops: functions to be
** inlined, so that the compiler makes vectors of the loop around them.
*/
#ifndef LRR_BASE_DEXP_H
#define LRR_BASE_DEXP_H

#include <stdint.h>
#include <string.h>

/* 1 / ln 2, and ln 2 in two parts: k times the first is exact for |k| < 2^20. */
#define LRR_LOG2E  1.44269504088896340736
#define LRR_LN2_HI 6.93147180369123816490e-01
#define LRR_LN2_LO 1.90821492927058770002e-10

/* (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2: Taylor's series to exp's r^13. */
static inline double lrr_dexp_series(double r)
{
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    return p * r + 0.5;
}

/*
** exp(-t) for t >= 0, within 2 units in the last place; below 1e-300 it gives about that.
** Free of branches: with lrr_dexp a third of a proposal of the search went here.
*/
static inline double lrr_dexp_minus(double t)
{
    /* Adding it rounds to a whole number, which stands in the low bits. */
    const double shift = 0x1.8p52;
    const double x = t < 690 ? -t : -690;
    const double k = x * LRR_LOG2E + shift, whole = k - shift;
    const double r = (x - whole * LRR_LN2_HI) - whole * LRR_LN2_LO;
    uint64_t bits;
    double scale;
    memcpy(&bits, &k, sizeof bits);
    bits = (bits + 1023) << 52; /* the sign of whole is lost in it, as it should */
    memcpy(&scale, &bits, sizeof scale);
    return ((lrr_dexp_series(r) * r + 1) * r + 1) * scale;
}

#endif
