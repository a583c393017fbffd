/* bind_scale.c -- methods of data sets: how values and targets are scaled. */
#include <math.h>

#include "bind/bind_data.h"
#include "data/scale.h"

/* dataset:fit(kind) -> channels without spread, channels that "robust" took as "standard": a
** mean and a scale for each channel; kind: "standard", "robust" or "minmax" */
int lrr__bind_fit(lua_State *L)
{
    static const char *const names[] = { "standard", "robust", "minmax", NULL };
    lrr_dataset *d = (lrr__bind_check_split(L), lrr__bind_check_free(L));
    const int scaling = luaL_checkoption(L, 2, "standard", names);
    lrr_fit_found found;
    lrr_error err;
    luaL_argcheck(L, d->kind != LRR_DATA_TOKENS, 1, "tokens have no scale");
    if (lrr_dataset_fit(d, (lrr_scaling)scaling, &found, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushinteger(L, (lua_Integer)found.flat);
    lua_pushinteger(L, (lua_Integer)found.same);
    return 2;
}

static void push_reals(lua_State *L, const lrr_real *v, size_t n)
{
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushnumber(L, (double)v[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* dataset:scale() -> means, factors: a batch holds (x - mean) * factor */
int lrr__bind_scale(lua_State *L)
{
    const lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    luaL_argcheck(L, d->kind != LRR_DATA_TOKENS, 1, "tokens have no scale");
    push_reals(L, d->mean, d->channels);
    push_reals(L, d->inv, d->channels);
    return 2;
}

/* dataset:set_scale(means, factors): those of the data a model was trained on, one pair
** for each channel, or fewer that the values of a sample share evenly */
int lrr__bind_set_scale(lua_State *L)
{
    size_t n;
    lrr_dataset *d = lrr__bind_check_free(L);
    luaL_argcheck(L, d->kind != LRR_DATA_TOKENS, 1, "tokens have no scale");
    luaL_checktype(L, 2, LUA_TTABLE);
    n = lua_rawlen(L, 2);
    luaL_argcheck(L, n > 0 && n <= d->channels && d->width % n == 0, 2,
                  "want one number for each channel");
    for (int arg = 2; arg <= 3; arg++) {
        luaL_checktype(L, arg, LUA_TTABLE);
        luaL_argcheck(L, lua_rawlen(L, arg) == n, arg, "want as many means as factors");
        for (size_t i = 0; i < n; i++) {
            lua_rawgeti(L, arg, (lua_Integer)i + 1);
            (arg == 2 ? d->mean : d->inv)[i] = (lrr_real)luaL_checknumber(L, -1);
            lua_pop(L, 1);
        }
    }
    d->channels = n;
    return 0;
}

static lrr_dataset *check_numbers(lua_State *L)
{
    lrr_dataset *d = lrr__bind_check_free(L);
    luaL_argcheck(L, d->k > 0, 1, "the targets are no numbers");
    return d;
}

/* dataset:fit_targets() -> columns without spread; a mean and a deviation for each column */
int lrr__bind_fit_targets(lua_State *L)
{
    size_t flat;
    lrr_dataset *d = (lrr__bind_check_split(L), check_numbers(L));
    lrr_dataset_fit_targets(d, &flat);
    lua_pushinteger(L, (lua_Integer)flat);
    return 1;
}

/* dataset:target_scale() -> means, deviations: a scaled batch holds (y - mean) / deviation */
int lrr__bind_target_scale(lua_State *L)
{
    const lrr_dataset *d = lrr_bind_checkbox(L, 1, LRR_TYPE_DATASET);
    luaL_argcheck(L, d->k > 0, 1, "the targets are no numbers");
    lua_createtable(L, (int)d->k, 0);
    lua_createtable(L, (int)d->k, 0);
    for (size_t j = 0; j < d->k; j++) {
        lua_pushnumber(L, d->y_scale[j].mean);
        lua_rawseti(L, -3, (lua_Integer)j + 1);
        lua_pushnumber(L, d->y_scale[j].deviation);
        lua_rawseti(L, -2, (lua_Integer)j + 1);
    }
    return 2;
}

/* dataset:set_target_scale(means, deviations): those of the data a model was trained on */
int lrr__bind_set_target_scale(lua_State *L)
{
    lrr_dataset *d = check_numbers(L);
    const double *mean = lrr_bind_checkdoubles(L, 2, d->k);
    const double *deviation = lrr_bind_checkdoubles(L, 3, d->k);
    for (size_t j = 0; j < d->k; j++)
        luaL_argcheck(L,
                      isfinite(mean[j]) && isfinite(deviation[j]) && deviation[j] > 0,
                      3, "want finite means, and deviations above 0");
    for (size_t j = 0; j < d->k; j++) {
        d->y_scale[j].mean = mean[j];
        d->y_scale[j].deviation = deviation[j];
    }
    return 0;
}
