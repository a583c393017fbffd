/* dmath.c -- see dmath.h. */
#include "base/dmath.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/dexp.h"

double lrr_dsqrt(double x)
{
    return sqrt(x); /* correctly rounded by IEEE 754, one instruction */
}

static double bits_to_double(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static uint64_t double_to_bits(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* x * 2^k for k where a single factor could overflow or underflow on the way. */
static double scale2(double x, int k)
{
    while (k > 1000) {
        x *= 0x1p1000;
        k -= 1000;
    }
    while (k < -1000) {
        x *= 0x1p-1000;
        k += 1000;
    }
    return x * bits_to_double((uint64_t)(k + 1023) << 52);
}

/* exp(r) - 1 for |r| <= ln(2) / 2, below half a unit. */
static double expm1_small(double r)
{
    return r + r * r * lrr_dexp_series(r);
}

double lrr_dexp(double x)
{
    double k, r;
    if (x != x)
        return x;
    if (x > 709.782712893384)
        return HUGE_VAL;
    if (x < -745.2)
        return 0;
    k = floor(x * LRR_LOG2E + 0.5);
    r = (x - k * LRR_LN2_HI) - k * LRR_LN2_LO;
    return scale2(1 + expm1_small(r), (int)k);
}

double lrr_dexpm1(double x)
{
    double y;
    if (x != x)
        return x;
    if (x > -0.34 && x < 0.34)
        return expm1_small(x);
    y = lrr_dexp(x);
    return y - 1;
}

/* log((1 + s) / (1 - s)) = 2 s (1 + s^2/3 + s^4/5 + ...), |s| <= 0.1716 */
static double log_series(double s)
{
    double z = s * s, p = 1.0 / 23;
    for (int d = 21; d >= 3; d -= 2)
        p = p * z + 1.0 / d;
    return 2 * s + 2 * s * (z * p);
}

double lrr_dlog(double x)
{
    uint64_t u;
    int k = 0;
    double m;
    if (x != x || x < 0)
        return (double)NAN;
    if (x == 0)
        return -HUGE_VAL;
    if (x == HUGE_VAL)
        return x;
    if (x < 0x1p-1000) {
        x *= 0x1p200;
        k = -200;
    }
    u = double_to_bits(x);
    k += (int)(u >> 52) - 1023;
    m = bits_to_double((u & 0xfffffffffffffU) | 0x3ff0000000000000U);
    if (m > 1.41421356237309515) {
        m /= 2;
        k++;
    }
    return k * LRR_LN2_HI + (log_series((m - 1) / (m + 1)) + k * LRR_LN2_LO);
}

double lrr_dlog1p(double x)
{
    if (x > -0.25 && x < 0.25)
        return log_series(x / (2 + x));
    return lrr_dlog(1 + x);
}

/* cos(a) for 0 <= a <= pi/4 and sin(a) likewise, by Taylor's series. */
static double cos_small(double a)
{
    double z = a * a, p = 1;
    for (int d = 18; d >= 2; d -= 2)
        p = 1 - p * z / (d * (d - 1));
    return p;
}

static double sin_small(double a)
{
    double z = a * a, p = 1;
    for (int d = 19; d >= 3; d -= 2)
        p = 1 - p * z / (d * (d - 1));
    return a * p;
}

double lrr_dcos2pi(double v)
{
    const double two_pi = 6.28318530717958647693;
    double w = fabs(v - floor(v + 0.5)); /* in [0, 1/2], cos is even */
    int flip = w > 0.25;
    double c;
    if (v != v || v - v != 0)
        return (double)NAN;
    if (flip)
        w = 0.5 - w; /* cos(pi - a) = -cos(a) */
    c = w <= 0.125 ? cos_small(two_pi * w) : sin_small(two_pi * (0.25 - w));
    return flip ? -c : c;
}

static double pow_whole(double base, uint64_t n)
{
    double y = 1;
    for (; n != 0; n >>= 1) {
        if (n & 1)
            y *= base;
        base *= base;
    }
    return y;
}

double lrr_dpow(double base, double exponent)
{
    if (exponent == 0.5)
        return lrr_dsqrt(base);
    if (exponent == floor(exponent) && fabs(exponent) <= 0x1p40) {
        /* Squaring keeps small powers exact; long ones drift by log2(n) roundings. */
        double y = pow_whole(base, (uint64_t)fabs(exponent));
        return exponent < 0 ? 1 / y : y;
    }
    if (base == 0)
        return exponent > 0 ? 0 : HUGE_VAL;
    return lrr_dexp(exponent * lrr_dlog(base));
}

double lrr_dtanh(double x)
{
    double e;
    if (x != x)
        return x;
    if (x > 20)
        return 1;
    if (x < -20)
        return -1;
    e = lrr_dexpm1(2 * x);
    return e / (e + 2);
}

/* erf(x) = 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)), all terms of
** one sign (Abramowitz and Stegun 7.1.6); 60 terms reach below half a unit at 3. */
static double erf_series(double x)
{
    double z = x * x, term = x, sum = x;
    for (int n = 1; n <= 60; n++) {
        term *= 2 * z / (2 * n + 1);
        sum += term;
    }
    return 1.12837916709551257390 * lrr_dexp(-z) * sum;
}

/* erfc(x) by its continued fraction (7.1.14), x >= 3, from the far end. */
static double erfc_fraction(double x)
{
    double f = x;
    for (int n = 60; n >= 1; n--)
        f = x + n / 2.0 / f;
    return 0.56418958354775628695 * lrr_dexp(-x * x) / f;
}

double lrr_derf(double x)
{
    double a = fabs(x);
    if (x != x)
        return x;
    if (a < 3)
        return erf_series(x);
    return copysign(a > 6 ? 1 : 1 - erfc_fraction(a), x);
}
