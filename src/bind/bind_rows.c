/* bind_rows.c -- readers.rows: a data set from lists of numbers. */
#include <math.h>

#include "base/mem.h"
#include "bind/bind_data.h"
#include "data/scale.h"

/* A list whose items are rows of n numbers, or numbers where n is 1. */
typedef struct row_list {
    int arg;
    size_t n;
    double *row;          /* (n) scratch */
    const double *offset; /* (n) taken off before they become float, or NULL */
} row_list;

/* Item i of the list into its row; raises naming row `row`. */
static void read_row(lua_State *L, const row_list *l, size_t i, size_t row)
{
    if (lua_rawgeti(L, l->arg, (lua_Integer)i + 1) == LUA_TNUMBER && l->n == 1) {
        l->row[0] = lua_tonumber(L, -1);
        lua_pop(L, 1);
        return;
    }
    if (!lua_istable(L, -1) || lua_rawlen(L, -1) != l->n)
        luaL_error(L, "row %I is not a list of %I numbers", (lua_Integer)row + 1,
                   (lua_Integer)l->n);
    for (size_t j = 0; j < l->n; j++) {
        if (lua_rawgeti(L, -1, (lua_Integer)j + 1) != LUA_TNUMBER)
            luaL_error(L, "value %I of row %I is a %s, want a number",
                       (lua_Integer)j + 1, (lua_Integer)row + 1, luaL_typename(L, -1));
        l->row[j] = lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void copy_row(lua_State *L, const row_list *l, size_t i, float *v, size_t row)
{
    read_row(L, l, i, row);
    for (size_t j = 0; j < l->n; j++)
        v[j] = (float)(l->offset != NULL ? l->row[j] - l->offset[j] : l->row[j]);
}

/* A list of rows at arg; its scratch stays on the stack. */
static row_list new_rows(lua_State *L, int arg, size_t n)
{
    row_list l = { arg, n, NULL, NULL };
    l.row = lua_newuserdatauv(L, (n + 1) * sizeof *l.row, 0);
    return l;
}

/* How many steps the lists in the list at arg have together. */
static size_t count_steps(lua_State *L, int arg, size_t n)
{
    size_t steps = 0;
    for (size_t i = 0; i < n; i++) {
        if (lua_rawgeti(L, arg, (lua_Integer)i + 1) != LUA_TTABLE)
            luaL_error(L, "row %I is no list of steps", (lua_Integer)i + 1);
        steps += lua_rawlen(L, -1);
        lua_pop(L, 1);
    }
    return steps;
}

/* The token in item `step` of the list on top of the stack; -1: it is none. */
static int32_t token_at(lua_State *L, size_t step)
{
    int whole;
    lua_Integer id;
    lua_rawgeti(L, -1, (lua_Integer)step + 1);
    id = lua_tointegerx(L, -1, &whole);
    lua_pop(L, 1);
    return whole && id >= 0 && id <= INT32_MAX ? (int32_t)id : -1;
}

/* The samples of the list at arg as sequences of `all` steps together, or fewer: a finalizer
** that ran since they were counted may have changed a list. */
static void copy_sequences(lua_State *L, int arg, lrr_dataset *d, size_t all)
{
    row_list l = new_rows(L, 0, d->width);
    for (size_t i = 0; i < d->n; i++) {
        size_t steps, at = (size_t)d->offset[i];
        lua_rawgeti(L, arg, (lua_Integer)i + 1);
        steps = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
        if (steps == 0 || steps > all - at)
            luaL_error(L, "row %I has no step", (lua_Integer)i + 1);
        l.arg = lua_gettop(L);
        for (size_t s = 0; s < steps; s++) {
            if (d->kind == LRR_DATA_TOKENS)
                d->x.tokens[at + s] = token_at(L, s);
            else
                copy_row(L, &l, s, d->x.f32 + (at + s) * d->width, i);
        }
        lua_pop(L, 1);
        d->offset[i + 1] = at + steps;
        d->length_max = steps > d->length_max ? steps : d->length_max;
    }
}

/* v (n, l->n) = n rows as float; gives what is rather to be taken off each column before, in a
** userdata that stays on the stack. *any: something is. */
static const double *find_offsets(lua_State *L, const row_list *l, size_t n, float *v,
                                  bool *any)
{
    enum { LO, HI, INEXACT, EACH };
    double *seen = lua_newuserdatauv(L, EACH * (l->n + 1) * sizeof *seen, 0);
    double *offset = lua_newuserdatauv(L, (l->n + 1) * sizeof *offset, 0);
    *any = false;
    for (size_t i = 0; i < n; i++) {
        copy_row(L, l, i, v + i * l->n, i);
        for (size_t j = 0; j < l->n; j++) {
            double *s = seen + EACH * j;
            const double x = l->row[j];
            s[LO] = i == 0 ? x : fmin(s[LO], x);
            s[HI] = i == 0 ? x : fmax(s[HI], x);
            s[INEXACT] = (i > 0 && s[INEXACT] > 0) || (double)(float)x != x ? 1 : 0;
        }
    }
    for (size_t j = 0; j < l->n; j++) {
        const double *s = seen + EACH * j;
        offset[j] = n == 0 ? 0 : lrr_scale_offset(s[LO], s[HI], s[INEXACT] == 0);
        *any |= offset[j] != 0;
    }
    return offset;
}

static void copy_numbers(lua_State *L, int arg, lrr_dataset *d, size_t n)
{
    row_list l = new_rows(L, arg, d->k);
    bool any;
    l.offset = find_offsets(L, &l, n, d->y_real, &any);
    for (size_t j = 0; j < d->k; j++)
        d->y_scale[j].offset = l.offset[j];
    for (size_t i = 0; any && i < n; i++)
        copy_row(L, &l, i, d->y_real + i * d->k, i);
}

/* Samples that are no sequences; of lists of numbers columns may have a base. */
static void copy_samples(lua_State *L, int arg, lrr_dataset *d)
{
    row_list l = new_rows(L, arg, d->width);
    const bool is_row = d->shape.rank == 1;
    bool any = false;
    lrr_error err;
    if (is_row)
        l.offset = find_offsets(L, &l, d->n, d->x.f32, &any);
    if (any && lrr_mem_new(d->width, sizeof *d->base, "offsets of the data", &d->base,
                           &err) != LRR_OK)
        lrr_bind_raise(L, &err);
    for (size_t j = 0; any && j < d->width; j++)
        d->base[j] = l.offset[j];
    for (size_t i = 0; (any || !is_row) && i < d->n; i++)
        copy_row(L, &l, i, d->x.f32 + i * d->width, i);
}

static void copy_targets(lua_State *L, int arg, lrr_dataset *d)
{
    const size_t n = lrr_dataset_target(d, d->n);
    row_list l;
    if (d->classes + d->k > 0 && (!lua_istable(L, arg) || lua_rawlen(L, arg) != n))
        luaL_error(L, "y is not a list of %I items", (lua_Integer)n);
    if (d->k > 0)
        copy_numbers(L, arg, d, n);
    l = new_rows(L, arg, 1);
    for (size_t i = 0; d->classes > 0 && i < n; i++) {
        float y = 0;
        copy_row(L, &l, i, &y, i);
        d->y_class[i] = y >= 0 && y < 65536 ? (int32_t)y : -1;
    }
}

int lrr__bind_rows(lua_State *L)
{
    enum { X = 2, Y, SHAPE };
    lrr_error err;
    lrr_dataset_cfg cfg = { .kind = LRR_DATA_F32 };
    lrr_dataset *d;
    size_t vocab;
    int made;
    void **box;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "x");
    lua_getfield(L, 1, "y");
    lua_getfield(L, 1, "shape");
    luaL_checktype(L, X, LUA_TTABLE);
    cfg.part[0] = lua_rawlen(L, X);
    cfg.classes = (size_t)lrr_bind_optnum_in(L, 1, "classes", 0, 65536);
    cfg.k = (size_t)lrr_bind_optnum_in(L, 1, "targets", 0, 65536);
    vocab = (size_t)lrr_bind_optnum_in(L, 1, "vocab", 0, INT32_MAX);
    cfg.per_step = lrr_bind_fieldbool(L, 1, "per_step");
    cfg.seq = vocab > 0 || lrr_bind_fieldbool(L, 1, "seq");
    if (vocab > 0)
        cfg.kind = LRR_DATA_TOKENS;
    else
        lrr_bind_checkshape(L, SHAPE, &cfg.shape);
    if (cfg.seq)
        cfg.steps = count_steps(L, X, cfg.part[0]);
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_dataset_new(&cfg, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    made = lua_gettop(L);
    d->vocab = vocab;
    if (cfg.seq)
        copy_sequences(L, X, d, cfg.steps);
    else
        copy_samples(L, X, d);
    copy_targets(L, Y, d);
    if (lrr_dataset_check(d, false, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_settop(L, made);
    return 1;
}
