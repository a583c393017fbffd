/*
** tpe.c -- the tree-structured Parzen estimator.
**
** Trials are split into the best min(ceil(0.1 n), 25) and the others; each set gives a
** density over the space, and of some points drawn from the better one that with the
** highest ratio of densities is taken. Dimensions that are active together are estimated
** jointly (one kernel per trial), those below a choice after the choice was made, from
** the trials that made it.
** Source: Bergstra et al., NIPS 2011; kernels, weights and widths as in Optuna's TPESampler
** (Watanabe, arXiv:2304.11127, table 2): a prior kernel of weight 1 over the whole range,
** trials older than the last 25 weigh less. Widths are narrower than Optuna's: SIGMA_SCALE
** of the distance to the farther neighbour, at least SIGMA_MIN range / min(100, n + 2); on
** tests/bench/search.lua with 60 seeds that lowers the mean rank by a tenth of the range.
** Failed trials join the others; so do those under way
** (constant liar), and no value of theirs is used.
*/
#include <math.h>
#include <stdlib.h>

#include "base/dmath.h"
#include "base/mem.h"
#include "base/rng.h"
#include "search/gauss.h"
#include "search/prior.h"
#include "search/search.h"

#define DRAWS_PER_CANDIDATE (LRR_SPACE_DIMS_MAX + 1)
#define GAMMA               0.1
#define SIGMA_MIN           0.4
#define SIGMA_SCALE         0.8

typedef struct parzen {
    size_t k;       /* kernels: trials and the prior, which is the last */
    double *weight; /* (k) sum to 1 */
    double *mu;     /* (k, dims of the group): unit coordinate, or the choice */
    double *sigma;  /* (k, dims of the group) */
    double *shut;   /* (k, dims of the group): log of the mass inside [0, 1] */
} parzen;

typedef struct tpe {
    const lrr_search_cfg *cfg;
    const lrr_space *space;
    const lrr_history *history;
    lrr_key key;
    double belief;         /* weight of the log density of the prior (prior.h) */
    size_t *below, *above; /* indices of trials, by number */
    size_t n_below, n_above;
    size_t group[LRR_SPACE_DIMS_MAX];
    size_t g;
    parzen good, bad;
    double *scratch; /* (k of all trials) for sorting, and the terms of a sum */
} tpe;

typedef struct ranked {
    double value;
    size_t index;
    int class;
} ranked;

