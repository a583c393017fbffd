/*
** bind_measure.c -- lrrun.native.measure: what is told of outputs beside the loss.
**
**   names = kinds(of)                  the collectors of "classes", "binary", "numbers"
**   c = collect(kind, of, cols, names) train/collect.h: cols numbers in a row of outputs; names
**                                      (of kind "entities"): of the classes, tags such as B-PER
**   c:reserve(rows)                    room for so many in all; add makes its own
**   c:add(output, y [, len])           a batch
**   t = c:fields()                     lists of numbers by name; NaN: not defined
**   c:reset()
**
**   places, values = largest(output, n, i, k)   of sample i of n, lists of k or fewer
**   size = size(x [, y])                          mean of |x|, or of |x - y|
**   t = spread(x, bins)                           { n, min, max, sum, squares } of the reals that
**                                      are finite, and how many lie in each of so many equal
**                                      parts from min to max: t[1], t[2], ...
**   values = unscaled(output, means, deviations)   of rows of numbers, a tensor or a flat list:
**                                      x * deviation + mean of each column, a flat list
**
** output is what a network gave for a batch, y the batch's targets: classes as i32, or as
** many reals as the output has. len: y has a target at each step of a sample, of which the
** first so many count.
*/
#include <limits.h>
#include <string.h>

#include "bind/bind.h"
#include "train/collect.h"
#include "train/measure.h"

static const char *const of_names[] = { "classes", "binary", "numbers", NULL };

static lrr_collect *check_collect(lua_State *L)
{
    return lrr_bind_checkbox(L, 1, LRR_TYPE_COLLECT);
}

static lrr_collect_cfg check_cfg(lua_State *L, int of, lua_Integer cols)
{
    const lrr_collect_cfg cfg = {
        (lrr_collect_of)luaL_checkoption(L, of, NULL, of_names), (size_t)cols, NULL
    };
    return cfg;
}

static int l_kinds(lua_State *L)
{
    const lrr_collect_cfg cfg = check_cfg(L, 1, 1);
    const char *name;
    bool counts;
    lua_newtable(L);
    for (size_t i = 0; (name = lrr_collect_kind(i, &cfg, &counts)) != NULL; i++)
        if (counts)
            lrr_bind_setbool(L, name, true);
    return 1;
}

