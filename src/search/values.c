/* values.c -- see values.h. */
#include "search/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/dmath.h"

/* Powers tried; 1 leaves values as they are, lower ones pull in high values. */
#define LAMBDA_MIN   (-2.0)
#define LAMBDA_MAX   2.0
#define LAMBDA_STEPS 40

#define CAP 5.0

int lrr_scored_order(const void *pa, const void *pb)
{
    const lrr_scored *a = pa, *b = pb;
    if (a->score != b->score)
        return a->score < b->score ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static int by_value(const void *pa, const void *pb)
{
    const double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

/* Distances from the median in units of the largest, so that no square overflows. */
static void scale(double *y, size_t n, double *sorted)
{
    double largest = 0, cap, median;
    memcpy(sorted, y, n * sizeof *y);
    qsort(sorted, n, sizeof *sorted, by_value);
    median = sorted[n / 2];
    for (size_t i = 0; i < n; i++) {
        y[i] = y[i] / 2 - median / 2;
        largest = fabs(y[i]) > largest ? fabs(y[i]) : largest;
    }
    if (largest == 0)
        return;
    for (size_t i = 0; i < n; i++)
        y[i] /= largest;
    cap = CAP * (median / 2 - sorted[0] / 2) / largest;
    if (cap > 0)
        for (size_t i = 0; i < n; i++)
            y[i] = y[i] > cap ? cap : y[i];
}

static void standardise(double *y, size_t n)
{
    double mean = 0, var = 0;
    for (size_t i = 0; i < n; i++)
        mean += y[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++)
        var += (y[i] - mean) * (y[i] - mean);
    var = lrr_dsqrt(var / (double)n);
    for (size_t i = 0; i < n; i++)
        y[i] = var > 0 ? (y[i] - mean) / var : 0;
}

static double power(double y, double lambda)
{
    const double t = y >= 0 ? lambda : 2 - lambda;
    const double a = lrr_dlog1p(fabs(y));
    const double z = fabs(t) < 1e-9 ? a : lrr_dexpm1(t * a) / t;
    return y >= 0 ? z : -z;
}

/* Log likelihood of normal values after the power, but for a constant. */
static double likelihood(const double *y, size_t n, double lambda)
{
    double mean = 0, var = 0, jacobian = 0;
    for (size_t i = 0; i < n; i++)
        mean += power(y[i], lambda);
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) {
        const double t = power(y[i], lambda) - mean, a = lrr_dlog1p(fabs(y[i]));
        var += t * t;
        jacobian += (lambda - 1) * (y[i] >= 0 ? a : -a);
    }
    return jacobian - 0.5 * (double)n * lrr_dlog(var / (double)n + 1e-12);
}

void lrr_values_transform(double *y, size_t n, double *sorted)
{
    double best = -HUGE_VAL, at = 1;
    scale(y, n, sorted);
    standardise(y, n);
    for (int i = 0; i <= LAMBDA_STEPS; i++) {
        const double lambda = LAMBDA_MIN + (LAMBDA_MAX - LAMBDA_MIN) * i / LAMBDA_STEPS;
        const double fit = likelihood(y, n, lambda);
        if (fit > best) {
            best = fit;
            at = lambda;
        }
    }
    for (size_t i = 0; i < n; i++)
        y[i] = power(y[i], at);
    standardise(y, n);
}

size_t lrr_values_thin(const double *y, size_t n, size_t most, lrr_scored *scratch,
                       size_t *pick)
{
    size_t kept = 0, carry = 0;
    const size_t lower = most / 2, left = n - lower, want = most - lower;
    if (n <= most) {
        for (size_t i = 0; i < n; i++)
            pick[i] = i;
        return n;
    }
    for (size_t i = 0; i < n; i++)
        scratch[i] = (lrr_scored){ y[i], i };
    qsort(scratch, n, sizeof *scratch, lrr_scored_order);
    for (size_t i = 0; i < n; i++) {
        if (i >= lower) {
            carry += want; /* want of every `left` are taken */
            if (carry < left)
                continue;
            carry -= left;
        }
        pick[kept++] = scratch[i].index;
    }
    return kept;
}
