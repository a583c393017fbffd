/* prior.c -- see prior.h. The constants: tests/bench/search.lua, with good and wrong priors. */
#include "search/prior.h"

#include <math.h>

#include "base/dmath.h"
#include "search/gauss.h"

#define SHARE 0.9
#define SIGMA 0.125
#define BETA  10.0
#define HALF  4.0 /* numbers until the share of points drawn from the prior has halved */

#define ROOT_2_PI 2.5066282746310002

bool lrr_prior_any(const lrr_space *space)
{
    for (size_t i = 0; i < space->n; i++)
        if (space->dims[i].has_prior)
            return true;
    return false;
}

double lrr_prior_quantile(const lrr_dim *dim, double q)
{
    const double mu = lrr_dim_unit(dim, dim->prior);
    const double a = lrr_gauss_cdf(-mu / SIGMA), b = lrr_gauss_cdf((1 - mu) / SIGMA);
    double p = a + q * (b - a);
    p = p < 1e-300 ? 1e-300 : p > 1 - 0x1p-53 ? 1 - 0x1p-53 : p;
    p = mu + SIGMA * lrr_gauss_quantile(p);
    return p < 0 ? 0 : p > 1 ? 1 : p;
}

void lrr_prior_draw(const lrr_search_cfg *cfg, const lrr_space *space, uint64_t number,
                    double *u)
{
    const lrr_key key = lrr_rng_key(cfg->seed, LRR_STREAM_SEARCH, 1ULL << 62);
    const double share = HALF / (HALF + (double)number);
    if (!lrr_prior_any(space) || lrr_rng_uniform(key, 0, number) >= share)
        return;
    for (size_t i = 0; i < space->n; i++) {
        const lrr_dim *d = &space->dims[i];
        if (d->has_prior)
            u[i] =
                number == 0 ? lrr_dim_unit(d, d->prior) : lrr_prior_quantile(d, u[i]);
    }
}

/* Trials that tell whether the prior is right: what comes later weighs next to nothing. */
#define MOST 256

/* As many pairs of trials that agree with the prior count before any was tried. */
#define FAITH 5.0

typedef struct told {
    double value, belief;
} told;

/* The first finished trials with their values (a failed one has the worst) and what was
** believed of them; how many. */
static size_t tell(const lrr_space *space, const lrr_history *history, told *t)
{
    size_t n = 0;
    for (size_t i = 0; i < history->n && n < MOST; i++) {
        const lrr_trial *trial = &history->trials[i];
        if (trial->state == LRR_TRIAL_PENDING)
            continue;
        t[n].value = trial->state == LRR_TRIAL_FAILED ? HUGE_VAL : trial->value;
        t[n++].belief = lrr_prior_log_at(space, trial->x);
    }
    return n;
}

/* Kendall's tau of values and beliefs: 1 where what was believed in more is always better. */
static double agreement(const told *t, size_t n)
{
    double sum = 0;
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            const double v =
                (double)((t[i].value < t[j].value) - (t[i].value > t[j].value));
            const double b =
                (double)((t[i].belief > t[j].belief) - (t[i].belief < t[j].belief));
            sum += v * b;
        }
    return n < 2 ? 0 : sum / (0.5 * (double)n * (double)(n - 1));
}

double lrr_prior_weight(const lrr_space *space, const lrr_history *history)
{
    told t[MOST];
    double done = 0, share;
    size_t n;
    if (!lrr_prior_any(space))
        return 0;
    for (size_t i = 0; i < history->n; i++)
        done += history->trials[i].state != LRR_TRIAL_PENDING;
    n = tell(space, history, t);
    share = (FAITH + (double)n * agreement(t, n)) / (FAITH + (double)n);
    return share <= 0 ? 0 : share * BETA / (done > 1 ? done : 1);
}

double lrr_prior_log(const lrr_dim *dim, double u, double *du)
{
    const double mu = lrr_dim_unit(dim, dim->prior), z = (u - mu) / SIGMA;
    const double mass = lrr_gauss_mass(-mu / SIGMA, (1 - mu) / SIGMA);
    const double part = SHARE * lrr_dexp(-0.5 * z * z) / (ROOT_2_PI * SIGMA * mass);
    const double density = part + (1 - SHARE);
    if (du != NULL)
        *du = -part * z / (SIGMA * density);
    return lrr_dlog(density);
}

double lrr_prior_log_at(const lrr_space *space, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < space->n; i++) {
        const lrr_dim *d = &space->dims[i];
        if (d->has_prior && !isnan(x[i]))
            sum += lrr_prior_log(d, lrr_dim_unit(d, x[i]), NULL);
    }
    return sum;
}
