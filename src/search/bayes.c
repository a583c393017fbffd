/*
** bayes.c -- Bayesian optimization: a Gaussian process of the results so far, and the
** point with the largest log expected improvement under it.
**
** Every proposal fits its own model from the trials handed in, so nothing is carried from
** one to the next. What keeps that cheap with many trials: hyperparameters are fitted on
** FIT_MAX of them, the model holds MODEL_MAX, with 1,000 trials as with 100,000.
**
** Failed trials stand in the model with the worst value of the others: the search keeps
** away, and a failure by chance does not shut a region. Trials under way stand in it with
** what it expects of them, which also counts as reached: the next point goes elsewhere.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "linalg/chol.h"
#include "os/blas.h"
#include "search/acquire.h"
#include "search/gp.h"
#include "search/lbfgs.h"
#include "search/prior.h"
#include "search/search.h"
#include "search/values.h"

#define FIT_MAX     100 /* trials that hyperparameters are fitted on */
#define MODEL_MAX   400 /* trials that the model holds */
#define PENDING_MAX 64  /* and trials under way */
#define MANY        200 /* trials from which a proposal is thrifty */

typedef struct bayes {
    const lrr_space *space;
    const lrr_history *history;
    size_t n, n_pending; /* rows of the model: finished trials, then those under way */
    size_t *rows;        /* which trials */
    size_t *pick;
    double *x, *y;           /* (rows, d), (rows) as the model has them */
    double *values, *sorted; /* (trials) */
    double *mean, *var;      /* (rows) */
    double *sub, *fit_work;  /* (FIT_MAX, d + 1) and the fit's own */
    lrr_scored *list;
    bool cat[LRR_SPACE_DIMS_MAX];
    double w[LRR_SPACE_DIMS_MAX];
    double best;
    lrr_gp gp;
    lrr_acquire acquire;
} bayes;

