/* space.c -- see space.h. */
#include "search/space.h"

#include <math.h>

#include "base/dmath.h"

static double step_of(const lrr_dim *d)
{
    return d->kind != LRR_DIM_FLOAT && d->step == 0 ? 1 : d->step;
}

/* Steps that fit between lo and hi, forgiving the rounding of (hi - lo) / step. */
static double steps_of(const lrr_dim *d)
{
    return floor((d->hi - d->lo) / step_of(d) * (1 + 1e-12) + 1e-9);
}

static lrr_status check_range(const lrr_dim *d, int at, lrr_error *err)
{
    if (!isfinite(d->lo) || !isfinite(d->hi) || !isfinite(d->hi - d->lo))
        return lrr_fail(err, LRR_EINVAL, "dimension %d: its ends are not finite", at);
    if (d->lo > d->hi)
        return lrr_fail(err, LRR_EINVAL,
                        "dimension %d: low end %g is above high end %g", at, d->lo,
                        d->hi);
    if (d->log && d->lo <= 0)
        return lrr_fail(
            err, LRR_EINVAL,
            "dimension %d: a logarithmic one needs a low end above 0, not %g", at,
            d->lo);
    if (!(d->step >= 0) || !isfinite(d->step))
        return lrr_fail(err, LRR_EINVAL, "dimension %d: step %g, want 0 or more", at,
                        d->step);
    if (d->step > 0 && (d->log || steps_of(d) > 1e15))
        return lrr_fail(err, LRR_EINVAL, "dimension %d: step %g does not fit", at,
                        d->step);
    if (d->has_prior &&
        (d->kind == LRR_DIM_CHOICE || !(d->prior >= d->lo && d->prior <= d->hi)))
        return lrr_fail(err, LRR_EINVAL, "dimension %d: no prior of it is %g", at,
                        d->prior);
    if (d->kind == LRR_DIM_FLOAT)
        return LRR_OK;
    if (floor(d->lo) != d->lo || floor(d->hi) != d->hi || floor(d->step) != d->step ||
        fabs(d->lo) > LRR_SPACE_INT_MAX || fabs(d->hi) > LRR_SPACE_INT_MAX)
        return lrr_fail(err, LRR_EINVAL, "dimension %d: %g to %g are not integers", at,
                        d->lo, d->hi);
    if (d->kind == LRR_DIM_CHOICE && (d->lo != 0 || d->log || d->step > 1))
        return lrr_fail(err, LRR_EINVAL, "dimension %d: a choice counts from 0", at);
    return LRR_OK;
}

lrr_status lrr_space_check(const lrr_space *space, lrr_error *err)
{
    if (space->n == 0)
        return lrr_fail(err, LRR_EINVAL, "the space has no dimension");
    if (space->n > LRR_SPACE_DIMS_MAX)
        return lrr_fail(err, LRR_EINVAL, "the space has %zu dimensions, at most %d fit",
                        space->n, LRR_SPACE_DIMS_MAX);
    for (size_t i = 0; i < space->n; i++) {
        const lrr_dim *d = &space->dims[i];
        const lrr_dim *p;
        lrr_status st = check_range(d, (int)i + 1, err);
        if (st != LRR_OK)
            return st;
        if (d->parent < 0)
            continue;
        p = &space->dims[d->parent];
        if (d->parent >= (int)i || p->kind != LRR_DIM_CHOICE || d->when < 0 ||
            d->when > (int)p->hi)
            return lrr_fail(err, LRR_EINVAL,
                            "dimension %d: its parent is no choice before it",
                            (int)i + 1);
    }
    return LRR_OK;
}

double lrr_dim_levels(const lrr_dim *d)
{
    if (d->lo == d->hi)
        return 1;
    return step_of(d) > 0 ? steps_of(d) + 1 : 0;
}

double lrr_dim_level(const lrr_dim *d, double k)
{
    const double x = d->lo + k * step_of(d);
    return x > d->hi ? d->hi : x;
}

static double level_of(const lrr_dim *d, double value)
{
    return step_of(d) > 0 ? floor((value - d->lo) / step_of(d) + 0.5) : 0;
}

