/* acquire.c -- see acquire.h. */
#include "search/acquire.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/dmath.h"
#include "search/gauss.h"
#include "search/lbfgs.h"
#include "search/prior.h"
#include "search/sobol.h"

#define GLOBAL 512 /* candidates from Sobol's sequence, the others are local */
#define SMALL  16  /* levels up to which a dimension is tried value by value */
#define WIDE   64  /* levels above which the gradient moves it */
#define STARTS 6   /* local searches */

/* Noise that is fitted to functions without any, in variances of the results. */
#define NOISE_FREE 1e-3

#define SERIES ((uint64_t)1 << 20) /* steps of the key's counter below are Sobol's */

typedef double unit[LRR_SPACE_DIMS_MAX];

/* A local search. */
typedef struct climb {
    const lrr_acquire *a;
    unit u;                          /* where it is */
    size_t free[LRR_SPACE_DIMS_MAX]; /* dimensions that the gradient moves */
    size_t n_free;
} climb;

void lrr_acquire_encode(const lrr_space *space, const double *x, double *z)
{
    for (size_t k = 0; k < space->n; k++) {
        const lrr_dim *d = &space->dims[k];
        if (d->kind == LRR_DIM_CHOICE)
            z[k] = isnan(x[k]) ? -1 : x[k];
        else
            z[k] = isnan(x[k]) ? 0.5 : lrr_dim_unit(d, x[k]);
    }
}

static void encode_unit(const lrr_space *space, const double *u, double *z)
{
    unit x;
    lrr_space_point(space, u, x);
    lrr_acquire_encode(space, x, z);
}

static bool continuous(const lrr_dim *d)
{
    const double levels = lrr_dim_levels(d);
    return d->kind != LRR_DIM_CHOICE && (levels == 0 || levels > WIDE);
}

/*
** Minus the log expected improvement, and its derivatives by mean and variance. With noise
** the improvement is multiplied by 1 - sqrt(noise / (var + noise)), so that a place that
** is known as well as one more noisy result could tell is left alone (Huang et al.,
** "Global optimization of stochastic black-box systems", J. Global Optimization 34, 2006).
*/
static double minus_log_ei(const lrr_acquire *a, double mean, double var, double *dmean,
                           double *dvar)
{
    const double v = var > 1e-12 ? var : 1e-12, s = lrr_dsqrt(v);
    const double z = (a->best - mean) / s, noise = a->gp->noise - NOISE_FREE;
    double dz, value = lrr_gauss_log_ei(z, &dz) + lrr_dlog(s);
    *dmean = dz / s;
    *dvar = (dz * z - 1) / (2 * v);
    if (noise > 0) {
        const double share = lrr_dsqrt(noise / (v + noise));
        value += lrr_dlog(1 - share);
        *dvar -= share / (2 * (v + noise) * (1 - share));
    }
    if (!(var > 1e-12))
        *dvar = 0;
    return -value;
}

/* What is believed of unit point u, to be added to the log expected improvement. */
static double belief_in(const lrr_acquire *a, const double *u)
{
    unit x;
    if (a->belief == 0)
        return 0;
    lrr_space_point(a->space, u, x);
    return a->belief * lrr_prior_log_at(a->space, x);
}

static double score_at(const lrr_acquire *a, const double *u)
{
    unit z;
    double mean, var, dmean, dvar;
    encode_unit(a->space, u, z);
    lrr_gp_predict(a->gp, z, 1, &mean, &var, a->work);
    return minus_log_ei(a, mean, var, &dmean, &dvar) - belief_in(a, u);
}

/* The same of the free dimensions, which may stand between levels; adds to grad. */
static double free_belief(const climb *c, const double *p, double *grad)
{
    double sum = 0, du;
    for (size_t i = 0; c->a->belief > 0 && i < c->n_free; i++) {
        const lrr_dim *d = &c->a->space->dims[c->free[i]];
        if (!d->has_prior)
            continue;
        sum += c->a->belief * lrr_prior_log(d, p[i], &du);
        grad[i] -= c->a->belief * du;
    }
    return sum;
}

/* lrr_lbfgs_fn over the free dimensions; integers may stand between their values. */
static double slope_at(void *arg, const double *p, double *grad)
{
    climb *c = arg;
    unit z, dm, dv;
    double mean, var, gm, gv, value;
    for (size_t i = 0; i < c->n_free; i++)
        c->u[c->free[i]] = p[i];
    encode_unit(c->a->space, c->u, z);
    for (size_t i = 0; i < c->n_free; i++)
        z[c->free[i]] = p[i];
    lrr_gp_slope(c->a->gp, z, &mean, &var, dm, dv, c->a->work);
    value = minus_log_ei(c->a, mean, var, &gm, &gv);
    for (size_t i = 0; i < c->n_free; i++)
        grad[i] = gm * dm[c->free[i]] + gv * dv[c->free[i]];
    return value - free_belief(c, p, grad);
}

static void descend(climb *c)
{
    static const unit zeros;
    unit x, p, ones;
    lrr_lbfgs_cfg cfg = { .lo = zeros,
                          .hi = ones,
                          .gtol = 1e-4,
                          .ftol = 1e-6,
                          .first = 0.1,
                          .work = c->a->lbfgs };
    lrr_space_point(c->a->space, c->u, x);
    c->n_free = 0;
    for (size_t k = 0; k < c->a->space->n; k++) {
        if (isnan(x[k]) || !continuous(&c->a->space->dims[k]))
            continue;
        ones[c->n_free] = 1;
        p[c->n_free] = c->u[k];
        c->free[c->n_free++] = k;
    }
    if (c->n_free == 0)
        return;
    cfg.n = c->n_free;
    cfg.evals = c->a->thrifty ? 15 : 40;
    lrr_lbfgs(&cfg, slope_at, c, p);
    for (size_t i = 0; i < c->n_free; i++)
        c->u[c->free[i]] = p[i];
}

