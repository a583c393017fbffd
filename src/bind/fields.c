/* fields.c -- see fields.h. */
#include "bind/fields.h"

#include <lauxlib.h>

/* As lua_getfield, without metamethods: no script runs while a native function reads, and a
** text that is there stays as long as the table. */
static int get_raw(lua_State *L, int arg, const char *key)
{
    arg = lua_absindex(L, arg);
    lua_pushstring(L, key);
    return lua_rawget(L, arg);
}

size_t lrr_bind_checklen(lua_State *L, int arg)
{
    size_t n = (luaL_checktype(L, arg, LUA_TTABLE), lua_rawlen(L, arg));
    if (n > LRR_BIND_LIST_MAX)
        luaL_error(L, "a list has at most %d items", LRR_BIND_LIST_MAX);
    return n;
}

double lrr_bind_fieldnum(lua_State *L, int arg, const char *key)
{
    int isnum;
    double x;
    get_raw(L, arg, key);
    x = lua_tonumberx(L, -1, &isnum);
    if (!isnum)
        luaL_argerror(L, arg, lua_pushfstring(L, "field '%s' is not a number", key));
    lua_pop(L, 1);
    return x;
}

lua_Integer lrr_bind_fieldint(lua_State *L, int arg, const char *key)
{
    int isnum;
    lua_Integer x;
    get_raw(L, arg, key);
    x = lua_tointegerx(L, -1, &isnum);
    if (!isnum)
        luaL_argerror(L, arg, lua_pushfstring(L, "field '%s' is not an integer", key));
    lua_pop(L, 1);
    return x;
}

bool lrr_bind_fieldbool(lua_State *L, int arg, const char *key)
{
    bool x;
    get_raw(L, arg, key);
    x = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    return x;
}

double lrr_bind_optnum(lua_State *L, int arg, const char *key, double otherwise)
{
    double x = otherwise;
    if (get_raw(L, arg, key) != LUA_TNIL) {
        int isnum;
        x = lua_tonumberx(L, -1, &isnum);
        if (!isnum)
            luaL_error(L, "%s is a %s, want a number", key, luaL_typename(L, -1));
    }
    lua_pop(L, 1);
    return x;
}

lua_Integer lrr_bind_optint(lua_State *L, int arg, const char *key)
{
    lua_Integer x;
    get_raw(L, arg, key);
    x = luaL_optinteger(L, -1, 0);
    lua_pop(L, 1);
    return x;
}

double lrr_bind_optnum_in(lua_State *L, int arg, const char *key, double otherwise,
                          double high)
{
    const double x = lrr_bind_optnum(L, arg, key, otherwise);
    if (!(x >= 0 && x <= high))
        luaL_error(L, "%s = %f is not in 0..%f", key, x, high);
    return x;
}

const char *lrr_bind_fieldstr(lua_State *L, int arg, const char *key)
{
    const char *text = NULL;
    if (get_raw(L, arg, key) == LUA_TSTRING)
        text = lua_tostring(L, -1);
    else if (!lua_isnil(L, -1))
        luaL_argerror(L, arg, lua_pushfstring(L, "field '%s' is not a string", key));
    lua_pop(L, 1); /* the table keeps it alive */
    return text;
}

const int *lrr_bind_fieldints(lua_State *L, int arg, const char *key, size_t *n)
{
    int *list;
    int type = get_raw(L, arg, key);
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

const char **lrr_bind_checkstrings(lua_State *L, int arg, size_t *n)
{
    const char **list;
    arg = lua_absindex(L, arg);
    *n = lrr_bind_checklen(L, arg);
    list = lua_newuserdatauv(L, (*n + 1) * sizeof *list, 0);
    for (size_t i = 0; i < *n; i++) {
        lua_rawgeti(L, arg, (lua_Integer)i + 1);
        luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, arg, "the list is of strings");
        list[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    return list;
}

uint64_t lrr_bind_checkstep(lua_State *L, int arg)
{
    lua_Integer step = luaL_checkinteger(L, arg);
    luaL_argcheck(L, step >= 0, arg, "a step is 0 or more");
    return (uint64_t)step;
}

void lrr_bind_setnumber(lua_State *L, const char *key, double x)
{
    lua_pushnumber(L, x);
    lua_setfield(L, -2, key);
}

void lrr_bind_setcount(lua_State *L, const char *key, size_t n)
{
    lua_pushinteger(L, (lua_Integer)n);
    lua_setfield(L, -2, key);
}

void lrr_bind_setbool(lua_State *L, const char *key, bool x)
{
    lua_pushboolean(L, x);
    lua_setfield(L, -2, key);
}

void lrr_bind_setstring(lua_State *L, const char *key, const char *s)
{
    lua_pushstring(L, s);
    lua_setfield(L, -2, key);
}

void lrr_bind_pushdoubles(lua_State *L, const double *x, size_t n)
{
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushnumber(L, x[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

void lrr_bind_pushstrings(lua_State *L, const char *const *s, size_t n)
{
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(L, s[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}
