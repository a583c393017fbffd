/* optim.c -- see optim.h. What all optimizers share: groups, state, and the pass over the
** pieces of the block. */
#include "optim/optim.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "optim/internal.h"

static const lrr_optim_def *const defs[] = {
#define X(name) &lrr__optim_##name,
    LRR_OPTIM_MAP(X)
#undef X
};

const char *const lrr_optim_names[] = {
#define X(name) #name,
    LRR_OPTIM_MAP(X)
#undef X
        NULL
};

const lrr_hyper_row lrr_hypers[] = {
#define X(name, text, ...) { text, __VA_ARGS__ },
    LRR_HYPER_MAP(X)
#undef X
};

int lrr_hyper_find(const char *name)
{
    for (int i = 0; i < LRR_HYPER_COUNT; i++)
        if (strcmp(name, lrr_hypers[i].name) == 0)
            return i;
    return -1;
}

static const lrr_optim_def *find_def(const char *name)
{
    for (size_t i = 0; i < sizeof defs / sizeof defs[0]; i++)
        if (strcmp(name, defs[i]->name) == 0)
            return defs[i];
    return NULL;
}

static lrr_status check_cfg(const lrr_optim_cfg *cfg, size_t n_segments, lrr_error *err)
{
    if (cfg->n_groups < 1)
        return lrr_fail(err, LRR_EINVAL, "%s: no group", cfg->name);
    for (size_t g = 0; g < cfg->n_groups; g++)
        for (int h = 0; h < LRR_HYPER_COUNT; h++) /* 0 stands where it has no meaning */
            if (cfg->groups[g][h] != 0 &&
                !lrr_range_has(&lrr_hypers[h].range, cfg->groups[g][h]))
                return lrr_range_fail(&lrr_hypers[h].range, cfg->name,
                                      lrr_hypers[h].name, cfg->groups[g][h], err);
    for (size_t g = 0; cfg->factors != NULL && g < cfg->n_groups; g++)
        for (int h = 0; h < LRR_HYPER_COUNT; h++)
            if (!(cfg->factors[g][h] >= 0) || !isfinite(cfg->factors[g][h]))
                return lrr_fail(err, LRR_EINVAL,
                                "%s: the factor on %s of group %zu is %g", cfg->name,
                                lrr_hypers[h].name, g + 1, cfg->factors[g][h]);
    for (size_t i = 0; cfg->group_of != NULL && i < n_segments; i++)
        if (cfg->group_of[i] >= cfg->n_groups)
            return lrr_fail(err, LRR_EINVAL, "%s: tensor %zu is in group %u of %zu",
                            cfg->name, i + 1, (unsigned)cfg->group_of[i] + 1,
                            cfg->n_groups);
    return LRR_OK;
}

/* Start values of the state: whole tensors at a time, their padding stays 0. */
static void fill_state(lrr_optim *o)
{
    for (size_t i = 0; o->def->fill != NULL && i < o->n_states; i++) {
        for (size_t s = 0; s < o->parts.n_segments; s++) {
            const lrr_segment *seg = &o->parts.segments[s];
            double x = o->def->fill(o->groups[o->group_of[s]].base, i);
            for (size_t j = 0; x != 0 && j < seg->n; j++)
                o->state[i][seg->at + j] = (lrr_real)x;
        }
    }
}

/* Some passes leave params where they do not stay. */
static bool holds_weights(lrr_optim_pair pair)
{
    return pair.around != NULL || pair.def->n_moves > 0 || pair.def->evaluate != NULL ||
           pair.def->search != NULL;
}

static lrr_status new_state(lrr_optim *o, bool holds, lrr_error *err)
{
    char what[64];
    while (o->def->scalars != NULL && o->def->scalars[o->n_scalars] != NULL)
        o->n_scalars++;
    LRR_ASSERT(o->n_scalars <= LRR_SCALARS_MAX);
    o->n_states = o->def->states(&o->flags, o->state_name);
    for (size_t i = 0; i < o->n_states; i++) {
        lrr_status st;
        snprintf(what, sizeof what, "%s of %s", o->state_name[i], o->def->name);
        st = lrr_mem_new(o->size, sizeof *o->state[i], what, &o->state[i], err);
        if (st != LRR_OK)
            return st;
    }
    if (!holds)
        return LRR_OK;
    return lrr_mem_new(o->size, sizeof *o->held, "held weights", &o->held, err);
}

