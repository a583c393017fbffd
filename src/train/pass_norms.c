/* pass_norms.c -- the gradient norm of each parameter and of parts of the network, before
** clipping; and what session.h says of it. */
#include <stdio.h>
#include <string.h>

#include "base/dmath.h"
#include "base/mem.h"
#include "train/internal.h"

typedef struct norms {
    double *sum, *max, *mean; /* (n) each, one after another */
    double *square;           /* (n_param_segments) of this update */
    size_t *part;             /* (n_parts) first and last parameter */
    size_t n, n_parts;        /* n: n_param_segments + n_parts */
} norms;

static bool wanted(const lrr_session_cfg *cfg)
{
    return cfg->track_norms;
}

static void free_norms(void *own)
{
    norms *o = own;
    lrr_mem_free(o->sum);
    lrr_mem_free(o->part);
    lrr_mem_free(o);
}

/* The sums and after them the maxima, as "norm.0", "norm.1", ... */
static lrr_status tell_state(lrr_session *s, norms *o, lrr_error *err)
{
    lrr_status st = LRR_OK;
    char name[24];
    for (size_t i = 0; st == LRR_OK && i < 2 * o->n; i++) {
        snprintf(name, sizeof name, "%zu", i);
        st = lrr__state_number(s, "norm.", name, o->sum + i, err);
    }
    return st;
}

static lrr_status make(lrr_session *s, void **own, lrr_error *err)
{
    const size_t n = s->blocks.n_param_segments + s->cfg.n_norm_parts;
    norms *o = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *o, "gradient norms", &o, err);
    if (st != LRR_OK)
        return st;
    o->n = n;
    o->n_parts = s->cfg.n_norm_parts;
    st = lrr_mem_new(3 * n + s->blocks.n_param_segments, sizeof(double),
                     "gradient norms", &o->sum, err);
    if (st == LRR_OK)
        st = lrr_mem_new(2 * o->n_parts, sizeof *o->part, "gradient norms", &o->part,
                         err);
    if (st == LRR_OK && o->n_parts > 0)
        memcpy(o->part, s->cfg.norm_part, 2 * o->n_parts * sizeof *o->part);
    s->cfg.norm_part = NULL; /* the caller's memory */
    if (st == LRR_OK)
        st = tell_state(s, o, err);
    if (st != LRR_OK) {
        free_norms(o);
        return st;
    }
    o->max = o->sum + n;
    o->mean = o->max + n;
    o->square = o->mean + n;
    *own = o;
    return LRR_OK;
}

static void count(norms *o, size_t i, double square)
{
    double norm = lrr_dsqrt(square);
    o->sum[i] += norm;
    if (!(norm <= o->max[i]))
        o->max[i] = norm;
}

static lrr_pass_end run(lrr_session *s, void *own, lrr_update *u)
{
    norms *o = own;
    if (u->phase > 0)
        return LRR_PASS_ON; /* the figures are those of the weights proper */
    for (size_t i = 0; i < s->blocks.n_param_segments; i++) {
        const lrr_segment *seg = &s->blocks.param_segments[i];
        double sum = 0;
        for (size_t k = 0; k < seg->n; k++) {
            double g = (double)s->blocks.grads[seg->at + k];
            sum += g * g;
        }
        o->square[i] = sum;
        count(o, i, sum);
    }
    for (size_t p = 0; p < o->n_parts; p++) {
        double sum = 0;
        for (size_t i = o->part[2 * p]; i <= o->part[2 * p + 1]; i++)
            sum += o->square[i];
        count(o, s->blocks.n_param_segments + p, sum);
    }
    s->norm_steps++;
    return LRR_PASS_ON;
}

const double *lrr_session_norms_mean(lrr_session *s)
{
    norms *o = lrr__pass_own(s, &lrr__pass_norms);
    if (o == NULL)
        return NULL;
    for (size_t i = 0; i < o->n; i++)
        o->mean[i] = s->norm_steps > 0 ? o->sum[i] / s->norm_steps : 0;
    return o->mean;
}

const double *lrr_session_norms_max(const lrr_session *s)
{
    const norms *o = lrr__pass_own(s, &lrr__pass_norms);
    return o != NULL ? o->max : NULL;
}

void lrr_session_norms_reset(lrr_session *s)
{
    norms *o = lrr__pass_own(s, &lrr__pass_norms);
    if (o != NULL)
        memset(o->sum, 0, 3 * o->n * sizeof(double));
    s->norm_steps = 0;
}

const lrr_pass_def lrr__pass_norms = {
    .name = "norms", .wanted = wanted, .make = make, .free = free_norms, .run = run
};
