/* bind.c -- see bind.h. */
#include "bind/bind.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "os/clock.h"
#include "os/watch.h"

static void (*watcher)(lua_State *L, double began, bool engine);

void lrr_bind_watch(void (*leave)(lua_State *L, double began, bool engine))
{
    watcher = leave;
}

/* Calls the function in upvalue 1; upvalue 2: it is the engine's. */
static int l_watched(lua_State *L)
{
    lua_CFunction f = lua_tocfunction(L, lua_upvalueindex(1));
    const bool engine = lua_toboolean(L, lua_upvalueindex(2));
    unsigned before = 1;
    double began;
    int n;
    if (watcher == NULL)
        return f(L);
    if (engine)
        before = lrr_watch_enter();
    began = lrr_clock_now();
    n = f(L);
    lrr_watch_leave(before);
    watcher(L, began, engine);
    return n;
}

/* Sets the functions in the table on the top. */
static void set_watched(lua_State *L, const luaL_Reg *functions, bool engine)
{
    for (; functions->name != NULL; functions++) {
        lua_pushcfunction(L, functions->func);
        lua_pushboolean(L, engine);
        lua_pushcclosure(L, l_watched, 2);
        lua_setfield(L, -2, functions->name);
    }
}

void lrr_bind_newlib(lua_State *L, const luaL_Reg *functions)
{
    lua_newtable(L);
    set_watched(L, functions, true);
}

void lrr_bind_newtype(lua_State *L, const char *tname, const luaL_Reg *meta,
                      const luaL_Reg *methods)
{
    luaL_newmetatable(L, tname); /* mt */
    luaL_setfuncs(L, meta, 0);
    lua_newtable(L); /* mt methods */
    set_watched(L, methods, strcmp(tname, LRR_TYPE_TENSOR) != 0);
    lua_setfield(L, -2, "__index"); /* mt */
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void **lrr_bind_newbox(lua_State *L, const char *tname, int nuv)
{
    void **box = lua_newuserdatauv(L, sizeof *box, nuv);
    *box = NULL; /* before the metatable: __gc must never see garbage */
    luaL_setmetatable(L, tname);
    return box;
}

/* A view's memory goes with the box it looks into (lrr_bind_pushview). */
static bool owner_closed(lua_State *L, int arg)
{
    bool closed = lua_getiuservalue(L, arg, 1) == LUA_TUSERDATA &&
                  *(void **)lua_touserdata(L, -1) == NULL;
    lua_pop(L, 1);
    return closed;
}

void *lrr_bind_checkbox(lua_State *L, int arg, const char *tname)
{
    void **box = luaL_checkudata(L, arg, tname);
    if (*box == NULL || (strcmp(tname, LRR_TYPE_TENSOR) == 0 && owner_closed(L, arg)))
        luaL_argerror(L, arg, lua_pushfstring(L, "%s is closed", tname));
    return *box;
}

int lrr_bind_raise(lua_State *L, const lrr_error *err)
{
    lua_pushstring(L, err->msg);
    return lua_error(L);
}

void lrr_bind_pushrange(lua_State *L, const lrr_range *range)
{
    lua_createtable(L, 0, 2);
    lua_pushnumber(L, range->low);
    lua_setfield(L, -2, range->above ? "above" : "min");
    lua_pushnumber(L, range->high);
    lua_setfield(L, -2, range->below ? "below" : "max");
}

double lrr_bind_checklr(lua_State *L, int arg)
{
    double lr = luaL_checknumber(L, arg);
    luaL_argcheck(L, isfinite(lr) && lr >= 0, arg, "learning rate not finite or < 0");
    return lr;
}

void lrr_bind_checkshape(lua_State *L, int arg, lrr_shape *shape)
{
    lua_Integer rank;
    luaL_checktype(L, arg, LUA_TTABLE);
    rank = (lua_Integer)lua_rawlen(L, arg);
    luaL_argcheck(L, rank <= LRR_RANK_MAX, arg, "a shape has at most 5 sizes");
    *shape = (lrr_shape){ 0 };
    shape->rank = (int)rank;
    for (int i = 0; i < shape->rank; i++) {
        int isnum;
        lua_Integer d;
        lua_rawgeti(L, arg, i + 1);
        d = lua_tointegerx(L, -1, &isnum);
        luaL_argcheck(L, isnum && d >= 1 && d <= INT32_MAX, arg,
                      "a shape is a list of integers from 1 to 2147483647");
        shape->d[i] = (size_t)d;
        lua_pop(L, 1);
    }
}

void lrr_bind_pushshape(lua_State *L, const lrr_shape *shape)
{
    lua_createtable(L, shape->rank, 0);
    for (int i = 0; i < shape->rank; i++) {
        lua_pushinteger(L, (lua_Integer)shape->d[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

void lrr_bind_preload(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
#define X(name)                                        \
    lua_pushcfunction(L, luaopen_lrrun_native_##name); \
    lua_setfield(L, -2, "lrrun.native." #name);
    LRR_BIND_MAP(X)
#undef X
    lua_pop(L, 1);
}
