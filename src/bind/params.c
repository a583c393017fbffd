/* params.c -- see params.h. */
#include "bind/params.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

static double read_choice(lua_State *L, int arg, const lrr_param *param)
{
    const char *text = lua_tostring(L, -1);
    for (int i = 0; text != NULL && param->choices[i] != NULL; i++) {
        if (strcmp(param->choices[i], text) == 0)
            return i;
    }
    luaL_argerror(L, arg, lua_pushfstring(L, "field '%s' is no choice", param->name));
    return 0;
}

static double read_number(lua_State *L, int arg, const lrr_param *param)
{
    int isnum;
    double x = lua_tonumberx(L, -1, &isnum);
    if (!isnum || !isfinite(x))
        luaL_argerror(L, arg,
                      lua_pushfstring(L, "field '%s' is not a number", param->name));
    return x;
}

void lrr_bind_params(lua_State *L, int arg, const lrr_param *params,
                     double p[LRR_PARAM_MAX])
{
    for (int i = 0; params[i].name != NULL; i++) {
        lua_getfield(L, arg, params[i].name);
        if (params[i].type == LRR_PARAM_FLAG)
            p[i] = lua_toboolean(L, -1);
        else if (params[i].type == LRR_PARAM_CHOICE)
            p[i] = read_choice(L, arg, &params[i]);
        else if (params[i].type == LRR_PARAM_BASE && lua_isnil(L, -1))
            p[i] = (double)NAN;
        else
            p[i] = read_number(L, arg, &params[i]);
        lua_pop(L, 1);
    }
}

const char *lrr_bind_fieldstr(lua_State *L, int arg, const char *key)
{
    const char *text = NULL;
    if (lua_getfield(L, arg, key) == LUA_TSTRING)
        text = lua_tostring(L, -1);
    else if (!lua_isnil(L, -1))
        luaL_argerror(L, arg, lua_pushfstring(L, "field '%s' is not a string", key));
    lua_pop(L, 1); /* the table keeps it alive */
    return text;
}

const int *lrr_bind_fieldints(lua_State *L, int arg, const char *key, size_t *n)
{
    int *list;
    int type = lua_getfield(L, arg, key);
    if (type != LUA_TTABLE && type != LUA_TNIL)
        luaL_argerror(L, arg, lua_pushfstring(L, "field '%s' is not a list", key));
    *n = type == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
    luaL_argcheck(L, *n <= 4096, arg, "the list is too long");
    list = lua_newuserdatauv(L, *n * sizeof *list + 1, 0);
    for (size_t i = 0; i < *n; i++) {
        int isnum;
        lua_Integer x;
        lua_rawgeti(L, -2, (lua_Integer)i + 1);
        x = lua_tointegerx(L, -1, &isnum);
        if (!isnum || x < 0 || x > INT32_MAX)
            luaL_argerror(L, arg, lua_pushfstring(L, "field '%s' holds no ids", key));
        list[i] = (int)x;
        lua_pop(L, 1);
    }
    lua_remove(L, -2);
    return list;
}

void lrr_bind_metrics(lua_State *L, int arg, uint64_t step, double seconds,
                      lrr_metrics *m)
{
    const char **names;
    double *values;
    int n = 0, i = 0;
    luaL_checktype(L, arg, LUA_TTABLE);
    arg = lua_absindex(L, arg);
    for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1))
        n++;
    names = lua_newuserdatauv(L, (size_t)n * sizeof *names + 1, 0);
    values = lua_newuserdatauv(L, (size_t)n * sizeof *values + 1, 0);
    for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1)) {
        if (i >= n || lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TNUMBER)
            continue;
        names[i] = lua_tostring(L, -2);
        values[i++] = lua_tonumber(L, -1);
    }
    *m = (lrr_metrics){ names, values, i, step, seconds };
}

void lrr_bind_pushdoubles(lua_State *L, const double *x, size_t n)
{
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushnumber(L, x[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

const double *lrr_bind_checkdoubles(lua_State *L, int arg, size_t n)
{
    double *x;
    luaL_checktype(L, arg, LUA_TTABLE);
    luaL_argcheck(L, lua_rawlen(L, arg) == n, arg, "the list has another length");
    x = lua_newuserdatauv(L, n * sizeof *x + 1, 0);
    for (size_t i = 0; i < n; i++) {
        int isnum;
        lua_rawgeti(L, arg, (lua_Integer)i + 1);
        x[i] = lua_tonumberx(L, -1, &isnum);
        luaL_argcheck(L, isnum, arg, "the list holds something that is no number");
        lua_pop(L, 1);
    }
    return x;
}
