/*
** bind_measure.c -- lrrun.native.measure: what is told of outputs beside the loss.
**
**   c = classes(k)   c:add(output, y [, len])   n, right = c:counts()   lists of k integers
**   e = errors()     e:add(output, y [, len])   n, absolute, squared, spread = e:sums()
**
**   places, values = largest(output, n, i, k)   of sample i of n, lists of k or fewer
**
** output is what a network gave for a batch, y the batch's targets: classes as i32, or as
** many reals as the output has. len: y has a target at each step of a sample, of which the
** first so many count. What they count into is plain memory of Lua's.
*/
#include "bind/bind.h"
#include "train/measure.h"

#define TYPE_CLASSES "lrrun.class_counts"
#define TYPE_ERRORS  "lrrun.error_sums"

typedef struct class_counts {
    size_t classes;
    lrr_class_count count[]; /* (classes) */
} class_counts;

/* The tensors at 2 and 3: an output, which is of reals, and targets of that type. */
static const lrr_tensor *check_output(lua_State *L, lrr_dtype of_targets,
                                      const lrr_tensor **y)
{
    const lrr_tensor *x = lrr_bind_checkbox(L, 2, LRR_TYPE_TENSOR);
    *y = lrr_bind_checkbox(L, 3, LRR_TYPE_TENSOR);
    luaL_argcheck(L, x->dtype == LRR_DTYPE_REAL, 2, "want reals");
    luaL_argcheck(L, (*y)->dtype == of_targets, 3,
                  of_targets == LRR_DTYPE_REAL ? "want reals" : "want classes (i32)");
    return x;
}

static int l_classes(lua_State *L)
{
    const lua_Integer k = luaL_checkinteger(L, 1);
    class_counts *c;
    luaL_argcheck(L, k >= 1 && k <= INT32_MAX, 1, "want 1 class or more");
    c = lua_newuserdatauv(L, sizeof *c + (size_t)k * sizeof c->count[0], 0);
    c->classes = (size_t)k;
    for (size_t i = 0; i < c->classes; i++)
        c->count[i] = (lrr_class_count){ 0 };
    luaL_setmetatable(L, TYPE_CLASSES);
    return 1;
}

/* Targets as n runs of `each` numbers: those of a sample, the first `step` len[i] of which
** count. */
typedef struct samples {
    size_t n, each, step;
    const int32_t *len; /* (n); NULL: all count */
} samples;

/* y with the lengths at 4: (n, t, ...), of which each sample has len of the t steps; without
** them one run. */
static samples check_samples(lua_State *L, const lrr_tensor *y)
{
    const lrr_tensor *len;
    samples s = { 1, y->n, 1, NULL };
    if (!lua_toboolean(L, 4))
        return s;
    len = lrr_bind_checkbox(L, 4, LRR_TYPE_TENSOR);
    luaL_argcheck(L, len->dtype == LRR_DTYPE_I32, 4, "want lengths (i32)");
    luaL_argcheck(L, y->shape.rank >= 2 && y->shape.d[0] == len->n && y->n > 0, 4,
                  "want a length for each sample, and targets at each step");
    s = (samples){ len->n, y->n / len->n, y->n / len->n / y->shape.d[1], len->data };
    for (size_t i = 0; i < s.n; i++)
        luaL_argcheck(L, s.len[i] >= 0 && (size_t)s.len[i] <= y->shape.d[1], 4,
                      "a length is out of range");
    return s;
}

static size_t counted(const samples *s, size_t i)
{
    return s->len != NULL ? (size_t)s->len[i] * s->step : s->each;
}

static int l_add_classes(lua_State *L)
{
    class_counts *c = luaL_checkudata(L, 1, TYPE_CLASSES);
    const lrr_tensor *y, *x = check_output(L, LRR_DTYPE_I32, &y);
    const samples s = check_samples(L, y);
    const int32_t *labels = y->data;
    lrr_error err;
    luaL_argcheck(L, x->n == y->n * c->classes, 2, "want a logit for each class");
    for (size_t i = 0; i < s.n; i++)
        if (lrr_measure_classes(c->count, c->classes,
                                lrr_tensor_real(x) + i * s.each * c->classes,
                                labels + i * s.each, counted(&s, i), &err) != LRR_OK)
            return lrr_bind_raise(L, &err);
    return 0;
}

static int l_counts(lua_State *L)
{
    const class_counts *c = luaL_checkudata(L, 1, TYPE_CLASSES);
    lua_createtable(L, (int)c->classes, 0);
    lua_createtable(L, (int)c->classes, 0);
    for (size_t i = 0; i < c->classes; i++) {
        lua_pushinteger(L, c->count[i].n);
        lua_rawseti(L, -3, (lua_Integer)i + 1);
        lua_pushinteger(L, c->count[i].right);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 2;
}

static int l_errors(lua_State *L)
{
    lrr_error_sums *sums = lua_newuserdatauv(L, sizeof *sums, 0);
    *sums = (lrr_error_sums){ 0 };
    luaL_setmetatable(L, TYPE_ERRORS);
    return 1;
}

static int l_add_errors(lua_State *L)
{
    lrr_error_sums *sums = luaL_checkudata(L, 1, TYPE_ERRORS);
    const lrr_tensor *y, *x = check_output(L, LRR_DTYPE_REAL, &y);
    const samples s = check_samples(L, y);
    luaL_argcheck(L, x->n == y->n, 2, "want a number for each target");
    for (size_t i = 0; i < s.n; i++)
        lrr_measure_errors(sums, lrr_tensor_real(x) + i * s.each,
                           lrr_tensor_real(y) + i * s.each, counted(&s, i));
    return 0;
}

static int l_sums(lua_State *L)
{
    const lrr_error_sums *sums = luaL_checkudata(L, 1, TYPE_ERRORS);
    lua_pushnumber(L, sums->n);
    lua_pushnumber(L, sums->absolute);
    lua_pushnumber(L, sums->squared);
    lua_pushnumber(L, sums->spread);
    return 4;
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

static const luaL_Reg no_meta[] = {
    { NULL, NULL },
};

static const luaL_Reg classes_methods[] = {
    { "add", l_add_classes },
    { "counts", l_counts },
    { NULL, NULL },
};

static const luaL_Reg errors_methods[] = {
    { "add", l_add_errors },
    { "sums", l_sums },
    { NULL, NULL },
};

static const luaL_Reg functions[] = {
    { "classes", l_classes },
    { "errors", l_errors },
    { "largest", l_largest },
    { NULL, NULL },
};

int luaopen_lrrun_native_measure(lua_State *L)
{
    lrr_bind_newtype(L, TYPE_CLASSES, no_meta, classes_methods);
    lrr_bind_newtype(L, TYPE_ERRORS, no_meta, errors_methods);
    lrr_bind_newlib(L, functions);
    return 1;
}
