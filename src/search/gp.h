/*
** gp.h -- a Gaussian process: Matern 5/2, one length per dimension, fitted noise.
**
** y(x) = mean + f(x) + noise, Cov f = var (1 + r s + r^2 s^2 / 3) exp(-r s), s = sqrt 5,
** r^2 = sum_k d_k^2 / len_k^2, where d_k is x_k - x'_k, or 0 and 1 for categories that
** are the same or not (Rasmussen and Williams, Gaussian Processes for Machine Learning,
** MIT Press 2006, ch. 2, 4.2.1, 5.4). Inputs lie in [0, 1], y is standardised.
**
** The hyperparameters are the most probable ones (marginal likelihood times priors), by
** L-BFGS from several starts. Priors: gp.c.
**
** Ownership: x, y, cat and the buffers are the caller's. One thread. Call lrr_blas_load
** first.
*/
#ifndef LRR_SEARCH_GP_H
#define LRR_SEARCH_GP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct lrr_gp {
    size_t n, d;
    bool portable;     /* the same bits on any x86-64 CPU (linalg/chol.h) */
    const double *x;   /* (n, d) */
    const double *y;   /* (n) */
    const bool *cat;   /* (d) */
    double *w;         /* (d) 1 / len^2: fitted, or given to lrr_gp_condition */
    double var, noise; /* variances of f and of the noise */
    double mean;       /* set by lrr_gp_condition */
    double *l;         /* (n, n) factor of the covariance of y */
    double *alpha;     /* (n) K^-1 (y - mean) */
} lrr_gp;

/* Doubles of scratch memory that lrr_gp_fit takes. */
size_t lrr_gp_fit_work(size_t n, size_t d);

/* Sets w, var and noise from x and y with at most `evals` evaluations of the likelihood
** for each start; uses l and alpha as scratch. */
void lrr_gp_fit(lrr_gp *gp, size_t evals, double *work);

/* Sets l, alpha and mean for the hyperparameters that gp has. The noise is raised where
** the covariance is not numerically positive definite. */
void lrr_gp_condition(lrr_gp *gp);

/* mean (m) and var (m) of f at the rows of xs (m, d); work (m, n). */
void lrr_gp_predict(const lrr_gp *gp, const double *xs, size_t m, double *mean,
                    double *var, double *work);

/* Mean and variance at x (d) and their derivatives by x (0 for categories); work (2 n). */
void lrr_gp_slope(const lrr_gp *gp, const double *x, double *mean, double *var,
                  double *dmean, double *dvar, double *work);

#endif
