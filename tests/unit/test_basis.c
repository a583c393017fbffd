/*
** test_basis.c -- eigenvectors are orthonormal, sorted, and give the matrix back, of any size and
** rank; rows made orthonormal span what the rows did; both with the bits of one thread.
*/
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/threads.h"
#include "check.h"
#include "linalg/basis.h"

enum { MOST = 300 };

static double a[MOST * MOST], spoilt[MOST * MOST], v[2][MOST * MOST], d[2][MOST];
static double work[LRR_BASIS_WORK(MOST)];

/* A = B B^T with B (n, rank), of numbers that depend on n; scale: of their size. */
static void make(size_t n, size_t rank, double scale)
{
    static double b[MOST * MOST];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rank; k++)
            b[i * rank + k] = sin((double)(i * 31 + k * k * 7 + n));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t k = 0; k < rank; k++)
                sum += b[i * rank + k] * b[j * rank + k];
            a[i * n + j] = scale * sum;
        }
}

static double dot(const double *x, const double *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static void check_orthonormal(const double *q, size_t n)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            worst = fmax(worst, fabs(dot(q + i * n, q + j * n, n) - (i == j)));
    CHECK(worst < 1e-12);
}

static void eigen(size_t n, int to)
{
    memcpy(spoilt, a, n * n * sizeof *a);
    lrr_basis_eigen(spoilt, v[to], d[to], work, n);
}

/* A v = d v, and trace and order are right. */
static void check_eigen(size_t n)
{
    double worst = 0, trace = 0, sum = 0;
    eigen(n, 0);
    check_orthonormal(v[0], n);
    for (size_t i = 0; i < n; i++) {
        trace += a[i * n + i];
        sum += d[0][i];
        CHECK(i == 0 || d[0][i] <= d[0][i - 1]);
        for (size_t j = 0; j < n; j++)
            worst = fmax(worst, fabs(dot(a + j * n, v[0] + i * n, n) -
                                     d[0][i] * v[0][i * n + j]));
    }
    CHECK(worst <= 1e-13 * (double)n * d[0][0]);
    CHECK(fabs(trace - sum) <= 1e-12 * trace);
}

static void eigenvectors_give_the_matrix_back(void)
{
    static const size_t sizes[] = { 1, 2, 3, 7, 16, 65, MOST };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t share = 1; share <= 4; share *= 2) {
            make(sizes[i], (sizes[i] + share - 1) / share, i % 2 == 0 ? 1 : 1e-12);
            check_eigen(sizes[i]);
        }
    memset(a, 0, sizeof a); /* no direction at all */
    check_eigen(5);
    for (size_t i = 0; i < 9; i++)
        a[i * 9 + i] = (double)(i * 4 % 9) + 1;
    check_eigen(9);
    CHECK(d[0][0] == 9 && fabs(v[0][2]) == 1);
}

static void rows_span_what_they_did(void)
{
    static const size_t sizes[] = { 1, 2, 5, 33, MOST };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t share = 1; share <= 2; share++) {
            const size_t n = sizes[s];
            double worst = 0;
            make(n, (n + share - 1) / share, 1);
            memcpy(spoilt, a, n * n * sizeof *a);
            lrr_basis_rows(spoilt, v[0], work, n);
            check_orthonormal(v[0], n);
            for (size_t i = 0; i < n;
                 i++) /* row i of a has no part beyond row i of q */
                for (size_t j = i + 1; j < n; j++)
                    worst = fmax(worst, fabs(dot(a + i * n, v[0] + j * n, n)));
            CHECK(worst < 1e-12 * (double)n);
        }
}

static void the_bits_are_those_of_one_thread(void)
{
    lrr_error err;
    make(MOST, 200, 1);
    for (size_t threads = 1; threads <= 4; threads++) {
        CHECK(lrr_threads_init(threads, &err) == LRR_OK &&
              lrr_threads_begin(&err) == LRR_OK);
        eigen(MOST, threads > 1);
        CHECK(memcmp(d[0], d[threads > 1], sizeof d[0]) == 0);
        CHECK(memcmp(v[0], v[threads > 1], sizeof v[0]) == 0);
    }
    memcpy(spoilt, a, sizeof a);
    lrr_basis_rows(spoilt, v[0], work, MOST);
    CHECK(lrr_threads_init(1, &err) == LRR_OK);
    memcpy(spoilt, a, sizeof a);
    lrr_basis_rows(spoilt, v[1], work, MOST);
    CHECK(memcmp(v[0], v[1], sizeof v[0]) == 0);
    lrr_threads_fini();
}

static void what_is_not_finite_ends(void)
{
    static const double wrong[] = { NAN, INFINITY, -INFINITY };
    for (size_t i = 0; i < 3; i++) {
        make(20, 20, 1);
        a[3 * 20 + 7] = a[7 * 20 + 3] = wrong[i];
        eigen(20, 0);
        CHECK(!isfinite(v[0][0]) || !isfinite(v[0][3 * 20 + 7]) || !isfinite(d[0][0]));
        memcpy(spoilt, a, 400 * sizeof *a);
        lrr_basis_rows(spoilt, v[0], work, 20);
        CHECK(!isfinite(v[0][3 * 20 + 7]));
    }
}

int main(void)
{
    eigenvectors_give_the_matrix_back();
    rows_span_what_they_did();
    the_bits_are_those_of_one_thread();
    what_is_not_finite_ends();
    printf("basis: %d faults\n", faults);
    return faults != 0;
}
