/* phases.c -- see phases.h. */
#include "optim/phases.h"

#include <math.h>
#include <string.h>

#include "optim/internal.h"

typedef struct stage_job {
    lrr_optim *o;
    lrr_optim_sum sum;
    lrr_optim_kernel kernel;
    lrr_real *params;
    const lrr_real *grads; /* NULL: none */
    double k;              /* number of the update that it is part of */
} stage_job;

static bool is_held(const stage_job *j, const lrr_part *part)
{
    return lrr__optim_holds(&j->o->groups[j->o->group_of[part->segment]], j->k);
}

static void sum_part(void *arg, size_t i)
{
    const stage_job *j = arg;
    const lrr_part *part = &j->o->parts.part[i];
    const lrr_real *g = j->grads != NULL ? j->grads + part->at : NULL;
    j->o->parts.sum[i] =
        is_held(j, part) ? 0 : j->sum(j->params + part->at, g, part->n);
}

static void stage_part(void *arg, size_t i)
{
    const stage_job *j = arg;
    const lrr_part *part = &j->o->parts.part[i];
    const lrr_real *g = j->grads != NULL ? j->grads + part->at : NULL;
    lrr_real *s[LRR_STATES_MAX];
    if (is_held(j, part))
        return;
    lrr__optim_state_at(j->o, part->at, s);
    j->kernel(&j->o->groups[j->o->group_of[part->segment]].k, j->params + part->at, g,
              s, part->n);
}

/* k: as in stage_job; tensors that are held in that update have no part in it. */
static void run_stage(lrr_optim *o, const lrr_optim_stage *stage, lrr_real *params,
                      const lrr_real *grads, double k)
{
    stage_job j = { .o = o, .grads = grads, .k = k };
    double sum = 0;
    j.params = params;
    j.kernel = stage->kernel(&o->flags);
    if (stage->sum != NULL) {
        j.sum = stage->sum(&o->flags);
        lrr_parts_each(&o->parts, sum_part, &j);
        sum = lrr_parts_total(&o->parts, 0);
    }
    for (size_t i = 0; i < o->n_groups; i++) {
        lrr_optim_group *g = &o->groups[i];
        lrr_optim_now now = lrr__optim_now_of(o, g, o->steps + 1);
        now.sum = sum;
        g->k = (lrr_optim_k){ .scale = 1, .keep = 1 };
        if (stage->prepare != NULL)
            stage->prepare(&now, &g->k);
    }
    lrr_parts_each(&o->parts, stage_part, &j);
}

size_t lrr_optim_moves(const lrr_optim *o)
{
    return o->def->search != NULL ? SIZE_MAX : o->n_moves;
}

bool lrr_optim_move(lrr_optim *o, size_t p, const lrr_optim_point *at)
{
    const lrr_optim_search *search = o->def->search;
    if (search == NULL && p >= o->n_moves)
        return false;
    if (!o->moved)
        memcpy(o->held, at->params, o->size * sizeof *at->params);
    if (search != NULL)
        return o->moved = search->take(o, o->own, p, at);
    o->moved = true;
    run_stage(o, &o->moves[p], at->params, at->grads, o->steps + 1);
    return true;
}

void lrr_optim_unmove(lrr_optim *o, lrr_real *params)
{
    if (o->moved)
        memcpy(params, o->held, o->size * sizeof *params);
    if (o->moved && o->def->search != NULL)
        o->def->search->forget(o, o->own);
    o->moved = false;
}

bool lrr_optim_is_apart(const lrr_optim *o)
{
    return o->def->evaluate != NULL;
}

void lrr_optim_enter(lrr_optim *o, lrr_real *params)
{
    if (o->def->evaluate == NULL)
        return;
    memcpy(o->held, params, o->size * sizeof *params);
    run_stage(o, o->def->evaluate, params, NULL, o->steps); /* of those it had */
}

void lrr_optim_leave(lrr_optim *o, lrr_real *params)
{
    if (o->def->evaluate != NULL)
        memcpy(params, o->held, o->size * sizeof *params);
}

void lrr_optim_settle(lrr_optim *o, lrr_real *params)
{
    if (o->def->settle != NULL)
        run_stage(o, o->def->settle, params, NULL, (double)INFINITY);
}
