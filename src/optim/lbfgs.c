/*
** lbfgs.c -- L-BFGS: steps by an inverse Hessian that the last gradients tell, of which an
** update makes several.
**
** An update makes up to max_iter steps x += t d, with gradients of the same samples: d is -g
** times the inverse Hessian of the last `history` pairs of steps s and changes of the gradient
** y (two loops; y s / y y times the identity before them, and -g in the first step), t is lr
** (in the first step at most lr / sum |g|), or what a line search finds (wolfe.h). It ends early
** where max |g| or a step or the loss's change are below a tolerance, where d does not go down,
** or after max_eval gradients (5/4 max_iter where that is 0).
** Source: Nocedal and Wright, Numerical Optimization, 2006, algorithm 7.4, in the form and with
** the guards of torch.optim.LBFGS (2.15).
**
** All weights that train are one vector, in the order of the block. The pairs are a ring; of
** what an update keeps besides, nothing is state.
*/
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "optim/internal.h"
#include "optim/wolfe.h"

enum { ITERATIONS, PAIRS, FIRST, SCALE, STEP };
static const char *const scalars[] = { "iterations", "pairs", "first",
                                       "scale",      "step",  NULL };

enum { DIRECTION, LAST_GRAD };

static const double LEAST_CURVATURE = 1e-10;

typedef struct lbfgs {
    lrr_real
        *from; /* where the line search began; before that, a change of gradients */
    lrr_real *grad[2]; /* of its trials */
    double *share;     /* (history) of the first loop: alpha */
    double *inverse;   /* (history) 1 / y s */
    lrr_wolfe line;
    double steps, gradients; /* of this update */
    double loss;             /* before the step being made */
} lbfgs;

static size_t states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[DIRECTION] = "direction";
    names[LAST_GRAD] = "last_grad";
    return 2;
}

static size_t history(const double *base)
{
    return (size_t)base[LRR_HYPER_HISTORY];
}

static double hyper(const lrr_optim *o, lrr_hyper h)
{
    return o->groups[0].hyper[h];
}

static double most_gradients(const lrr_optim *o)
{
    const double most = hyper(o, LRR_HYPER_MAX_EVAL);
    return most > 0 ? most : floor(hyper(o, LRR_HYPER_MAX_ITER) * 5 / 4);
}

static double *number(lrr_optim *o, int i)
{
    return &o->groups[0].scalar[i];
}

/* The change of the gradient, and the step, of pair i, the oldest one being 0. */
static lrr_real *change(lrr_optim *o, size_t i)
{
    const size_t m = history(o->groups[0].base);
    return o->row[2 * (((size_t)*number(o, FIRST) + i) % m)];
}

static lrr_real *step(lrr_optim *o, size_t i)
{
    const size_t m = history(o->groups[0].base);
    return o->row[2 * (((size_t)*number(o, FIRST) + i) % m) + 1];
}

/* One pass over all weights: sums by part go to parts.sum. */
typedef struct vector_job {
    lrr_optim *o;
    lrr_real *y, a;
    const lrr_real *x, *z;
    void (*f)(const struct vector_job *job, const lrr_part *part, double *sum);
} vector_job;

static void vector_part(void *arg, size_t i)
{
    const vector_job *j = arg;
    j->f(j, &j->o->parts.part[i], &j->o->parts.sum[i]);
}

static void dot_part(const vector_job *j, const lrr_part *p, double *sum)
{
    *sum = lrr_k->optim_product_sum(j->x + p->at, j->z + p->at, p->n);
}

static void sizes_part(const vector_job *j, const lrr_part *p, double *sum)
{
    *sum = lrr_k->optim_size_sum(j->x + p->at, p->n);
}

static void largest_part(const vector_job *j, const lrr_part *p, double *sum)
{
    *sum = lrr_k->optim_largest(j->x + p->at, p->n);
}

static void add_part(const vector_job *j, const lrr_part *p, double *sum)
{
    (void)sum;
    lrr_k->optim_add(j->y + p->at, j->a, j->x + p->at, p->n);
}

static void multiple_part(const vector_job *j, const lrr_part *p, double *sum)
{
    (void)sum;
    lrr_k->optim_multiple(j->y + p->at, j->a, j->x + p->at, p->n);
}

static void scale_part(const vector_job *j, const lrr_part *p, double *sum)
{
    (void)sum;
    lrr_k->optim_scale(j->y + p->at, j->a, p->n);
}

static void from_part(const vector_job *j, const lrr_part *p, double *sum)
{
    (void)sum;
    lrr_k->optim_from(j->y + p->at, j->z + p->at, j->a, j->x + p->at, p->n);
}

