/*
** space.h -- what is searched: dimensions, the tree of choices, and the unit cube.
**
** A point is one double per dimension, in the dimension's own terms: a float's value, an
** integer, a choice's index from 0; NaN where the dimension is not active. A dimension
** with a parent is active when the parent is and stands at the choice `when`; parents
** come before their children. In the unit cube each dimension is one coordinate in
** [0, 1], active or not: floats by position (in the logarithm if log), integers and
** choices by the middle of their bin.
**
** Ownership: a space borrows its dimensions. Threads: read-only.
*/
#ifndef LRR_SEARCH_SPACE_H
#define LRR_SEARCH_SPACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define LRR_SPACE_DIMS_MAX 128

/* Largest integer that every double near it can tell from its neighbours. */
#define LRR_SPACE_INT_MAX 4503599627370496.0

typedef enum lrr_dim_kind { LRR_DIM_FLOAT, LRR_DIM_INT, LRR_DIM_CHOICE } lrr_dim_kind;

typedef struct lrr_dim {
    lrr_dim_kind kind;
    bool log;      /* float, int: evenly in the logarithm; lo > 0 */
    double lo, hi; /* inclusive, lo <= hi; a choice has 0 and count - 1 */
    double step;   /* not log: only lo + k step; 0: any float, every integer */
    size_t
        points; /* grid: values taken from a wide dimension; 0: the grid's own number */
    int parent; /* index of the choice it hangs on, -1: none */
    int when;   /* ... active at this choice of the parent */
    bool has_prior; /* float, int: whether one is given */
    double prior; /* from lo to hi: where the best value is believed to be (prior.h) */
} lrr_dim;

typedef struct lrr_space {
    size_t n;
    const lrr_dim *dims;
} lrr_space;

/* Checks every field and the order of parents. Errors: EINVAL, naming the dimension by
** its number from 1. */
lrr_status lrr_space_check(const lrr_space *space, lrr_error *err);

/* How many values the dimension has; 0 for a continuous one. */
double lrr_dim_levels(const lrr_dim *dim);

/* Unit coordinate to value and back: u is clamped to [0, 1]. A value that was made from a
** coordinate gives a coordinate that makes the same value. Cannot fail. */
double lrr_dim_value(const lrr_dim *dim, double u);
double lrr_dim_unit(const lrr_dim *dim, double value);

/* The bin [*a, *b] of the unit interval that is this value of a dimension with levels. */
void lrr_dim_bin(const lrr_dim *dim, double value, double *a, double *b);

/* Level k (0-based) of a dimension with levels, and the level of a value. */
double lrr_dim_level(const lrr_dim *dim, double k);

/* True when dimension i is active in the point x (its parents' values decide). */
bool lrr_space_active(const lrr_space *space, size_t i, const double *x);

/* x (n) from the unit point u (n), NaN where inactive; and u (n) from x (n), 0.5 where
** inactive. x and u may be the same array. */
void lrr_space_point(const lrr_space *space, const double *u, double *x);
void lrr_space_unit(const lrr_space *space, const double *x, double *u);

/* Errors: EINVAL where x (n) is no point of the space: a value out of range, an inactive
** dimension with a value or an active one without. */
lrr_status lrr_space_check_point(const lrr_space *space, const double *x,
                                 lrr_error *err);

#endif
