/* join.c -- see join.h. */
#include "host/join.h"

#include <lauxlib.h>
#include <limits.h>
#include <string.h>

#include "host/guard.h"
#include "host/vm.h"

/* --- the trial ---------------------------------------------------------- */

enum { ARENA = 64 * 1024, UNIT = 16 };

typedef struct arena {
    _Alignas(UNIT) char bytes[ARENA];
    size_t used;
} arena;

/* Hands out memory once and takes nothing back, so that stale pointers stay inside. */
static void *from_arena(void *ud, void *p, size_t osize, size_t nsize)
{
    arena *a = ud;
    size_t room = (nsize + UNIT - 1) / UNIT * UNIT;
    void *q;

    if (nsize == 0)
        return NULL;
    if (p != NULL && nsize <= osize)
        return p;
    if (room > ARENA - a->used)
        return NULL;
    q = a->bytes + a->used;
    a->used += room;
    if (p != NULL)
        memcpy(q, p, osize);
    return q;
}

static int l_grow(lua_State *L)
{
    luaL_checkstack(L, 200, NULL); /* more than a new stack has: it moves */
    lua_pushboolean(L, 1);
    return 1;
}

/* Joins two tables; tells whether Lua still knows where its stack ends. Nothing may use
** the stack after that: there is no way back. */
static int l_trial(lua_State *L)
{
    bool *sound = lua_touserdata(L, 1);
    lua_settop(L, 0);
    lua_createtable(L, 0, 0);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, l_grow);
    lua_setfield(L, -2, "__concat");
    lua_setmetatable(L, 1);
    lua_pushvalue(L, 1);
    lua_concat(L, 2);
    *sound = lua_gettop(L) == 1;
    return 0;
}

bool lrr_join_sound(void)
{
    arena a = { .used = 0 };
    bool sound = false;
    lua_State *L = lua_newstate(from_arena, &a);

    if (L == NULL)
        return false;
    lua_gc(L, LUA_GCSTOP);
    lua_pushcfunction(L, l_trial);
    lua_pushlightuserdata(L, &sound);
    (void)lua_pcall(L, 1, 0, 0);
    return sound; /* the state goes with its memory; closing it would use the stack */
}

/* --- joins -------------------------------------------------------------- */

/* Keys of the registry: the thread that joins next; a table with weak keys: a thread
** that runs a metamethod -> the thread that waits for it, or false; and the metatable of what
** tells that a collection has ended. */
static const char next_key = 0;
static const char behind_key = 0;
static const char ended_key = 0;

/* Makes garbage that l_ended is called for. */
static void watch_collector(lua_State *L)
{
    lua_createtable(L, 0, 0);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &ended_key);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

static int l_ended(lua_State *L)
{
    lrr_vm *vm = lrr_vm_of(L);
    vm->left = vm->used;
    vm->collecting = false;
    watch_collector(L);
    return 0;
}

/* The collector works again, when it would have without the join: as a rule once there is twice
** what its last collection left. LUA_GCRESTART alone has it begin at once, so that a script that
** joins in a loop would collect everything each time. */
static void let_collect(lua_State *L)
{
    lrr_vm *vm = lrr_vm_of(L);
    const size_t now = vm->used / 1024, twice = vm->left / 1024 * 2,
                 next = twice > LRR_VM_AT_REST ? twice : LRR_VM_AT_REST;
    lua_gc(L, LUA_GCRESTART);
    if (!vm->collecting && next > now && next - now <= INT_MAX)
        lua_gc(L, LUA_GCSTEP, -(int)(next - now));
    else
        vm->collecting = true;
}

void lrr_join_init(lua_State *L)
{
    lrr_vm_of(L)->sound = lrr_join_sound();
    lua_createtable(L, 0, 1);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &behind_key);
    if (lrr_vm_of(L)->sound)
        return;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, l_ended);
    lua_setfield(L, -2, "__gc");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &ended_key);
    watch_collector(L);
}

/* Pushes a new thread that has its place in the table, so that entering who waits for it
** takes no memory. */
static lua_State *new_joiner(lua_State *L)
{
    lua_State *co = lua_newthread(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &behind_key);
    lua_pushvalue(L, -2);
    lua_pushboolean(L, 0);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return co;
}

