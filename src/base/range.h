/*
** range.h -- the values that a number may have. A table that lists numbers (hyperparameters,
** limits, attributes) holds the range of each; whoever checks one asks here, and Lua's
** rules are made from the same rows (bind/bind.h).
*/
#ifndef LRR_BASE_RANGE_H
#define LRR_BASE_RANGE_H

#include <math.h>
#include <stdbool.h>

#include "base/error.h"

typedef struct lrr_range {
    double low, high;
    bool above, below; /* low, high themselves are left out */
} lrr_range;

/* Initialisers: [a, inf)  (a, inf)  [a, b)  (a, b)  [a, b]  (a, b] */
/* clang-format off */
#define LRR_FROM(a)           { (a), HUGE_VAL, false, true }
#define LRR_ABOVE(a)          { (a), HUGE_VAL, true, true }
#define LRR_FROM_BELOW(a, b)  { (a), (b), false, true }
#define LRR_ABOVE_BELOW(a, b) { (a), (b), true, true }
#define LRR_FROM_TO(a, b)     { (a), (b), false, false }
#define LRR_ABOVE_TO(a, b)    { (a), (b), true, false }
#define LRR_FINITE            { -HUGE_VAL, HUGE_VAL, true, true }
/* clang-format on */

/* Never true for NaN or an infinity. */
static inline bool lrr_range_has(const lrr_range *r, double x)
{
    return isfinite(x) && (r->above ? x > r->low : x >= r->low) &&
           (r->below ? x < r->high : x <= r->high);
}

/* EINVAL, "dropout: rate is 1, want 0 <= rate < 1". */
lrr_status lrr_range_fail(const lrr_range *r, const char *who, const char *name,
                          double x, lrr_error *err);

#endif
