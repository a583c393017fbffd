/*
** dmath.h -- logarithm, exponential, cosine and power in double, the same bits anywhere.
**
** libm picks its variants by CPU (FMA or not) and changes between releases, so nothing
** that reaches a result calls it: random numbers, schedules, optimizers' bias
** corrections and losses use these. They are built from + - * / and sqrt, which IEEE
** 754 defines to the last bit, and this program is compiled without contraction.
** Accuracy, in units in the last place: 2 for the exponential and logarithms, 3 for the
** cosine, 4 for expm1 and tanh, 16 for erf; 1e-13 of the value for powers that are not whole.
** Cannot fail; NaN gives NaN.
*/
#ifndef LRR_BASE_DMATH_H
#define LRR_BASE_DMATH_H

double lrr_dsqrt(double x);
double lrr_dexp(double x);    /* overflow: inf; underflow: 0 */
double lrr_dlog(double x);    /* 0: -inf; below 0: NaN */
double lrr_dlog1p(double x);  /* log(1 + x) */
double lrr_dexpm1(double x);  /* exp(x) - 1 */
double lrr_dcos2pi(double v); /* cos(2 pi v) */
double lrr_dpow(double base,
                double exponent); /* base >= 0; whole exponents exactly by squaring */
double lrr_dtanh(double x);
double lrr_derf(double x);

#endif