static double dot(lrr_optim *o, const lrr_real *x, const lrr_real *z)
{
    lrr_parts_each(&o->parts, vector_part,
                   &(vector_job){ .o = o, .x = x, .z = z, .f = dot_part });
    return lrr_parts_total(&o->parts, 0);
}

static double sizes(lrr_optim *o, const lrr_real *x)
{
    lrr_parts_each(&o->parts, vector_part,
                   &(vector_job){ .o = o, .x = x, .f = sizes_part });
    return lrr_parts_total(&o->parts, 0);
}

/* NaN where x has one. */
static double largest(lrr_optim *o, const lrr_real *x)
{
    double most = 0;
    lrr_parts_each(&o->parts, vector_part,
                   &(vector_job){ .o = o, .x = x, .f = largest_part });
    for (size_t i = 0; i < o->parts.n_parts && !isnan(most); i++)
        most = o->parts.sum[i] <= most ? most : o->parts.sum[i];
    return most;
}

/* y += a x */
static void add(lrr_optim *o, lrr_real *y, double a, const lrr_real *x)
{
    vector_job j = { .o = o, .y = y, .x = x, .f = add_part };
    j.a = (lrr_real)a;
    lrr_parts_each(&o->parts, vector_part, &j);
}

/* y = a x */
static void set(lrr_optim *o, lrr_real *y, double a, const lrr_real *x)
{
    vector_job j = { .o = o, .y = y, .x = x, .f = multiple_part };
    j.a = (lrr_real)a;
    if (y != x)
        lrr_parts_each(&o->parts, vector_part, &j);
}

static void scale(lrr_optim *o, lrr_real *y, double a)
{
    vector_job j = { .o = o, .y = y, .f = scale_part };
    j.a = (lrr_real)a;
    lrr_parts_each(&o->parts, vector_part, &j);
}

/* y = z + a x */
static void set_from(lrr_optim *o, lrr_real *y, const lrr_real *z, double a,
                     const lrr_real *x)
{
    vector_job j = { .o = o, .y = y, .x = x, .z = z, .f = from_part };
    j.a = (lrr_real)a;
    lrr_parts_each(&o->parts, vector_part, &j);
}

/* Keeps the pair of the last step, where its curvature is above 0. */
static void remember(lrr_optim *o, lbfgs *l, const lrr_real *g)
{
    double *pairs = number(o, PAIRS), *first = number(o, FIRST);
    const double m = (double)history(o->groups[0].base), t = *number(o, STEP);
    const lrr_real *d = o->state[DIRECTION];
    double curvature;
    size_t i;
    set_from(o, l->from, g, -1, o->state[LAST_GRAD]);
    curvature = t * dot(o, l->from, d);
    if (!(curvature > LEAST_CURVATURE))
        return;
    if (*pairs < m)
        *pairs += 1;
    else
        *first = fmod(*first + 1, m);
    i = (size_t)*pairs - 1;
    set(o, change(o, i), 1, l->from);
    set(o, step(o, i), t, d);
    *number(o, SCALE) = curvature / dot(o, l->from, l->from);
}

/* d = -g times the inverse Hessian. */
static void find_direction(lrr_optim *o, lbfgs *l, const lrr_real *g)
{
    const size_t n = (size_t)*number(o, PAIRS);
    lrr_real *d = o->state[DIRECTION];
    set(o, d, -1, g);
    if (*number(o, ITERATIONS) == 1)
        return;
    for (size_t i = n; i-- > 0;) {
        l->inverse[i] = 1 / dot(o, change(o, i), step(o, i));
        l->share[i] = dot(o, step(o, i), d) * l->inverse[i];
        add(o, d, -l->share[i], change(o, i));
    }
    scale(o, d, *number(o, SCALE));
    for (size_t i = 0; i < n; i++) {
        const double beta = dot(o, change(o, i), d) * l->inverse[i];
        add(o, d, l->share[i] - beta, step(o, i));
    }
}

/* The next step of an update with loss and gradient where it is. True: wants a gradient. */
static bool begin_step(lrr_optim *o, lbfgs *l, const lrr_real *g, double loss,
                       lrr_real *params)
{
    const double lr = hyper(o, LRR_HYPER_LR);
    const double small = hyper(o, LRR_HYPER_TOLERANCE_CHANGE);
    double *made = number(o, ITERATIONS), *t = number(o, STEP), slope;
    lrr_real *d = o->state[DIRECTION];
    l->steps += 1;
    *made += 1;
    if (*made == 1) {
        *number(o, PAIRS) = *number(o, FIRST) = 0;
        *number(o, SCALE) = 1;
    } else {
        remember(o, l, g);
    }
    find_direction(o, l, g);
    set(o, o->state[LAST_GRAD], 1, g);
    l->loss = loss;
    *t = *made == 1 ? fmin(1, 1 / sizes(o, g)) * lr : lr;
    slope = dot(o, g, d);
    if (slope > -small)
        return false;
    if (!o->flags.wolfe) {
        add(o, params, *t, d);
        return l->steps < hyper(o, LRR_HYPER_MAX_ITER);
    }
    l->line = (lrr_wolfe){ .loss = loss, .slope = slope, .tolerance = small };
    l->line.length = largest(o, d);
    l->line.most = (int)(most_gradients(o) - l->gradients);
    set(o, l->from, 1, params);
    lrr_wolfe_begin(&l->line, *t);
    add(o, params, *t, d);
    return true;
}

