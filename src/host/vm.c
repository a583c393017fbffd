/* vm.c -- see vm.h. */
#include "host/vm.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "bind/bind.h"
#include "host/embed.h"
#include "host/guard.h"
#include "host/sandbox.h"

typedef struct job {
    int argc;
    char **argv;
    int exit_code;
} job;

/* What takes part in bounding the time of single instructions (texts.h, guard.h). */
static void note_text(lrr_vm *vm, const void *at, size_t size)
{
    size_t longest = vm->texts.longest;
    lrr_texts_add(&vm->texts, at, size);
    if (vm->texts.longest > longest)
        lrr_guard_pace(NULL);
}

/* Whether the blocks of a state that is closed are left to the system, which takes all back when
** the process ends: to free each is a tenth of what a short program does. Leaks are looked for
** where they are freed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool LEAVE = false;
#else
static const bool LEAVE = true;
#endif

/* Lua's heap is counted with all other memory (mem.h) in steps of this many bytes. */
enum { STEP = 64 * 1024 };

/* Whether the heap may grow by `more` bytes. */
static bool may_grow(lrr_vm *vm, size_t more)
{
    size_t after = lrr_size_add(vm->used, more);
    size_t want;

    if (after == SIZE_MAX || (vm->limit != 0 && after > vm->limit)) {
        vm->met = LRR_VM_LUA_MEMORY;
        return false;
    }
    if (after <= vm->taken)
        return true;
    want = after - vm->taken;
    if (lrr_mem_take(want + STEP))
        vm->taken += want + STEP;
    else if (lrr_mem_take(want))
        vm->taken += want;
    else
        vm->met = LRR_VM_MEMORY;
    return after <= vm->taken;
}

/* Counts nsize in the place of `old`; what is taken and not used is kept up to two steps. */
static void count(lrr_vm *vm, size_t old, size_t nsize)
{
    vm->used = vm->used - old + nsize;
    if (vm->used > vm->peak)
        vm->peak = vm->used;
    if (vm->taken - vm->used > 2 * STEP) {
        lrr_mem_give(vm->taken - vm->used - STEP);
        vm->taken = vm->used + STEP;
    }
}

/* The lua_Alloc of every state. Shrinking never fails, as Lua demands. */
static void *alloc(void *ud, void *p, size_t osize, size_t nsize)
{
    lrr_vm *vm = ud;
    size_t old = p == NULL ? 0 : osize; /* without a block, osize is a type tag */
    void *q;

    if (old >= LRR_TEXT_LONG)
        lrr_texts_drop(&vm->texts, p); /* texts never change their size */
    if (nsize == 0) {
        if (vm->ends)
            return NULL;
        free(p);
        count(vm, old, 0);
        return NULL;
    }
    if (nsize > old && (!may_grow(vm, nsize - old) || lrr_mem_fault()))
        return NULL;
    q = realloc(p, nsize);
    if (q == NULL) {
        if (nsize > old)
            vm->met = LRR_VM_SYSTEM;
        return nsize <= old ? p : NULL;
    }
    if (p == NULL && osize == LUA_TSTRING && nsize >= LRR_TEXT_LONG)
        note_text(vm, q, nsize);
    count(vm, old, nsize);
    return q;
}

/* Frees what only garbage keeps. The main thread stands at a call of a C function whenever
** memory is asked for: either that function asks, or the one that resumed who asks. Where
** the collector stands still (join.h) its stack must not move. */
static void collect(void *ud)
{
    lua_State *L = ud;
    if (lua_gc(L, LUA_GCISRUNNING))
        lua_gc(L, LUA_GCCOLLECT);
}

lrr_vm *lrr_vm_of(lua_State *L)
{
    void *ud;
    lua_getallocf(L, &ud);
    return ud;
}

/* Path of an embedded file below lua/: "lrrun/nn/linear.lua". */
static const char *below(const lrr_embedded *file)
{
    return strncmp(file->path, "lua/", 4) == 0 ? file->path + 4 : file->path;
}

/* Loads the text of a file under another chunk name (development only). */
static int load_from(lua_State *L, const char *path, const char *chunk)
{
    luaL_Buffer b;
    size_t got = 1;
    FILE *f = fopen(path, "rb");

    if (f == NULL)
        return luaL_error(L, "cannot open %s", path);
    luaL_buffinit(L, &b);
    while (got > 0) {
        got = fread(luaL_prepbuffsize(&b, 4096), 1, 4096, f);
        luaL_addsize(&b, got);
    }
    fclose(f);
    luaL_pushresult(&b);
    path = lua_tolstring(L, -1, &got);
    return luaL_loadbufferx(L, path, got, chunk, "t");
}

extern const char lua_ident[]; /* of liblua: which release it is */

static int by_module(const void *name, const void *file)
{
    return strcmp(name, ((const lrr_embedded *)file)->module);
}

