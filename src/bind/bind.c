/* bind.c -- see bind.h. */
#include "bind/bind.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "os/clock.h"
#include "os/interrupt.h"
#include "os/watch.h"

/* Of the process. `inside` holds while a native function runs, and after one that raised;
** `thread` is the one in which the last one began, which the registry keeps. */
static struct {
    void (*watcher)(lua_State *L, double began, lrr_bind_kind kind);
    const bool *idle;
    lua_State *thread;
    bool inside;
} natives;

/* Key of the registry. */
static const char thread_key = 0;

void lrr_bind_watch(void (*leave)(lua_State *L, double began, lrr_bind_kind kind),
                    const bool *idle)
{
    natives.watcher = leave;
    natives.idle = idle;
}

static int l_native(lua_State *L);

/* Whether a native function is at work in L from this level on. */
static bool is_at_work(lua_State *L, int level)
{
    lua_Debug ar;
    bool found = false;
    if (lua_status(L) != LUA_OK && lua_status(L) != LUA_YIELD)
        return false; /* ended by an error, with its last frames still there */
    for (; !found && lua_getstack(L, level, &ar) != 0; level++) {
        if (lua_getinfo(L, "Sf", &ar) == 0)
            continue;
        found = lua_tocfunction(L, -1) == l_native;
        lua_pop(L, 1);
    }
    return found;
}

/*
** What a native function has looked at must stay as it is until it is done with it. It may
** run Lua meanwhile: a metamethod of a table that it reads, a finalizer when the collector
** works. Those may not come back to native functions, which could close, move or change
** what is in use: so nothing is, and no function has to look twice.
*/
static void check_alone(lua_State *L)
{
    bool other = natives.thread != NULL && natives.thread != L;
    if (is_at_work(L, 1) || (other && is_at_work(natives.thread, 0)))
        luaL_error(L, "called while another native function is at work, by a "
                      "metamethod or a finalizer");
}

/* Keeps the thread L, so that it can be looked at as long as it is noted. */
static void note_thread(lua_State *L)
{
    lua_pushthread(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &thread_key);
    natives.thread = L;
}

/* Calls the function in upvalue 1, which is of the kind in upvalue 2. */
static int l_native(lua_State *L)
{
    lua_CFunction f = lua_tocfunction(L, lua_upvalueindex(1));
    const lrr_bind_kind kind = (lrr_bind_kind)lua_tointeger(L, lua_upvalueindex(2));
    const bool watched = natives.watcher != NULL;
    const bool timed =
        watched && kind != LRR_BIND_QUICK &&
        (kind == LRR_BIND_WORK || !*natives.idle || lrr_interrupt_pending() != 0);
    unsigned before = 1;
    double began = 0;
    int n;

    if (natives.inside)
        check_alone(L);
    if (L != natives.thread)
        note_thread(L);
    if (watched && kind != LRR_BIND_WORK)
        before = lrr_watch_enter();
    if (timed)
        began = lrr_clock_now();
    natives.inside = true;
    n = f(L);
    natives.inside = false;
    if (watched)
        lrr_watch_leave(before);
    if (timed)
        natives.watcher(L, began, kind);
    return n;
}

/* Sets the functions in the table on the top. Finalizers are not looked at: what they let go
** of nobody has in his hands. */
static void set_natives(lua_State *L, const luaL_Reg *functions, lrr_bind_kind kind)
{
    for (; functions->name != NULL; functions++) {
        lua_pushcfunction(L, functions->func);
        if (strcmp(functions->name, "__gc") == 0) {
            lua_setfield(L, -2, functions->name);
            continue;
        }
        lua_pushinteger(L, kind);
        lua_pushcclosure(L, l_native, 2);
        lua_setfield(L, -2, functions->name);
    }
}

void lrr_bind_addmethods(lua_State *L, const char *tname, const luaL_Reg *methods,
                         lrr_bind_kind kind)
{
    luaL_getmetatable(L, tname);
    lua_getfield(L, -1, "__index");
    set_natives(L, methods, kind);
    lua_pop(L, 2);
}

void lrr_bind_newlib(lua_State *L, const luaL_Reg *functions)
{
    lua_newtable(L);
    set_natives(L, functions, LRR_BIND_BUILD);
}

void lrr_bind_newtype(lua_State *L, const char *tname, const luaL_Reg *meta,
                      const luaL_Reg *methods)
{
    luaL_newmetatable(L, tname); /* mt */
    set_natives(L, meta, LRR_BIND_QUICK);
    lua_newtable(L); /* mt methods */
    set_natives(L, methods,
                strcmp(tname, LRR_TYPE_TENSOR) == 0 ? LRR_BIND_WORK : LRR_BIND_BUILD);
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
    natives.thread = NULL; /* of a state before */
    natives.inside = false;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
#define X(name)                                        \
    lua_pushcfunction(L, luaopen_lrrun_native_##name); \
    lua_setfield(L, -2, "lrrun.native." #name);
    LRR_BIND_MAP(X)
#undef X
    lua_pop(L, 1);
}
