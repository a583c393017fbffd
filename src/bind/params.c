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