/* The logarithmic integers' interval: half a unit beyond both ends, as all bins have. */
static void log_ends(const lrr_dim *d, double *a, double *b)
{
    const double half = d->kind == LRR_DIM_INT ? 0.5 : 0;
    *a = lrr_dlog(d->lo - half);
    *b = lrr_dlog(d->hi + half);
}

static double clamp(double x, double lo, double hi)
{
    return !(x > lo) ? lo : x > hi ? hi : x;
}

double lrr_dim_value(const lrr_dim *d, double u)
{
    const double n = lrr_dim_levels(d);
    u = clamp(u, 0, 1);
    if (n == 1)
        return d->lo;
    if (d->log) {
        double a, b, x;
        log_ends(d, &a, &b);
        x = lrr_dexp(a + u * (b - a));
        if (d->kind == LRR_DIM_INT)
            x = floor(x + 0.5);
        return clamp(x, d->lo, d->hi);
    }
    if (n > 0)
        return lrr_dim_level(d, clamp(floor(u * n), 0, n - 1));
    return clamp(d->lo + u * (d->hi - d->lo), d->lo, d->hi);
}

double lrr_dim_unit(const lrr_dim *d, double value)
{
    const double n = lrr_dim_levels(d);
    if (n == 1)
        return 0.5;
    if (d->log) {
        double a, b;
        log_ends(d, &a, &b);
        return clamp((lrr_dlog(value) - a) / (b - a), 0, 1);
    }
    if (n > 0)
        return clamp((level_of(d, value) + 0.5) / n, 0, 1);
    return clamp((value - d->lo) / (d->hi - d->lo), 0, 1);
}

void lrr_dim_bin(const lrr_dim *d, double value, double *a, double *b)
{
    const double n = lrr_dim_levels(d);
    if (n == 1) {
        *a = 0;
        *b = 1;
    } else if (d->log) {
        double lo, hi;
        log_ends(d, &lo, &hi);
        *a = clamp((lrr_dlog(value - 0.5) - lo) / (hi - lo), 0, 1);
        *b = clamp((lrr_dlog(value + 0.5) - lo) / (hi - lo), 0, 1);
    } else {
        *a = level_of(d, value) / n;
        *b = (level_of(d, value) + 1) / n;
    }
}

bool lrr_space_active(const lrr_space *space, size_t i, const double *x)
{
    const lrr_dim *d = &space->dims[i];
    if (d->parent < 0)
        return true;
    return x[d->parent] == (double)d->when; /* NaN: an inactive parent */
}

void lrr_space_point(const lrr_space *space, const double *u, double *x)
{
    for (size_t i = 0; i < space->n; i++)
        x[i] = lrr_space_active(space, i, x) ? lrr_dim_value(&space->dims[i], u[i])
                                             : (double)NAN;
}

void lrr_space_unit(const lrr_space *space, const double *x, double *u)
{
    for (size_t i = 0; i < space->n; i++)
        u[i] = isnan(x[i]) ? 0.5 : lrr_dim_unit(&space->dims[i], x[i]);
}

lrr_status lrr_space_check_point(const lrr_space *space, const double *x,
                                 lrr_error *err)
{
    for (size_t i = 0; i < space->n; i++) {
        const lrr_dim *d = &space->dims[i];
        if (lrr_space_active(space, i, x) == (bool)isnan(x[i]))
            return lrr_fail(err, LRR_EINVAL, "dimension %zu %s", i + 1,
                            isnan(x[i]) ? "has no value"
                                        : "has a value but is not active");
        if (isnan(x[i]))
            continue;
        if (x[i] < d->lo || x[i] > d->hi)
            return lrr_fail(err, LRR_EINVAL, "dimension %zu: %g is not in %g to %g",
                            i + 1, x[i], d->lo, d->hi);
        if (d->kind != LRR_DIM_FLOAT && floor(x[i]) != x[i])
            return lrr_fail(err, LRR_EINVAL, "dimension %zu: %g is no integer", i + 1,
                            x[i]);
    }
    return LRR_OK;
}
