/* gauss.c -- see gauss.h. */
#include "search/gauss.h"

#include <math.h>
#include <stddef.h>

#include "base/dmath.h"

static const double SQRT_HALF = 0.70710678118654752440;
static const double LOG_SQRT_2PI = 0.91893853320467274178;
static const double SQRT_HALF_PI = 1.25331413731550025121;

/* p[0] x^(n-1) + ... + p[n-1] */
static double poly(const double *p, size_t n, double x)
{
    double y = p[0];
    for (size_t i = 1; i < n; i++)
        y = y * x + p[i];
    return y;
}

/* exp(x^2) erfc(x) for x >= 0.46875: Cody's second and third interval. */
static double erfcx_above(double x)
{
    static const double c[] = { 2.15311535474403846e-8, 5.64188496988670089e-1,
                                8.88314979438837594e0,  6.61191906371416295e1,
                                2.98635138197400131e2,  8.81952221241769090e2,
                                1.71204761263407058e3,  2.05107837782607147e3,
                                1.23033935479799725e3 };
    static const double d[] = { 1,
                                1.57449261107098347e1,
                                1.17693950891312499e2,
                                5.37181101862009858e2,
                                1.62138957456669019e3,
                                3.29079923573345963e3,
                                4.36261909014324716e3,
                                3.43936767414372164e3,
                                1.23033935480374942e3 };
    static const double p[] = { 1.63153871373020978e-2, 3.05326634961232344e-1,
                                3.60344899949804439e-1, 1.25781726111229246e-1,
                                1.60837851487422766e-2, 6.58749161529837803e-4 };
    static const double q[] = { 1,
                                2.56852019228982242e0,
                                1.87295284992346725e0,
                                5.27905102951428412e-1,
                                6.05183413124413191e-2,
                                2.33520497626869185e-3 };
    const double inv_sqrt_pi = 5.6418958354775628695e-1;
    double z;
    if (x <= 4)
        return poly(c, 9, x) / poly(d, 9, x);
    z = 1 / (x * x);
    return (inv_sqrt_pi - z * poly(p, 6, z) / poly(q, 6, z)) / x;
}

/* erf(x) for |x| <= 0.46875. */
static double erf_near(double x)
{
    static const double a[] = { 1.85777706184603153e-1, 3.16112374387056560e0,
                                1.13864154151050156e2, 3.77485237685302021e2,
                                3.20937758913846947e3 };
    static const double b[] = { 1, 2.36012909523441209e1, 2.44024637934444173e2,
                                1.28261652607737228e3, 2.84423683343917062e3 };
    const double z = x * x;
    return x * poly(a, 5, z) / poly(b, 5, z);
}

static double erfcx_positive(double x)
{
    return x > 0.46875 ? erfcx_above(x) : lrr_dexp(x * x) * (1 - erf_near(x));
}

double lrr_gauss_cdf(double z)
{
    const double x = fabs(z) * SQRT_HALF;
    double tail;
    if (x <= 0.46875)
        return 0.5 + 0.5 * erf_near(z * SQRT_HALF);
    tail = 0.5 * erfcx_above(x) * lrr_dexp(-0.5 * z * z);
    return z < 0 ? tail : 1 - tail;
}

double lrr_gauss_mass(double a, double b)
{
    if (a > 0)
        return lrr_gauss_cdf(-a) - lrr_gauss_cdf(-b);
    return lrr_gauss_cdf(b) - lrr_gauss_cdf(a);
}

static double quantile_tail(double r)
{
    static const double c[] = { 7.74545014278341407640e-4, 2.27238449892691845833e-2,
                                2.41780725177450611770e-1, 1.27045825245236838258e0,
                                3.64784832476320460504e0,  5.76949722146069140550e0,
                                4.63033784615654529590e0,  1.42343711074968357734e0 };
    static const double d[] = { 1.05075007164441684324e-9, 5.47593808499534494600e-4,
                                1.51986665636164571966e-2, 1.48103976427480074590e-1,
                                6.89767334985100004550e-1, 1.67638483018380384940e0,
                                2.05319162663775882187e0,  1 };
    static const double e[] = { 2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                1.24266094738807843860e-3, 2.65321895265761230930e-2,
                                2.96560571828504891230e-1, 1.78482653991729133580e0,
                                5.46378491116411436990e0,  6.65790464350110377720e0 };
    static const double f[] = { 2.04426310338993978564e-15, 1.42151175831644588870e-7,
                                1.84631831751005468180e-5,  7.86869131145613259100e-4,
                                1.48753612908506148525e-2,  1.36929880922735805310e-1,
                                5.99832206555887937690e-1,  1 };
    if (r <= 5)
        return poly(c, 8, r - 1.6) / poly(d, 8, r - 1.6);
    return poly(e, 8, r - 5) / poly(f, 8, r - 5);
}

double lrr_gauss_quantile(double p)
{
    static const double a[] = { 2.5090809287301226727e3, 3.3430575583588128105e4,
                                6.7265770927008700853e4, 4.5921953931549871457e4,
                                1.3731693765509461125e4, 1.9715909503065514427e3,
                                1.3314166789178437745e2, 3.3871328727963666080e0 };
    static const double b[] = { 5.2264952788528545610e3, 2.8729085735721942674e4,
                                3.9307895800092710610e4, 2.1213794301586595867e4,
                                5.3941960214247511077e3, 6.8718700749205790830e2,
                                4.2313330701600911252e1, 1 };
    const double q = p - 0.5;
    double z;
    if (fabs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * poly(a, 8, r) / poly(b, 8, r);
    }
    z = quantile_tail(lrr_dsqrt(-lrr_dlog(q < 0 ? p : 1 - p)));
    return q < 0 ? -z : z;
}

double lrr_gauss_log_ei(double z, double *dz)
{
    const double log_pdf = -0.5 * z * z - LOG_SQRT_2PI;
    if (z > -1) {
        const double cdf = lrr_gauss_cdf(z);
        const double h = lrr_dexp(log_pdf) + z * cdf;
        *dz = cdf / h;
        return lrr_dlog(h);
    } else {
        /* h = pdf (1 + z m), m = cdf / pdf */
        const double m = SQRT_HALF_PI * erfcx_positive(-z * SQRT_HALF);
        const double i = 1 / (z * z);
        const double left = z > -1e3 ? 1 + z * m : i * (1 - i * (3 - 15 * i));
        *dz = m / left;
        return log_pdf + lrr_dlog(left);
    }
}
