/* bind_file.c -- lrrun.native.file: files that are whole or not there (os/file.h).
**
** create(path) -> out        out:write(text) :write_tensor(t) :size() :commit([wait]) :close()
**                            and before the commit :read(at, n) :read_tensor(at, type, t), as in's
** open(path) -> in           in:size() :read(at, n) :read_tensor(at, type, t) :close()
** log(path [, keep]) -> log  log:write(text) :sync() :size() :close()
** lock(folder) -> lock       lock:close(); one process at a time has it
** locked(folder) -> whether a process has it, or nil and why that cannot be told
** modified(path) -> seconds since 1970 of its last change, seconds since then; or nil and why
** claim(path, text) -> taken a file with text, unless one is there (os/lock.h)
** secret(path [, make]) -> 32 random bytes of this user's own (os/secret.h), nil where none are
** read(path [, most]) -> text          write(path, text): replaces the file, atomically
** mkdir(path) -> made        list(path) -> names, sorted    kind(path) -> "file", "dir",
** "other" and why it cannot be looked at, or nil
** real(path) -> absolute     remove(path) -> true           type(t) -> "F32"
** calls: names of the system calls under all this (os/calls.h), for tests that let them fail
**
** What only looks (open, read, list, real, remove) returns nil and why when it cannot;
** what writes raises: a lost result must not go unseen. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bind/bind.h"
#include "os/budget.h"
#include "os/calls.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/room.h"
#include "os/secret.h"
#include "record/payload.h"

/* Bytes of a file that is read as one text, where the caller says no other limit: a file of
** holes must not ask for all memory. */
#define LARGEST_TEXT ((lua_Integer)1 << 30)

#define CALL_NAME(name, type, none, params, args) #name,
#define OUT                                       "lrrun.outfile"
#define IN                                        "lrrun.infile"
#define LOG                                       "lrrun.logfile"
#define LOCK                                      "lrrun.dirlock"

static int push_failure(lua_State *L, const lrr_error *err)
{
    lua_pushnil(L);
    lua_pushstring(L, err->msg);
    lua_pushstring(L, lrr_status_name(err->status));
    return 3;
}

static int push_errno(lua_State *L, const char *path)
{
    int code = errno;
    char why[LRR_WHY_TEXT];
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path, lrr_room_why(code, why));
    lua_pushliteral(L, "EIO");
    return 3;
}

/* ---- out ---- */

