/* grid.c -- the points of a grid by number: dimensions in their order, the last one
** fastest. A dimension with more values than the grid takes gives evenly spaced ones,
** both ends included; below a choice only what that choice activates is counted. */
#include <math.h>

#include "search/search.h"

/* Values that a wide dimension gives. */
static double wanted(const lrr_dim *d, size_t points)
{
    if (points == LRR_SEARCH_ALL)
        return (double)INFINITY;
    return (double)(d->points != 0 ? d->points : points);
}

static double count_of(const lrr_dim *d, size_t points)
{
    const double levels = lrr_dim_levels(d);
    const double n = wanted(d, points);
    if (d->kind == LRR_DIM_CHOICE)
        return levels;
    if (levels > 0 && levels <= n)
        return levels;
    if (levels == 0 || !d->log)
        return n;
    /* Low logarithmic integers fall together; only different ones count. */
    {
        double count = 0, last = (double)NAN;
        for (double k = 0; k < n; k++) {
            const double x = lrr_dim_value(d, n == 1 ? 0.5 : k / (n - 1));
            count += x != last;
            last = x;
        }
        return count;
    }
}

static double value_at(const lrr_dim *d, size_t points, double k)
{
    const double levels = lrr_dim_levels(d);
    const double n = wanted(d, points);
    if (levels > 0 && (d->kind == LRR_DIM_CHOICE || levels <= n))
        return lrr_dim_level(d, k);
    if (n == 1)
        return lrr_dim_value(d, 0.5);
    if (levels > 0 && !d->log)
        return lrr_dim_level(d, floor(k * (levels - 1) / (n - 1) + 0.5));
    if (levels > 0) {
        double last = (double)NAN;
        for (double i = 0; i < n; i++) {
            const double x = lrr_dim_value(d, i / (n - 1));
            if (x != last && k-- <= 0)
                return x;
            last = x;
        }
    }
    return lrr_dim_value(d, k / (n - 1));
}

/* w[i]: points of dimension i together with all that hangs on it. */
static void weights(const lrr_space *space, size_t points, double *w)
{
    for (size_t i = space->n; i-- > 0;) {
        const lrr_dim *d = &space->dims[i];
        w[i] = 0;
        if (d->kind != LRR_DIM_CHOICE) {
            w[i] = count_of(d, points);
            continue;
        }
        for (int v = 0; v <= (int)d->hi; v++) {
            double below = 1;
            for (size_t j = i + 1; j < space->n; j++)
                if (space->dims[j].parent == (int)i && space->dims[j].when == v)
                    below *= w[j];
            w[i] += below;
        }
    }
}

double lrr_search_points(const lrr_space *space, size_t points)
{
    double w[LRR_SPACE_DIMS_MAX], total = 1;
    weights(space, points, w);
    for (size_t i = 0; i < space->n; i++)
        if (space->dims[i].parent < 0)
            total *= w[i];
    return total;
}

/* How many points share the values of dimensions 0..i in x. */
static double completions(const lrr_space *space, size_t i, const double *x,
                          const double *w)
{
    double n = 1;
    for (size_t j = i + 1; j < space->n; j++)
        if (space->dims[j].parent <= (int)i && lrr_space_active(space, j, x))
            n *= w[j];
    return n;
}

void lrr__search_grid(const lrr_search_cfg *cfg, const lrr_space *space,
                      uint64_t number, double *x)
{
    double w[LRR_SPACE_DIMS_MAX];
    double left = fmod((double)number, lrr_search_points(space, cfg->points));
    weights(space, cfg->points, w);
    for (size_t i = 0; i < space->n; i++) {
        const lrr_dim *d = &space->dims[i];
        x[i] = (double)NAN;
        if (!lrr_space_active(space, i, x))
            continue;
        if (d->kind != LRR_DIM_CHOICE) {
            const double each = completions(space, i, x, w);
            const double k = floor(left / each);
            x[i] = value_at(d, cfg->points, k);
            left -= k * each;
            continue;
        }
        for (int v = 0; v <= (int)d->hi; v++) {
            double each;
            x[i] = v;
            each = completions(space, i, x, w);
            if (left < each)
                break;
            left -= each;
        }
    }
}
