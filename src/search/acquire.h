/*
** acquire.h -- the point of a space where a Gaussian process expects most.
**
** The model's coordinates: a number stands in the unit interval, a choice is its index;
** what is not active is one constant (0.5, or -1 for a choice), so that points which
** differ only in what does not matter are the same point.
**
** Ownership: everything is borrowed. One thread.
*/
#ifndef LRR_SEARCH_ACQUIRE_H
#define LRR_SEARCH_ACQUIRE_H

#include <stddef.h>

#include "base/rng.h"
#include "search/gp.h"
#include "search/space.h"
#include "search/values.h"

#define LRR_ACQUIRE_CANDIDATES 640
#define LRR_ACQUIRE_CHUNK      64
#define LRR_ACQUIRE_CENTRES    4

typedef struct lrr_acquire {
    const lrr_space *space;
    const lrr_gp *gp;
    lrr_key key;   /* of the random candidates */
    double best;   /* value to be improved on */
    double belief; /* weight of the log density of the prior (prior.h) */
    bool thrifty;  /* fewer candidates and shorter searches, for many trials */
    const double *centres[LRR_ACQUIRE_CENTRES]; /* points (space->n) to look around */
    size_t n_centres;
    lrr_scored *list; /* (LRR_ACQUIRE_CANDIDATES) scratch */
    double *work;     /* ((LRR_ACQUIRE_CHUNK + 2) * gp->n) scratch */
    double *lbfgs;    /* (lrr_lbfgs_work(space->n)) scratch */
} lrr_acquire;

/* z (n) = the model's coordinates of the point x (n). */
void lrr_acquire_encode(const lrr_space *space, const double *x, double *z);

/*
** x (n) = the point with the largest log expected improvement (less where one more noisy
** result would tell little) that is found: candidates
** from Sobol's sequence and around the centres, then from the best of them L-BFGS in the
** numbers and single steps in integers and choices, in turn. Cannot fail.
*/
void lrr_acquire_point(const lrr_acquire *a, double *x);

#endif