/* Value j to try in place of `at`, where the dimension has few, or a neighbour of it; may
** be out of range. */
static double alternative(const lrr_dim *d, double levels, double at, size_t j)
{
    static const double by[] = { -1, 1, -2, 2, -5, 5 };
    if (levels <= SMALL)
        return lrr_dim_level(d, (double)j);
    return at + by[j] * (d->step > 0 ? d->step : 1);
}

/* Moves one dimension with levels to its best value; true where that is another one. */
static bool step_one(climb *c, size_t k, double *score)
{
    const lrr_dim *d = &c->a->space->dims[k];
    const double levels = lrr_dim_levels(d);
    const size_t n = levels <= SMALL ? (size_t)levels : 6;
    double keep = c->u[k], at;
    bool moved = false;
    unit x;
    lrr_space_point(c->a->space, c->u, x);
    at = x[k];
    if (isnan(at) || levels <= 1)
        return false;
    for (size_t j = 0; j < n; j++) {
        const double v = alternative(d, levels, at, j);
        double s;
        if (v < d->lo || v > d->hi || v == at)
            continue;
        c->u[k] = lrr_dim_unit(d, v);
        s = score_at(c->a, c->u);
        if (s < *score - 1e-9) {
            *score = s;
            keep = c->u[k];
            moved = true;
        }
    }
    c->u[k] = keep;
    return moved;
}

static double improve(climb *c)
{
    double score = HUGE_VAL;
    for (int round = 0; round < 4; round++) {
        bool moved = false;
        descend(c);
        score = score_at(c->a, c->u);
        for (size_t k = 0; k < c->a->space->n; k++)
            moved |= step_one(c, k, &score);
        if (!moved)
            break;
    }
    return score;
}

static double clamp(double u)
{
    return u < 0 ? 0 : u > 1 ? 1 : u;
}

/* A centre moved by e^-1.5 to e^-5.5 in about two of its dimensions. */
static void around(const lrr_acquire *a, const double *x, uint64_t c, double *u)
{
    const size_t n = a->space->n;
    const double scale = lrr_dexp(-1.5 - 4 * lrr_rng_uniform(a->key, c, SERIES));
    const double share = 1 / (double)n;
    lrr_space_unit(a->space, x, u);
    for (size_t k = 0; k < n; k++) {
        const double r = lrr_rng_uniform(a->key, c, SERIES + 1 + 2 * k);
        const uint64_t draw = SERIES + 2 + 2 * k;
        if (isnan(x[k]) || (a->space->dims[k].kind == LRR_DIM_CHOICE && r < share))
            u[k] = lrr_rng_uniform(a->key, c, draw);
        else if (a->space->dims[k].kind != LRR_DIM_CHOICE && (r < 2 * share || n < 3))
            u[k] = clamp(u[k] + scale * lrr_rng_normal(a->key, c, draw));
    }
}

static size_t globals(const lrr_acquire *a)
{
    return a->thrifty ? GLOBAL / 2 : GLOBAL;
}

static size_t candidates(const lrr_acquire *a)
{
    return a->thrifty ? LRR_ACQUIRE_CANDIDATES * 3 / 5 : LRR_ACQUIRE_CANDIDATES;
}

static void candidate(const lrr_acquire *a, size_t c, double *u)
{
    if (c < globals(a) || a->n_centres == 0)
        lrr_sobol_point(a->key, (uint32_t)c, u, a->space->n);
    else
        around(a, a->centres[(c - globals(a)) % a->n_centres], c, u);
}

/* Scores every candidate and sorts the list, the best first. */
static void rank(const lrr_acquire *a)
{
    const size_t n = candidates(a), d = a->space->n;
    double z[LRR_ACQUIRE_CHUNK * LRR_SPACE_DIMS_MAX];
    double mean[LRR_ACQUIRE_CHUNK], var[LRR_ACQUIRE_CHUNK], dm, dv;
    double belief[LRR_ACQUIRE_CHUNK];
    unit u;
    for (size_t c = 0; c < n; c += LRR_ACQUIRE_CHUNK) {
        const size_t m = n - c < LRR_ACQUIRE_CHUNK ? n - c : LRR_ACQUIRE_CHUNK;
        for (size_t i = 0; i < m; i++) {
            candidate(a, c + i, u);
            encode_unit(a->space, u, z + i * d);
            belief[i] = belief_in(a, u);
        }
        lrr_gp_predict(a->gp, z, m, mean, var, a->work);
        for (size_t i = 0; i < m; i++)
            a->list[c + i] =
                (lrr_scored){ minus_log_ei(a, mean[i], var[i], &dm, &dv) - belief[i],
                              c + i };
    }
    qsort(a->list, n, sizeof *a->list, lrr_scored_order);
}

void lrr_acquire_point(const lrr_acquire *a, double *x)
{
    const size_t n = candidates(a), starts = a->thrifty ? 3 : STARTS;
    double best = HUGE_VAL;
    climb c = { .a = a };
    unit best_u;
    rank(a);
    for (size_t i = 0, taken = 0; i < n && taken < starts; i++) {
        double score;
        if (i >= 2 &&
            i % 4 != 0) /* the best two, then every fourth: not all in one hill */
            continue;
        candidate(a, a->list[i].index, c.u);
        score = improve(&c);
        if (taken == 0 || score < best) {
            best = score;
            memcpy(best_u, c.u, sizeof best_u);
        }
        taken++;
    }
    lrr_space_point(a->space, best_u, x);
}
