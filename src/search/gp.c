/* gp.c -- see gp.h. */
#include "search/gp.h"

#include <math.h>
#include <string.h>

#include "base/dexp.h"
#include "base/dmath.h"
#include "linalg/chol.h"
#include "search/lbfgs.h"

static const double SQRT5 = 2.23606797749978969641;

/*
** Priors: each logarithm is normal; lengths about half the range, twice the difference of
** two categories (what holds for one choice mostly holds for another), noise small but
** free to be large. Chosen on the functions of tests/bench/search.lua with 60 seeds each, where
** centres of the lengths 0.2 lower or higher change the mean rank by less than 0.03.
*/
#define LEN_MU    (-0.7)
#define CAT_MU    0.6
#define LEN_SD    1.2
#define VAR_MU    0.0
#define VAR_SD    1.0
#define NOISE_MU  (-7.0)
#define NOISE_SD  2.5
#define NOISE_MIN 1e-6

static double square_diff(const lrr_gp *gp, const double *a, const double *b, size_t k)
{
    const double t = a[k] - b[k];
    if (gp->cat[k])
        return t != 0 ? 1 : 0;
    return t * t;
}

/* k (n) = var times the correlation at squared distances r2 (n); k may be r2. */
static void matern(const double *r2, size_t n, double var, double *k)
{
    for (size_t i = 0; i < n; i++) {
        const double t = SQRT5 * sqrt(r2[i]);
        k[i] = (1 + t + t * t / 3) * (var * lrr_dexp_minus(t));
    }
}

/* The same, and slope (n) = -2 dk/d(r^2) = var 5/3 (1 + t) exp(-t) with t = sqrt(5 r2). */
static void matern_slope(const double *r2, size_t n, double var, double *k,
                         double *slope)
{
    for (size_t i = 0; i < n; i++) {
        const double t = SQRT5 * sqrt(r2[i]), e = var * lrr_dexp_minus(t);
        k[i] = (1 + t + t * t / 3) * e;
        slope[i] = 5.0 / 3 * (1 + t) * e;
    }
}

/* r2 (n): squared distances of a (d) to the first n rows of x. */
static void distances(const lrr_gp *gp, const double *a, size_t n, double *r2)
{
    for (size_t j = 0; j < n; j++) {
        const double *b = gp->x + j * gp->d;
        double sum = 0;
        for (size_t k = 0; k < gp->d; k++)
            sum += gp->w[k] * square_diff(gp, a, b, k);
        r2[j] = sum;
    }
}

/* Fills the lower triangle of l with the covariance of y. */
static void covariance(lrr_gp *gp)
{
    const size_t n = gp->n, d = gp->d;
    for (size_t i = 0; i < n; i++) {
        double *row = gp->l + i * n;
        distances(gp, gp->x + i * d, i, row);
        matern(row, i, gp->var, row);
        row[i] = gp->var + gp->noise;
    }
}

/* The covariance of y, or its factor, in l (n, n). */
static lrr_chol factor_in(const lrr_gp *gp, double *l)
{
    return (lrr_chol){ .l = l, .n = gp->n, .portable = gp->portable };
}

/* alpha and mean for a factor: the mean that makes the data most probable, drawn to 0 by
** the weight of one standardised value. ones (n) is scratch. */
static void solve_mean(lrr_gp *gp, const lrr_chol *factor, double *ones)
{
    const size_t n = gp->n;
    double sy = 0, s1 = 0;
    for (size_t i = 0; i < n; i++) {
        gp->alpha[i] = gp->y[i];
        ones[i] = 1;
    }
    lrr_chol_solve(factor, gp->alpha, 1);
    lrr_chol_solve(factor, ones, 1);
    for (size_t i = 0; i < n; i++) {
        sy += gp->alpha[i];
        s1 += ones[i];
    }
    gp->mean = sy / (s1 + 1);
    for (size_t i = 0; i < n; i++)
        gp->alpha[i] -= gp->mean * ones[i];
}

/* The fit: parameters are log len (d), log var, log noise. */

typedef struct fit {
    lrr_gp *gp;
    double *sq;    /* (pairs, d) squared differences, pairs i > j in order */
    double *inv;   /* (n, n) */
    double *slope; /* (pairs) */
    double *ones;  /* (n) */
} fit;

