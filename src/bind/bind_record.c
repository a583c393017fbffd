/* bind_record.c -- lrrun.native.record: digests, and YAML and JSON as Lua values.
**
** sha256() -> digest         digest:add(text or tensor) :hex()
** crc32c(text) -> integer    crc32(crc, text or tensor) -> integer: zlib's, from 0 on
** base64(bytes) -> text      unbase64(text) -> bytes, or nil where it is none
** json_decode(text) -> value; raises "line 3, column 5: ..."
** yaml_decode(text) -> value; the same
** yaml_writer() -> writer    writer:open("map" or "list") :put(value) :shut() :text()
** null                       what null is inside a list; in a map it is an absent key
**
** JSON is read by jansson: an existing reader that refuses duplicate keys, what is not
** UTF-8, and numbers that do not fit; nesting is limited here. It cannot write NaN as null nor
** numbers in their shortest exact form, so writing is lrrun.record.json's, in Lua. */
#include <jansson.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "bind/bind.h"
#include "record/base64.h"
#include "record/crc32c.h"
#include "record/yaml.h"

#define DIGEST "lrrun.sha256"
#define READER "lrrun.yaml_reader"
#define WRITER "lrrun.yaml_writer"
#define JSON   "lrrun.json"

enum { DEPTH = 64 };

/* ---- digests ---- */

static int l_sha256(lua_State *L)
{
    lrr_sha256 *s = lua_newuserdatauv(L, sizeof *s, 0);
    lrr_sha256_init(s);
    luaL_setmetatable(L, DIGEST);
    return 1;
}

static int l_sha256_add(lua_State *L)
{
    lrr_sha256 *s = luaL_checkudata(L, 1, DIGEST);
    if (lua_type(L, 2) == LUA_TSTRING) {
        size_t n;
        const char *text = lua_tolstring(L, 2, &n);
        lrr_sha256_add(s, text, n);
    } else {
        const lrr_tensor *t = lrr_bind_checkbox(L, 2, LRR_TYPE_TENSOR);
        lrr_sha256_add(s, t->data, lrr_tensor_bytes(t));
    }
    lua_settop(L, 1);
    return 1;
}

static int l_sha256_hex(lua_State *L)
{
    const lrr_sha256 *s = luaL_checkudata(L, 1, DIGEST);
    lrr_sha256 copy = *s; /* so that more can be added after */
    char hex[65];
    lrr_sha256_end_hex(&copy, hex);
    lua_pushstring(L, hex);
    return 1;
}

static int l_crc32c(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_pushinteger(L, lrr_crc32c(text, n));
    return 1;
}

static int l_crc32(lua_State *L)
{
    const uLong crc = (uLong)luaL_checkinteger(L, 1);
    const void *data;
    size_t n;
    if (lua_type(L, 2) == LUA_TSTRING) {
        data = lua_tolstring(L, 2, &n);
    } else {
        const lrr_tensor *t = lrr_bind_checkbox(L, 2, LRR_TYPE_TENSOR);
        data = t->data;
        n = lrr_tensor_bytes(t);
    }
    lua_pushinteger(L, (lua_Integer)crc32_z(crc, data, n));
    return 1;
}

/* Raises a text without a place in our own code before it: it is about a file. */
static int raise_text(lua_State *L, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    lua_pushvfstring(L, fmt, args);
    va_end(args);
    return lua_error(L);
}

/* ---- JSON ---- */

static int l_json_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, JSON);
    json_decref(*box);
    *box = NULL;
    return 0;
}

