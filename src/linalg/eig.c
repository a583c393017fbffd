/* eig.c -- see eig.h. */
#include "linalg/eig.h"

#include <math.h>
#include <string.h>

#include "base/dmath.h"

enum { SWEEPS = 30 }; /* it converges quadratically: eight are many */

/* Rotation by c and s of x and y. */
static void turn(double *x, double *y, double c, double s)
{
    const double old = *x;
    *x = c * old - s * *y;
    *y = s * old + c * *y;
}

/* Makes a[p, q] 0, p < q. */
static void rotate(double *a, double *v, size_t n, size_t p, size_t q)
{
    const double off = a[p * n + q];
    const double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
    const double t =
        (theta < 0 ? -1 : 1) / (fabs(theta) + lrr_dsqrt(theta * theta + 1));
    const double c = 1 / lrr_dsqrt(t * t + 1), s = t * c;

    for (size_t i = 0; i < n; i++)
        turn(&a[i * n + p], &a[i * n + q], c, s);
    for (size_t i = 0; i < n; i++)
        turn(&a[p * n + i], &a[q * n + i], c, s);
    for (size_t i = 0; i < n; i++)
        turn(&v[p * n + i], &v[q * n + i], c, s);
    a[p * n + q] = a[q * n + p] = 0;
}

void lrr_eig_symmetric(double *a, double *v, size_t n)
{
    double left = 1;
    memset(v, 0, n * n * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i * n + i] = 1;
    for (int sweep = 0; left > 0 && sweep < SWEEPS; sweep++) {
        left = 0;
        for (size_t p = 0; p < n; p++)
            for (size_t q = p + 1; q < n; q++) {
                const double off = fabs(a[p * n + q]);
                const double size = fabs(a[p * n + p]) + fabs(a[q * n + q]);
                if (!(off > 1e-17 * size))
                    continue;
                left += off;
                rotate(a, v, n, p, q);
            }
    }
}
