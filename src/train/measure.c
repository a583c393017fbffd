/* measure.c -- see measure.h. */
#include "train/measure.h"

#include <math.h>

size_t lrr_measure_largest(const lrr_real *x, size_t n, size_t k, size_t *order)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t place = count;
        while (place > 0 && x[order[place - 1]] < x[i])
            place--;
        if (place == k)
            continue;
        count += count < k;
        for (size_t p = count - 1; p > place; p--)
            order[p] = order[p - 1];
        order[place] = i;
    }
    return count;
}

double lrr_measure_size(const lrr_real *x, const lrr_real *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += fabs((double)x[i] - (y != NULL ? (double)y[i] : 0));
    return sum / (double)n;
}

static void gauge(lrr_spread *s, const lrr_real *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double v = (double)x[i];
        if (!isfinite(v))
            continue;
        s->min = s->n == 0 || v < s->min ? v : s->min;
        s->max = s->n == 0 || v > s->max ? v : s->max;
        s->sum += v;
        s->squares += v * v;
        s->n++;
    }
}

lrr_spread lrr_measure_spread(const lrr_real *x, size_t n, double *count, size_t bins)
{
    lrr_spread s = { 0 };
    gauge(&s, x, n);
    for (size_t b = 0; b < bins; b++)
        count[b] = 0;
    const double width = (s.max - s.min) / (double)bins;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite((double)x[i]))
            continue;
        const double at = width > 0 ? ((double)x[i] - s.min) / width : 0;
        count[at < (double)bins ? (size_t)at : bins - 1]++;
    }
    return s;
}