static double log_normal_prior(double z, double mu, double sd, double *dz)
{
    const double t = (z - mu) / sd;
    *dz += t / sd;
    return 0.5 * t * t;
}

static double priors(const lrr_gp *gp, const double *p, double *grad)
{
    const size_t d = gp->d;
    double sum = 0;
    for (size_t k = 0; k < d; k++)
        sum += log_normal_prior(p[k], gp->cat[k] ? CAT_MU : LEN_MU, LEN_SD, &grad[k]);
    sum += log_normal_prior(p[d], VAR_MU, VAR_SD, &grad[d]);
    sum += log_normal_prior(p[d + 1], NOISE_MU, NOISE_SD, &grad[d + 1]);
    return sum;
}

static void unpack(lrr_gp *gp, const double *p)
{
    for (size_t k = 0; k < gp->d; k++)
        gp->w[k] = lrr_dexp(-2 * p[k]);
    gp->var = lrr_dexp(p[gp->d]);
    gp->noise = lrr_dexp(p[gp->d + 1]);
}

static void pair_covariance(fit *f)
{
    lrr_gp *gp = f->gp;
    const size_t n = gp->n, d = gp->d;
    const double *sq = f->sq;
    double *slope = f->slope;
    for (size_t i = 0; i < n; i++) {
        double *row = gp->l + i * n;
        for (size_t j = 0; j < i; j++, sq += d) {
            double r2 = 0;
            for (size_t k = 0; k < d; k++)
                r2 += gp->w[k] * sq[k];
            row[j] = r2;
        }
        matern_slope(row, i, gp->var, row, slope);
        slope += i;
        row[i] = gp->var + gp->noise;
    }
}

/* Gradient of -log likelihood: 1/2 tr((K^-1 - alpha alpha^T) dK). */
static void likelihood_gradient(fit *f, double *grad)
{
    const lrr_gp *gp = f->gp;
    const size_t n = gp->n, d = gp->d;
    const double *sq = f->sq, *slope = f->slope;
    double trace = 0, total = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++, sq += d, slope++) {
            const double m = f->inv[i * n + j] - gp->alpha[i] * gp->alpha[j];
            const double ms = m * *slope;
            total += m * gp->l[i * n + j];
            for (size_t k = 0; k < d; k++)
                grad[k] += ms * gp->w[k] * sq[k];
        }
        trace += f->inv[i * n + i] - gp->alpha[i] * gp->alpha[i];
    }
    grad[d] += total + 0.5 * gp->var * trace;
    grad[d + 1] += 0.5 * gp->noise * trace;
}

static double likelihood(void *arg, const double *p, double *grad)
{
    fit *f = arg;
    lrr_gp *gp = f->gp;
    const size_t n = gp->n;
    const lrr_chol factor = factor_in(gp, f->inv);
    double value, quad = 0;

    memset(grad, 0, (gp->d + 2) * sizeof *grad);
    unpack(gp, p);
    pair_covariance(f);
    memcpy(f->inv, gp->l, n * n * sizeof *f->inv);
    if (!lrr_chol_factor(&factor))
        return HUGE_VAL;
    solve_mean(gp, &factor, f->ones);
    for (size_t i = 0; i < n; i++)
        quad += (gp->y[i] - gp->mean) * gp->alpha[i];
    value = 0.5 * (quad + lrr_chol_logdet(&factor) + gp->mean * gp->mean);
    lrr_chol_inverse(&factor);
    likelihood_gradient(f, grad);
    return value + priors(gp, p, grad);
}

size_t lrr_gp_fit_work(size_t n, size_t d)
{
    const size_t pairs = n * (n - 1) / 2;
    return pairs * (d + 1) + n * n + n + lrr_lbfgs_work(d + 2) + 4 * (d + 2);
}