static int l_create(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    lrr_error err;
    lrr_outfile *o;
    void **box = lrr_bind_newbox(L, OUT, 0);
    if (lrr_outfile_open(path, &o, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = o;
    return 1;
}

static int l_out_write(lua_State *L)
{
    lrr_outfile *o = lrr_bind_checkbox(L, 1, OUT);
    size_t n;
    const char *text = luaL_checklstring(L, 2, &n);
    lrr_error err;
    if (lrr_outfile_write(o, text, n, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_out_overwrite(lua_State *L)
{
    lrr_outfile *o = lrr_bind_checkbox(L, 1, OUT);
    size_t n;
    const char *text = luaL_checklstring(L, 2, &n);
    lrr_error err;
    luaL_argcheck(L, n <= lrr_outfile_size(o), 2, "more than there is");
    if (lrr_outfile_overwrite(o, text, n, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_out_write_tensor(lua_State *L)
{
    lrr_outfile *o = lrr_bind_checkbox(L, 1, OUT);
    const lrr_tensor *t = lrr_bind_checkbox(L, 2, LRR_TYPE_TENSOR);
    lrr_error err;
    if (lrr_payload_write(o, t, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_out_size(lua_State *L)
{
    lrr_outfile *o = lrr_bind_checkbox(L, 1, OUT);
    lua_pushinteger(L, (lua_Integer)lrr_outfile_size(o));
    return 1;
}

/* out:read(at, n) -> the n bytes at `at` of what was written */
static int l_out_read(lua_State *L)
{
    lrr_outfile *o = lrr_bind_checkbox(L, 1, OUT);
    const lua_Integer at = luaL_checkinteger(L, 2), n = luaL_checkinteger(L, 3);
    const uint64_t size = lrr_outfile_size(o);
    luaL_Buffer b;
    lrr_error err;
    lrr_status st;
    char *to;
    luaL_argcheck(L, at >= 0 && (uint64_t)at <= size, 2, "outside what was written");
    luaL_argcheck(L, n >= 0 && (uint64_t)n <= size - (uint64_t)at, 3,
                  "more than was written");
    to = luaL_buffinitsize(L, &b, (size_t)n);
    st = lrr_outfile_read(o, (uint64_t)at, to, (size_t)n, &err);
    luaL_pushresultsize(&b, st == LRR_OK ? (size_t)n : 0);
    return st == LRR_OK ? 1 : lrr_bind_raise(L, &err);
}

/* out:read_tensor(at, type, t) -> true: fills t, whose own type it has to be */
static int l_out_read_tensor(lua_State *L)
{
    lrr_outfile *o = lrr_bind_checkbox(L, 1, OUT);
    const lua_Integer at = luaL_checkinteger(L, 2);
    const char *type = luaL_checkstring(L, 3);
    const lrr_tensor *t = lrr_bind_checkbox(L, 4, LRR_TYPE_TENSOR);
    lrr_error err;
    luaL_argcheck(L, at >= 0, 2, "before the file's beginning");
    luaL_argcheck(L, strcmp(type, lrr_payload_type(t)) == 0, 3,
                  "not the tensor's type");
    if (lrr_outfile_read(o, (uint64_t)at, t->data, lrr_tensor_bytes(t), &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_out_close(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, OUT);
    lrr_outfile_free(*box);
    *box = NULL;
    return 0;
}

static int l_out_commit(lua_State *L)
{
    lrr_outfile *o = lrr_bind_checkbox(L, 1, OUT);
    lrr_error err;
    bool wait = lua_isnoneornil(L, 2) || lua_toboolean(L, 2);
    lrr_status st = wait ? lrr_outfile_commit(o, &err) : lrr_outfile_place(o, &err);
    if (st != LRR_OK)
        return lrr_bind_raise(L, &err);
    return l_out_close(L);
}

/* ---- in ---- */

static int l_open(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    lrr_error err;
    lrr_infile *f;
    void **box = lrr_bind_newbox(L, IN, 0);
    if (lrr_infile_open(path, &f, &err) != LRR_OK)
        return push_failure(L, &err);
    *box = f;
    return 1;
}

static int l_in_size(lua_State *L)
{
    lrr_infile *f = lrr_bind_checkbox(L, 1, IN);
    lua_pushinteger(L, (lua_Integer)lrr_infile_size(f));
    return 1;
}

/* Pushes n bytes of f from `at`, which lie within the file. */
static int push_bytes(lua_State *L, lrr_infile *f, uint64_t at, size_t n)
{
    luaL_Buffer b;
    lrr_error err;
    char *to = luaL_buffinitsize(L, &b, n);
    lrr_status st = lrr_infile_read(f, at, to, n, &err);
    luaL_pushresultsize(&b, st == LRR_OK ? n : 0);
    return st == LRR_OK ? 1 : push_failure(L, &err);
}

static int l_in_read(lua_State *L)
{
    lrr_infile *f = lrr_bind_checkbox(L, 1, IN);
    lua_Integer at = luaL_checkinteger(L, 2), n = luaL_checkinteger(L, 3);
    uint64_t size = lrr_infile_size(f);
    luaL_argcheck(L, at >= 0, 2, "before the file's beginning");
    luaL_argcheck(L, n >= 0, 3, "negative");
    if ((uint64_t)at > size || (uint64_t)n > size - (uint64_t)at) {
        lua_pushnil(L);
        lua_pushliteral(L, "the file ends before its content");
        lua_pushliteral(L, "EFORMAT");
        return 3;
    }
    return push_bytes(L, f, (uint64_t)at, (size_t)n);
}

static int l_in_read_tensor(lua_State *L)
{
    lrr_infile *f = lrr_bind_checkbox(L, 1, IN);
    lua_Integer at = luaL_checkinteger(L, 2);
    const char *type = luaL_checkstring(L, 3);
    lrr_tensor *t = lrr_bind_checkbox(L, 4, LRR_TYPE_TENSOR);
    lrr_error err;
    luaL_argcheck(L, at >= 0, 2, "before the file's beginning");
    if (lrr_payload_read(f, (uint64_t)at, type, t, &err) != LRR_OK)
        return push_failure(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_in_close(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, IN);
    lrr_infile_free(*box);
    *box = NULL;
    return 0;
}

/* ---- log ---- */

static int l_log(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    lua_Integer keep = luaL_optinteger(L, 2, -1);
    lrr_error err;
    lrr_logfile *o;
    void **box = lrr_bind_newbox(L, LOG, 0);
    if (lrr_logfile_open(path, keep < 0 ? UINT64_MAX : (uint64_t)keep, &o, &err) !=
        LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = o;
    return 1;
}

static int l_log_write(lua_State *L)
{
    lrr_logfile *o = lrr_bind_checkbox(L, 1, LOG);
    size_t n;
    const char *text = luaL_checklstring(L, 2, &n);
    lrr_error err;
    if (lrr_logfile_write(o, text, n, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_log_sync(lua_State *L)
{
    lrr_logfile *o = lrr_bind_checkbox(L, 1, LOG);
    lrr_error err;
    if (lrr_logfile_sync(o, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_log_size(lua_State *L)
{
    lrr_logfile *o = lrr_bind_checkbox(L, 1, LOG);
    lua_pushinteger(L, (lua_Integer)lrr_logfile_size(o));
    return 1;
}

static int l_log_close(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LOG);
    lrr_logfile_free(*box);
    *box = NULL;
    return 0;
}

/* ---- lock ---- */

static int l_lock(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    lrr_error err;
    lrr_dirlock *o;
    void **box = lrr_bind_newbox(L, LOCK, 0);
    if (lrr_dirlock_open(path, &o, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = o;
    return 1;
}

static int l_lock_close(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LOCK);
    lrr_dirlock_free(*box);
    *box = NULL;
    return 0;
}

static int l_locked(lua_State *L)
{
    bool held;
    lrr_error err;
    if (lrr_dirlock_held(luaL_checkstring(L, 1), &held, &err) != LRR_OK)
        return push_failure(L, &err);
    lua_pushboolean(L, held);
    return 1;
}

static int l_modified(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    struct timespec now = { 0 };
    struct stat sb;
    double at;
    if (lrr_calls()->stat(path, &sb) != 0)
        return push_errno(L, path);
    clock_gettime(CLOCK_REALTIME, &now);
    at = (double)sb.st_mtim.tv_sec + (double)sb.st_mtim.tv_nsec * 1e-9;
    lua_pushnumber(L, at);
    lua_pushnumber(L, (double)now.tv_sec + (double)now.tv_nsec * 1e-9 - at);
    return 2;
}

static int l_claim(lua_State *L)
{
    lrr_claimed what = { .lasting = lua_toboolean(L, 3) };
    const char *path = luaL_checkstring(L, 1);
    bool taken;
    lrr_error err;
    what.text = luaL_checklstring(L, 2, &what.n);
    if (lrr_claim(path, &what, &taken, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushboolean(L, taken);
    return 1;
}

static int l_secret(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    unsigned char key[LRR_SECRET_BYTES];
    bool found;
    lrr_error err;
    if (lrr_secret(path, lua_toboolean(L, 2), key, &found, &err) != LRR_OK)
        return push_failure(L, &err);
    if (!found)
        return 0;
    lua_pushlstring(L, (const char *)key, sizeof key);
    return 1;
}

/* ---- whole files and folders ---- */

static int l_read(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    lua_Integer most = luaL_optinteger(L, 2, LARGEST_TEXT);
    lrr_error err;
    lrr_infile *f;
    int n;
    void **box = lrr_bind_newbox(L, IN, 0);
    if (lrr_infile_open(path, &f, &err) != LRR_OK)
        return push_failure(L, &err);
    *box = f;
    if (lrr_infile_size(f) > (uint64_t)most) {
        lua_pushnil(L);
        lua_pushfstring(L, "%s has %I bytes, at most %I are read", path,
                        (lua_Integer)lrr_infile_size(f), most);
        lua_pushliteral(L, "EFORMAT");
        n = 3;
    } else {
        n = push_bytes(L, f, 0, (size_t)lrr_infile_size(f));
    }
    /* Now, not when the collector comes by: a thousand small files would all stay open. */
    lrr_infile_free(f);
    *box = NULL;
    return n;
}

static int l_write(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    size_t n;
    const char *text = luaL_checklstring(L, 2, &n);
    lrr_error err;
    lrr_outfile *o;
    lrr_status st = lrr_outfile_open(path, &o, &err);
    if (st == LRR_OK)
        st = lrr_outfile_write(o, text, n, &err);
    if (st == LRR_OK)
        st = lrr_outfile_commit(o, &err);
    lrr_outfile_free(o);
    return st == LRR_OK ? 0 : lrr_bind_raise(L, &err);
}

/* Gives a file or folder another name; what has that name is replaced, a folder only where it
** is empty. */
static int l_rename(lua_State *L)
{
    const char *from = luaL_checkstring(L, 1), *to = luaL_checkstring(L, 2);
    if (lrr_calls()->rename(from, to) != 0)
        return push_errno(L, from);
    lua_pushboolean(L, true);
    return 1;
}

static int l_mkdir(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    bool made;
    lrr_error err;
    if (lrr_dir_make(path, &made, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushboolean(L, made);
    return 1;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int l_dir_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, "lrrun.dir");
    if (*box != NULL)
        closedir(*box);
    *box = NULL;
    return 0;
}

/* The order of a folder's entries is the file system's: sorted, it is the same anywhere.
*/
static int l_list(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    lua_Integer n = 0;
    const struct dirent *entry;
    const char **names;
    void **box = lrr_bind_newbox(L, "lrrun.dir", 0);

    *box = lrr_calls()->opendir(path);
    if (*box == NULL)
        return push_errno(L, path);
    lua_newtable(L);
    while (errno = 0, (entry = lrr_calls()->readdir(*box)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        lua_pushstring(L, entry->d_name);
        lua_rawseti(L, -2, ++n);
    }
    if (errno != 0)
        return push_errno(L, path);
    closedir(*box); /* an open folder would wait for the collector */
    *box = NULL;
    names = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *names, 1);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -2, i);
        names[i - 1] = lua_tostring(L, -1); /* the old table keeps the string */
        lua_pop(L, 1);
    }
    qsort(names, (size_t)n, sizeof *names, compare_names);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_pushstring(L, names[i - 1]);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

static int l_kind(lua_State *L)
{
    struct stat sb;
    /* What is there and cannot be looked at, a link to itself for one, is something too. */
    if (lrr_calls()->stat(luaL_checkstring(L, 1), &sb) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return 0;
        lua_pushliteral(L, "other");
        lua_pushstring(L, strerror(errno));
        return 2;
    }
    lua_pushstring(L, S_ISREG(sb.st_mode)   ? "file"
                      : S_ISDIR(sb.st_mode) ? "dir"
                                            : "other");
    return 1;
}

static int l_real(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    char *buf = lua_newuserdatauv(L, PATH_MAX, 0);
    if (lrr_calls()->realpath(path, buf) == NULL)
        return push_errno(L, path);
    lua_pushstring(L, buf);
    return 1;
}

static int l_remove(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    struct stat sb;
    bool there = lstat(path, &sb) == 0;
    if (lrr_calls()->remove(path) != 0)
        return push_errno(L, path);
    if (there)
        lrr_budget_give(
            (S_ISREG(sb.st_mode) ? (uint64_t)sb.st_size : 0) + LRR_BUDGET_BLOCK, 1);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_type(lua_State *L)
{
    lua_pushstring(L, lrr_payload_type(lrr_bind_checkbox(L, 1, LRR_TYPE_TENSOR)));
    return 1;
}

int luaopen_lrrun_native_file(lua_State *L)
{
    static const luaL_Reg out_meta[] = { { "__gc", l_out_close },
                                         { "__close", l_out_close },
                                         { NULL, NULL } };
    static const luaL_Reg out[] = { { "write", l_out_write },
                                    { "write_tensor", l_out_write_tensor },
                                    { "overwrite", l_out_overwrite },
                                    { "read", l_out_read },
                                    { "read_tensor", l_out_read_tensor },
                                    { "size", l_out_size },
                                    { "commit", l_out_commit },
                                    { "close", l_out_close },
                                    { NULL, NULL } };
    static const luaL_Reg in_meta[] = { { "__gc", l_in_close },
                                        { "__close", l_in_close },
                                        { NULL, NULL } };
    static const luaL_Reg in[] = { { "size", l_in_size },
                                   { "read", l_in_read },
                                   { "read_tensor", l_in_read_tensor },
                                   { "close", l_in_close },
                                   { NULL, NULL } };
    static const luaL_Reg log_meta[] = { { "__gc", l_log_close },
                                         { "__close", l_log_close },
                                         { NULL, NULL } };
    static const luaL_Reg log[] = { { "write", l_log_write },
                                    { "sync", l_log_sync },
                                    { "size", l_log_size },
                                    { "close", l_log_close },
                                    { NULL, NULL } };
    static const luaL_Reg lock_meta[] = { { "__gc", l_lock_close },
                                          { "__close", l_lock_close },
                                          { NULL, NULL } };
    static const luaL_Reg lock[] = { { "close", l_lock_close }, { NULL, NULL } };
    static const luaL_Reg dir_meta[] = { { "__gc", l_dir_gc }, { NULL, NULL } };
    static const luaL_Reg none[] = { { NULL, NULL } };
    static const luaL_Reg functions[] = {
        { "create", l_create },     { "open", l_open },     { "lock", l_lock },
        { "log", l_log },           { "read", l_read },     { "write", l_write },
        { "mkdir", l_mkdir },       { "list", l_list },     { "kind", l_kind },
        { "real", l_real },         { "claim", l_claim },   { "remove", l_remove },
        { "type", l_type },         { "secret", l_secret }, { "locked", l_locked },
        { "modified", l_modified }, { "rename", l_rename }, { NULL, NULL }
    };
    static const char *const calls[] = { LRR_CALL_MAP(CALL_NAME) };
    lrr_bind_newtype(L, OUT, out_meta, out);
    lrr_bind_newtype(L, IN, in_meta, in);
    lrr_bind_newtype(L, LOG, log_meta, log);
    lrr_bind_newtype(L, LOCK, lock_meta, lock);
    lrr_bind_newtype(L, "lrrun.dir", dir_meta, none);
    lrr_bind_newlib(L, functions);
    lua_createtable(L, sizeof calls / sizeof *calls, 0);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        lua_pushstring(L, calls[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "calls");
    return 1;
}
