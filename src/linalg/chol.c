/* chol.c -- see chol.h. LAPACK is column-major: our lower triangle is its upper one. */
#include "linalg/chol.h"

#include "base/dmath.h"
#include "linalg/chol_plain.h"
#include "os/blas.h"

bool lrr_chol_factor(const lrr_chol *f)
{
    const lrr_blasint order = (lrr_blasint)f->n;
    lrr_blasint info = 0;
    if (f->portable)
        return lrr__chol_plain_factor(f->l, f->n);
    lrr_blas_get()->dpotrf("U", &order, f->l, &order, &info);
    return info == 0;
}

double lrr_chol_logdet(const lrr_chol *f)
{
    double sum = 0;
    for (size_t i = 0; i < f->n; i++)
        sum += lrr_dlog(f->l[i * f->n + i]);
    return 2 * sum;
}

void lrr_chol_solve(const lrr_chol *f, double *b, size_t k)
{
    const lrr_blasint order = (lrr_blasint)f->n, rows = (lrr_blasint)k;
    lrr_blasint info = 0;
    if (f->portable) {
        lrr__chol_plain_half(f->l, f->n, b, k);
        lrr__chol_plain_back(f->l, f->n, b, k);
        return;
    }
    lrr_blas_get()->dpotrs("U", &order, &rows, f->l, &order, b, &order, &info);
}

void lrr_chol_half(const lrr_chol *f, double *b, size_t k)
{
    const lrr_blasint order = (lrr_blasint)f->n, rows = (lrr_blasint)k;
    lrr_blasint info = 0;
    if (f->portable) {
        lrr__chol_plain_half(f->l, f->n, b, k);
        return;
    }
    lrr_blas_get()->dtrtrs("U", "T", "N", &order, &rows, f->l, &order, b, &order,
                           &info);
}

void lrr_chol_back(const lrr_chol *f, double *b)
{
    const lrr_blasint order = (lrr_blasint)f->n, rows = 1;
    lrr_blasint info = 0;
    if (f->portable) {
        lrr__chol_plain_back(f->l, f->n, b, 1);
        return;
    }
    lrr_blas_get()->dtrtrs("U", "N", "N", &order, &rows, f->l, &order, b, &order,
                           &info);
}

void lrr_chol_inverse(const lrr_chol *f)
{
    const lrr_blasint order = (lrr_blasint)f->n;
    lrr_blasint info = 0;
    const size_t n = f->n;
    if (f->portable) {
        lrr__chol_plain_inverse(f->l, n);
        return;
    }
    lrr_blas_get()->dpotri("U", &order, f->l, &order, &info);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            f->l[i * n + j] = f->l[j * n + i];
}
