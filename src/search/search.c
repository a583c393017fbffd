/* search.c -- see search.h: checks, and the two strategies without a model. */
#include "search/search.h"

#include <math.h>

#include "base/rng.h"
#include "search/prior.h"
#include "search/sobol.h"

void lrr__search_random(const lrr_search_cfg *cfg, const lrr_space *space,
                        uint64_t number, double *x)
{
    const lrr_key key = lrr_rng_key(cfg->seed, LRR_STREAM_SEARCH, 0);
    double u[LRR_SPACE_DIMS_MAX];
    for (size_t i = 0; i < space->n; i++)
        u[i] = lrr_rng_uniform(key, i, number);
    lrr_prior_draw(cfg, space, number, u);
    lrr_space_point(space, u, x);
}

void lrr__search_sobol(const lrr_search_cfg *cfg, const lrr_space *space,
                       uint64_t number, double *x)
{
    /* 2^32 points to a scrambling, then another one. */
    const lrr_key key = lrr_rng_key(cfg->seed, LRR_STREAM_SEARCH, 1 + (number >> 32));
    double u[LRR_SPACE_DIMS_MAX];
    lrr_sobol_point(key, (uint32_t)number, u, space->n);
    lrr_prior_draw(cfg, space, number, u);
    lrr_space_point(space, u, x);
}

static lrr_status check(const lrr_search_cfg *cfg, const lrr_space *space,
                        const lrr_history *h, lrr_error *err)
{
    lrr_status st = lrr_space_check(space, err);
    if (st != LRR_OK)
        return st;
    if (cfg->points == 0 || cfg->candidates == 0)
        return lrr_fail(err, LRR_EINVAL, "points and candidates are 1 or more");
    for (size_t i = 0; i < h->n; i++) {
        const lrr_trial *t = &h->trials[i];
        if (t->state <= LRR_TRIAL_PRUNED && !isfinite(t->value))
            return lrr_fail(err, LRR_EINVAL, "the value of trial %zu is not finite", i);
    }
    return LRR_OK;
}

static lrr_status propose(const lrr_search_cfg *cfg, const lrr_space *space,
                          const lrr_history *history, uint64_t number, double *x,
                          lrr_error *err)
{
    switch (cfg->strategy) {
    case LRR_SEARCH_GRID:
        lrr__search_grid(cfg, space, number, x);
        return LRR_OK;
    case LRR_SEARCH_RANDOM:
        lrr__search_random(cfg, space, number, x);
        return LRR_OK;
    case LRR_SEARCH_SOBOL:
        lrr__search_sobol(cfg, space, number, x);
        return LRR_OK;
    case LRR_SEARCH_BAYES:
        return lrr__search_bayes(cfg, space, history, number, x, err);
    case LRR_SEARCH_TPE:
        return lrr__search_tpe(cfg, space, history, number, x, err);
    default:
        return lrr_fail(err, LRR_EINVAL, "no strategy %d", (int)cfg->strategy);
    }
}

lrr_status lrr_search_propose(const lrr_search_cfg *cfg, const lrr_space *space,
                              const lrr_history *history, uint64_t number, double *x,
                              lrr_error *err)
{
    lrr_status st = check(cfg, space, history, err);
    if (st == LRR_OK)
        st = propose(cfg, space, history, number, x, err);
    if (st == LRR_OK && cfg->strategy != LRR_SEARCH_GRID)
        lrr__search_unseen(cfg, space, history, number, x);
    return st;
}