/* A searcher of package.searchers: finds our modules inside the program. */
static int l_search(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const char *dir = getenv("LRRUN_LUA");
    const lrr_embedded *file =
        bsearch(name, lrr_embedded_files, lrr_embedded_count, sizeof *file, by_module);
    const char *chunk;
    int rc;

    if (file == NULL) {
        lua_pushfstring(L, "no module '%s' in lrrun", name);
        return 1;
    }
    chunk = lua_pushfstring(L, "@lrrun:%s", below(file));
    if (dir != NULL)
        rc = load_from(L, lua_pushfstring(L, "%s/%s", dir, below(file)), chunk);
    else if (strcmp(lua_ident, lrr_embedded_lua) == 0)
        rc = luaL_loadbufferx(L, (const char *)file->code, file->code_size, chunk, "b");
    else
        rc = luaL_loadbufferx(L, (const char *)file->text, file->size, chunk, "t");
    if (rc != LUA_OK)
        return lua_error(L);
    lua_pushfstring(L, "lrrun:%s", below(file));
    return 2;
}

/* Our searcher comes second, after package.preload, so that no file can stand in for one
** of our modules. */
static void add_searcher(lua_State *L)
{
    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_getfield(L, -1, "searchers");
    for (lua_Integer i = luaL_len(L, -1); i >= 2; i--) {
        lua_geti(L, -1, i);
        lua_seti(L, -2, i + 1);
    }
    lua_pushcfunction(L, l_search);
    lua_seti(L, -2, 2);
    lua_pop(L, 2);
}

/* Key of the registry for a text that has to be there. */
static const char kept_text = 0;

/* Everything that can raise happens in here, under one pcall. */
static int pmain(lua_State *L)
{
    job *j = lua_touserdata(L, 1);

    /* Lua before 5.4.8 makes this text where an error may not be raised (25da574f of its
    ** repository); where it is kept, making it takes no memory and cannot fail. */
    lua_pushliteral(L, "error in error handling");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_text);
    luaL_openlibs(L);
    lrr_bind_preload(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, lrr_sandbox_open);
    lua_setfield(L, -2, "lrrun.native.host");
    lua_pop(L, 1);
    add_searcher(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lrrun.cli");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "main");
    lua_createtable(L, j->argc, 1);
    for (int i = 0; i < j->argc; i++) {
        lua_pushstring(L, j->argv[i]);
        lua_rawseti(L, -2, i);
    }
    lua_call(L, 1, 1);
    j->exit_code = (int)luaL_checkinteger(L, -1);
    return 0;
}

/* Pushes a text as one line that may be shown (base/text.h). */
static void push_written_out(lua_State *L, const char *text)
{
    luaL_Buffer b;
    size_t n = strlen(text), size = lrr_text_escape(text, n, LRR_TEXT_LINE, NULL);

    lrr_text_escape(text, n, LRR_TEXT_LINE, luaL_buffinitsize(L, &b, size));
    luaL_pushresultsize(&b, size);
}

/* Turns an error into one string; with traceback, says where it came from. An error
** object's own methods are not called: it comes from a script. */
static int l_message(lua_State *L)
{
    const char *msg = lua_tostring(L, 1);
    if (msg == NULL)
        msg =
            lua_pushfstring(L, "(the error is a %s, not a text)", luaL_typename(L, 1));
    if (lrr_vm_of(L)->traceback)
        luaL_traceback(L, L, msg, 1);
    else
        push_written_out(L, msg);
    return 1;
}

const char *lrr_vm_met_text(const lrr_vm *vm)
{
    if (vm->met == LRR_VM_MEMORY)
        return "no memory for the recipe's Lua values: all that may be used is "
               "(--memory)";
    if (vm->met == LRR_VM_SYSTEM)
        return "no memory for the recipe's Lua values: the system gives no more "
               "(more room: ulimit -v)";
    return vm->over[0] != '\0' ? vm->over : "no memory for Lua's values";
}

int lrr_vm_main(int argc, char **argv)
{
    lrr_vm vm = { .traceback = getenv("LRRUN_DEBUG") != NULL };
    job j = { argc, argv, LRR_EXIT_ERROR };
    lua_State *L = lua_newstate(alloc, &vm);
    int rc;

    if (L == NULL) {
        fprintf(stderr, "lrrun: out of memory\n");
        return LRR_EXIT_MEMORY;
    }
    lua_gc(L, LUA_GCSTEP, -LRR_VM_AT_REST);
    lrr_mem_on_full(collect, L);
    lua_pushcfunction(L, l_message);
    lua_pushcfunction(L, pmain);
    lua_pushlightuserdata(L, &j);
    rc = lua_pcall(L, 1, 0, 1);
    lrr_guard_end();
    if (rc != LUA_OK) {
        /* Lua's own words for it come through where there was no room for better ones. */
        const char *msg = rc == LUA_ERRMEM ? lrr_vm_met_text(&vm) : lua_tostring(L, -1);
        fprintf(stderr, "lrrun: %s\n", msg == NULL ? "out of memory" : msg);
        j.exit_code = rc == LUA_ERRMEM ? LRR_EXIT_MEMORY : LRR_EXIT_ERROR;
    }
    lrr_mem_on_full(NULL, NULL);
    vm.ends = LEAVE;
    lua_close(L);
    return j.exit_code;
}
