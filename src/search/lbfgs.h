/*
** lbfgs.h -- the minimum of a smooth function in a box, from its gradient.
**
** L-BFGS in the variables that do not press against a bound, steps projected onto the
** box and shortened until the function falls enough (Armijo). After Nocedal and Wright,
** Numerical Optimization, 2nd ed., algorithm 7.4 and 16.7; memory of 8 pairs.
** Deterministic, no allocation.
*/
#ifndef LRR_SEARCH_LBFGS_H
#define LRR_SEARCH_LBFGS_H

#include <stddef.h>

#define LRR_LBFGS_MEMORY 8

/* Value at x (n); fills grad (n). May return infinity: the step is then shortened. */
typedef double (*lrr_lbfgs_fn)(void *arg, const double *x, double *grad);

typedef struct lrr_lbfgs_cfg {
    size_t n;
    const double *lo, *hi; /* (n) the box */
    size_t evals;          /* calls of f at most */
    double gtol;           /* done when every free derivative is below this */
    double ftol;           /* done when a step gains less than this */
    double first;          /* length of the first step at most */
    double *work;          /* (lrr_lbfgs_work(n)) */
} lrr_lbfgs_cfg;

size_t lrr_lbfgs_work(size_t n);

/* Moves x (n), which lies in the box, downhill; returns the value there, never above the
** value it started from. */
double lrr_lbfgs(const lrr_lbfgs_cfg *cfg, lrr_lbfgs_fn f, void *arg, double *x);

#endif
