/* basis.c -- see basis.h. */
#include "linalg/basis.h"

#include <math.h>
#include <string.h>

#include "base/dmath.h"
#include "base/threads.h"

/* Elements of a chunk, and the most chunks; steps of QL for one eigenvalue, where three are
** many. */
enum { GRAIN = 16384, CHUNKS = 64, STEPS = 60 };

/* Of each part of the work by all threads. */
typedef struct job {
    double *a, *v;
    double *p, *beta; /* (n) */
    double *turn;     /* (n, 2) cosine and sine */
    size_t n, k, last, chunks;
} job;

/* Sums in an order that does not hang on the CPU, eight at a time. */
static double dot(const double *x, const double *y, size_t n)
{
    double s[8] = { 0 };
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            s[j] += x[i + j] * y[i + j];
    for (; i < n; i++)
        s[0] += x[i] * y[i];
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

static void add(double *y, double a, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

/* Makes x (n) the vector of the reflection I - beta x x^T that takes x to (*to, 0, ...). */
static double reflector(double *x, size_t n, double *to)
{
    const double rest = dot(x + 1, x + 1, n - 1), first = x[0];
    const double norm = lrr_dsqrt(first * first + rest);
    *to = first;
    if (rest == 0)
        return 0;
    *to = first > 0 ? -norm : norm;
    x[0] = first - *to;
    return 2 / (x[0] * x[0] + rest);
}

/* Runs f on chunks of rows or columns k .. n - 1. */
static void each(job *j, size_t k, lrr_chunk_fn f)
{
    j->k = k;
    j->chunks = lrr_chunks((j->n - k) * (j->n - k), GRAIN, CHUNKS);
    lrr_parallel(j->chunks, f, j);
}

static void range_of(const job *j, size_t chunk, size_t *at, size_t *end)
{
    *at = j->k + lrr_chunk_at(j->n - j->k, j->chunks, chunk);
    *end = j->k + lrr_chunk_at(j->n - j->k, j->chunks, chunk + 1);
}

/* p = beta A x, with x behind the diagonal in row k - 1 and A from row and column k on. */
static void multiply(void *arg, size_t chunk)
{
    const job *j = arg;
    const size_t n = j->n, k = j->k;
    size_t at, end;
    range_of(j, chunk, &at, &end);
    for (size_t i = at; i < end; i++)
        j->p[i] = j->beta[k - 1] * dot(j->a + i * n + k, j->a + (k - 1) * n + k, n - k);
}

/* A -= x p^T + p x^T */
static void subtract(void *arg, size_t chunk)
{
    const job *j = arg;
    const size_t n = j->n, k = j->k;
    const double *x = j->a + (k - 1) * n;
    size_t at, end;
    range_of(j, chunk, &at, &end);
    for (size_t i = at; i < end; i++) {
        add(j->a + i * n + k, -x[i], j->p + k, n - k);
        add(j->a + i * n + k, -j->p[i], x + k, n - k);
    }
}

/* a becomes the reflections, d its diagonal and e what stands beside that. */
static void reduce(job *j, double *d, double *e)
{
    const size_t n = j->n;
    for (size_t k = 1; k < n; k++) {
        double *x = j->a + (k - 1) * n, *beta = &j->beta[k - 1];
        d[k - 1] = x[k - 1];
        *beta = reflector(x + k, n - k, &e[k - 1]);
        if (*beta == 0)
            continue;
        each(j, k, multiply);
        add(j->p + k, -*beta / 2 * dot(x + k, j->p + k, n - k), x + k, n - k);
        each(j, k, subtract);
    }
    d[n - 1] = j->a[n * n - 1];
    e[n - 1] = 0;
}

/* Rows l .. last of v turned in pairs, the last first. */
static void turn_columns(void *arg, size_t chunk)
{
    const job *j = arg;
    const size_t n = j->n;
    const size_t at = lrr_chunk_at(n, j->chunks, chunk);
    const size_t end = lrr_chunk_at(n, j->chunks, chunk + 1);
    for (size_t i = j->last; i-- > j->k;) {
        double *x = j->v + i * n, *y = x + n;
        const double c = j->turn[2 * i], s = j->turn[2 * i + 1];
        for (size_t col = at; col < end; col++) {
            const double old = y[col];
            y[col] = s * x[col] + c * old;
            x[col] = c * x[col] - s * old;
        }
    }
}

/* One implicit QL step on rows l .. m; gives the first row that it turned. */
static size_t step(double *d, double *e, double *turn, size_t l, size_t m)
{
    double g = (d[l + 1] - d[l]) / (2 * e[l]), s = 1, c = 1, p = 0;
    const double root = lrr_dsqrt(g * g + 1);
    g = d[m] - d[l] + e[l] / (g + (g < 0 ? -root : root));
    for (size_t i = m; i-- > l;) {
        const double f = s * e[i], b = c * e[i];
        double r = lrr_dsqrt(f * f + g * g);
        e[i + 1] = r;
        if (r == 0) {
            d[i + 1] -= p;
            e[m] = 0;
            return i + 1;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        turn[2 * i] = c;
        turn[2 * i + 1] = s;
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
    return l;
}

/* The end of the rows from l on that hang together. */
static size_t end_of(const double *d, const double *e, double least, size_t l, size_t n)
{
    size_t m = l;
    while (m + 1 < n && fabs(e[m]) > least &&
           fabs(e[m]) > 0x1p-53 * (fabs(d[m]) + fabs(d[m + 1])))
        m++;
    return m;
}

static void diagonalise(job *j, double *d, double *e)
{
    const size_t n = j->n;
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(d[i]) + fabs(e[i]));
    for (size_t l = 0; l < n; l++)
        for (int i = 0; i < STEPS; i++) {
            const size_t m = end_of(d, e, 0x1p-70 * most, l, n);
            if (m == l)
                break;
            j->last = m;
            j->k = step(d, e, j->turn, l, m);
            j->chunks = lrr_chunks((m - j->k) * n, GRAIN, CHUNKS);
            lrr_parallel(j->chunks, turn_columns, j);
        }
}

/* Row i of v through the reflections, which leave out what is before `offset` + their number. */
static void reflect_row(const job *j, size_t i, size_t from, size_t offset)
{
    const size_t n = j->n;
    for (size_t k = from; k-- > 0;) {
        const double *x = j->a + k * n + k + offset;
        double *to = j->v + i * n + k + offset;
        if (j->beta[k] != 0)
            add(to, -j->beta[k] * dot(x, to, n - k - offset), x, n - k - offset);
    }
}

static void reflect_eigen(void *arg, size_t chunk)
{
    const job *j = arg;
    size_t at, end;
    range_of(j, chunk, &at, &end);
    for (size_t i = at; i < end; i++)
        reflect_row(j, i, j->n - 1, 1);
}

static void identity(double *v, size_t n)
{
    memset(v, 0, n * n * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i * n + i] = 1;
}

static void swap_rows(double *v, size_t i, size_t k, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        const double old = v[i * n + c];
        v[i * n + c] = v[k * n + c];
        v[k * n + c] = old;
    }
}

static void sort(double *d, double *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t best = i;
        for (size_t k = i + 1; k < n; k++)
            best = d[k] > d[best] ? k : best;
        if (best != i) {
            const double old = d[i];
            d[i] = d[best];
            d[best] = old;
            swap_rows(v, i, best, n);
        }
    }
}

void lrr_basis_eigen(double *a, double *v, double *d, double *work, size_t n)
{
    job j = { .n = n };
    double *e = work + 4 * n;
    j.a = a;
    j.v = v;
    j.p = work;
    j.beta = work + n;
    j.turn = work + 2 * n;
    if (n == 0)
        return;
    reduce(&j, d, e);
    identity(v, n);
    diagonalise(&j, d, e);
    each(&j, 0, reflect_eigen);
    sort(d, v, n);
}

/* The reflection of row k - 1 for all rows behind it. */
static void reflect_rest(void *arg, size_t chunk)
{
    const job *j = arg;
    const size_t n = j->n, k = j->k - 1;
    const double *x = j->a + k * n + k;
    size_t at, end;
    range_of(j, chunk, &at, &end);
    for (size_t i = at; i < end; i++)
        add(j->a + i * n + k, -j->beta[k] * dot(x, j->a + i * n + k, n - k), x, n - k);
}

static void reflect_rows(void *arg, size_t chunk)
{
    const job *j = arg;
    size_t at, end;
    range_of(j, chunk, &at, &end);
    for (size_t i = at; i < end; i++)
        reflect_row(j, i, i + 1, 0);
}

void lrr_basis_rows(double *a, double *q, double *work, size_t n)
{
    job j = { .n = n };
    double to;
    j.a = a;
    j.v = q;
    j.beta = work;
    for (size_t k = 0; k < n; k++) {
        j.beta[k] = reflector(a + k * n + k, n - k, &to);
        if (j.beta[k] != 0 && k + 1 < n)
            each(&j, k + 1, reflect_rest);
    }
    identity(q, n);
    if (n > 0)
        each(&j, 0, reflect_rows);
}
