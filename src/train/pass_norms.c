/* pass_norms.c -- the gradient norm of each parameter, before clipping; and what session.h
** says of it. */
#include <stdio.h>
#include <string.h>

#include "base/dmath.h"
#include "base/mem.h"
#include "train/internal.h"

typedef struct norms {
    double *sum, *max, *mean; /* (n_param_segments) each, one after another */
} norms;

static bool wanted(const lrr_session_cfg *cfg)
{
    return cfg->track_norms;
}

static void free_norms(void *own)
{
    norms *o = own;
    lrr_mem_free(o->sum);
    lrr_mem_free(o);
}

/* The sums and after them the maxima, as "norm.0", "norm.1", ... */
static lrr_status tell_state(lrr_session *s, norms *o, lrr_error *err)
{
    lrr_status st = LRR_OK;
    char name[24];
    for (size_t i = 0; st == LRR_OK && i < 2 * s->blocks.n_param_segments; i++) {
        snprintf(name, sizeof name, "%zu", i);
        st = lrr__state_number(s, "norm.", name, o->sum + i, err);
    }
    return st;
}

static lrr_status make(lrr_session *s, void **own, lrr_error *err)
{
    const size_t n = s->blocks.n_param_segments;
    norms *o = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *o, "gradient norms", &o, err);
    if (st != LRR_OK)
        return st;
    st = lrr_mem_new(3 * n, sizeof(double), "gradient norms", &o->sum, err);
    if (st == LRR_OK)
        st = tell_state(s, o, err);
    if (st != LRR_OK) {
        free_norms(o);
        return st;
    }
    o->max = o->sum + n;
    o->mean = o->max + n;
    *own = o;
    return LRR_OK;
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
        sum = lrr_dsqrt(sum);
        o->sum[i] += sum;
        if (!(sum <= o->max[i]))
            o->max[i] = sum;
    }
    s->norm_steps++;
    return LRR_PASS_ON;
}

const double *lrr_session_norms_mean(lrr_session *s)
{
    norms *o = lrr__pass_own(s, &lrr__pass_norms);
    if (o == NULL)
        return NULL;
    for (size_t i = 0; i < s->blocks.n_param_segments; i++)
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
        memset(o->sum, 0, 3 * s->blocks.n_param_segments * sizeof(double));
    s->norm_steps = 0;
}

const lrr_pass_def lrr__pass_norms = {
    .name = "norms", .wanted = wanted, .make = make, .free = free_norms, .run = run
};
