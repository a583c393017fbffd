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
