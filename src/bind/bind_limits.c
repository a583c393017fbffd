/* bind_limits.c -- lrrun.native.limits: what a process may take of the machine.
**
** room() -> bytes of memory that there are for it, nil where nobody says (os/room.h)
** memory(bytes): of everything allocated (base/mem.h)
** bound(bytes, threads): the system's bound behind it; threads that will be started, 0: as
**   many as it was given (os/cores.h)
** all() -> bytes that there may be in all, nil without a limit
** left() -> bytes of it    lua-memory is the host's (lrrun.native.host)
** disk(bytes, names): of what is written (os/budget.h)    open(n): files at once
** add(bytes, names): counts what is there already    used() -> bytes, names
** refusal() -> what was said when the first of these was met and nothing more was given, or
** nil; and "memory" where it was that */
#include <stdint.h>

#include "base/mem.h"
#include "base/threads.h"
#include "bind/bind.h"
#include "os/budget.h"
#include "os/cores.h"
#include "os/room.h"

static uint64_t check_count(lua_State *L, int arg)
{
    lua_Integer n = luaL_checkinteger(L, arg);
    luaL_argcheck(L, n >= 0, arg, "negative");
    return (uint64_t)n;
}

static void push_count(lua_State *L, uint64_t n)
{
    lua_pushinteger(L, n > INT64_MAX ? INT64_MAX : (lua_Integer)n);
}

static int l_room(lua_State *L)
{
    size_t bytes = lrr_room_memory();
    if (bytes == SIZE_MAX)
        return 0;
    push_count(L, bytes);
    return 1;
}

static int l_memory(lua_State *L)
{
    lrr_mem_limit((size_t)check_count(L, 1));
    return 0;
}

static int l_bound(lua_State *L)
{
    uint64_t bytes = check_count(L, 1), threads = check_count(L, 2);
    if (threads == 0 || threads > LRR_THREADS_MAX)
        threads = lrr_cores_given().n;
    if (bytes > 0)
        lrr_room_limit_memory((size_t)bytes, (size_t)threads);
    return 0;
}

static int l_left(lua_State *L)
{
    push_count(L, lrr_mem_left());
    return 1;
}

static int l_all(lua_State *L)
{
    const size_t left = lrr_mem_left();
    if (left == SIZE_MAX)
        return 0;
    push_count(L, lrr_size_add(lrr_mem_used(), left));
    return 1;
}

static int l_disk(lua_State *L)
{
    uint64_t bytes = check_count(L, 1);
    lrr_budget_limit(bytes, check_count(L, 2));
    return 0;
}

static int l_open(lua_State *L)
{
    lrr_room_limit_open((size_t)check_count(L, 1));
    return 0;
}

static int l_add(lua_State *L)
{
    uint64_t bytes = check_count(L, 1);
    lrr_budget_add(bytes, check_count(L, 2));
    return 0;
}

static int l_used(lua_State *L)
{
    uint64_t bytes, names;
    lrr_budget_used(&bytes, &names);
    push_count(L, bytes);
    push_count(L, names);
    return 2;
}

static int l_refusal(lua_State *L)
{
    const char *memory = lrr_mem_refusal();
    const char *said = memory != NULL ? memory : lrr_budget_refusal();
    lua_pushstring(L, said);
    if (memory != NULL)
        lua_pushliteral(L, "memory");
    else
        lua_pushnil(L);
    return 2;
}

int luaopen_lrrun_native_limits(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "room", l_room },       { "memory", l_memory }, { "bound", l_bound },
        { "left", l_left },       { "all", l_all },       { "disk", l_disk },
        { "open", l_open },       { "add", l_add },       { "used", l_used },
        { "refusal", l_refusal }, { NULL, NULL }
    };
    lrr_bind_newlib(L, functions);
    return 1;
}