/* The state tensors of an optimizer that searches, and what it has besides. */
static lrr_status new_search(lrr_optim *o, lrr_error *err)
{
    const lrr_optim_search *search = o->def->search;
    const size_t n = search->rows(o->groups[0].base);
    lrr_status st = lrr_mem_new(n, sizeof *o->row, "a history", &o->row, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *o->row_name, "a history", &o->row_name, err);
    for (; st == LRR_OK && o->n_rows < n; o->n_rows += st == LRR_OK) {
        search->name_row(o->n_rows, o->row_name[o->n_rows]);
        st =
            lrr_mem_new(o->size, sizeof **o->row, "a history", &o->row[o->n_rows], err);
    }
    return st != LRR_OK ? st : search->make(o, &o->own, err);
}

static void copy_groups(lrr_optim *o, const lrr_optim_cfg *cfg)
{
    for (size_t g = 0; g < cfg->n_groups; g++) {
        memcpy(o->groups[g].base, cfg->groups[g], sizeof o->groups[g].base);
        memcpy(o->groups[g].hyper, cfg->groups[g], sizeof o->groups[g].hyper);
        for (int h = 0; h < LRR_HYPER_COUNT; h++)
            o->groups[g].factor[h] = cfg->factors != NULL ? cfg->factors[g][h] : 1;
        for (int i = 0; i < LRR_PRODUCTS_MAX; i++)
            o->groups[g].product[i] = 1;
    }
    for (size_t i = 0; i < o->parts.n_segments; i++)
        o->group_of[i] = cfg->group_of == NULL ? 0 : cfg->group_of[i];
}

static lrr_status new_wholes(lrr_optim *o, const lrr_optim_cfg *cfg, lrr_error *err)
{
    bool *whole = NULL;
    lrr_status st = lrr_mem_new(o->n_groups, sizeof *whole, "groups", &whole, err);
    if (st == LRR_OK)
        st = lrr__wholes_init(&o->wholes, o->def->whole, cfg, o->parts.segments,
                              o->parts.n_segments, whole, err);
    for (size_t g = 0; st == LRR_OK && g < o->n_groups; g++)
        o->groups[g].whole = whole[g];
    lrr_mem_free(whole);
    return st;
}

static size_t block_size(const lrr_segment *segments, size_t n_segments)
{
    size_t size = 0;
    for (size_t i = 0; i < n_segments; i++) {
        size_t end = segments[i].at + lrr_real_pad(segments[i].n);
        size = end > size ? end : size;
    }
    return size;
}

static lrr_status find_pair(const lrr_optim_cfg *cfg, lrr_optim_pair *out,
                            lrr_error *err)
{
    out->def = find_def(cfg->name);
    out->around = cfg->around != NULL ? find_def(cfg->around) : NULL;
    if (out->def == NULL)
        return lrr_fail(err, LRR_EINVAL, "no optimizer '%s'", cfg->name);
    if (out->def->search != NULL && cfg->around != NULL)
        return lrr_fail(err, LRR_EINVAL, "%s: nothing goes around it", cfg->name);
    if (out->def->kernel == NULL && out->def->search == NULL)
        return lrr_fail(err, LRR_EINVAL, "%s goes around another optimizer", cfg->name);
    if (cfg->around != NULL && (out->around == NULL || out->around->n_moves == 0))
        return lrr_fail(err, LRR_EINVAL, "no optimizer '%s' that goes around another",
                        cfg->around);
    return LRR_OK;
}

lrr_status lrr__optim_new(lrr_optim_pair pair, const lrr_optim_cfg *cfg,
                          const lrr_segment *segments, size_t n_segments,
                          lrr_optim **out, lrr_error *err)
{
    lrr_optim *o = NULL;
    lrr_status st = check_cfg(cfg, n_segments, err);
    *out = NULL;
    if (st == LRR_OK)
        st = lrr_mem_new(1, sizeof *o, "an optimizer", &o, err);
    if (st != LRR_OK)
        return st;
    o->def = pair.def;
    o->moves = pair.around != NULL ? pair.around->moves : pair.def->moves;
    o->n_moves = pair.around != NULL ? pair.around->n_moves : pair.def->n_moves;
    o->flags = cfg->flags;
    o->n_groups = cfg->n_groups;
    o->size = block_size(segments, n_segments);
    st = lrr_parts_init(&o->parts, segments, n_segments, err);
    if (st == LRR_OK)
        st = lrr_mem_new(cfg->n_groups, sizeof *o->groups, "parameter groups",
                         &o->groups, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n_segments, sizeof *o->group_of, "parameter groups",
                         &o->group_of, err);
    if (st == LRR_OK)
        st = new_state(o, holds_weights(pair), err);
    if (st == LRR_OK)
        st = new_wholes(o, cfg, err);
    if (st == LRR_OK)
        copy_groups(o, cfg);
    if (st == LRR_OK && o->def->search != NULL)
        st = new_search(o, err);
    if (st != LRR_OK) {
        lrr_optim_free(o);
        return st;
    }
    fill_state(o);
    *out = o;
    return LRR_OK;
}

