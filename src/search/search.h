/*
** search.h -- which point of a space to try next.
**
** A proposal is a pure function of (cfg, space, trials handed in, number): no state, no
** clock, one thread. So a study that is restarted, or run with any number of workers,
** proposes the same points as long as trial `number` is always given the same earlier
** trials. Trials that are under way are handed in as pending: their points count, their
** results do not.
**
** All strategies minimise. Ownership: everything is borrowed.
*/
#ifndef LRR_SEARCH_SEARCH_H
#define LRR_SEARCH_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "search/space.h"

/* id, name in Lua */
#define LRR_SEARCH_MAP(X) \
    X(GRID, "grid")       \
    X(RANDOM, "random")   \
    X(SOBOL, "sobol")     \
    X(BAYES, "bayes")     \
    X(TPE, "tpe")

typedef enum lrr_search_strategy {
#define X(id, name) LRR_SEARCH_##id,
    LRR_SEARCH_MAP(X)
#undef X
        LRR_SEARCH_COUNT
} lrr_search_strategy;

typedef enum lrr_trial_state {
    LRR_TRIAL_OK,      /* value is the result */
    LRR_TRIAL_PRUNED,  /* stopped early; value is the best seen until then */
    LRR_TRIAL_FAILED,  /* no result: an error, or a value that is not finite */
    LRR_TRIAL_PENDING, /* proposed; the result is not to be known here */
    LRR_TRIAL_COUNT
} lrr_trial_state;

typedef struct lrr_trial {
    const double *x; /* (space->n) the point, NaN where inactive */
    double value;    /* ok, pruned: finite */
    lrr_trial_state state;
} lrr_trial;

typedef struct lrr_search_cfg {
    lrr_search_strategy strategy;
    uint64_t seed;
    size_t startup;    /* bayes, tpe: points of Sobol's sequence before the model */
    size_t candidates; /* tpe: points drawn of which the best is taken; 1 or more */
    size_t points;     /* grid: values of a wide dimension; 1 or more */
    bool portable;     /* bayes: the same bits on any CPU, more slowly */
} lrr_search_cfg;

typedef struct lrr_history {
    size_t n;
    const lrr_trial *trials; /* (n) in the order of their numbers */
} lrr_history;

/*
** x (space->n) = the point of trial `number` (from 0). In a space of levels alone it is one
** that no trial of the history has, as long as there is one.
** The space and the trials' points have to be valid (lrr_space_check).
** grid wraps around after its last point; lrr_search_points tells how many it has.
** Errors: EINVAL (a value of an ok or pruned trial is not finite; cfg out of range),
** ENOMEM, EIO (no OpenBLAS; bayes only).
*/
lrr_status lrr_search_propose(const lrr_search_cfg *cfg, const lrr_space *space,
                              const lrr_history *history, uint64_t number, double *x,
                              lrr_error *err);

/* As `points`: every value of each dimension. */
#define LRR_SEARCH_ALL SIZE_MAX

/* Points of the grid when a wide dimension gives `points` values: the product over the
** dimensions, summed over the choices. A double: it may be huge. With LRR_SEARCH_ALL the
** points that the space has, INFINITY where a dimension is continuous. */
double lrr_search_points(const lrr_space *space, size_t points);

/* The strategies; lrr_search_propose has checked what they are given. */
void lrr__search_grid(const lrr_search_cfg *cfg, const lrr_space *space,
                      uint64_t number, double *x);
void lrr__search_random(const lrr_search_cfg *cfg, const lrr_space *space,
                        uint64_t number, double *x);
void lrr__search_sobol(const lrr_search_cfg *cfg, const lrr_space *space,
                       uint64_t number, double *x);
lrr_status lrr__search_bayes(const lrr_search_cfg *cfg, const lrr_space *space,
                             const lrr_history *history, uint64_t number, double *x,
                             lrr_error *err);
lrr_status lrr__search_tpe(const lrr_search_cfg *cfg, const lrr_space *space,
                           const lrr_history *history, uint64_t number, double *x,
                           lrr_error *err);

/* x, a proposal, stays as it is or becomes a point that the history has not. */
void lrr__search_unseen(const lrr_search_cfg *cfg, const lrr_space *space,
                        const lrr_history *history, uint64_t number, double *x);

#endif