static size_t less(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t more(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* One buffer of `n` items in the block at *at; advances *at. Without a block it counts. */
static void *cut(char *block, size_t *at, size_t n, size_t size)
{
    void *p = block == NULL ? NULL : block + *at;
    *at = lrr_size_add(*at, lrr_size_align(lrr_size_mul(n, size)));
    return p;
}

/* Lays every buffer out; returns the bytes they take. */
static size_t lay_out(bayes *b, char *block)
{
    const size_t trials = b->history->n, d = b->space->n;
    const size_t rows = less(trials, MODEL_MAX) + PENDING_MAX,
                 fit = less(trials, FIT_MAX);
    const size_t list = more(trials, LRR_ACQUIRE_CANDIDATES);
    const size_t real = sizeof(double);
    size_t at = 0;
    b->rows = cut(block, &at, trials + PENDING_MAX, sizeof *b->rows);
    b->pick = cut(block, &at, trials, sizeof *b->pick);
    b->x = cut(block, &at, rows * d, real);
    b->y = cut(block, &at, rows, real);
    b->values = cut(block, &at, trials, real);
    b->sorted = cut(block, &at, trials, real);
    b->mean = cut(block, &at, rows, real);
    b->var = cut(block, &at, rows, real);
    b->sub = cut(block, &at, fit * (d + 1), real);
    b->fit_work = cut(block, &at, lrr_gp_fit_work(fit, d), real);
    b->list = cut(block, &at, list, sizeof *b->list);
    b->gp.l = cut(block, &at, rows * rows, real);
    b->gp.alpha = cut(block, &at, rows, real);
    b->acquire.work = cut(block, &at, (LRR_ACQUIRE_CHUNK + 2) * rows, real);
    b->acquire.lbfgs = cut(block, &at, lrr_lbfgs_work(d), real);
    return at;
}

/* Results of all finished trials, transformed, with their trials in rows; how many. */
static size_t results(bayes *b)
{
    size_t ok = 0, n;
    double worst = -HUGE_VAL;
    for (size_t i = 0; i < b->history->n; i++) {
        const lrr_trial *t = &b->history->trials[i];
        if (t->state <= LRR_TRIAL_PRUNED) {
            b->rows[ok] = i;
            b->values[ok++] = t->value;
        }
    }
    lrr_values_transform(b->values, ok, b->sorted);
    for (size_t i = 0; i < ok; i++)
        worst = b->values[i] > worst ? b->values[i] : worst;
    n = ok;
    for (size_t i = 0; i < b->history->n; i++) {
        if (b->history->trials[i].state == LRR_TRIAL_FAILED) {
            b->rows[n] = i;
            b->values[n++] = worst;
        }
    }
    return n;
}

/* Fills x and y: the finished trials that the model holds, then those under way. */
static void gather(bayes *b)
{
    const size_t d = b->space->n, n = results(b);
    b->n = lrr_values_thin(b->values, n, MODEL_MAX, b->list, b->pick);
    for (size_t i = 0; i < b->n; i++) {
        b->y[i] = b->values[b->pick[i]];
        b->pick[i] = b->rows[b->pick[i]];
    }
    memcpy(b->rows, b->pick, b->n * sizeof *b->rows);
    b->n_pending = 0;
    for (size_t i = b->history->n; i-- > 0 && b->n_pending < PENDING_MAX;)
        if (b->history->trials[i].state == LRR_TRIAL_PENDING)
            b->rows[b->n + b->n_pending++] = i;
    for (size_t i = 0; i < b->n + b->n_pending; i++)
        lrr_acquire_encode(b->space, b->history->trials[b->rows[i]].x, b->x + i * d);
}

static void fit(bayes *b)
{
    const size_t d = b->space->n;
    lrr_gp small = b->gp;
    small.n = lrr_values_thin(b->y, b->n, FIT_MAX, b->list, b->pick);
    small.x = b->sub;
    small.y = b->sub + small.n * d;
    for (size_t i = 0; i < small.n; i++) {
        memcpy(b->sub + i * d, b->x + b->pick[i] * d, d * sizeof *b->x);
        b->sub[small.n * d + i] = b->y[b->pick[i]];
    }
    lrr_gp_fit(&small, b->n > FIT_MAX ? 15 : 60, b->fit_work);
    b->gp.var = small.var;
    b->gp.noise = small.noise;
}

/* Conditions the model, and finds the value to be improved on: the lowest mean at a trial,
** not the lowest result, which noise has made too low. */
static void condition(bayes *b)
{
    const size_t d = b->space->n;
    b->gp.n = b->n;
    lrr_gp_condition(&b->gp);
    for (size_t i = 0; i < b->n; i += LRR_ACQUIRE_CHUNK)
        lrr_gp_predict(&b->gp, b->x + i * d, less(b->n - i, LRR_ACQUIRE_CHUNK),
                       b->mean + i, b->var + i, b->acquire.work);
    b->best = HUGE_VAL;
    for (size_t i = 0; i < b->n; i++)
        b->best = b->mean[i] < b->best ? b->mean[i] : b->best;
    if (b->n_pending == 0)
        return;
    lrr_gp_predict(&b->gp, b->x + b->n * d, b->n_pending, b->y + b->n, b->var + b->n,
                   b->acquire.work);
    b->gp.n = b->n + b->n_pending;
    lrr_gp_condition(&b->gp);
    for (size_t i = b->n; i < b->gp.n; i++)
        b->best = b->y[i] < b->best ? b->y[i] : b->best;
}

/* The trials with the lowest means are what local candidates lie around. */
static void centre(bayes *b)
{
    for (size_t i = 0; i < b->n; i++)
        b->list[i] = (lrr_scored){ b->mean[i], i };
    qsort(b->list, b->n, sizeof *b->list, lrr_scored_order);
    b->acquire.n_centres = less(b->n, LRR_ACQUIRE_CENTRES);
    for (size_t i = 0; i < b->acquire.n_centres; i++)
        b->acquire.centres[i] = b->history->trials[b->rows[b->list[i].index]].x;
}

static void propose(bayes *b, lrr_key key, double *x)
{
    for (size_t k = 0; k < b->space->n; k++)
        b->cat[k] = b->space->dims[k].kind == LRR_DIM_CHOICE;
    gather(b);
    b->gp.n = b->n;
    b->gp.d = b->space->n;
    b->gp.x = b->x;
    b->gp.y = b->y;
    b->gp.cat = b->cat;
    b->gp.w = b->w;
    fit(b);
    condition(b);
    centre(b);
    b->acquire.space = b->space;
    b->acquire.gp = &b->gp;
    b->acquire.key = key;
    b->acquire.best = b->best;
    b->acquire.belief = lrr_prior_weight(b->space, b->history);
    b->acquire.thrifty = b->n > MANY;
    b->acquire.list = b->list;
    lrr_acquire_point(&b->acquire, x);
}

lrr_status lrr__search_bayes(const lrr_search_cfg *cfg, const lrr_space *space,
                             const lrr_history *history, uint64_t number, double *x,
                             lrr_error *err)
{
    bayes b = { .space = space, .history = history, .gp.portable = cfg->portable };
    size_t ok = 0;
    char *block;
    lrr_status st;

    for (size_t i = 0; i < history->n; i++)
        ok += history->trials[i].state <= LRR_TRIAL_PRUNED;
    if (number < cfg->startup || ok < 2) {
        lrr__search_sobol(cfg, space, number, x);
        return LRR_OK;
    }
    st = lrr_blas_load(err);
    if (st == LRR_OK)
        st = lrr_mem_new(lay_out(&b, NULL), 1, "search: bayes", &block, err);
    if (st != LRR_OK)
        return st;
    lay_out(&b, block);
    propose(&b, lrr_rng_key(cfg->seed, LRR_STREAM_SEARCH, number + ((uint64_t)1 << 40)),
            x);
    lrr_mem_free(block);
    return LRR_OK;
}
