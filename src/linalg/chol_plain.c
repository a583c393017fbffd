/* chol_plain.c -- see chol_plain.h. */
#include "linalg/chol_plain.h"

#include "base/dmath.h"

/* y (n) -= f x (n) */
static void subtract(double *restrict y, const double *restrict x, double f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] -= f * x[i];
}

static void copy_to_upper(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            a[i * n + j] = a[j * n + i];
}

static void copy_to_lower(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            a[j * n + i] = a[i * n + j];
}

/* Right-looking, on the upper triangle: Golub and Van Loan, Matrix Computations, 4.2.5. */
bool lrr__chol_plain_factor(double *a, size_t n)
{
    copy_to_upper(a, n);
    for (size_t k = 0; k < n; k++) {
        double *row = a + k * n;
        if (!(row[k] > 0) || row[k] > 1e300)
            return false;
        row[k] = lrr_dsqrt(row[k]);
        for (size_t j = k + 1; j < n; j++)
            row[j] /= row[k];
        for (size_t i = k + 1; i < n; i++)
            subtract(a + i * n + i, row + i, row[i], n - i);
    }
    copy_to_lower(a, n);
    return true;
}

void lrr__chol_plain_half(const double *l, size_t n, double *b, size_t k)
{
    for (size_t r = 0; r < k; r++)
        for (size_t j = 0; j < n; j++) {
            double *x = b + r * n;
            x[j] /= l[j * n + j];
            subtract(x + j + 1, l + j * n + j + 1, x[j], n - j - 1);
        }
}

void lrr__chol_plain_back(const double *l, size_t n, double *b, size_t k)
{
    for (size_t r = 0; r < k; r++)
        for (size_t j = n; j-- > 0;) {
            double *x = b + r * n;
            x[j] /= l[j * n + j];
            subtract(x, l + j * n, x[j], j);
        }
}

/* The sum of x y (n) in LANES partial sums, which are added one after the other. */
enum { LANES = 8 };
static double dot(const double *restrict x, const double *restrict y, size_t n)
{
    double lane[LANES] = { 0 }, sum = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += x[i + j] * y[i + j];
    for (size_t j = 0; i < n; i++, j++)
        lane[j] += x[i] * y[i];
    for (size_t j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

/* The upper triangle becomes V = L^-T from its last row up: row j is -1 / L(j, j) times the sum
** of L(k, j) V(k, .) over k > j. Taken from the last k down, L(k, j), which stands at (j, k), is
** read before its place is needed. */
static void invert_factor(double *l, size_t n)
{
    for (size_t j = n; j-- > 0;) {
        double *row = l + j * n;
        const double diagonal = 1 / row[j];
        for (size_t k = n; k-- > j + 1;) {
            const double f = row[k];
            row[k] = 0;
            subtract(row + k, l + k * n + k, f, n - k);
        }
        row[j] = diagonal;
        for (size_t i = j + 1; i < n; i++)
            row[i] *= diagonal;
    }
}

void lrr__chol_plain_inverse(double *l, size_t n)
{
    invert_factor(l, n);
    /* A^-1 = V V^T; the product's (i, j) is no longer needed by those that follow it. */
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            l[i * n + j] = dot(l + i * n + j, l + j * n + j, n - j);
    copy_to_lower(l, n);
}
