/* pruner.c -- see pruner.h. */
#include "search/pruner.h"

#include <math.h>

static bool better(double a, double b)
{
    return isnan(b) ? !isnan(a) : a < b;
}

/* Best value of a curve up to a step, NaN where there is none. */
static double best_until(const lrr_curve *c, double step)
{
    double best = (double)NAN;
    for (size_t i = 0; i < c->n && c->reports[i].step <= step; i++)
        if (better(c->reports[i].value, best))
            best = c->reports[i].value;
    return best;
}

static double value_at(const lrr_curve *c, double step)
{
    for (size_t i = 0; i < c->n && c->reports[i].step <= step; i++)
        if (c->reports[i].step == step)
            return c->reports[i].value;
    return (double)NAN;
}

bool lrr_prune_median(const lrr_curve *own, const lrr_curve *others, size_t n,
                      size_t startup, double warmup)
{
    size_t known = 0, below = 0;
    double step, best;
    if (own->n == 0)
        return false;
    step = own->reports[own->n - 1].step;
    if (step <= warmup)
        return false;
    best = best_until(own, step);
    for (size_t i = 0; i < n; i++) {
        const double v = value_at(&others[i], step);
        if (isnan(v))
            continue;
        known++;
        below += better(v, best);
    }
    if (known == 0 || known < startup)
        return false;
    if (isnan(best))
        return true;
    /* best > median without sorting: more than half are below; with an even count the
    ** median lies between the middle two, so their mean decides. */
    if (known % 2 == 1)
        return below > known / 2;
    if (below > known / 2)
        return true;
    if (below < known / 2)
        return false;
    {
        /* Exactly half are below: the middle two are the largest below and the smallest
        ** that is not. */
        double lo = -HUGE_VAL, hi = HUGE_VAL;
        for (size_t i = 0; i < n; i++) {
            const double v = value_at(&others[i], step);
            if (v < best)
                lo = v > lo ? v : lo;
            else if (!isnan(v))
                hi = v < hi ? v : hi;
        }
        return best > lo / 2 + hi / 2;
    }
}

lrr_status lrr_rungs(const lrr_rungs_cfg *cfg, double *at, size_t *n, lrr_error *err)
{
    double r = cfg->grace;
    if (!(cfg->grace > 0) || !(cfg->factor >= 2) || !isfinite(cfg->factor))
        return lrr_fail(err, LRR_EINVAL,
                        "grace %g and factor %g, want above 0 and 2 or "
                        "more",
                        cfg->grace, cfg->factor);
    if (!(cfg->max >= cfg->grace) || !isfinite(cfg->max))
        return lrr_fail(err, LRR_EINVAL, "the longest run %g is shorter than grace %g",
                        cfg->max, cfg->grace);
    for (*n = 0; r < cfg->max * (1 - 1e-9); r *= cfg->factor) {
        if (*n + 1 == LRR_RUNGS_MAX)
            return lrr_fail(err, LRR_EINVAL, "from %g to %g by %g are too many rungs",
                            cfg->grace, cfg->max, cfg->factor);
        at[(*n)++] = r;
    }
    at[(*n)++] = cfg->max;
    return LRR_OK;
}

size_t lrr_rungs_first(const lrr_rungs_cfg *cfg, size_t n, size_t trial)
{
    double sizes[LRR_RUNGS_MAX], total = 0, place;
    if (!cfg->brackets)
        return 0;
    /* Bracket k begins at rung k, has n - k rungs and ceil(n / (n - k) factor^(n - k - 1))
    ** trials in a round. */
    for (size_t k = 0; k < n; k++) {
        double size = (double)n / (double)(n - k);
        for (size_t i = k + 1; i < n; i++)
            size *= cfg->factor;
        sizes[k] = ceil(size - 1e-9);
        total += sizes[k];
    }
    place = fmod((double)trial, total);
    for (size_t k = 0; k < n; k++) {
        if (place < sizes[k])
            return k;
        place -= sizes[k];
    }
    return n - 1;
}

typedef struct ladder {
    const lrr_rungs_cfg *cfg;
    const lrr_job *jobs;
    size_t n, rungs;
    const size_t *at;      /* (n) the highest rung that the job's trial was sent to */
    const size_t *bracket; /* (n) of the job's trial */
} ladder;

static bool known_at(const ladder *l, size_t job, size_t bracket, size_t rung)
{
    const lrr_job *j = &l->jobs[job];
    return j->known && j->rung == rung && l->bracket[job] == bracket;
}

/* Of the results known at a rung of a bracket, the best that has not gone on although it
** is among the best 1/factor; n where there is none. */
static size_t promotable(const ladder *l, size_t bracket, size_t rung)
{
    size_t known = 0, best = l->n, allowed;
    for (size_t i = 0; i < l->n; i++)
        known += known_at(l, i, bracket, rung);
    allowed = (size_t)floor((double)known / l->cfg->factor);
    for (size_t i = 0; i < l->n; i++) {
        const lrr_job *a = &l->jobs[i];
        size_t rank = 0;
        if (!known_at(l, i, bracket, rung) || isnan(a->value) || l->at[i] > rung)
            continue;
        for (size_t j = 0; j < l->n; j++) {
            const lrr_job *b = &l->jobs[j];
            if (known_at(l, j, bracket, rung) &&
                (better(b->value, a->value) || (b->value == a->value && j < i)))
                rank++;
        }
        if (rank < allowed && (best == l->n || better(a->value, l->jobs[best].value)))
            best = i;
    }
    return best;
}

lrr_status lrr_rungs_next(const lrr_rungs_cfg *cfg, const lrr_job *jobs, size_t n,
                          size_t *scratch, lrr_job *next, bool *found, lrr_error *err)
{
    double at[LRR_RUNGS_MAX];
    ladder l = { cfg, jobs, n, 0, scratch, scratch + n };
    size_t begun = 0;
    lrr_status st = lrr_rungs(cfg, at, &l.rungs, err);
    if (st != LRR_OK)
        return st;
    *found = true;
    for (size_t i = 0; i < n; i++) {
        scratch[i] = jobs[i].rung;
        scratch[n + i] = lrr_rungs_first(cfg, l.rungs, jobs[i].trial);
        for (size_t j = 0; j < n; j++)
            if (jobs[j].trial == jobs[i].trial && jobs[j].rung > scratch[i])
                scratch[i] = jobs[j].rung;
        begun = jobs[i].trial >= begun ? jobs[i].trial + 1 : begun;
    }
    for (size_t rung = l.rungs - 1; rung-- > 0;) {
        for (size_t bracket = 0; bracket <= (cfg->brackets ? rung : 0); bracket++) {
            const size_t i = promotable(&l, bracket, rung);
            if (i == n)
                continue;
            *next = (lrr_job){ jobs[i].trial, rung + 1, false, 0 };
            return LRR_OK;
        }
    }
    if (begun < cfg->trials) {
        *next = (lrr_job){ begun, lrr_rungs_first(cfg, l.rungs, begun), false, 0 };
        return LRR_OK;
    }
    *found = false;
    return LRR_OK;
}