lrr_status lrr_optim_new(const lrr_optim_cfg *cfg, const lrr_segment *segments,
                         size_t n_segments, lrr_optim **out, lrr_error *err)
{
    lrr_optim_pair pair;
    lrr_status st = find_pair(cfg, &pair, err);
    *out = NULL;
    return st != LRR_OK ? st
                        : lrr__optim_new(pair, cfg, segments, n_segments, out, err);
}

void lrr_optim_free(lrr_optim *o)
{
    if (o == NULL)
        return;
    for (size_t i = 0; i < LRR_STATES_MAX; i++)
        lrr_mem_free(o->state[i]);
    for (size_t i = 0; i < o->n_rows; i++)
        lrr_mem_free(o->row[i]);
    if (o->own != NULL)
        o->def->search->free(o->own);
    lrr_mem_free(o->row);
    lrr_mem_free(o->row_name);
    lrr_mem_free(o->held);
    lrr_mem_free(o->group_of);
    lrr_mem_free(o->groups);
    lrr__wholes_fini(&o->wholes);
    lrr_parts_fini(&o->parts);
    lrr_mem_free(o);
}

size_t lrr_optim_groups(const lrr_optim *o)
{
    return o->n_groups;
}

double *lrr_optim_hyper(lrr_optim *o, size_t g)
{
    return o->groups[g].hyper;
}

const double *lrr_optim_base(const lrr_optim *o, size_t g)
{
    return o->groups[g].base;
}

const double *lrr_optim_factors(const lrr_optim *o, size_t g)
{
    return o->groups[g].factor;
}

void lrr_optim_set_lr(lrr_optim *o, double lr)
{
    const double first = o->groups[0].base[LRR_HYPER_LR];
    for (size_t g = 0; g < o->n_groups; g++) {
        const double base = o->groups[g].base[LRR_HYPER_LR];
        double *own = &o->groups[g].hyper[LRR_HYPER_LR];
        if (g == 0 || base == first)
            *own = lr; /* exactly, also where lr * base / base would round */
        else
            *own = first > 0 ? lr * base / first : base;
    }
}

void lrr_optim_hold(lrr_optim *o, size_t g, double updates)
{
    o->groups[g].from = updates;
}

bool lrr__optim_holds(const lrr_optim_group *g, double k)
{
    return g->from > 0 && k <= g->from;
}

double lrr_optim_rate(const lrr_optim *o, size_t g)
{
    const lrr_optim_group *group = &o->groups[g];
    return lrr__optim_holds(group, o->steps)
               ? 0
               : group->hyper[LRR_HYPER_LR] * group->factor[LRR_HYPER_LR];
}

bool lrr_optim_ever_holds(const lrr_optim *o)
{
    for (size_t g = 0; g < o->n_groups; g++)
        if (o->groups[g].from > 0)
            return true;
    return false;
}

void lrr_optim_hush(const lrr_optim *o, lrr_real *grads)
{
    for (size_t i = 0; i < o->parts.n_segments; i++) {
        const lrr_segment *seg = &o->parts.segments[i];
        if (seg->trains && lrr__optim_holds(&o->groups[o->group_of[i]], o->steps + 1))
            memset(grads + seg->at, 0, seg->n * sizeof *grads);
    }
}

uint64_t lrr_optim_steps(const lrr_optim *o)
{
    return (uint64_t)o->steps;
}

size_t lrr_optim_size(const lrr_optim *o)
{
    return o->size;
}

void lrr__optim_state_at(const lrr_optim *o, size_t at, lrr_real *s[LRR_STATES_MAX])
{
    for (size_t i = 0; i < LRR_STATES_MAX; i++)
        s[i] = i < o->n_states ? o->state[i] + at : NULL;
}

lrr_optim_now lrr__optim_now_of(const lrr_optim *o, lrr_optim_group *g, double k)
{
    for (int h = 0; h < LRR_HYPER_COUNT; h++)
        g->now[h] = g->hyper[h] * g->factor[h];
    return (lrr_optim_now){ .flags = &o->flags,
                            .h = g->now,
                            .base = g->base,
                            .lead = o->groups[0].hyper,
                            .k = k - g->from,
                            .product = g->product,
                            .scalar = g->scalar,
                            .whole = g->whole };
}

