/* sandbox.c -- see sandbox.h.
**
** match(text, pattern, init, plain)    lrr_pattern_match
** guard(seconds) refresh() tripped() -> why or nil    trip(): out of memory
** poll(work): before so many bytes or items are gone through    resume(thread, ...)
** check_interrupt(): raises once Ctrl-C was pressed, and no pcall goes on after it
** hold() -> to be closed: until then an interrupt is seen to, however long it takes
** out_of_memory() -> the words for it
** enter() -> recipes that run    leave(): one of them ended
** limit(bytes): more than the Lua state has now; 0: none    used() -> bytes, peak, bytes that the account of memory has for it
** sound: whether Lua joins tables rightly (join.h); else
**   join(f) -> f as a __concat     watch(thread or nil: the main one)
**   behind(thread) -> the thread that waits for it, or nil
** mends: whether chunks have to be mended
** mend(chunk) -> chunk, or nil, message and line (chunk.h)
** lockdown{ read, makes, folders, files = lists of paths, recipe = path or nil,
**   worker = last words of workers' command lines, or nil,
**   memory = most bytes of a worker }
** start(study, number, threads, memory) -> id   ended(id) -> exit code or nil   stop(): workers
**    rings() -> files, calls: booleans
**   landlock() -> its version
** version lua compiler: texts */
#include "host/sandbox.h"

#include <lauxlib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "bind/bind.h"
#include "host/chunk.h"
#include "host/guard.h"
#include "host/join.h"
#include "host/landlock.h"
#include "host/lockdown.h"
#include "host/pattern.h"
#include "host/version.h"
#include "host/vm.h"
#include "os/errands.h"
#include "os/interrupt.h"
#include "os/watch.h"

#define HOLD "lrrun.hold"

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
    lrr_watch_recover(); /* asked after an error, which may have left a native call */
    lua_pushstring(L, lrr_guard_tripped());
    return 1;
}

static int l_out_of_memory(lua_State *L)
{
    lua_pushstring(L, lrr_vm_met_text(lrr_vm_of(L)));
    return 1;
}

static int l_trip(lua_State *L)
{
    lrr_guard_trip(lrr_vm_met_text(lrr_vm_of(L)));
    return 0;
}

/* Without a number: the clock is looked at in any case. */
static int l_poll(lua_State *L)
{
    lua_Integer work = luaL_optinteger(L, 1, LUA_MAXINTEGER);
    lrr_guard_poll(L, work < 0 ? 0 : (size_t)work);
    return 0;
}

static int l_behalf(lua_State *L)
{
    lrr_guard_behalf(lua_toboolean(L, 1));
    return 0;
}

/* As coroutine.resume, for the guard to know which thread runs. */
static int l_resume(lua_State *L)
{
    lua_State *co, *before;
    int status, n = lua_gettop(L) - 1;

    luaL_checktype(L, 1, LUA_TTHREAD);
    co = lua_tothread(L, 1);
    if (!lua_checkstack(co, n)) {
        lua_pushboolean(L, 0);
        lua_pushliteral(L, "too many arguments to resume");
        return 2;
    }
    lua_xmove(L, co, n);
    before = lrr_guard_enter(co);
    status = lua_resume(co, L, n, &n);
    lrr_guard_enter(before);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        lua_pushboolean(L, 0);
        lua_insert(
            L, -2); /* the message may have stood here: a thread cannot resume itself */
        return 2;
    }
    if (!lua_checkstack(L, n + 1)) {
        lua_pop(co, n);
        lua_pushboolean(L, 0);
        lua_pushliteral(L, "too many results to resume");
        return 2;
    }
    lua_pushboolean(L, 1);
    lua_xmove(co, L, n);
    return n + 1;
}

static int l_check_interrupt(lua_State *L)
{
    if (lrr_interrupt_pending() == 0)
        return 0;
    lrr_guard_trip("interrupted");
    return luaL_error(L, "%s", lrr_guard_tripped());
}

/* A hold that is closed, or dropped, ends once. */
static int l_release(lua_State *L)
{
    bool *held = luaL_checkudata(L, 1, HOLD);
    if (*held)
        lrr_watch_release();
    *held = false;
    return 0;
}

