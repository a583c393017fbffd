/* whole.c -- see whole.h. */
#include "optim/whole.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "optim/internal.h"

/* Products of two factors in the largest matrix that one thread works off: beyond it a
** single product is worth cutting. And lanes of those, at most. */
static const double LARGE = 0x1p25;
enum { LANES = 8 };

/* The most expensive first; of equal ones the first of the block. */
static int compare(const void *a, const void *b)
{
    const lrr_whole_matrix *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost > y->cost ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static lrr_status refuse(const lrr_optim_cfg *cfg, size_t segment, const char *what,
                         lrr_error *err)
{
    return lrr_fail(err, LRR_EINVAL, "%s: tensor %zu: %s", cfg->name, segment + 1,
                    what);
}

/* The pieces of one tensor, from *i on: all its rows, in order. */
static lrr_status check_tensor(const lrr_optim_cfg *cfg, const lrr_segment *seg,
                               size_t *i, lrr_error *err)
{
    const size_t segment = cfg->matrices[*i].segment;
    const size_t rows = seg->shape.rank > 0 ? seg->shape.d[0] : 0;
    size_t row = 0;
    if (rows == 0 || seg->n == 0)
        return refuse(cfg, segment, "it has no rows", err);
    while (row < rows && *i < cfg->n_matrices) {
        const lrr_optim_matrix *m = &cfg->matrices[*i];
        if (m->segment != segment || m->row != row || m->rows == 0 ||
            m->rows > rows - row)
            break;
        row += m->rows;
        ++*i;
    }
    return row == rows ? LRR_OK
                       : refuse(cfg, segment, "its matrices are not all its rows", err);
}

static lrr_status check(const lrr_optim_cfg *cfg, const lrr_segment *segments,
                        size_t n_segments, bool *whole, lrr_error *err)
{
    size_t i = 0;
    lrr_status st = LRR_OK;
    while (st == LRR_OK && i < cfg->n_matrices) {
        const size_t segment = cfg->matrices[i].segment;
        if (segment >= n_segments || (i > 0 && segment <= cfg->matrices[i - 1].segment))
            return refuse(cfg, segment, "no such tensor, or out of order", err);
        whole[cfg->group_of != NULL ? cfg->group_of[segment] : 0] = true;
        st = check_tensor(cfg, &segments[segment], &i, err);
    }
    for (size_t s = 0, next = 0; st == LRR_OK && s < n_segments; s++) {
        while (next < cfg->n_matrices && cfg->matrices[next].segment < s)
            next++;
        if (whole[cfg->group_of != NULL ? cfg->group_of[s] : 0] &&
            (next == cfg->n_matrices || cfg->matrices[next].segment != s))
            return refuse(cfg, s, "it is among matrices, and none", err);
    }
    return st;
}

static const double *base_of(const lrr_optim_cfg *cfg, size_t segment)
{
    return cfg->groups[cfg->group_of != NULL ? cfg->group_of[segment] : 0];
}

static void collect(lrr_wholes *w, const lrr_optim_whole *how, const lrr_optim_cfg *cfg,
                    const lrr_segment *segments)
{
    for (size_t i = 0; i < cfg->n_matrices; i++) {
        const lrr_optim_matrix *m = &cfg->matrices[i];
        const lrr_segment *seg = &segments[m->segment];
        const size_t cols = seg->n / seg->shape.d[0];
        const double *base = base_of(cfg, m->segment);
        if (!seg->trains)
            continue;
        w->matrix[w->n++] = (lrr_whole_matrix){
            .at = seg->at + m->row * cols,
            .rows = m->rows,
            .cols = cols,
            .segment = m->segment,
            .own = w->n_own,
            .cost = how->cost((double)m->rows, (double)cols, base),
        };
        if (how->own != NULL)
            w->n_own = lrr_size_add(w->n_own, how->own(m->rows, cols, base));
    }
    if (w->n > 0)
        qsort(w->matrix, w->n, sizeof *w->matrix, compare);
    while (w->n_large < w->n && w->matrix[w->n_large].cost > LARGE)
        w->n_large++;
    w->lanes = w->n - w->n_large < LANES ? w->n - w->n_large : LANES;
}

/* Large ones take turns in the scratch that the lanes share otherwise. */
static size_t scratch_reals(lrr_wholes *w, const lrr_optim_whole *how,
                            const lrr_optim_cfg *cfg)
{
    size_t all = 0;
    for (size_t i = 0; i < w->n; i++) {
        const lrr_whole_matrix *m = &w->matrix[i];
        const size_t n =
            lrr_real_pad(how->scratch(m->rows, m->cols, base_of(cfg, m->segment)));
        size_t *most = i < w->n_large ? &all : &w->lane_reals;
        *most = n > *most ? n : *most;
    }
    return all > w->lanes * w->lane_reals ? all : w->lanes * w->lane_reals;
}

lrr_status lrr__wholes_init(lrr_wholes *w, const lrr_optim_whole *how,
                            const lrr_optim_cfg *cfg, const lrr_segment *segments,
                            size_t n_segments, bool *whole, lrr_error *err)
{
    lrr_status st;
    memset(w, 0, sizeof *w);
    if (cfg->n_matrices == 0)
        return LRR_OK;
    if (how == NULL)
        return lrr_fail(err, LRR_EINVAL, "%s: it has no update of matrices", cfg->name);
    st = check(cfg, segments, n_segments, whole, err);
    if (st == LRR_OK)
        st = lrr_mem_new(cfg->n_matrices, sizeof *w->matrix,
                         "the optimizer's list of matrices", &w->matrix, err);
    if (st != LRR_OK)
        return st;
    w->gemm = cfg->gemm;
    collect(w, how, cfg, segments);
    w->n_scratch = scratch_reals(w, how, cfg);
    st = lrr_mem_new(w->n_scratch, sizeof *w->scratch, "matrices of an update",
                     &w->scratch, err);
    return st != LRR_OK || w->n_own == 0
               ? st
               : lrr_mem_new(w->n_own, sizeof *w->own, "state of matrices", &w->own,
                             err);
}

void lrr__wholes_fini(lrr_wholes *w)
{
    lrr_mem_free(w->matrix);
    lrr_mem_free(w->scratch);
    lrr_mem_free(w->own);
    memset(w, 0, sizeof *w);
}

typedef struct job {
    lrr_optim *o;
    lrr_real *params;
    const lrr_real *grads;
} job;

static void update(const job *j, const lrr_whole_matrix *w, lrr_real *scratch)
{
    lrr_optim *o = j->o;
    const lrr_optim_group *g = &o->groups[o->group_of[w->segment]];
    lrr_real *s[LRR_STATES_MAX];
    const lrr_optim_matrix_now m = { .flags = &o->flags,
                                     .k = &g->k,
                                     .h = g->now,
                                     .base = g->base,
                                     .gemm = o->wholes.gemm,
                                     .rows = w->rows,
                                     .cols = w->cols,
                                     .x = j->params + w->at,
                                     .g = j->grads + w->at,
                                     .s = s,
                                     .own = o->wholes.own != NULL
                                                ? o->wholes.own + w->own
                                                : NULL,
                                     .number = o->steps - g->from,
                                     .scratch = scratch };
    if (lrr__optim_holds(g, o->steps))
        return;
    lrr__optim_state_at(o, w->at, s);
    o->def->whole->update(&m);
}

static void run_lane(void *arg, size_t lane)
{
    const job *j = arg;
    const lrr_wholes *w = &j->o->wholes;
    for (size_t i = w->n_large + lane; i < w->n; i += w->lanes)
        update(j, &w->matrix[i], w->scratch + lane * w->lane_reals);
}

void lrr__wholes_step(lrr_optim *o, lrr_real *params, const lrr_real *grads)
{
    const lrr_wholes *w = &o->wholes;
    job j = { .o = o, .grads = grads };
    j.params = params;
    for (size_t i = 0; i < w->n_large; i++)
        update(&j, &w->matrix[i], w->scratch);
    lrr_parallel(w->lanes, run_lane, &j);
}

lrr_real *lrr_optim_own(const lrr_optim *o, size_t *n, const char **name)
{
    *n = o->wholes.n_own;
    *name = o->wholes.own != NULL ? o->def->whole->own_name : NULL;
    return o->wholes.own;
}

size_t lrr_optim_matrix_reals(const lrr_optim *o)
{
    return lrr_size_add(o->wholes.n_own, o->wholes.n_scratch);
}