typedef struct pass {
    lrr_optim *o;
    lrr_optim_kernel kernel;
    lrr_optim_tensorwise second;
    bool has_second;
    lrr_real *params;
    const lrr_real *grads;
    const uint8_t *const *touched;
    bool back; /* puts the held weights back first */
} pass;

/* Rows that are 0 go as runs of these, which are at hand: the kernels go by each number alone. */
static const lrr_real ZEROS[4096];

/* By the list of its tensor's rows, if there is one. */
static void update_rows(const pass *p, const lrr_optim_k *k, const lrr_part *part)
{
    const lrr_segment *seg = &p->o->parts.segments[part->segment];
    const uint8_t *touched = p->touched != NULL ? p->touched[part->segment] : NULL;
    const size_t dim = touched != NULL ? seg->n / seg->shape.d[0] : seg->n,
                 stop = part->at + part->n;
    for (size_t i = part->at, end; i < stop; i = end) {
        size_t row = (i - seg->at) / dim;
        const bool zero = touched != NULL && touched[row] == 0;
        lrr_real *s[LRR_STATES_MAX];
        for (end = i; end < stop && zero == (touched != NULL && touched[row] == 0);
             row++)
            end = seg->at + (row + 1) * dim;
        end = end < stop ? end : stop;
        if (zero && end - i > sizeof ZEROS / sizeof *ZEROS)
            end = i + sizeof ZEROS / sizeof *ZEROS;
        lrr__optim_state_at(p->o, i, s);
        p->kernel(k, p->params + i, zero ? ZEROS : p->grads + i, s, end - i);
    }
}

static void update_part(void *arg, size_t i)
{
    const pass *p = arg;
    lrr_optim *o = p->o;
    const lrr_part *part = &o->parts.part[i];
    const lrr_optim_k *k = &o->groups[o->group_of[part->segment]].k;
    lrr_real *s[LRR_STATES_MAX], *x = p->params + part->at;
    lrr__optim_state_at(o, part->at, s);
    double sum[2], before[2];
    if (p->back)
        memcpy(x, o->held + part->at, part->n * sizeof *x);
    if (lrr__optim_holds(&o->groups[o->group_of[part->segment]], o->steps)) {
        o->parts.sum[i] = o->parts.sum[o->parts.n_parts + i] = 0;
        return;
    }
    if (o->groups[o->group_of[part->segment]].whole)
        return;
    if (!p->has_second) {
        update_rows(p, k, part);
        return;
    }
    if (p->second.before != NULL)
        p->second.before(k, x, p->grads + part->at, s, part->n, before);
    p->kernel(k, x, p->grads + part->at, s, part->n);
    p->second.sums(k, x, p->grads + part->at, s, part->n, sum);
    o->parts.sum[i] = p->second.before != NULL ? before[0] : sum[0];
    o->parts.sum[o->parts.n_parts + i] = sum[1];
}

static void apply_part(void *arg, size_t i)
{
    const pass *p = arg;
    lrr_optim *o = p->o;
    const lrr_part *part = &o->parts.part[i];
    const lrr_optim_group *g = &o->groups[o->group_of[part->segment]];
    lrr_optim_k k = g->k;
    const double sum[2] = { o->parts.total[part->segment],
                            o->parts.total[o->parts.n_segments + part->segment] };
    lrr_real *s[LRR_STATES_MAX];
    if (lrr__optim_holds(g, o->steps))
        return;
    lrr__optim_state_at(o, part->at, s);
    if (p->second.fit != NULL)
        p->second.fit(&k, sum, o->parts.segments[part->segment].n);
    p->second.apply(&k, p->params + part->at, p->grads + part->at, s, part->n);
}

static void prepare_group(lrr_optim *o, lrr_optim_group *g, double scale)
{
    const bool decoupled = o->flags.decoupled;
    lrr_optim_now now = lrr__optim_now_of(o, g, o->steps);
    const double *h = now.h;
    if (lrr__optim_holds(g, o->steps))
        return;
    g->product[0] *= h[LRR_HYPER_BETA1];
    g->product[1] *= h[LRR_HYPER_BETA2];
    g->k = (lrr_optim_k){
        .scale = (lrr_real)scale,
        .l2 = decoupled ? 0 : (lrr_real)h[LRR_HYPER_WEIGHT_DECAY],
        .keep =
            decoupled ? (lrr_real)(1 - h[LRR_HYPER_LR] * h[LRR_HYPER_WEIGHT_DECAY]) : 1,
    };
    o->def->prepare(&now, &g->k);
}

