/*
** bayes.c -- Bayesian optimization: a Gaussian process of the results so far, and the
** point with the largest log expected improvement under it.
**
** Every proposal fits its own model from the trials handed in, so nothing is carried from
** one to the next. What keeps that cheap with many trials: hyperparameters are fitted on
** FIT_MAX of them, the model holds MODEL_MAX.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/blas.h"
#include "base/dmath.h"
#include "base/mem.h"
#include "base/rng.h"
#include "search/gauss.h"
#include "search/gp.h"
#include "search/lbfgs.h"
#include "search/search.h"
#include "search/sobol.h"

#define GLOBAL       512 /* candidates from Sobol's sequence */
#define LOCAL        128 /* candidates around the best trials */
#define LAMBDA_MIN   (-2.0)
#define LAMBDA_MAX   2.0
#define LAMBDA_STEPS 40
#define CAP          5.0 /* values above median + CAP (median - lowest) count as that */

#define FIT_MAX   100 /* trials that hyperparameters are fitted on */
#define MODEL_MAX 400 /* trials that the model holds */
#define CHUNK     64  /* candidates predicted at a time */
#define SMALL     16  /* levels up to which a dimension is tried value by value */
#define STARTS    6   /* local searches */

typedef struct candidate {
    double score;
    size_t index;
} candidate;

typedef struct bayes {
    const lrr_search_cfg *cfg;
    const lrr_space *space;
    const lrr_history *history;
    lrr_key key;
    size_t d;
    bool cat[LRR_SPACE_DIMS_MAX];
    size_t n, n_pending; /* rows of the model: finished trials, then pending ones */
    size_t *rows;        /* (history->n) which trials */
    double *x;           /* (rows, d) encoded */
    double *y;           /* (rows) transformed */
    double best;         /* to be improved on, in y's terms */
    lrr_gp gp;
    double w[LRR_SPACE_DIMS_MAX];
    double *work; /* (CHUNK + 2) * rows */
    double *lb;   /* work of the local search */
    /* the local search */
    double u[LRR_SPACE_DIMS_MAX];
    size_t free[LRR_SPACE_DIMS_MAX];
    size_t n_free;
} bayes;

static int by_score(const void *pa, const void *pb)
{
    const candidate *a = pa, *b = pb;
    if (a->score != b->score)
        return a->score < b->score ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* The model's coordinates of a point: a category's number, where a number stands in the
** unit interval; for what is not active one constant. */
static void encode(const lrr_space *space, const double *x, double *z)
{
    for (size_t k = 0; k < space->n; k++) {
        const lrr_dim *d = &space->dims[k];
        if (d->kind == LRR_DIM_CHOICE)
            z[k] = isnan(x[k]) ? -1 : x[k];
        else
            z[k] = isnan(x[k]) ? 0.5 : lrr_dim_unit(d, x[k]);
    }
}

static void encode_unit(const lrr_space *space, const double *u, double *z)
{
    double x[LRR_SPACE_DIMS_MAX];
    lrr_space_point(space, u, x);
    encode(space, x, z);
}

/* True for a dimension that the gradient moves. */
static bool continuous(const lrr_dim *d)
{
    const double levels = lrr_dim_levels(d);
    return d->kind != LRR_DIM_CHOICE && (levels == 0 || levels > 4 * SMALL);
}

/* Yeo and Johnson's power transform (Biometrika 87, 2000). */
static double power(double y, double lambda)
{
    const double t = y >= 0 ? lambda : 2 - lambda;
    const double a = lrr_dlog1p(fabs(y));
    const double z = fabs(t) < 1e-9 ? a : lrr_dexpm1(t * a) / t;
    return y >= 0 ? z : -z;
}

static double jacobian(double y, double lambda)
{
    const double a = lrr_dlog1p(fabs(y));
    return y >= 0 ? (lambda - 1) * a : (1 - lambda) * a;
}

static void standardise(double *y, size_t n)
{
    double mean = 0, var = 0;
    for (size_t i = 0; i < n; i++)
        mean += y[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++)
        var += (y[i] - mean) * (y[i] - mean);
    var = lrr_dsqrt(var / (double)n);
    for (size_t i = 0; i < n; i++)
        y[i] = var > 0 ? (y[i] - mean) / var : 0;
}

static double normality(const double *y, size_t n, double lambda)
{
    double mean = 0, var = 0, jac = 0;
    for (size_t i = 0; i < n; i++)
        mean += power(y[i], lambda);
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) {
        const double t = power(y[i], lambda) - mean;
        var += t * t;
        jac += jacobian(y[i], lambda);
    }
    return jac - 0.5 * (double)n * lrr_dlog(var / (double)n + 1e-12);
}