static int l_hold(lua_State *L)
{
    bool *held = lua_newuserdatauv(L, sizeof *held, 0);
    *held = false;
    luaL_setmetatable(L, HOLD);
    lrr_watch_hold();
    *held = true;
    return 1;
}

/* A recipe begins to run: how many did before, one within the other. */
static int l_enter(lua_State *L)
{
    lua_pushinteger(L, lrr_vm_of(L)->recipes++);
    return 1;
}

static int l_leave(lua_State *L)
{
    lrr_vm_of(L)->recipes--;
    return 0;
}

static int l_limit(lua_State *L)
{
    lua_Integer more = luaL_checkinteger(L, 1);
    lrr_vm *vm = lrr_vm_of(L);
    char most[LRR_SIZE_TEXT];
    luaL_argcheck(L, more >= 0, 1, "negative");
    vm->limit = more == 0 ? 0 : lrr_size_add(vm->used, (size_t)more);
    if (more == 0)
        return 0; /* what is said of a limit that was met stays */
    snprintf(vm->over, sizeof vm->over,
             "the recipe's Lua values took more than %s (--lua-memory)",
             lrr_size_text((size_t)more, most));
    return 0;
}

static int l_used(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lrr_vm_of(L)->used);
    lua_pushinteger(L, (lua_Integer)lrr_vm_of(L)->peak);
    lua_pushinteger(L, (lua_Integer)lrr_vm_of(L)->taken);
    return 3;
}

static int l_landlock(lua_State *L)
{
    lua_pushinteger(L, lrr_landlock_version());
    return 1;
}

static int l_rings(lua_State *L)
{
    const lrr_lockdown_rings rings = lrr_lockdown_possible();
    lua_pushboolean(L, rings.files);
    lua_pushboolean(L, rings.calls);
    return 2;
}

/* The list of texts in field `key` as C strings, in scratch that Lua owns; NULL where there is
** none. Leaves values on the stack that keep them alive. */
static const char *const *check_texts(lua_State *L, const char *key)
{
    const char **texts;
    lua_Integer n;
    if (lua_getfield(L, 1, key) == LUA_TNIL)
        return NULL;
    luaL_argcheck(L, lua_istable(L, -1), 1,
                  "read, write and worker are lists of texts");
    n = luaL_len(L, -1);
    texts = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *texts, 0);
    for (lua_Integer i = 0; i < n; i++) {
        lua_rawgeti(L, -2, i + 1);
        texts[i] = luaL_checkstring(L, -1);
        lua_pop(L, 1); /* the list has it */
    }
    texts[n] = NULL;
    return texts;
}

/* The words one after the other, each with its end, on top of the stack. */
static const char *push_words(lua_State *L, const char *const *words, size_t *n)
{
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (; *words != NULL; words++)
        luaL_addlstring(&b, *words, strlen(*words) + 1);
    luaL_pushresult(&b);
    return lua_tolstring(L, -1, n);
}

