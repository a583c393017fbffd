/*
** test_chol.c -- the two ways to factorise: both give A back and solve with it, agree within
** rounding, and tell a matrix that is not positive definite.
*/
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "check.h"
#include "linalg/chol.h"
#include "os/blas.h"

enum { MOST = 67, ROWS = 3 };

static double a[MOST * MOST], l[2][MOST * MOST], b[ROWS * MOST], x[2][ROWS * MOST];

/* A = B B^T + I / 2, with numbers that depend on n. */
static void make(size_t n)
{
    const lrr_key key = lrr_rng_key(7, LRR_STREAM_SEARCH, n);
    static double part[MOST * MOST];
    for (size_t i = 0; i < n * n; i++)
        part[i] = lrr_rng_normal(key, i, 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            a[i * n + j] = i == j ? 0.5 : 0;
            for (size_t k = 0; k < n; k++)
                a[i * n + j] += part[i * n + k] * part[j * n + k];
        }
    for (size_t i = 0; i < ROWS * n; i++)
        b[i] = lrr_rng_normal(key, i, 1);
}

static double distance(const double *p, const double *q, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(p[i] - q[i]) / (1 + fabs(q[i])));
    return most;
}

static double distance_lower(const double *p, const double *q, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, distance(p + i * n, q + i * n, i + 1));
    return most;
}

/* The largest |A x - b| of all rows. */
static double residual(const double *solution, size_t n)
{
    double most = 0;
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < n; i++) {
            double sum = -b[r * n + i];
            for (size_t j = 0; j < n; j++)
                sum += a[i * n + j] * solution[r * n + j];
            most = fmax(most, fabs(sum));
        }
    return most;
}

static void test_size(size_t n)
{
    static double inverse[2][MOST * MOST];
    double logdet[2];
    make(n);
    for (int mode = 0; mode < 2; mode++) {
        const lrr_chol f = { l[mode], n, mode == 1 };
        const lrr_chol inverted = { inverse[mode], n, mode == 1 };
        memcpy(l[mode], a, n * n * sizeof *a);
        CHECK(lrr_chol_factor(&f));
        logdet[mode] = lrr_chol_logdet(&f);
        memcpy(x[mode], b, ROWS * n * sizeof *b);
        lrr_chol_solve(&f, x[mode], ROWS);
        CHECK(residual(x[mode], n) < 1e-9);
        memcpy(x[mode], b, ROWS * n * sizeof *b);
        lrr_chol_half(&f, x[mode], ROWS);
        for (size_t r = 0; r < ROWS; r++)
            lrr_chol_back(&f, x[mode] + r * n);
        CHECK(residual(x[mode], n) < 1e-9);
        memcpy(inverse[mode], l[mode], n * n * sizeof *a);
        lrr_chol_inverse(&inverted);
        for (size_t r = 0; r < ROWS; r++)
            for (size_t i = 0; i < n; i++) {
                x[mode][r * n + i] = 0;
                for (size_t j = 0; j < n; j++)
                    x[mode][r * n + i] += inverse[mode][i * n + j] * b[r * n + j];
            }
        CHECK(residual(x[mode], n) < 1e-9);
    }
    CHECK(distance_lower(l[1], l[0], n) < 1e-10);
    CHECK(distance(inverse[1], inverse[0], n * n) < 1e-8);
    CHECK(fabs(logdet[1] - logdet[0]) < 1e-9);
}

static void test_refused(void)
{
    static const double bad[][4] = { { 1, 2, 2, 1 },
                                     { 0, 0, 0, 0 },
                                     { -1, 0, 0, 1 },
                                     { 1, 0, 0, (double)NAN },
                                     { (double)INFINITY, 0, 0, 1 } };
    for (int mode = 0; mode < 2; mode++) {
        for (size_t i = 0; i < (mode == 1 ? sizeof bad / sizeof *bad : 3); i++) {
            double m[4];
            memcpy(m, bad[i], sizeof m);
            CHECK(!lrr_chol_factor(&(lrr_chol){ m, 2, mode == 1 }));
        }
    }
}

int main(void)
{
    static const size_t sizes[] = { 1, 2, 3, 7, 8, 9, 16, 33, MOST };
    lrr_error err;
    CHECK(lrr_blas_load(&err) == LRR_OK);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        test_size(sizes[i]);
    test_refused();
    printf("%d faults\n", faults);
    return faults != 0;
}
