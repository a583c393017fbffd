/* range.c -- see range.h. */
#include "base/range.h"

#include <stdio.h>

lrr_status lrr_range_fail(const lrr_range *r, const char *who, const char *name,
                          double x, lrr_error *err)
{
    char low[48] = "", high[48] = "";
    if (isfinite(r->low))
        snprintf(low, sizeof low, "%g %s ", r->low, r->above ? "<" : "<=");
    if (isfinite(r->high))
        snprintf(high, sizeof high, " %s %g", r->below ? "<" : "<=", r->high);
    if (low[0] == '\0' && high[0] == '\0')
        return lrr_fail(err, LRR_EINVAL, "%s: %s is %g, want a finite number", who,
                        name, x);
    return lrr_fail(err, LRR_EINVAL, "%s: %s is %g, want %s%s%s", who, name, x, low,
                    name, high);
}