static void push_json(lua_State *L, json_t *v, int depth, bool in_map)
{
    const char *key;
    json_t *item;
    size_t i;

    if (depth > DEPTH)
        raise_text(L, "nested more than %d deep", DEPTH);
    luaL_checkstack(L, 4, "JSON is nested too deep");
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        lua_newtable(L);
        json_object_foreach(v, key, item)
        {
            push_json(L, item, depth + 1, true);
            lua_setfield(L, -2, key);
        }
        break;
    case JSON_ARRAY:
        lua_newtable(L);
        json_array_foreach(v, i, item)
        {
            push_json(L, item, depth + 1, false);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        break;
    case JSON_STRING:
        lua_pushlstring(L, json_string_value(v), json_string_length(v));
        break;
    case JSON_INTEGER:
        lua_pushinteger(L, json_integer_value(v));
        break;
    case JSON_REAL:
        lua_pushnumber(L, json_real_value(v));
        break;
    case JSON_NULL:
        if (in_map)
            lua_pushnil(L);
        else
            lua_pushlightuserdata(L, NULL);
        break;
    default:
        lua_pushboolean(L, json_is_true(v));
        break;
    }
}

/*
** Where jansson gets its memory. Its buffer of the token at hand does not notice that it could
** not grow: characters are lost in silence, or an assertion ends the process (load.c,
** lex_save and lex_unget_unsave). So nothing that it asks for fails at once: the first refusal
** is noted, the text ends there, and what is asked for meanwhile comes from a reserve, taken
** before. The parser reads on for up to 1,024 bytes, its own buffer of the text; each of them
** is at most a container (256 bytes), and the token's buffer doubles from the length of the
** text at most. Growing tables may fail, which the parser does notice; they leave a token of
** those bytes its place.
*/
enum { JSON_AHEAD = 1024 * 384, JSON_TOKEN = 4096 };

static struct {
    char *at, *end; /* of the reserve; NULL where nothing is read */
    char *next;
    bool refused;
} reserve;

static void *json_get(size_t n)
{
    void *p = reserve.refused ? NULL : lrr_mem_get(n, "JSON");
    size_t left;

    if (p != NULL || reserve.at == NULL)
        return p;
    reserve.refused = true;
    left = (size_t)(reserve.end - reserve.next);
    n = lrr_size_align(n);
    if (n > left || (n > JSON_TOKEN / 2 && left - n < JSON_TOKEN))
        return NULL;
    p = reserve.next;
    reserve.next += n;
    return p;
}

static void json_put(void *p)
{
    const uintptr_t at = (uintptr_t)p;
    if (at < (uintptr_t)reserve.at || at >= (uintptr_t)reserve.end)
        lrr_mem_put(p);
}

typedef struct json_text {
    const char *at;
    size_t left;
} json_text;

static size_t read_text(void *to, size_t n, void *data)
{
    json_text *text = data;

    if (n > text->left)
        n = text->left;
    if (reserve.refused)
        n = 0;
    memcpy(to, text->at, n);
    text->at += n;
    text->left -= n;
    return n;
}

/* The document, or NULL: then *refused says whether there was no memory, else err why. */
static json_t *read_json(json_text text, json_error_t *err, bool *refused)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    const size_t n = lrr_size_add(lrr_size_mul(text.left, 4), JSON_AHEAD);
    json_t *v;
    char *all;

    *refused = true;
    reserve.at = reserve.next = lrr_mem_get(n, "JSON");
    if (reserve.at == NULL)
        return NULL;
    reserve.end = reserve.at + n;
    reserve.refused = false;
    v = json_load_callback(read_text, &text, flags, err);
    *refused = reserve.refused ||
               (v == NULL && json_error_code(err) == json_error_out_of_memory);
    if (*refused) {
        json_decref(v);
        v = NULL;
    }
    all = reserve.at;
    memset(&reserve, 0, sizeof reserve);
    lrr_mem_put(all);
    return v;
}

static int l_json_decode(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    json_error_t err;
    bool refused;
    void **box = lrr_bind_newbox(L, JSON, 0);

    *box = read_json((json_text){ text, n }, &err, &refused);
    if (refused)
        return luaL_error(L, "no memory to read JSON (--memory)");
    if (*box == NULL)
        return raise_text(L, "line %d, column %d: %s", err.line, err.column, err.text);
    push_json(L, *box, 0, false);
    json_decref(*box);
    *box = NULL;
    return 1;
}

/* ---- YAML ---- */

