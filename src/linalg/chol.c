/* chol.c -- see chol.h. LAPACK is column-major: our lower triangle is its upper one. */
#include "linalg/chol.h"

#include "base/dmath.h"
#include "linalg/chol_plain.h"
#include "os/blas.h"

static bool portable;

void lrr_chol_portable(bool on)
{
    portable = on;
}

bool lrr_chol_factor(double *a, size_t n)
{
    const lrr_blasint order = (lrr_blasint)n;
    lrr_blasint info = 0;
    if (portable)
        return lrr__chol_plain_factor(a, n);
    lrr_blas_get()->dpotrf("U", &order, a, &order, &info);
    return info == 0;
}

double lrr_chol_logdet(const double *l, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += lrr_dlog(l[i * n + i]);
    return 2 * sum;
}

void lrr_chol_solve(const double *l, size_t n, double *b, size_t k)
{
    const lrr_blasint order = (lrr_blasint)n, rows = (lrr_blasint)k;
    lrr_blasint info = 0;
    if (portable) {
        lrr__chol_plain_half(l, n, b, k);
        lrr__chol_plain_back(l, n, b, k);
        return;
    }
    lrr_blas_get()->dpotrs("U", &order, &rows, l, &order, b, &order, &info);
}

void lrr_chol_half(const double *l, size_t n, double *b, size_t k)
{
    const lrr_blasint order = (lrr_blasint)n, rows = (lrr_blasint)k;
    lrr_blasint info = 0;
    if (portable) {
        lrr__chol_plain_half(l, n, b, k);
        return;
    }
    lrr_blas_get()->dtrtrs("U", "T", "N", &order, &rows, l, &order, b, &order, &info);
}

void lrr_chol_back(const double *l, size_t n, double *b)
{
    const lrr_blasint order = (lrr_blasint)n, rows = 1;
    lrr_blasint info = 0;
    if (portable) {
        lrr__chol_plain_back(l, n, b, 1);
        return;
    }
    lrr_blas_get()->dtrtrs("U", "N", "N", &order, &rows, l, &order, b, &order, &info);
}

void lrr_chol_inverse(double *l, size_t n)
{
    const lrr_blasint order = (lrr_blasint)n;
    lrr_blasint info = 0;
    if (portable) {
        lrr__chol_plain_inverse(l, n);
        return;
    }
    lrr_blas_get()->dpotri("U", &order, l, &order, &info);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            l[i * n + j] = l[j * n + i];
}