static void meet_groups(lrr_optim *o, const lrr_optim_tensorwise *second,
                        const double sum[2])
{
    for (size_t g = 0; second->meet != NULL && g < o->n_groups; g++) {
        const lrr_optim_now now = lrr__optim_now_of(o, &o->groups[g], o->steps);
        second->meet(&now, sum, &o->groups[g].k);
    }
}

void lrr_optim_step(lrr_optim *o, lrr_real *params, const lrr_real *grads,
                    const uint8_t *const *touched, double scale)
{
    pass p = { .o = o, .grads = grads, .touched = touched };
    if (o->def->search != NULL) { /* it has moved the weights itself */
        o->steps += 1;
        o->moved = false;
        return;
    }
    if (o->steps == 0 && o->def->settle != NULL) { /* the state begins at the weights */
        lrr_optim_unmove(o, params);
        lrr_optim_settle(o, params);
    }
    p.back = o->moved;
    p.params = params;
    o->steps += 1;
    o->moved = false;
    p.kernel = o->def->kernel(&o->flags);
    p.has_second =
        o->def->tensorwise != NULL && o->def->tensorwise(&o->flags, &p.second);
    for (size_t g = 0; g < o->n_groups; g++)
        prepare_group(o, &o->groups[g], scale);
    lrr_parts_each(&o->parts, update_part, &p);
    if (p.has_second) {
        const double sum[2] = { lrr_parts_total(&o->parts, 0),
                                lrr_parts_total(&o->parts, 1) };
        meet_groups(o, &p.second, sum);
        if (p.second.apply != NULL)
            lrr_parts_each(&o->parts, apply_part, &p);
    }
    lrr__wholes_step(o, params, grads);
}

size_t lrr_optim_state_count(const lrr_optim *o)
{
    return o->n_states + o->n_rows;
}

const char *lrr_optim_state_name(const lrr_optim *o, size_t i)
{
    return i < o->n_states ? o->state_name[i] : o->row_name[i - o->n_states];
}

lrr_real *lrr_optim_state(lrr_optim *o, size_t i)
{
    return i < o->n_states ? o->state[i] : o->row[i - o->n_states];
}

/* Of one group. */
static size_t scalars_each(const lrr_optim *o)
{
    return (size_t)o->def->n_products + o->n_scalars;
}

size_t lrr_optim_scalar_count(const lrr_optim *o)
{
    return 1 + o->n_groups * scalars_each(o);
}

const char *lrr_optim_scalar_name(const lrr_optim *o, size_t i,
                                  char buf[LRR_SCALAR_NAME])
{
    const char *const products[] = { "beta1_product", "beta2_product", o->def->third };
    const size_t n = (size_t)o->def->n_products;
    if (i == 0) {
        snprintf(buf, LRR_SCALAR_NAME, "steps");
    } else {
        const size_t g = (i - 1) / scalars_each(o), at = (i - 1) % scalars_each(o);
        snprintf(buf, LRR_SCALAR_NAME, "%s.%zu",
                 at < n ? products[at] : o->def->scalars[at - n], g + 1);
    }
    return buf;
}

double *lrr_optim_scalar(lrr_optim *o, size_t i)
{
    const size_t n = (size_t)o->def->n_products;
    if (i == 0)
        return &o->steps;
    lrr_optim_group *g = &o->groups[(i - 1) / scalars_each(o)];
    const size_t at = (i - 1) % scalars_each(o);
    return at < n ? &g->product[at] : &g->scalar[at - n];
}

const double *lrr_optim_d(const lrr_optim *o)
{
    for (size_t i = 0; i < o->n_scalars; i++)
        if (strcmp(o->def->scalars[i], "d") == 0)
            return &o->groups[0].scalar[i];
    return NULL;
}

size_t lrr_optim_state_tensors(const lrr_optim_cfg *cfg)
{
    const char *names[LRR_STATES_MAX];
    lrr_optim_pair pair;
    lrr_error err;
    size_t n;
    if (find_pair(cfg, &pair, &err) != LRR_OK)
        return 0;
    n = pair.def->states(&cfg->flags, names) + holds_weights(pair);
    if (pair.def->search != NULL)
        n += pair.def->search->rows(cfg->groups[0]) + pair.def->search->n_own;
    return n;
}