void lrr_gp_fit(lrr_gp *gp, size_t evals, double *work)
{
    static const double starts[][3] = { { -0.7, 0, -7 },
                                        { 0.5, 0, -2 },
                                        { -1.6, 0, -4 } };
    const size_t n = gp->n, d = gp->d, m = d + 2, pairs = n * (n - 1) / 2;
    fit f = { .gp = gp };
    double *lo, *hi, *p, *best, best_value = HUGE_VAL, *sq;
    lrr_lbfgs_cfg cfg = {
        .n = m, .evals = evals, .gtol = 1e-3, .ftol = 1e-5, .first = 1
    };

    f.sq = sq = work;
    f.slope = f.sq + pairs * d;
    f.inv = f.slope + pairs;
    f.ones = f.inv + n * n;
    cfg.work = f.ones + n;
    lo = cfg.work + lrr_lbfgs_work(m);
    hi = lo + m;
    p = hi + m;
    best = p + m;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            for (size_t k = 0; k < d; k++)
                *sq++ = square_diff(gp, gp->x + i * d, gp->x + j * d, k);
    for (size_t k = 0; k < m; k++) {
        lo[k] = k < d ? -4.6 : k == d ? -5 : lrr_dlog(NOISE_MIN);
        hi[k] = k < d ? 4.6 : k == d ? 5 : 1;
    }
    cfg.lo = lo;
    cfg.hi = hi;
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
        double value;
        for (size_t k = 0; k < m; k++)
            p[k] = starts[s][k < d ? 0 : k - d + 1];
        value = lrr_lbfgs(&cfg, likelihood, &f, p);
        if (value < best_value) {
            best_value = value;
            memcpy(best, p, m * sizeof *best);
        }
    }
    if (!isfinite(best_value))
        for (size_t k = 0; k < m; k++)
            best[k] = starts[0][k < d ? 0 : k - d + 1];
    unpack(gp, best);
}

void lrr_gp_condition(lrr_gp *gp)
{
    const lrr_chol factor = factor_in(gp, gp->l);
    for (;;) {
        covariance(gp);
        if (lrr_chol_factor(&factor))
            break;
        gp->noise = 10 * gp->noise + 1e-8;
    }
    {
        /* alpha first holds the ones: both are (n). */
        double sy = 0, s1 = 0;
        for (size_t i = 0; i < gp->n; i++)
            gp->alpha[i] = 1;
        lrr_chol_solve(&factor, gp->alpha, 1);
        for (size_t i = 0; i < gp->n; i++) {
            s1 += gp->alpha[i];
            sy += gp->alpha[i] * gp->y[i];
        }
        gp->mean = sy / (s1 + 1);
        for (size_t i = 0; i < gp->n; i++)
            gp->alpha[i] = gp->y[i] - gp->mean;
        lrr_chol_solve(&factor, gp->alpha, 1);
    }
}

void lrr_gp_predict(const lrr_gp *gp, const double *xs, size_t m, double *mean,
                    double *var, double *work)
{
    const size_t n = gp->n, d = gp->d;
    const lrr_chol factor = factor_in(gp, gp->l);
    for (size_t i = 0; i < m; i++) {
        double *row = work + i * n;
        distances(gp, xs + i * d, n, row);
        matern(row, n, gp->var, row);
        mean[i] = gp->mean;
        for (size_t j = 0; j < n; j++)
            mean[i] += row[j] * gp->alpha[j];
    }
    lrr_chol_half(&factor, work, m);
    for (size_t i = 0; i < m; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += work[i * n + j] * work[i * n + j];
        var[i] = gp->var - sum;
    }
}

void lrr_gp_slope(const lrr_gp *gp, const double *x, double *mean, double *var,
                  double *dmean, double *dvar, double *work)
{
    const size_t n = gp->n, d = gp->d;
    const lrr_chol factor = factor_in(gp, gp->l);
    double *c = work, *s = work + n;
    *mean = gp->mean;
    *var = gp->var;
    memset(dmean, 0, d * sizeof *dmean);
    memset(dvar, 0, d * sizeof *dvar);
    distances(gp, x, n, c);
    matern_slope(c, n, gp->var, c, s);
    for (size_t j = 0; j < n; j++)
        *mean += c[j] * gp->alpha[j];
    {
        /* c becomes K^-1 c; its product with the old c needs both. */
        double sum = 0;
        lrr_chol_half(&factor, c, 1);
        for (size_t j = 0; j < n; j++)
            sum += c[j] * c[j];
        *var -= sum;
        lrr_chol_back(&factor, c);
    }
    for (size_t j = 0; j < n; j++) {
        const double m = -gp->alpha[j] * s[j], v = 2 * c[j] * s[j];
        const double *xj = gp->x + j * d;
        for (size_t k = 0; k < d; k++) {
            const double t = gp->cat[k] ? 0 : gp->w[k] * (x[k] - xj[k]);
            dmean[k] += m * t;
            dvar[k] += v * t;
        }
    }
}
