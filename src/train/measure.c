/* measure.c -- see measure.h. */
#include "train/measure.h"

#include <math.h>

/* The first of the largest of x; n where nothing is above -infinity. */
static size_t answer(const lrr_real *x, size_t n)
{
    lrr_real largest = (lrr_real)-INFINITY;
    size_t at = n;
    for (size_t i = 0; i < n; i++) {
        if (x[i] > largest) {
            largest = x[i];
            at = i;
        }
    }
    return at;
}

lrr_status lrr_measure_classes(lrr_class_count *count, size_t classes,
                               const lrr_real *x, const int32_t *y, size_t n,
                               lrr_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (y[i] < 0 || (size_t)y[i] >= classes)
            return lrr_fail(err, LRR_EINVAL, "target %zu is class %d of %zu", i + 1,
                            (int)y[i], classes);
    for (size_t i = 0; i < n; i++) {
        count[y[i]].n++;
        count[y[i]].right += answer(x + i * classes, classes) == (size_t)y[i];
    }
    return LRR_OK;
}

void lrr_measure_errors(lrr_error_sums *sums, const lrr_real *x, const lrr_real *y,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double want = (double)y[i], off = (double)x[i] - want;
        const double delta = want - sums->mean;
        sums->absolute += fabs(off);
        sums->squared += off * off;
        sums->n++;
        sums->mean += delta / sums->n;
        sums->spread += delta * (want - sums->mean);
    }
}

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
