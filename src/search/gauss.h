/*
** gauss.h -- the normal distribution, the same bits on every machine.
**
** Only base/dmath.h below it. Accuracy: about 1e-14 relative, tails included.
*/
#ifndef LRR_SEARCH_GAUSS_H
#define LRR_SEARCH_GAUSS_H

/* P(Z < z). Source of its erfc: W. J. Cody, "Rational Chebyshev approximations for the
** error function", Mathematics of Computation 23, 1969. */
double lrr_gauss_cdf(double z);

/* P(a < Z < b) without cancellation in the tails; a <= b. */
double lrr_gauss_mass(double a, double b);

/* The z with P(Z < z) = p, 0 < p < 1. Source: M. J. Wichura, algorithm AS 241 (PPND16),
** Applied Statistics 37, 1988. */
double lrr_gauss_quantile(double p);

/*
** log E[max(0, Z + z)], the logarithm of the expected improvement in units of the
** deviation, for any finite z; *dz receives its derivative.
** Source: Ament et al., "Unexpected improvements to expected improvement for Bayesian
** optimization", NeurIPS 2023, eq. 9; below -1 through the scaled erfc, below -1e3 by
** the series 1/z^2 - 3/z^4 + 15/z^6 of what is left there.
*/
double lrr_gauss_log_ei(double z, double *dz);

#endif