/* Behind a step that got there: the next one, or the update's end. */
static bool go_on(lrr_optim *o, lbfgs *l, const lrr_real *g, double loss,
                  lrr_real *params)
{
    const double small = hyper(o, LRR_HYPER_TOLERANCE_CHANGE);
    if (l->steps >= hyper(o, LRR_HYPER_MAX_ITER) || l->gradients >= most_gradients(o) ||
        largest(o, g) <= hyper(o, LRR_HYPER_TOLERANCE_GRAD) ||
        fabs(*number(o, STEP)) * largest(o, o->state[DIRECTION]) <= small ||
        fabs(loss - l->loss) < small)
        return false;
    return begin_step(o, l, g, loss, params);
}

static bool search_on(lrr_optim *o, lbfgs *l, const lrr_optim_point *at)
{
    const lrr_real *d = o->state[DIRECTION], *g;
    const lrr_wolfe_end *found;
    int place;
    bool more = lrr_wolfe_take(&l->line, at->loss, dot(o, at->grads, d), &place);
    set(o, l->grad[place], 1, at->grads);
    if (more) {
        set_from(o, at->params, l->from, l->line.t, d);
        return true;
    }
    found = &l->line.end[l->line.low];
    g = found->grad == LRR_WOLFE_START ? o->state[LAST_GRAD] : l->grad[found->grad];
    *number(o, STEP) = found->t;
    set_from(o, at->params, l->from, found->t, d);
    return go_on(o, l, g, found->loss, at->params);
}

static bool take(lrr_optim *o, void *own, size_t p, const lrr_optim_point *at)
{
    lbfgs *l = own;
    if (p > 0) {
        l->gradients += 1;
        return o->flags.wolfe ? search_on(o, l, at)
                              : go_on(o, l, at->grads, at->loss, at->params);
    }
    l->steps = 0;
    l->gradients = 1;
    if (largest(o, at->grads) <= hyper(o, LRR_HYPER_TOLERANCE_GRAD))
        return false;
    return begin_step(o, l, at->grads, at->loss, at->params);
}

/* What the pairs tell is of steps that were taken back. */
static void forget(lrr_optim *o, void *own)
{
    (void)own;
    *number(o, ITERATIONS) = 0;
}

static size_t rows(const double *base)
{
    return 2 * history(base);
}

static void name_row(size_t i, char name[LRR_ROW_NAME])
{
    snprintf(name, LRR_ROW_NAME, "%s.%zu", i % 2 == 0 ? "change" : "step", i / 2 + 1);
}

static void free_own(void *own)
{
    lbfgs *l = own;
    lrr_mem_free(l->from);
    lrr_mem_free(l->grad[0]);
    lrr_mem_free(l->grad[1]);
    lrr_mem_free(l->share);
    lrr_mem_free(l->inverse);
    lrr_mem_free(l);
}

static lrr_status make(const lrr_optim *o, void **own, lrr_error *err)
{
    const char *what = "what L-BFGS searches with";
    const size_t m = history(o->groups[0].base);
    lbfgs *l = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *l, what, &l, err);
    if (st != LRR_OK)
        return st;
    st = lrr_mem_new(o->size, sizeof *l->from, what, &l->from, err);
    for (int i = 0; st == LRR_OK && i < 2; i++)
        st = lrr_mem_new(o->size, sizeof *l->grad[i], what, &l->grad[i], err);
    if (st == LRR_OK)
        st = lrr_mem_new(m, sizeof *l->share, what, &l->share, err);
    if (st == LRR_OK)
        st = lrr_mem_new(m, sizeof *l->inverse, what, &l->inverse, err);
    if (st != LRR_OK) {
        free_own(l);
        return st;
    }
    *own = l;
    return LRR_OK;
}

static const lrr_optim_search search = { .rows = rows,
                                         .name_row = name_row,
                                         .n_own = 3,
                                         .make = make,
                                         .free = free_own,
                                         .take = take,
                                         .forget = forget };

const lrr_optim_def lrr__optim_lbfgs = {
    .name = "lbfgs", .scalars = scalars, .states = states, .search = &search
};
