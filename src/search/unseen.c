/* unseen.c -- a point that no trial before has, in a space that has only so many: what was
** tried tells nothing new when it is tried again.
**
** Of few points, one is drawn evenly from those that are left; in the place of a model's
** proposal, the nearest of them in the unit cube. Of many, new ones are drawn, and in the end
** the points are gone through from a random one on, which finds one within as many as there
** are trials. */
#include <math.h>

#include "base/rng.h"
#include "search/search.h"

enum { FEW = 4096, DRAWS = 64 };

static const lrr_search_cfg every_point = { .strategy = LRR_SEARCH_GRID,
                                            .points = LRR_SEARCH_ALL };

/* Values of a dimension with levels; a step apart, they may come from a text. */
static bool same(const lrr_dim *d, double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    return fabs(a - b) < (d->step > 0 ? d->step / 2 : 0.5);
}

static bool is_seen(const lrr_space *space, const lrr_history *h, const double *x)
{
    for (size_t t = 0; t < h->n; t++) {
        size_t i = 0;
        while (i < space->n && same(&space->dims[i], h->trials[t].x[i], x[i]))
            i++;
        if (i == space->n)
            return true;
    }
    return false;
}

static double distance(const lrr_space *space, const double *u, const double *v)
{
    double sum = 0;
    for (size_t i = 0; i < space->n; i++) {
        const double d = space->dims[i].kind == LRR_DIM_CHOICE ? (double)(u[i] != v[i])
                                                               : u[i] - v[i];
        sum += d * d;
    }
    return sum;
}

/* x becomes the nearest of the points that are left. */
static void take_nearest(const lrr_space *space, const lrr_history *h, double size,
                         double *x)
{
    double u[LRR_SPACE_DIMS_MAX], v[LRR_SPACE_DIMS_MAX], y[LRR_SPACE_DIMS_MAX];
    double best = (double)INFINITY, at = -1;

    lrr_space_unit(space, x, u);
    for (double k = 0; k < size; k++) {
        double d;
        lrr__search_grid(&every_point, space, (uint64_t)k, y);
        lrr_space_unit(space, y, v);
        d = distance(space, u, v);
        if (d < best && !is_seen(space, h, y)) {
            best = d;
            at = k;
        }
    }
    if (at >= 0)
        lrr__search_grid(&every_point, space, (uint64_t)at, x);
}

/* x becomes the first point that is left, from number `first` of `size` on. At most as many
** are looked at as there are trials, and one. */
static void take_next(const lrr_space *space, const lrr_history *h, double size,
                      double first, double *x)
{
    for (size_t k = 0; k <= h->n; k++) {
        lrr__search_grid(&every_point, space, (uint64_t)fmod(first + (double)k, size),
                         x);
        if (!is_seen(space, h, x))
            return;
    }
}

/* x becomes one of the points that are left, each as likely as the others. */
static void take_any(const lrr_space *space, const lrr_history *h, double size,
                     double drawn, double *x)
{
    double y[LRR_SPACE_DIMS_MAX];
    double left = 0;

    for (double k = 0; k < size; k++) {
        lrr__search_grid(&every_point, space, (uint64_t)k, y);
        left += !is_seen(space, h, y);
    }
    left = floor(left * drawn);
    for (double k = 0; k < size; k++) {
        lrr__search_grid(&every_point, space, (uint64_t)k, y);
        if (!is_seen(space, h, y) && left-- <= 0) {
            lrr__search_grid(&every_point, space, (uint64_t)k, x);
            return;
        }
    }
}

void lrr__search_unseen(const lrr_search_cfg *cfg, const lrr_space *space,
                        const lrr_history *h, uint64_t number, double *x)
{
    const lrr_key key = lrr_rng_key(cfg->seed, LRR_STREAM_SEARCH, 1ULL << 63);
    const double size = lrr_search_points(space, LRR_SEARCH_ALL);
    const bool models =
        cfg->strategy == LRR_SEARCH_BAYES || cfg->strategy == LRR_SEARCH_TPE;
    double u[LRR_SPACE_DIMS_MAX];

    if (size > LRR_SPACE_INT_MAX || !is_seen(space, h, x))
        return;
    if (size <= FEW && models) {
        take_nearest(space, h, size, x);
        return;
    }
    if (size <= FEW) {
        take_any(space, h, size, lrr_rng_uniform(key, 0, number), x);
        return;
    }
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        for (size_t i = 0; i < space->n; i++)
            u[i] = lrr_rng_uniform(key, draw * LRR_SPACE_DIMS_MAX + i, number);
        lrr_space_point(space, u, x);
        if (!is_seen(space, h, x))
            return;
    }
    take_next(space, h, size, floor(size * lrr_rng_uniform(key, ~0ULL, number)), x);
}