static int l_reader_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, READER);
    lrr_yaml_reader_free(*box);
    *box = NULL;
    return 0;
}

static void next_item(lua_State *L, lrr_yaml_reader *r, lrr_yaml_item *item)
{
    lrr_error err;
    if (lrr_yaml_next(r, item, &err) != LRR_OK)
        lrr_bind_raise(L, &err);
}

static void push_item(lua_State *L, lrr_yaml_reader *r, const lrr_yaml_item *item);

static void push_map(lua_State *L, lrr_yaml_reader *r)
{
    lrr_yaml_item item;
    lua_newtable(L);
    for (next_item(L, r, &item); item.kind != LRR_YAML_END; next_item(L, r, &item)) {
        size_t line = item.line;
        lua_pushlstring(L, item.text, item.n); /* map key */
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) != LUA_TNIL)
            raise_text(L, "line %I: key '%s' stands twice", (lua_Integer)line,
                       lua_tostring(L, -2));
        lua_pop(L, 1);
        next_item(L, r, &item);
        push_item(L, r, &item); /* map key value */
        lua_rawset(L, -3);
    }
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) { /* null means that the key is not there */
        bool null = lua_islightuserdata(L, -1);
        lua_pop(L, 1);
        if (null) {
            lua_pushvalue(L, -1);
            lua_pushnil(L);
            lua_rawset(L, -4);
        }
    }
}

static void push_list(lua_State *L, lrr_yaml_reader *r)
{
    lrr_yaml_item item;
    lua_Integer n = 0;
    lua_newtable(L);
    for (next_item(L, r, &item); item.kind != LRR_YAML_END; next_item(L, r, &item)) {
        push_item(L, r, &item);
        lua_rawseti(L, -2, ++n);
    }
}

static void push_item(lua_State *L, lrr_yaml_reader *r, const lrr_yaml_item *item)
{
    luaL_checkstack(L, 6, "YAML is nested too deep"); /* at most LRR_YAML_DEPTH times */
    switch (item->kind) {
    case LRR_YAML_BOOL:
        lua_pushboolean(L, item->flag);
        break;
    case LRR_YAML_INT:
        lua_pushinteger(L, item->whole);
        break;
    case LRR_YAML_REAL:
        lua_pushnumber(L, item->real);
        break;
    case LRR_YAML_STRING:
        lua_pushlstring(L, item->text, item->n);
        break;
    case LRR_YAML_LIST:
        push_list(L, r);
        break;
    case LRR_YAML_MAP:
        push_map(L, r);
        break;
    default:
        lua_pushlightuserdata(L, NULL);
        break;
    }
}