static int l_lockdown(lua_State *L)
{
    lrr_lockdown rules = { 0 };
    const char *const *words;
    lrr_error err;
    luaL_checktype(L, 1, LUA_TTABLE);
    rules.read = check_texts(L, "read");
    rules.makes = check_texts(L, "makes");
    rules.fresh = check_texts(L, "fresh");
    rules.folders = check_texts(L, "folders");
    rules.files = check_texts(L, "files");
    lua_getfield(L, 1, "recipe");
    rules.recipe = luaL_optstring(L, -1, NULL);
    lua_getfield(L, 1, "memory");
    rules.worker_memory = luaL_optinteger(L, -1, 0);
    words = check_texts(L, "worker");
    if (words != NULL)
        rules.worker = push_words(L, words, &rules.worker_bytes);
    if (lrr_lockdown_apply(&rules, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_start(lua_State *L)
{
    const char *study = luaL_checkstring(L, 1);
    const char *trial = luaL_checkstring(L, 2);
    const lua_Integer threads = luaL_checkinteger(L, 3);
    const lua_Integer memory = luaL_checkinteger(L, 4);
    lrr_error err;
    int id;
    luaL_argcheck(L, threads >= 1 && threads <= INT_MAX, 3, "no number of threads");
    if (lrr_errands_start(study, trial, (int)threads, memory, &id, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushinteger(L, id);
    return 1;
}

static int l_ended(lua_State *L)
{
    const lua_Integer id = luaL_checkinteger(L, 1);
    lrr_error err;
    bool ended;
    int code;
    luaL_argcheck(L, id >= 0 && id <= INT_MAX, 1, "no worker");
    if (lrr_errands_wait((int)id, &ended, &code, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    if (!ended)
        return 0;
    lua_pushinteger(L, code);
    return 1;
}

static int l_stop(lua_State *L)
{
    const lua_Integer id = luaL_optinteger(L, 1, LRR_ALL_WORKERS);
    luaL_argcheck(L, id >= LRR_ALL_WORKERS && id <= INT_MAX, 1, "no worker");
    lrr_errands_stop((int)id, lua_toboolean(L, 2));
    return 0;
}

static int l_join(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    lrr_join_push(L);
    return 1;
}

/* The thread at argument 1, or the main one. */
static int l_watch(lua_State *L)
{
    lua_settop(L, 1);
    if (lua_isnil(L, 1)) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
        lua_replace(L, 1);
    }
    luaL_checktype(L, 1, LUA_TTHREAD);
    lrr_guard_watch(lua_tothread(L, 1));
    return 0;
}

static int l_behind(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTHREAD);
    lua_settop(L, 1);
    lrr_join_behind(L);
    return 1;
}

static int l_mend(lua_State *L)
{
    size_t size;
    const char *chunk = luaL_checklstring(L, 1, &size);
    unsigned char *scratch = lua_newuserdatauv(L, size + 1, 0);
    const char *why;
    int line;

    memcpy(scratch, chunk, size);
    why = lrr_chunk_mend(scratch, size, &line);
    if (why == NULL) {
        lua_pushlstring(L, (char *)scratch, size);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, why);
    lua_pushinteger(L, line);
    return 3;
}

int lrr_sandbox_open(lua_State *L)
{
    static const luaL_Reg functions[] = { { "match", lrr_pattern_match },
                                          { "guard", l_guard },
                                          { "refresh", l_refresh },
                                          { "tripped", l_tripped },
                                          { "trip", l_trip },
                                          { "out_of_memory", l_out_of_memory },
                                          { "poll", l_poll },
                                          { "behalf", l_behalf },
                                          { "resume", l_resume },
                                          { "check_interrupt", l_check_interrupt },
                                          { "hold", l_hold },
                                          { "enter", l_enter },
                                          { "leave", l_leave },
                                          { "limit", l_limit },
                                          { "used", l_used },
                                          { "lockdown", l_lockdown },
                                          { "start", l_start },
                                          { "ended", l_ended },
                                          { "stop", l_stop },
                                          { "rings", l_rings },
                                          { "landlock", l_landlock },
                                          { "join", l_join },
                                          { "watch", l_watch },
                                          { "behind", l_behind },
                                          { "mend", l_mend },
                                          { NULL, NULL } };
    static const luaL_Reg hold[] = { { "__gc", l_release },
                                     { "__close", l_release },
                                     { NULL, NULL } };
    static const luaL_Reg none[] = { { NULL, NULL } };
    lrr_bind_newtype(L, HOLD, hold, none);
    lrr_join_init(L);
    luaL_newlib(L, functions);
    lua_pushboolean(L, lrr_vm_of(L)->sound);
    lua_setfield(L, -2, "sound");
    lua_pushboolean(L, !lrr_vm_of(L)->sound || LUA_VERSION_RELEASE_NUM < 50407);
    lua_setfield(L, -2, "mends");
    lua_pushliteral(L, LRR_VERSION);
    lua_setfield(L, -2, "version");
    lua_pushliteral(L, LUA_RELEASE);
    lua_setfield(L, -2, "lua");
    lua_pushliteral(L, "C " __VERSION__);
    lua_setfield(L, -2, "compiler");
    return 1;
}