/* Keeps a thread ready: none can be made within a join, where memory may not be taken
** without a protected call and a protected call takes room. */
static void keep_ready(lua_State *L)
{
    new_joiner(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &next_key);
}

/* Notes that `co`, at index `at`, works for L, or (waits = false) no longer. */
static void note(lua_State *L, int at, bool waits)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &behind_key);
    lua_pushvalue(L, at);
    if (waits)
        lua_pushthread(L);
    else
        lua_pushboolean(L, 0);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/* Our own modules' frames have no room kept for this (chunk.h): there a table is no text. */
static void check_caller(lua_State *L)
{
    lua_Debug at, caller;
    if (lua_getstack(L, 0, &at) == 0 || lua_getinfo(L, "n", &at) == 0 ||
        strcmp(at.namewhat, "metamethod") != 0)
        return; /* called by its name */
    if (lua_getstack(L, 1, &caller) != 0 && lua_getinfo(L, "S", &caller) != 0 &&
        strncmp(caller.source, "@lrrun:", 7) == 0)
        luaL_error(L, "attempt to concatenate a table value");
}

/* Leaves the result of the metamethod at index 4 of L's stack where status is LUA_OK, what
** it raised where it is an error, nothing where it yields. co, at index 3, is as new after
** LUA_OK. */
static int run(lua_State *L, lua_State *co)
{
    lrr_vm *vm = lrr_vm_of(L);
    lua_State *before;
    int status, results;

    note(L, 3, true);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_xmove(L, co, 3);
    lua_sethook(co, lua_gethook(L), lua_gethookmask(L), lua_gethookcount(L));
    vm->joins++;
    before = lrr_guard_enter(co);
    status = lua_resume(co, L, 2, &results);
    lrr_guard_enter(before);
    vm->joins--;
    note(L, 3, false);
    if (status == LUA_OK)
        lua_settop(co, 1);
    if (status != LUA_YIELD)
        lua_xmove(co, L, 1);
    return status;
}

/* The metamethod in place of the function in upvalue 1. From where the collector stands
** still until the result is there, nothing may move L's stack; an inner join may raise, as
** it comes out in the outer one's thread. */
static int l_joined(lua_State *L)
{
    bool outer = lrr_vm_of(L)->joins == 0;
    bool running;
    int status;

    check_caller(L);
    running = outer && lua_gc(L, LUA_GCISRUNNING) != 0;
    if (outer)
        lua_gc(L, LUA_GCSTOP);
    lua_settop(L, 2);
    if (outer)
        lua_rawgetp(L, LUA_REGISTRYINDEX, &next_key);
    else
        new_joiner(L);
    status = lua_isthread(L, 3) ? run(L, lua_tothread(L, 3)) : LUA_ERRMEM;
    if (running)
        let_collect(L);
    if (status == LUA_OK)
        return 1;
    if (outer)
        keep_ready(L); /* the one of now has ended, or is in the hands of the script */
    if (status == LUA_YIELD)
        return luaL_error(L, "attempt to yield across a C-call boundary");
    return lua_gettop(L) < 4 ? luaL_error(L, "not enough memory") : lua_error(L);
}

void lrr_join_push(lua_State *L)
{
    if (lrr_vm_of(L)->sound || lua_tocfunction(L, -1) == l_joined)
        return;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &next_key) == LUA_TNIL)
        keep_ready(L);
    lua_pop(L, 1);
    lua_pushcclosure(L, l_joined, 1);
}

void lrr_join_check(lua_State *L, lua_Debug *ar)
{
    bool wrapped;
    if (lua_getinfo(L, "n", ar) == 0 || strcmp(ar->namewhat, "metamethod") != 0 ||
        strcmp(ar->name, "concat") != 0)
        return;
    lua_getinfo(L, "f", ar);
    wrapped = lua_tocfunction(L, -1) == l_joined;
    lua_pop(L, 1);
    if (!wrapped)
        luaL_error(
            L, "a metatable's __concat has to be there when setmetatable is called");
}

void lrr_join_behind(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &behind_key);
    lua_pushvalue(L, -2);
    lua_rawget(L, -2);
    if (!lua_isthread(L, -1))
        lua_pushnil(L);
}
