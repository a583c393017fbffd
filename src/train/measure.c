/* measure.c -- see measure.h. */
#include "train/measure.h"

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
