/* lanczos.c -- see lanczos.h. */
#include "linalg/lanczos.h"

#include <math.h>
#include <string.h>

#include "base/dmath.h"
#include "base/mem.h"
#include "linalg/long.h"

/* Before so many products an eigenvector that the start hardly has may not have been found. */
enum { TRUSTED = 10 };

static const double TOLERANCE = 1e-3, NOTHING = 1e-7;

struct lrr_lanczos {
    size_t n, most, steps, dimension;             /* steps: products told */
    lrr_real *basis;                              /* (most + 1, n) orthonormal rows */
    double alpha[LRR_EIG_MAX], beta[LRR_EIG_MAX]; /* diagonal, and what is beside it */
    double ritz[LRR_EIG_MAX];                     /* of the largest: its coordinates */
    double value, error;
    bool ended, settled;
};

static lrr_real *row(const lrr_lanczos *l, size_t i)
{
    return l->basis + i * l->n;
}

/* x of length 1; gives the length that it had. One of 0, or not finite, stays as it is. */
static double normalize(lrr_real *x, size_t n)
{
    const double length = lrr_dsqrt(lrr_long_dot(x, x, n));
    if (length > 0 && isfinite(length))
        lrr_long_combine(1 / length, x, 0, x, n);
    return length;
}

lrr_status lrr_lanczos_new(size_t n, size_t steps, lrr_lanczos **out, lrr_error *err)
{
    lrr_lanczos *l = NULL;
    lrr_status st;
    *out = NULL;
    LRR_ASSERT(steps >= 2 && steps <= LRR_EIG_MAX);
    st = lrr_mem_new(1, sizeof *l, "a Lanczos iteration", &l, err);
    if (st != LRR_OK)
        return st;
    l->n = n;
    l->most = steps;
    l->ended = true;
    st = lrr_mem_new(lrr_size_mul(steps + 1, n), sizeof *l->basis,
                     "vectors of a Lanczos iteration", &l->basis, err);
    if (st != LRR_OK) {
        lrr_lanczos_free(l);
        return st;
    }
    *out = l;
    return LRR_OK;
}

void lrr_lanczos_free(lrr_lanczos *l)
{
    if (l == NULL)
        return;
    lrr_mem_free(l->basis);
    lrr_mem_free(l);
}

lrr_real *lrr_lanczos_start(lrr_lanczos *l)
{
    return l->basis;
}

lrr_real *lrr_lanczos_scratch(lrr_lanczos *l)
{
    return l->basis;
}

void lrr_lanczos_begin(lrr_lanczos *l, size_t dimension)
{
    const double length = normalize(l->basis, l->n);
    l->steps = 0;
    l->dimension = dimension;
    l->value = l->error = 0;
    l->settled = length == 0;
    l->ended = !(length > 0) || !isfinite(length);
}

const lrr_real *lrr_lanczos_ask(const lrr_lanczos *l)
{
    return l->ended ? NULL : row(l, l->steps);
}

/* Takes what earlier rows have of y away, twice, which leaves rounding alone (Giraud et al.
** 2005). */
static void orthogonalize(const lrr_lanczos *l, lrr_real *y)
{
    for (int times = 0; times < 2; times++)
        for (size_t i = 0; i <= l->steps; i++)
            lrr_long_combine(1, y, -lrr_long_dot(row(l, i), y, l->n), row(l, i), l->n);
}

/* The largest eigenvalue of the tridiagonal matrix so far, its vector, and the bound: the
** residual, or by its square and the distance from the next one, which is less. */
static void solve(lrr_lanczos *l)
{
    double a[LRR_EIG_MAX * LRR_EIG_MAX] = { 0 }, v[LRR_EIG_MAX * LRR_EIG_MAX];
    const size_t m = l->steps;
    size_t top = 0;
    double next = -HUGE_VAL, residual;

    for (size_t i = 0; i < m; i++) {
        a[i * m + i] = l->alpha[i];
        if (i + 1 < m)
            a[i * m + i + 1] = a[(i + 1) * m + i] = l->beta[i];
    }
    lrr_eig_symmetric(a, v, m);
    for (size_t i = 1; i < m; i++)
        top = a[i * m + i] > a[top * m + top] ? i : top;
    for (size_t i = 0; i < m; i++)
        if (i != top && a[i * m + i] > next)
            next = a[i * m + i];
    l->value = a[top * m + top];
    memcpy(l->ritz, v + top * m, m * sizeof *l->ritz);
    residual = l->beta[m - 1] * fabs(l->ritz[m - 1]);
    l->error = residual;
    if (m > 1 && l->value - next > residual)
        l->error = residual * residual / (l->value - next);
}

/* How large the matrix is, by its entries. */
static double scale_of(const lrr_lanczos *l)
{
    double most = 0;
    for (size_t i = 0; i < l->steps; i++) {
        most = fmax(most, fabs(l->alpha[i]));
        if (i + 1 < l->steps)
            most = fmax(most, l->beta[i]);
    }
    return most;
}

void lrr_lanczos_tell(lrr_lanczos *l, lrr_real *y)
{
    const size_t k = l->steps;
    double beta, scale;

    l->alpha[k] = lrr_long_dot(row(l, k), y, l->n);
    orthogonalize(l, y);
    l->steps++;
    memcpy(row(l, l->steps), y, l->n * sizeof *y);
    beta = l->beta[k] = normalize(row(l, l->steps), l->n);
    if (!isfinite(l->alpha[k]) || !isfinite(beta)) {
        l->value = l->error = (double)NAN;
        l->ended = true;
        return;
    }
    solve(l);
    scale = scale_of(l);
    l->settled = beta <= NOTHING * scale || l->steps == l->dimension ||
                 (l->steps >= TRUSTED &&
                  l->error <= TOLERANCE * fmax(fabs(l->value), TOLERANCE * scale));
    l->ended = l->settled || l->steps == l->most;
}

lrr_lanczos_result lrr_lanczos_found(const lrr_lanczos *l)
{
    return (lrr_lanczos_result){ l->value, l->error, l->steps, l->settled };
}

void lrr_lanczos_vector(const lrr_lanczos *l, lrr_real *v)
{
    memset(v, 0, l->n * sizeof *v);
    for (size_t i = 0; i < l->steps; i++)
        lrr_long_combine(1, v, l->ritz[i], row(l, i), l->n);
    normalize(v, l->n);
}