/* The names of classes at arg as tags, in memory that stays on the stack: "B-PER", "I-PER"; what
** is written otherwise is O. */
static const lrr_collect_tag *check_tags(lua_State *L, int arg, size_t cols)
{
    lrr_collect_tag *tag;
    luaL_checktype(L, arg, LUA_TTABLE);
    luaL_argcheck(L, lua_rawlen(L, arg) == cols, arg, "want a name for each class");
    tag = lua_newuserdatauv(L, cols * sizeof *tag, 0);
    lua_newtable(L); /* type -> its number */
    for (size_t i = 0; i < cols; i++) {
        const char *name;
        luaL_argcheck(L, lua_rawgeti(L, arg, (lua_Integer)i + 1) == LUA_TSTRING, arg,
                      "want names");
        name = lua_tostring(L, -1);
        tag[i] = (lrr_collect_tag){ 'O', -1 };
        if (name[0] != '\0' && strchr("BIES", name[0]) != NULL && name[1] == '-') {
            lua_pushstring(L, name + 2);
            lua_pushvalue(L, -1);
            if (lua_rawget(L, -4) == LUA_TNIL) {
                lua_pushvalue(L, -2);
                lua_pushinteger(L, (lua_Integer)i);
                lua_rawset(L, -6);
            }
            tag[i].kind = name[0];
            tag[i].type = lua_isnil(L, -1) ? (int32_t)i : (int32_t)lua_tointeger(L, -1);
            lua_pop(L, 2);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return tag;
}

static int l_collect(lua_State *L)
{
    const char *kind = luaL_checkstring(L, 1);
    const lua_Integer cols = luaL_checkinteger(L, 3);
    lrr_collect_cfg cfg = check_cfg(L, 2, cols);
    lrr_collect *c;
    lrr_error err;
    void **box;
    luaL_argcheck(L, cols >= 1 && cols <= INT32_MAX, 3, "want 1 or more");
    if (!lua_isnoneornil(L, 4))
        cfg.tag = check_tags(L, 4, cfg.cols);
    box = lrr_bind_newbox(L, LRR_TYPE_COLLECT, 0);
    if (lrr_collect_new(kind, &cfg, &c, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = c;
    return 1;
}

static int l_reserve(lua_State *L)
{
    lrr_collect *c = check_collect(L);
    const lua_Integer rows = luaL_checkinteger(L, 2);
    lrr_error err;
    luaL_argcheck(L, rows >= 0, 2, "want 0 or more");
    if (lrr_collect_reserve(c, (size_t)rows, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* The tensor of lengths at 4 into rows, whose targets are y: (n, t, ...). */
static void check_lengths(lua_State *L, const lrr_tensor *y, lrr_rows *rows)
{
    const lrr_tensor *len = lrr_bind_checkbox(L, 4, LRR_TYPE_TENSOR);
    luaL_argcheck(L, len->dtype == LRR_DTYPE_I32, 4, "want lengths (i32)");
    luaL_argcheck(L,
                  y->shape.rank >= 2 && y->shape.d[0] == len->n &&
                      rows->n == len->n * y->shape.d[1],
                  4, "want a length for each sample, and targets at each step");
    rows->n = len->n;
    rows->t = y->shape.d[1];
    rows->len = len->data;
    for (size_t i = 0; i < rows->n; i++)
        luaL_argcheck(L, rows->len[i] >= 0 && (size_t)rows->len[i] <= rows->t, 4,
                      "a length is out of range");
}

/* Outputs at 2, targets at 3 and, where they are steps of sequences, lengths at 4. */
static lrr_rows check_rows(lua_State *L, const lrr_collect_cfg *cfg)
{
    const lrr_tensor *x = lrr_bind_checkbox(L, 2, LRR_TYPE_TENSOR);
    const lrr_tensor *y = lrr_bind_checkbox(L, 3, LRR_TYPE_TENSOR);
    const bool is_real = y->dtype == LRR_DTYPE_REAL;
    const bool one = !is_real && cfg->of == LRR_COLLECT_CLASSES;
    lrr_rows rows = { .t = 1, .n = x->n / cfg->cols };

    luaL_argcheck(L, x->dtype == LRR_DTYPE_REAL, 2, "want reals");
    luaL_argcheck(
        L, is_real || (y->dtype == LRR_DTYPE_I32 && cfg->of != LRR_COLLECT_NUMBERS), 3,
        is_real || cfg->of == LRR_COLLECT_NUMBERS ? "want reals"
                                                  : "want classes (i32)");
    luaL_argcheck(L, x->n % cfg->cols == 0 && y->n == (one ? rows.n : x->n), 2,
                  one ? "want a logit for each class"
                      : "want a number for each target");
    rows.x = lrr_tensor_real(x);
    if (is_real)
        rows.y = lrr_tensor_real(y);
    else
        rows.id = y->data;
    if (lua_toboolean(L, 4))
        check_lengths(L, y, &rows);
    return rows;
}

/* Classes that there are not are refused, before anything is counted. */
static void check_classes(lua_State *L, const lrr_collect_cfg *cfg,
                          const lrr_rows *rows)
{
    const size_t n = rows->n * rows->t;
    const int32_t classes = cfg->of == LRR_COLLECT_BINARY ? 2 : (int32_t)cfg->cols;
    for (size_t i = 0; rows->id != NULL && i < n; i++) {
        const bool counts =
            rows->len == NULL || i % rows->t < (size_t)rows->len[i / rows->t];
        if (counts && (rows->id[i] < 0 || rows->id[i] >= classes)) {
            lua_pushfstring(L, "target %I is class %d of %d", (lua_Integer)i + 1,
                            (int)rows->id[i], (int)classes);
            lua_error(L);
        }
    }
}

static int l_add(lua_State *L)
{
    lrr_collect *c = check_collect(L);
    const lrr_collect_cfg *cfg = lrr_collect_config(c);
    const lrr_rows rows = check_rows(L, cfg);
    lrr_error err;
    check_classes(L, cfg, &rows);
    if (lrr_collect_grow(c, rows.n * rows.t, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lrr_collect_add(c, &rows);
    return 0;
}

static int l_fields(lua_State *L)
{
    lrr_collect_field field[LRR_COLLECT_FIELDS_MAX];
    const size_t count = lrr_collect_fields(check_collect(L), field);
    lua_createtable(L, 0, (int)count);
    for (size_t f = 0; f < count; f++) {
        lua_createtable(L, (int)field[f].n, 0);
        for (size_t i = 0; i < field[f].n; i++) {
            if (field[f].is_whole)
                lua_pushinteger(L, field[f].words[i].i);
            else
                lua_pushnumber(L, field[f].words[i].d);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        lua_setfield(L, -2, field[f].name);
    }
    return 1;
}

static int l_reset(lua_State *L)
{
    lrr_collect_reset(check_collect(L));
    return 0;
}

/* A session may point to it, so that nobody can close it by hand. */
static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LRR_TYPE_COLLECT);
    lrr_collect *c = *box;
    *box = NULL;
    lrr_collect_free(c);
    return 0;
}

static int l_largest(lua_State *L)
{
    enum { MOST = 16 };
    const lrr_tensor *x = lrr_bind_checkbox(L, 1, LRR_TYPE_TENSOR);
    const lua_Integer n = luaL_checkinteger(L, 2), i = luaL_checkinteger(L, 3);
    const lua_Integer k = luaL_checkinteger(L, 4);
    size_t order[MOST], count;
    const lrr_real *row;

    luaL_argcheck(L, x->dtype == LRR_DTYPE_REAL, 1, "want reals");
    luaL_argcheck(L, n >= 1 && x->n % (size_t)n == 0, 2, "not a batch of so many");
    luaL_argcheck(L, i >= 1 && i <= n, 3, "no such sample");
    luaL_argcheck(L, k >= 1 && k <= MOST, 4, "want 1 to 16");
    row = lrr_tensor_real(x) + (size_t)(i - 1) * (x->n / (size_t)n);
    count = lrr_measure_largest(row, x->n / (size_t)n, (size_t)k, order);
    lua_createtable(L, (int)count, 0);
    lua_createtable(L, (int)count, 0);
    for (size_t p = 0; p < count; p++) {
        lua_pushinteger(L, (lua_Integer)order[p] + 1);
        lua_rawseti(L, -3, (lua_Integer)p + 1);
        lua_pushnumber(L, (double)row[order[p]]);
        lua_rawseti(L, -2, (lua_Integer)p + 1);
    }
    return 2;
}

/* Number i of the tensor x, or of the list at 1. */
static double number_at(lua_State *L, const lrr_tensor *x, size_t i)
{
    double v;
    if (x != NULL)
        return (double)lrr_tensor_real(x)[i];
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    v = luaL_checknumber(L, -1);
    lua_pop(L, 1);
    return v;
}

static int l_unscaled(lua_State *L)
{
    const lrr_tensor *x = NULL;
    const double *mean, *deviation;
    size_t n, k;
    if (lua_istable(L, 1)) {
        n = lrr_bind_checklen(L, 1);
    } else {
        x = lrr_bind_checkbox(L, 1, LRR_TYPE_TENSOR);
        luaL_argcheck(L, x->dtype == LRR_DTYPE_REAL, 1, "want reals");
        n = x->n;
    }
    luaL_checktype(L, 2, LUA_TTABLE);
    k = lrr_bind_checklen(L, 2);
    luaL_argcheck(L, k > 0 && n % k == 0, 1, "want a number for each target");
    mean = lrr_bind_checkdoubles(L, 2, k);
    deviation = lrr_bind_checkdoubles(L, 3, k);
    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushnumber(L, number_at(L, x, i) * deviation[i % k] + mean[i % k]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int l_size(lua_State *L)
{
    const lrr_tensor *x = lrr_bind_checkbox(L, 1, LRR_TYPE_TENSOR);
    const lrr_tensor *y =
        lua_isnoneornil(L, 2) ? NULL : lrr_bind_checkbox(L, 2, LRR_TYPE_TENSOR);
    luaL_argcheck(L, x->dtype == LRR_DTYPE_REAL && x->n > 0, 1, "want reals");
    luaL_argcheck(L, y == NULL || (y->dtype == x->dtype && y->n == x->n), 2,
                  "want as many reals");
    lua_pushnumber(L, lrr_measure_size(lrr_tensor_real(x),
                                       y != NULL ? lrr_tensor_real(y) : NULL, x->n));
    return 1;
}

static int l_spread(lua_State *L)
{
    enum { MOST = 4096 };
    const lrr_tensor *x = lrr_bind_checkbox(L, 1, LRR_TYPE_TENSOR);
    const lua_Integer bins = luaL_checkinteger(L, 2);
    luaL_argcheck(L, x->dtype == LRR_DTYPE_REAL, 1, "want reals");
    luaL_argcheck(L, bins >= 1 && bins <= MOST, 2, "want 1 to 4096");
    double *count = lua_newuserdatauv(L, (size_t)bins * sizeof *count, 0);
    const lrr_spread s =
        lrr_measure_spread(lrr_tensor_real(x), x->n, count, (size_t)bins);
    lua_createtable(L, (int)bins, 5);
    lrr_bind_setnumber(L, "n", (double)s.n);
    lrr_bind_setnumber(L, "min", s.min);
    lrr_bind_setnumber(L, "max", s.max);
    lrr_bind_setnumber(L, "sum", s.sum);
    lrr_bind_setnumber(L, "squares", s.squares);
    for (lua_Integer b = 0; b < bins; b++) {
        lua_pushnumber(L, count[b]);
        lua_rawseti(L, -2, b + 1);
    }
    return 1;
}

static const luaL_Reg collect_meta[] = {
    { "__gc", l_gc },
    { NULL, NULL },
};

static const luaL_Reg collect_methods[] = {
    { "reserve", l_reserve }, { "add", l_add }, { "fields", l_fields },
    { "reset", l_reset },     { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "kinds", l_kinds },     { "collect", l_collect },
    { "largest", l_largest }, { "unscaled", l_unscaled },
    { "size", l_size },       { "spread", l_spread },
    { NULL, NULL },
};

int luaopen_lrrun_native_measure(lua_State *L)
{
    lrr_bind_newtype(L, LRR_TYPE_COLLECT, collect_meta, collect_methods);
    lrr_bind_newlib(L, functions);
    return 1;
}