static int l_yaml_decode(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lrr_error err;
    lrr_yaml_reader *r;
    lrr_yaml_item item;
    void **box = lrr_bind_newbox(L, READER, 0);

    if (lrr_yaml_reader_new(text, n, &r, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = r;
    next_item(L, r, &item);
    if (item.kind == LRR_YAML_DONE) {
        lua_pushnil(L);
        return 1;
    }
    push_item(L, r, &item);
    next_item(L, r, &item); /* refuses a second document */
    if (lua_islightuserdata(L, -1))
        lua_pushnil(L);
    return 1;
}

static int l_yaml_writer(lua_State *L)
{
    lrr_error err;
    lrr_yaml_writer *w;
    void **box = lrr_bind_newbox(L, WRITER, 0);
    if (lrr_yaml_writer_new(&w, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = w;
    return 1;
}

static int l_writer_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, WRITER);
    lrr_yaml_writer_free(*box);
    *box = NULL;
    return 0;
}

static int put(lua_State *L, const lrr_yaml_item *item)
{
    lrr_yaml_writer *w = lrr_bind_checkbox(L, 1, WRITER);
    lrr_error err;
    if (lrr_yaml_put(w, item, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_writer_open(lua_State *L)
{
    static const char *const kinds[] = { "list", "map", NULL };
    lrr_yaml_item item = { .kind = luaL_checkoption(L, 2, NULL, kinds) == 0
                                       ? LRR_YAML_LIST
                                       : LRR_YAML_MAP };
    return put(L, &item);
}

static int l_writer_put(lua_State *L)
{
    lrr_yaml_item item = { .kind = LRR_YAML_NULL };
    switch (lua_type(L, 2)) {
    case LUA_TBOOLEAN:
        item.kind = LRR_YAML_BOOL;
        item.flag = lua_toboolean(L, 2);
        break;
    case LUA_TNUMBER:
        item.kind = lua_isinteger(L, 2) ? LRR_YAML_INT : LRR_YAML_REAL;
        item.whole = lua_tointeger(L, 2);
        item.real = lua_tonumber(L, 2);
        break;
    case LUA_TSTRING:
        item.kind = LRR_YAML_STRING;
        item.text = lua_tolstring(L, 2, &item.n);
        break;
    case LUA_TNIL:
    case LUA_TLIGHTUSERDATA:
        break;
    default:
        return luaL_argerror(L, 2, "not a scalar");
    }
    return put(L, &item);
}

static int l_writer_shut(lua_State *L)
{
    lrr_yaml_item item = { .kind = LRR_YAML_END };
    return put(L, &item);
}

static int l_writer_text(lua_State *L)
{
    lrr_yaml_item item = { .kind = LRR_YAML_DONE };
    const char *text;
    size_t n;
    put(L, &item);
    text = lrr_yaml_text(lrr_bind_checkbox(L, 1, WRITER), &n);
    lua_pushlstring(L, text, n);
    return 1;
}

static int l_base64(lua_State *L)
{
    size_t n;
    const char *data = luaL_checklstring(L, 1, &n);
    luaL_Buffer b;
    char *out = luaL_buffinitsize(L, &b, lrr_base64_size(n));
    lrr_base64_encode(data, n, out);
    luaL_pushresultsize(&b, lrr_base64_size(n));
    return 1;
}

static int l_unbase64(lua_State *L)
{
    size_t n, size;
    const char *text = luaL_checklstring(L, 1, &n);
    luaL_Buffer b;
    unsigned char *out = (unsigned char *)luaL_buffinitsize(L, &b, n / 4 * 3 + 3);
    bool ok = lrr_base64_decode(text, n, out, &size);
    luaL_pushresultsize(&b, ok ? size : 0);
    if (!ok)
        lua_pushnil(L);
    return 1;
}

int luaopen_lrrun_native_record(lua_State *L)
{
    static const luaL_Reg digest[] = { { "add", l_sha256_add },
                                       { "hex", l_sha256_hex },
                                       { NULL, NULL } };
    static const luaL_Reg none[] = { { NULL, NULL } };
    static const luaL_Reg reader_meta[] = { { "__gc", l_reader_gc }, { NULL, NULL } };
    static const luaL_Reg writer_meta[] = { { "__gc", l_writer_gc }, { NULL, NULL } };
    static const luaL_Reg json_meta[] = { { "__gc", l_json_gc }, { NULL, NULL } };
    static const luaL_Reg writer[] = { { "open", l_writer_open },
                                       { "put", l_writer_put },
                                       { "shut", l_writer_shut },
                                       { "text", l_writer_text },
                                       { NULL, NULL } };
    static const luaL_Reg functions[] = { { "sha256", l_sha256 },
                                          { "crc32c", l_crc32c },
                                          { "crc32", l_crc32 },
                                          { "base64", l_base64 },
                                          { "unbase64", l_unbase64 },
                                          { "json_decode", l_json_decode },
                                          { "yaml_decode", l_yaml_decode },
                                          { "yaml_writer", l_yaml_writer },
                                          { NULL, NULL } };
    json_set_alloc_funcs(json_get, json_put);
    lrr_bind_newtype(L, DIGEST, none, digest);
    lrr_bind_newtype(L, READER, reader_meta, none);
    lrr_bind_newtype(L, WRITER, writer_meta, writer);
    lrr_bind_newtype(L, JSON, json_meta, none);
    lrr_bind_newlib(L, functions);
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
    return 1;
}