static int by_value(const void *pa, const void *pb)
{
    const double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

/* y (n) as the model sees it: the power that makes the values most like normal ones, so
** that a few huge losses do not flatten what matters. */
static void transform(double *y, size_t n, double *sorted)
{
    double best = -HUGE_VAL, at = 1, cap;
    memcpy(sorted, y, n * sizeof *y);
    qsort(sorted, n, sizeof *sorted, by_value);
    cap = sorted[n / 2] + CAP * (sorted[n / 2] - sorted[0]);
    for (size_t i = 0; i < n; i++)
        y[i] = y[i] > cap ? cap : y[i];
    standardise(y, n);
    for (int i = 0; i <= LAMBDA_STEPS; i++) {
        const double lambda = LAMBDA_MIN + (LAMBDA_MAX - LAMBDA_MIN) * i / LAMBDA_STEPS;
        const double v = normality(y, n, lambda);
        if (v > best) {
            best = v;
            at = lambda;
        }
    }
    for (size_t i = 0; i < n; i++)
        y[i] = power(y[i], at);
    standardise(y, n);
}

/* Which of the finished trials the model holds, at most `most`: the better half by value,
** the rest spread evenly over the others, all in the order of their numbers. pick (n) is
** in order of rows. */
static size_t thin(const double *y, size_t n, size_t most, candidate *scratch,
                   size_t *pick)
{
    size_t kept = 0;
    if (n <= most) {
        for (size_t i = 0; i < n; i++)
            pick[i] = i;
        return n;
    }
    for (size_t i = 0; i < n; i++)
        scratch[i] = (candidate){ y[i], i };
    qsort(scratch, n, sizeof *scratch, by_score);
    for (size_t i = 0; i < most / 2; i++)
        pick[kept++] = scratch[i].index;
    for (size_t i = most / 2, left = n - i, want = most - kept, acc = 0; i < n; i++) {
        acc += want;
        if (acc >= left) {
            acc -= left;
            pick[kept++] = scratch[i].index;
        }
    }
    return kept;
}

/* Minus the log expected improvement for mean and variance of f. */
static double minus_log_ei(const bayes *b, double mean, double var, double *dmean,
                           double *dvar)
{
    const double v = var > 1e-12 ? var : 1e-12, s = lrr_dsqrt(v);
    double dz, z = (b->best - mean) / s;
    const double value = lrr_gauss_log_ei(z, &dz) + lrr_dlog(s);
    if (dmean != NULL) {
        *dmean = dz / s;
        *dvar = var > 1e-12 ? (dz * z - 1) / (2 * v) : 0;
    }
    return -value;
}

static double score_at(const bayes *b, const double *u, double *du)
{
    double z[LRR_SPACE_DIMS_MAX], dm[LRR_SPACE_DIMS_MAX], dv[LRR_SPACE_DIMS_MAX];
    double mean, var, gm, gv, value;
    encode_unit(b->space, u, z);
    if (du != NULL)
        for (size_t i = 0; i < b->n_free; i++)
            z[b->free[i]] = u[b->free[i]]; /* between the integers */
    if (du == NULL) {
        lrr_gp_predict(&b->gp, z, 1, &mean, &var, b->work);
        return minus_log_ei(b, mean, var, NULL, NULL);
    }
    lrr_gp_slope(&b->gp, z, &mean, &var, dm, dv, b->work);
    value = minus_log_ei(b, mean, var, &gm, &gv);
    for (size_t i = 0; i < b->n_free; i++)
        du[i] = gm * dm[b->free[i]] + gv * dv[b->free[i]];
    return value;
}

static double descend_fn(void *arg, const double *p, double *grad)
{
    bayes *b = arg;
    for (size_t i = 0; i < b->n_free; i++)
        b->u[b->free[i]] = p[i];
    return score_at(b, b->u, grad);
}

static void descend(bayes *b, size_t evals)
{
    double x[LRR_SPACE_DIMS_MAX], p[LRR_SPACE_DIMS_MAX];
    static const double zeros[LRR_SPACE_DIMS_MAX];
    double ones[LRR_SPACE_DIMS_MAX];
    lrr_lbfgs_cfg cfg = { .lo = zeros,
                          .hi = ones,
                          .evals = evals,
                          .gtol = 1e-4,
                          .ftol = 1e-6,
                          .first = 0.1,
                          .work = b->lb };
    lrr_space_point(b->space, b->u, x);
    b->n_free = 0;
    for (size_t k = 0; k < b->d; k++)
        if (!isnan(x[k]) && continuous(&b->space->dims[k])) {
            ones[b->n_free] = 1;
            p[b->n_free] = b->u[k];
            b->free[b->n_free++] = k;
        }
    if (b->n_free == 0)
        return;
    cfg.n = b->n_free;
    lrr_lbfgs(&cfg, descend_fn, b, p);
    for (size_t i = 0; i < b->n_free; i++)
        b->u[b->free[i]] = p[i];
}

/* Tries the values of each active dimension that has few, or the neighbours of the one
** it has; true where something got better. */
static bool step_discrete(bayes *b, double *score)
{
    bool moved = false;
    for (size_t k = 0; k < b->d; k++) {
        const lrr_dim *d = &b->space->dims[k];
        const double levels = lrr_dim_levels(d);
        double x[LRR_SPACE_DIMS_MAX], at, keep;
        lrr_space_point(b->space, b->u, x);
        if (isnan(x[k]) || levels <= 1)
            continue;
        at = x[k];
        keep = b->u[k];
        for (double j = 0; j < (levels <= SMALL ? levels : 6); j++) {
            static const double by[] = { -1, 1, -2, 2, -5, 5 };
            const double v = levels <= SMALL
                                 ? lrr_dim_level(d, j)
                                 : at + by[(int)j] * (d->step > 0 ? d->step : 1);
            double s;
            if (v < d->lo || v > d->hi || v == at)
                continue;
            b->u[k] = lrr_dim_unit(d, v);
            s = score_at(b, b->u, NULL);
            if (s < *score - 1e-9) {
                *score = s;
                keep = b->u[k];
                moved = true;
            }
        }
        b->u[k] = keep;
    }
    return moved;
}

static double improve(bayes *b, size_t evals)
{
    double score = HUGE_VAL;
    for (int round = 0; round < 4; round++) {
        descend(b, evals);
        score = score_at(b, b->u, NULL);
        if (!step_discrete(b, &score))
            break;
    }
    return score;
}

/* Candidate c: a point of Sobol's sequence, or one of the best trials, moved a little. */
static void candidate_unit(const bayes *b, const size_t *top, size_t n_top,
                           size_t global, size_t c, double *u)
{
    if (c < global || n_top == 0) {
        lrr_sobol_point(b->key, (uint32_t)c, u, b->d);
        return;
    }
    {
        const size_t i = (c - global) % n_top;
        const double *x = b->history->trials[b->rows[top[i]]].x;
        const double scale = lrr_dexp(-1.5 - 4 * lrr_rng_uniform(b->key, c, 1 << 20));
        lrr_space_unit(b->space, x, u);
        for (size_t k = 0; k < b->d; k++) {
            const lrr_dim *d = &b->space->dims[k];
            const double r = lrr_rng_uniform(b->key, c, (1 << 20) + 1 + 2 * k);
            const double s = 1.0 / (double)b->d;
            if (isnan(x[k]) || d->kind == LRR_DIM_CHOICE) {
                if (isnan(x[k]) || r < s)
                    u[k] = lrr_rng_uniform(b->key, c, (1 << 20) + 2 + 2 * k);
            } else if (r < 2 * s || b->d < 3) {
                const double z =
                    u[k] + scale * lrr_rng_normal(b->key, c, (1 << 20) + 2 + 2 * k);
                u[k] = z < 0 ? 0 : z > 1 ? 1 : z;
            }
        }
    }
}

/* The point with the largest expected improvement: many candidates, then local searches
** from the best of them. */
static void maximise(bayes *b, candidate *list, size_t n_list, size_t global,
                     const size_t *top, size_t n_top, double *x)
{
    double z[CHUNK * LRR_SPACE_DIMS_MAX], mean[CHUNK], var[CHUNK],
        u[LRR_SPACE_DIMS_MAX];
    double best = HUGE_VAL, best_u[LRR_SPACE_DIMS_MAX];
    const size_t evals = b->gp.n > 200 ? 15 : 40;
    const size_t starts = b->gp.n > 200 ? 3 : (size_t)STARTS;
    for (size_t c = 0; c < n_list; c += CHUNK) {
        const size_t m = n_list - c < CHUNK ? n_list - c : CHUNK;
        for (size_t i = 0; i < m; i++) {
            candidate_unit(b, top, n_top, global, c + i, u);
            encode_unit(b->space, u, z + i * b->d);
        }
        lrr_gp_predict(&b->gp, z, m, mean, var, b->work);
        for (size_t i = 0; i < m; i++)
            list[c + i] =
                (candidate){ minus_log_ei(b, mean[i], var[i], NULL, NULL), c + i };
    }
    qsort(list, n_list, sizeof *list, by_score);
    for (size_t s = 0, taken = 0; s < n_list && taken < starts; s++) {
        double score;
        /* the best two, then every so often one further down */
        if (s >= 2 && s % 4 != 0)
            continue;
        taken++;
        candidate_unit(b, top, n_top, global, list[s].index, b->u);
        score = improve(b, evals);
        if (score < best) {
            best = score;
            memcpy(best_u, b->u, b->d * sizeof *best_u);
        }
    }
    lrr_space_point(b->space, best_u, x);
}

/* Encodes finished trials (thinned) into x and y; returns how many. */
static void gather(bayes *b, double *all, double *sorted, candidate *list, size_t *pick)
{
    size_t ok = 0, n = 0, kept;
    double worst = -HUGE_VAL;
    for (size_t i = 0; i < b->history->n; i++) {
        const lrr_trial *t = &b->history->trials[i];
        if (t->state <= LRR_TRIAL_PRUNED) {
            b->rows[ok] = i;
            all[ok++] = t->value;
        }
    }
    transform(all, ok, sorted);
    for (size_t i = 0; i < ok; i++)
        worst = all[i] > worst ? all[i] : worst;
    n = ok;
    for (size_t i = 0; i < b->history->n; i++)
        if (b->history->trials[i].state == LRR_TRIAL_FAILED) {
            b->rows[n] = i;
            all[n++] = worst;
        }
    kept = thin(all, n, MODEL_MAX, list, pick);
    for (size_t i = 0; i < kept; i++) {
        b->y[i] = all[pick[i]];
        sorted[i] = (double)b->rows[pick[i]];
    }
    for (size_t i = 0; i < kept; i++)
        b->rows[i] = (size_t)sorted[i];
    b->n = kept;
    b->n_pending = 0;
    for (size_t i = 0; i < b->history->n; i++)
        if (b->history->trials[i].state == LRR_TRIAL_PENDING)
            b->rows[b->n + b->n_pending++] = i;
    if (b->n_pending > 64)
        b->n_pending = 64;
    for (size_t i = 0; i < b->n + b->n_pending; i++)
        encode(b->space, b->history->trials[b->rows[i]].x, b->x + i * b->d);
}

/* Fits the hyperparameters, on fewer trials where there are many. */
static void fit(bayes *b, candidate *list, size_t *pick, double *sub, double *work)
{
    lrr_gp small = b->gp;
    small.n = thin(b->y, b->n, FIT_MAX, list, pick);
    small.x = sub;
    small.y = sub + small.n * b->d;
    for (size_t i = 0; i < small.n; i++) {
        memcpy(sub + i * b->d, b->x + pick[i] * b->d, b->d * sizeof *sub);
        sub[small.n * b->d + i] = b->y[pick[i]];
    }
    lrr_gp_fit(&small, b->n > FIT_MAX ? 15 : 60, work);
    b->gp.var = small.var;
    b->gp.noise = small.noise;
}

static void model(bayes *b, double *mean, double *var)
{
    b->gp.n = b->n;
    lrr_gp_condition(&b->gp);
    for (size_t i = 0; i < b->n; i += CHUNK) {
        const size_t m = b->n - i < CHUNK ? b->n - i : CHUNK;
        lrr_gp_predict(&b->gp, b->x + i * b->d, m, mean + i, var + i, b->work);
    }
    b->best = HUGE_VAL;
    for (size_t i = 0; i < b->n; i++) {
        const double m = mean[i];
        b->best = m < b->best ? m : b->best;
    }
    if (b->n_pending > 0) {
        /* What is under way is taken to give what the model expects of it. */
        lrr_gp_predict(&b->gp, b->x + b->n * b->d, b->n_pending, b->y + b->n, var,
                       b->work);
        for (size_t i = b->n; i < b->n + b->n_pending; i++)
            b->best = b->y[i] < b->best ? b->y[i] : b->best;
        b->gp.n = b->n + b->n_pending;
        lrr_gp_condition(&b->gp);
    }
}

static double *cut(double **at, size_t each)
{
    double *p = *at;
    *at += each;
    return p;
}

/* All scratch of one proposal, in one block. */
typedef struct room {
    double *block, *all, *sorted, *sub, *work, *mean, *var;
    candidate *list;
    size_t *pick;
} room;

/* Room for `rows` trials and as many candidates as `list_n`. */
static lrr_status take_room(bayes *b, size_t rows, size_t list_n, room *r,
                            lrr_error *err)
{
    const size_t d = b->d, model_max = rows < MODEL_MAX ? rows : MODEL_MAX;
    const size_t side = model_max + 64, fit_n = rows < FIT_MAX ? rows : FIT_MAX;
    const size_t want[13] = { rows + 64,
                              side * d,
                              side,
                              side * side,
                              side,
                              (CHUNK + 2) * side,
                              lrr_lbfgs_work(d),
                              2 * (rows > list_n ? rows : list_n),
                              rows,
                              2 * rows + 2 * side,
                              fit_n * (d + 1),
                              lrr_gp_fit_work(fit_n, d),
                              rows };
    size_t total = 0;
    double *at;
    lrr_status st;

    for (int i = 0; i < 13; i++)
        total += want[i];
    st = lrr_mem_new(total, sizeof *r->block, "search: bayes", &r->block, err);
    if (st != LRR_OK)
        return st;
    at = r->block;
    b->rows = (size_t *)(void *)cut(&at, want[0]);
    b->x = cut(&at, want[1]);
    b->y = cut(&at, want[2]);
    b->gp.l = cut(&at, want[3]);
    b->gp.alpha = cut(&at, want[4]);
    b->work = cut(&at, want[5]);
    b->lb = cut(&at, want[6]);
    r->list = (candidate *)(void *)cut(&at, want[7]);
    r->all = cut(&at, want[8]);
    r->sorted = cut(&at, want[9]);
    r->sub = cut(&at, want[10]);
    r->work = cut(&at, want[11]);
    r->pick = (size_t *)(void *)cut(&at, want[12]);
    r->mean = r->sorted;
    r->var = r->sorted + side;
    return LRR_OK;
}

/* x = the most promising point, climbing also from the best trials. */
static void climb(bayes *b, const room *r, size_t global, size_t local, double *x)
{
    size_t top[8], n_top = b->n < 4 ? b->n : 4;
    for (size_t i = 0; i < b->n; i++)
        r->list[i] = (candidate){ r->mean[i], i };
    qsort(r->list, b->n, sizeof *r->list, by_score);
    for (size_t i = 0; i < n_top; i++)
        top[i] = r->list[i].index;
    maximise(b, r->list, global + local, global, top, n_top, x);
}

lrr_status lrr__search_bayes(const lrr_search_cfg *cfg, const lrr_space *space,
                             const lrr_history *history, uint64_t number, double *x,
                             lrr_error *err)
{
    bayes b = { .cfg = cfg, .space = space, .history = history, .d = space->n };
    size_t global, local, ok = 0;
    room r;
    lrr_status st;

    for (size_t i = 0; i < history->n; i++)
        ok += history->trials[i].state <= LRR_TRIAL_PRUNED;
    if (number < cfg->startup || ok < 2) {
        lrr__search_sobol(cfg, space, number, x);
        return LRR_OK;
    }
    st = lrr_blas_load(err);
    if (st != LRR_OK)
        return st;
    global = ok > 200 ? 256 : (size_t)GLOBAL;
    local = ok > 200 ? 128 : (size_t)LOCAL;
    st = take_room(&b, history->n + 1, global + local, &r, err);
    if (st != LRR_OK)
        return st;
    b.key = lrr_rng_key(cfg->seed, LRR_STREAM_SEARCH, number + ((uint64_t)1 << 40));
    for (size_t k = 0; k < b.d; k++)
        b.cat[k] = space->dims[k].kind == LRR_DIM_CHOICE;
    gather(&b, r.all, r.sorted, r.list, r.pick);
    b.gp.n = b.n;
    b.gp.d = b.d;
    b.gp.x = b.x;
    b.gp.y = b.y;
    b.gp.cat = b.cat;
    b.gp.w = b.w;
    fit(&b, r.list, r.pick, r.sub, r.work);
    model(&b, r.mean, r.var);
    climb(&b, &r, global, local, x);
    lrr_mem_free(r.block);
    return LRR_OK;
}
