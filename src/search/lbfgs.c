/* lbfgs.c -- see lbfgs.h. */
#include "search/lbfgs.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/dmath.h"

typedef struct state {
    size_t n, pairs, evals;
    double *g, *x_new, *g_new, *d; /* (n) */
    double *s, *y;                 /* (memory, n), newest last */
    double rho[LRR_LBFGS_MEMORY];
    double value;
} state;

size_t lrr_lbfgs_work(size_t n)
{
    return n * (4 + 2 * LRR_LBFGS_MEMORY);
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static bool pressed(const lrr_lbfgs_cfg *c, const double *x, const double *g, size_t i)
{
    return (x[i] <= c->lo[i] && g[i] > 0) || (x[i] >= c->hi[i] && g[i] < 0);
}

/* d = -H g over the free variables, by the two loops. */
static void direction(state *st, const lrr_lbfgs_cfg *c, const double *x)
{
    const size_t n = st->n;
    double a[LRR_LBFGS_MEMORY];
    for (size_t i = 0; i < n; i++)
        st->d[i] = pressed(c, x, st->g, i) ? 0 : -st->g[i];
    for (size_t k = st->pairs; k-- > 0;) {
        a[k] = st->rho[k] * dot(st->s + k * n, st->d, n);
        for (size_t i = 0; i < n; i++)
            st->d[i] -= a[k] * st->y[k * n + i];
    }
    if (st->pairs > 0) {
        const double *y = st->y + (st->pairs - 1) * n;
        const double scale = 1 / (st->rho[st->pairs - 1] * dot(y, y, n));
        for (size_t i = 0; i < n; i++)
            st->d[i] *= scale;
    }
    for (size_t k = 0; k < st->pairs; k++) {
        const double b = a[k] - st->rho[k] * dot(st->y + k * n, st->d, n);
        for (size_t i = 0; i < n; i++)
            st->d[i] += b * st->s[k * n + i];
    }
    for (size_t i = 0; i < n; i++)
        if (pressed(c, x, st->g, i))
            st->d[i] = 0;
}

static void remember(state *st, const double *x)
{
    const size_t n = st->n;
    double *s, *y, sy;
    if (st->pairs == LRR_LBFGS_MEMORY) {
        memmove(st->s, st->s + n, (LRR_LBFGS_MEMORY - 1) * n * sizeof *st->s);
        memmove(st->y, st->y + n, (LRR_LBFGS_MEMORY - 1) * n * sizeof *st->y);
        memmove(st->rho, st->rho + 1, (LRR_LBFGS_MEMORY - 1) * sizeof *st->rho);
        st->pairs--;
    }
    s = st->s + st->pairs * n;
    y = st->y + st->pairs * n;
    for (size_t i = 0; i < n; i++) {
        s[i] = st->x_new[i] - x[i];
        y[i] = st->g_new[i] - st->g[i];
    }
    sy = dot(s, y, n);
    if (sy > 1e-10 * dot(y, y, n)) {
        st->rho[st->pairs] = 1 / sy;
        st->pairs++;
    }
}

/* Shortens the step along d until the value falls enough; false where it never does. */
static bool search_line(state *st, const lrr_lbfgs_cfg *c, lrr_lbfgs_fn f, void *arg,
                        const double *x)
{
    const size_t n = st->n;
    const double length = lrr_dsqrt(dot(st->d, st->d, n));
    double t = 1;
    if (st->pairs == 0 && length > c->first)
        t = c->first / length;
    for (int k = 0; k < 20 && st->evals < c->evals; k++) {
        double slope = 0, value;
        for (size_t i = 0; i < n; i++) {
            double z = x[i] + t * st->d[i];
            z = z < c->lo[i] ? c->lo[i] : z > c->hi[i] ? c->hi[i] : z;
            st->x_new[i] = z;
            slope += st->g[i] * (z - x[i]);
        }
        st->evals++;
        value = f(arg, st->x_new, st->g_new);
        if (isfinite(value) && value <= st->value + 1e-4 * slope && value < st->value) {
            st->value = value;
            return true;
        }
        if (isfinite(value) && slope < 0) {
            /* The parabola through both values and the slope has its minimum here. */
            const double r = -slope / (2 * (value - st->value - slope));
            t *= r < 0.1 ? 0.1 : r > 0.5 ? 0.5 : r;
        } else {
            t *= 0.25;
        }
    }
    return false;
}

static bool flat(const state *st, const lrr_lbfgs_cfg *c, const double *x)
{
    for (size_t i = 0; i < st->n; i++)
        if (!pressed(c, x, st->g, i) && fabs(st->g[i]) > c->gtol)
            return false;
    return true;
}

double lrr_lbfgs(const lrr_lbfgs_cfg *c, lrr_lbfgs_fn f, void *arg, double *x)
{
    const size_t n = c->n;
    state st = { .n = n, .evals = 1 };
    st.g = c->work;
    st.x_new = st.g + n;
    st.g_new = st.x_new + n;
    st.d = st.g_new + n;
    st.s = st.d + n;
    st.y = st.s + LRR_LBFGS_MEMORY * n;
    st.value = f(arg, x, st.g);
    if (!isfinite(st.value))
        return st.value;
    while (st.evals < c->evals && !flat(&st, c, x)) {
        const double before = st.value;
        direction(&st, c, x);
        if (!(dot(st.d, st.g, n) < 0)) {
            if (st.pairs == 0)
                break;
            st.pairs = 0;
            continue;
        }
        if (!search_line(&st, c, f, arg, x)) {
            if (st.pairs == 0)
                break;
            st.pairs = 0; /* steepest descent once more */
            continue;
        }
        remember(&st, x);
        memcpy(x, st.x_new, n * sizeof *x);
        memcpy(st.g, st.g_new, n * sizeof *x);
        if (before - st.value < c->ftol)
            break;
    }
    return st.value;
}
