/* sandbox.c -- see sandbox.h.
**
** match(text, pattern, init, plain)    lrr_pattern_match
** guard(seconds) refresh() tripped() -> why or nil    trip(): out of memory    poll()
** limit(bytes): of the Lua state       used() -> bytes, peak
** lockdown{ read = paths, write = paths, spawn = bool }    landlock() -> version
** version lua compiler: texts */
#include "host/sandbox.h"

#include <lauxlib.h>

#include "bind/bind.h"
#include "host/guard.h"
#include "host/lockdown.h"
#include "host/pattern.h"
#include "host/version.h"
#include "host/vm.h"

static int l_guard(lua_State *L)
{
    lrr_guard_start(L, luaL_checknumber(L, 1));
    return 0;
}

static int l_refresh(lua_State *L)
{
    (void)L;
    lrr_guard_refresh();
    return 0;
}

static int l_tripped(lua_State *L)
{
    lua_pushstring(L, lrr_guard_tripped());
    return 1;
}

static int l_trip(lua_State *L)
{
    (void)L;
    lrr_guard_trip(
        "the recipe's Lua code took more memory than its limit (--lua-memory)");
    return 0;
}

static int l_poll(lua_State *L)
{
    lrr_guard_poll(L);
    return 0;
}

static int l_limit(lua_State *L)
{
    lua_Integer bytes = luaL_checkinteger(L, 1);
    luaL_argcheck(L, bytes >= 0, 1, "negative");
    lrr_vm_of(L)->limit = (size_t)bytes;
    return 0;
}

static int l_used(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lrr_vm_of(L)->used);
    lua_pushinteger(L, (lua_Integer)lrr_vm_of(L)->peak);
    return 2;
}

static int l_landlock(lua_State *L)
{
    lua_pushinteger(L, lrr_lockdown_landlock());
    return 1;
}

/* The list of paths in field `key` as C strings, in scratch that Lua owns. Leaves values
** on the stack that keep them alive. */
static const char *const *check_paths(lua_State *L, const char *key)
{
    const char **paths;
    lua_Integer n;
    lua_getfield(L, 1, key);
    luaL_argcheck(L, lua_istable(L, -1), 1, "read and write are lists of paths");
    n = luaL_len(L, -1);
    paths = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *paths, 0);
    for (lua_Integer i = 0; i < n; i++) {
        lua_rawgeti(L, -2, i + 1);
        paths[i] = luaL_checkstring(L, -1);
        lua_pop(L, 1); /* the list has it */
    }
    paths[n] = NULL;
    return paths;
}

static int l_lockdown(lua_State *L)
{
    lrr_lockdown rules;
    lrr_error err;
    luaL_checktype(L, 1, LUA_TTABLE);
    rules.spawn = lrr_bind_fieldbool(L, 1, "spawn");
    rules.read = check_paths(L, "read");
    rules.write = check_paths(L, "write");
    if (lrr_lockdown_apply(&rules, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

int lrr_sandbox_open(lua_State *L)
{
    static const luaL_Reg functions[] = { { "match", lrr_pattern_match },
                                          { "guard", l_guard },
                                          { "refresh", l_refresh },
                                          { "tripped", l_tripped },
                                          { "trip", l_trip },
                                          { "poll", l_poll },
                                          { "limit", l_limit },
                                          { "used", l_used },
                                          { "lockdown", l_lockdown },
                                          { "landlock", l_landlock },
                                          { NULL, NULL } };
    luaL_newlib(L, functions);
    lua_pushliteral(L, LRR_VERSION);
    lua_setfield(L, -2, "version");
    lua_pushliteral(L, LUA_RELEASE);
    lua_setfield(L, -2, "lua");
    lua_pushliteral(L, "C " __VERSION__);
    lua_setfield(L, -2, "compiler");
    return 1;
}