static int by_rank(const void *pa, const void *pb)
{
    const ranked *a = pa, *b = pb;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static int by_index(const void *pa, const void *pb)
{
    const size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
    return a < b ? -1 : a > b;
}

static int by_value(const void *pa, const void *pb)
{
    const double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

static void split(tpe *t, ranked *r)
{
    const size_t n = t->history->n;
    size_t done = 0, ok = 0, want;
    for (size_t i = 0; i < n; i++) {
        const lrr_trial *trial = &t->history->trials[i];
        r[i] = (ranked){ 0, i, (int)trial->state };
        if (trial->state <= LRR_TRIAL_PRUNED)
            r[i].value = trial->value;
        ok += trial->state <= LRR_TRIAL_PRUNED;
        done += trial->state != LRR_TRIAL_PENDING;
    }
    qsort(r, n, sizeof *r, by_rank);
    want = (size_t)ceil(GAMMA * (double)done - 1e-9);
    want = want > 25 ? 25 : want;
    want = want > ok ? ok : want;
    for (size_t i = 0; i < n; i++) {
        if (i < want)
            t->below[t->n_below++] = r[i].index;
        else
            t->above[t->n_above++] = r[i].index;
    }
    qsort(t->below, t->n_below, sizeof *t->below, by_index);
    qsort(t->above, t->n_above, sizeof *t->above, by_index);
}

/* Widths of one dimension: each kernel reaches to the farther of its neighbours. */
static void widths(tpe *t, parzen *p, size_t j)
{
    const size_t n = p->k - 1;
    const double smallest = SIGMA_MIN / (p->k + 1 < 100 ? (double)p->k + 1 : 100.0);
    double *sorted = t->scratch;
    for (size_t i = 0; i < n; i++)
        sorted[i] = p->mu[i * t->g + j];
    qsort(sorted, n, sizeof *sorted, by_value);
    for (size_t i = 0; i < n; i++) {
        const double mu = p->mu[i * t->g + j];
        size_t lo = 0, hi = n; /* the first place of mu in sorted, by halving */
        double left, right, width;
        while (lo < hi) {
            const size_t mid = (lo + hi) / 2;
            if (sorted[mid] < mu)
                lo = mid + 1;
            else
                hi = mid;
        }
        left = lo > 0 ? mu - sorted[lo - 1] : n >= 2 ? 0 : mu;
        right = lo + 1 < n ? sorted[lo + 1] - mu : n >= 2 ? 0 : 1 - mu;
        width = SIGMA_SCALE * (left > right ? left : right);
        width = width < smallest ? smallest : width > 1 ? 1 : width;
        p->sigma[i * t->g + j] = width;
    }
}

static void weigh(parzen *p)
{
    const size_t n = p->k - 1;
    double sum = 1; /* the prior's */
    for (size_t i = 0; i < n; i++) {
        const double ramp = n > 26 ? (double)i / (double)(n - 26) : 0;
        double w = 1;
        if (n >= 25 && i + 25 < n)
            w = 1 / (double)n + (1 - 1 / (double)n) * ramp;
        p->weight[i] = w;
        sum += w;
    }
    p->weight[n] = 1;
    for (size_t i = 0; i <= n; i++)
        p->weight[i] /= sum;
}

static bool has_group(const tpe *t, const double *x)
{
    return !isnan(x[t->group[0]]); /* a group is active together */
}

static void build(tpe *t, parzen *p, const size_t *set, size_t n)
{
    const size_t g = t->g;
    p->k = 0;
    for (size_t i = 0; i < n; i++) {
        const double *x = t->history->trials[set[i]].x;
        if (!has_group(t, x))
            continue;
        for (size_t j = 0; j < g; j++) {
            const lrr_dim *d = &t->space->dims[t->group[j]];
            const double v = x[t->group[j]];
            p->mu[p->k * g + j] = d->kind == LRR_DIM_CHOICE ? v : lrr_dim_unit(d, v);
        }
        p->k++;
    }
    for (size_t j = 0; j < g; j++) {
        p->mu[p->k * g + j] = 0.5;
        p->sigma[p->k * g + j] = 1;
    }
    p->k++;
    weigh(p);
    for (size_t j = 0; j < g; j++) {
        if (t->space->dims[t->group[j]].kind == LRR_DIM_CHOICE)
            continue;
        widths(t, p, j);
        for (size_t i = 0; i < p->k; i++) {
            const double mu = p->mu[i * g + j], s = p->sigma[i * g + j];
            p->shut[i * g + j] = lrr_dlog(lrr_gauss_mass(-mu / s, (1 - mu) / s));
        }
    }
}

/* Probability of choice v in kernel i. */
static double choice_share(const parzen *p, size_t i, double at, double v, double count)
{
    const double prior = 1 / (double)p->k;
    if (i + 1 == p->k)
        return 1 / count;
    return (prior + (at == v ? 1 : 0)) / (1 + count * prior);
}

/* log density of the point x (by dimension) under the mixture. */
static double log_density(const tpe *t, const parzen *p, const double *x, double *terms)
{
    double top = -HUGE_VAL, sum = 0;
    for (size_t i = 0; i < p->k; i++) {
        double log_p = lrr_dlog(p->weight[i]);
        for (size_t j = 0; j < t->g; j++) {
            const lrr_dim *d = &t->space->dims[t->group[j]];
            const double v = x[t->group[j]], mu = p->mu[i * t->g + j];
            const double s = p->sigma[i * t->g + j], levels = lrr_dim_levels(d);
            double a, b;
            if (d->kind == LRR_DIM_CHOICE) {
                log_p += lrr_dlog(choice_share(p, i, mu, v, levels));
                continue;
            }
            if (levels > 0) {
                lrr_dim_bin(d, v, &a, &b);
                a = lrr_gauss_mass((a - mu) / s, (b - mu) / s);
                log_p += lrr_dlog(a > 1e-300 ? a : 1e-300);
            } else {
                a = (lrr_dim_unit(d, v) - mu) / s;
                log_p -= 0.5 * a * a + lrr_dlog(s);
            }
            log_p -= p->shut[i * t->g + j];
        }
        terms[i] = log_p;
        top = log_p > top ? log_p : top;
    }
    for (size_t i = 0; i < p->k; i++)
        sum += lrr_dexp(terms[i] - top);
    return top + lrr_dlog(sum);
}

static void draw(const tpe *t, const parzen *p, uint64_t candidate, double *x)
{
    const uint64_t base = candidate * DRAWS_PER_CANDIDATE;
    double r = lrr_rng_uniform(t->key, base, t->group[0]);
    size_t i = 0;
    while (i + 1 < p->k && r >= p->weight[i]) {
        r -= p->weight[i];
        i++;
    }
    for (size_t j = 0; j < t->g; j++) {
        const lrr_dim *d = &t->space->dims[t->group[j]];
        const double mu = p->mu[i * t->g + j], s = p->sigma[i * t->g + j];
        double q = lrr_rng_uniform(t->key, base + 1 + j, t->group[0]);
        if (d->kind == LRR_DIM_CHOICE) {
            double v = 0;
            while (v < d->hi && q >= choice_share(p, i, mu, v, d->hi + 1)) {
                q -= choice_share(p, i, mu, v, d->hi + 1);
                v++;
            }
            x[t->group[j]] = v;
        } else {
            const double a = lrr_gauss_cdf(-mu / s), b = lrr_gauss_cdf((1 - mu) / s);
            double u = a + q * (b - a);
            u = u < 1e-300 ? 1e-300 : u > 1 - 0x1p-53 ? 1 - 0x1p-53 : u;
            x[t->group[j]] = lrr_dim_value(d, mu + s * lrr_gauss_quantile(u));
        }
    }
}

/* A candidate of the good density; in the first of them, as many as its weight says, what has
** a prior is drawn from that. */
static void draw_candidate(const tpe *t, size_t c, double *x)
{
    const double share = t->belief / (1 + t->belief);
    draw(t, &t->good, c, x);
    if ((double)c >= share * (double)t->cfg->candidates)
        return;
    for (size_t j = 0; j < t->g; j++) {
        const lrr_dim *d = &t->space->dims[t->group[j]];
        const double q =
            lrr_rng_uniform(t->key, c * DRAWS_PER_CANDIDATE + 1 + j, t->group[0]);
        if (d->has_prior)
            x[t->group[j]] = lrr_dim_value(d, lrr_prior_quantile(d, q));
    }
}

static double belief_in(const tpe *t, const double *x)
{
    double sum = 0;
    for (size_t j = 0; t->belief > 0 && j < t->g; j++) {
        const lrr_dim *d = &t->space->dims[t->group[j]];
        if (d->has_prior)
            sum += lrr_prior_log(d, lrr_dim_unit(d, x[t->group[j]]), NULL);
    }
    return t->belief * sum;
}

/* Values for the dimensions of t->group in x. */
static void choose(tpe *t, double *x)
{
    double best = -HUGE_VAL, kept[LRR_SPACE_DIMS_MAX] = { 0 };
    build(t, &t->good, t->below, t->n_below);
    build(t, &t->bad, t->above, t->n_above);
    for (size_t c = 0; c < t->cfg->candidates; c++) {
        double score;
        draw_candidate(t, c, x);
        score = log_density(t, &t->good, x, t->scratch) -
                log_density(t, &t->bad, x, t->scratch) + belief_in(t, x);
        if (c > 0 && !(score > best))
            continue;
        best = score;
        for (size_t j = 0; j < t->g; j++)
            kept[j] = x[t->group[j]];
    }
    for (size_t j = 0; j < t->g; j++)
        x[t->group[j]] = kept[j];
}

/* Collects the active dimensions that hang on the same choice as dimension i. */
static void collect(tpe *t, size_t i)
{
    const lrr_dim *d = &t->space->dims[i];
    t->g = 0;
    for (size_t j = i; j < t->space->n; j++)
        if (t->space->dims[j].parent == d->parent && t->space->dims[j].when == d->when)
            t->group[t->g++] = j;
}

static void propose(tpe *t, double *x)
{
    bool done[LRR_SPACE_DIMS_MAX] = { false };
    for (size_t i = 0; i < t->space->n; i++)
        x[i] = (double)NAN;
    for (size_t i = 0; i < t->space->n; i++) {
        if (done[i] || !lrr_space_active(t->space, i, x))
            continue;
        collect(t, i);
        choose(t, x);
        for (size_t j = 0; j < t->g; j++)
            done[t->group[j]] = true;
    }
}

/* Cuts `each` doubles off a block. */
static double *cut(double **at, size_t each)
{
    double *p = *at;
    *at += each;
    return p;
}

lrr_status lrr__search_tpe(const lrr_search_cfg *cfg, const lrr_space *space,
                           const lrr_history *history, uint64_t number, double *x,
                           lrr_error *err)
{
    const size_t n = history->n, k = n + 1;
    tpe t = { .cfg = cfg, .space = space, .history = history };
    size_t ok = 0;
    double *block, *at;
    lrr_status st;

    for (size_t i = 0; i < n; i++)
        ok += history->trials[i].state <= LRR_TRIAL_PRUNED;
    if (number < cfg->startup || ok == 0) {
        lrr__search_sobol(cfg, space, number, x);
        return LRR_OK;
    }
    st = lrr_mem_new(2 * k * (1 + 3 * space->n) + 8 * k, sizeof *block, "search: tpe",
                     &block, err);
    if (st != LRR_OK)
        return st;
    at = block;
    t.key = lrr_rng_key(cfg->seed, LRR_STREAM_SEARCH, number + ((uint64_t)1 << 40));
    for (int i = 0; i < 2; i++) {
        parzen *p = i == 0 ? &t.good : &t.bad;
        p->weight = cut(&at, k);
        p->mu = cut(&at, k * space->n);
        p->sigma = cut(&at, k * space->n);
        p->shut = cut(&at, k * space->n);
    }
    t.belief = lrr_prior_weight(space, history);
    t.scratch = cut(&at, k);
    t.below = (size_t *)(void *)cut(&at, k);
    t.above = (size_t *)(void *)cut(&at, k);
    split(&t, (ranked *)(void *)cut(&at, 4 * k));
    propose(&t, x);
    lrr_mem_free(block);
    return LRR_OK;
}
