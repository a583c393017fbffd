/* bind_text.c -- lrrun.native.text: texts to token ids (readers/text.h).
**
** new(chars) -> text   lines(path) -> bind_text_lines.c
** text: :add(s, label, part)  :add_folder(path, label, part)  :add_lines(path, label, part)
** :add_file{ path, delimiter, header, text, label, part }  :dataset() -> dataset
** :add_tagged(path, part, tags)  :add_rows(rows): texts of rows of lrrun.native.table; with targets of those alone that are used
** :tokens(dataset) -> a list of texts for each sample, before it has a vocabulary
** :vocabulary(dataset, size, length)  :given(dataset, words, length)
** :unknown(dataset, split)  :windows(dataset, context) -> dataset  :words() -> list. part:
** train, val, test. */
#include "bind/bind_text.h"
#include "bind/bind_table.h"
#include "readers/text.h"

#define TYPE_TEXT "lrrun.text"

/* new(chars) -> text */
static int l_new(lua_State *L)
{
    lrr_error err;
    lrr_text *t;
    bool chars = lua_toboolean(L, 1) != 0;
    void **box = lrr_bind_newbox(L, TYPE_TEXT, 0);
    if (lrr_text_new(chars, &t, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = t;
    return 1;
}

/* text:add(s [, label [, part]]) */
static int l_add(lua_State *L)
{
    lrr_error err;
    lrr_text *t = lrr_bind_checkbox(L, 1, TYPE_TEXT);
    lrr_text_sample x = { 0 };
    x.s = luaL_checklstring(L, 2, &x.n);
    x.label = luaL_optlstring(L, 3, NULL, &x.n_label);
    x.part = (lrr_split)luaL_checkoption(L, 4, "train", lrr_bind_split_names);
    if (lrr_text_add(t, &x, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* text:add_rows(rows) -> how many */
static int l_add_rows(lua_State *L)
{
    lrr_error err;
    lrr_text *t = lrr_bind_checkbox(L, 1, TYPE_TEXT);
    const lrr_rows *r = lrr_bind_checkbox(L, 2, LRR_TYPE_ROWS);
    lua_Integer added = 0;
    luaL_argcheck(L, lrr_rows_begun(r), 2, "say first what is wanted of them");
    for (size_t i = 0; i < lrr_rows_count(r); i++) {
        lrr_text_sample x = { .part = LRR_SPLIT_TRAIN };
        if (!lrr_rows_wanted(r, i))
            continue;
        x.s = lrr_rows_text(r, i, &x.n);
        if (lrr_text_add(t, &x, &err) != LRR_OK)
            return lrr_bind_raise(L, &err);
        added++;
    }
    lua_pushinteger(L, added);
    return 1;
}

/* text:add_folder(path, label [, part]) */
static int l_add_folder(lua_State *L)
{
    lrr_error err;
    lrr_text *t = lrr_bind_checkbox(L, 1, TYPE_TEXT);
    const char *path = luaL_checkstring(L, 2), *label = luaL_checkstring(L, 3);
    lrr_split part = (lrr_split)luaL_checkoption(L, 4, "train", lrr_bind_split_names);
    if (lrr_text_add_folder(t, path, label, part, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* text:add_lines(path [, label [, part]]) */
static int l_add_lines(lua_State *L)
{
    lrr_error err;
    lrr_text *t = lrr_bind_checkbox(L, 1, TYPE_TEXT);
    const char *path = luaL_checkstring(L, 2), *label = luaL_optstring(L, 3, NULL);
    lrr_split part = (lrr_split)luaL_checkoption(L, 4, "train", lrr_bind_split_names);
    if (lrr_text_add_lines(t, path, label, part, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* Leaves the field on the stack, so that a name in it stays alive. */
static lrr_text_column column_field(lua_State *L, int arg, const char *key)
{
    lrr_text_column c = { 0, NULL };
    if (lua_getfield(L, arg, key) == LUA_TSTRING)
        c.name = lua_tostring(L, -1);
    else if (!lua_isnil(L, -1))
        c.number = (long)luaL_checkinteger(L, -1);
    return c;
}

/* text:add_tagged(path, part, tags): a token and its tag on each line */
static int l_add_tagged(lua_State *L)
{
    lrr_error err;
    lrr_text *t = lrr_bind_checkbox(L, 1, TYPE_TEXT);
    const char *path = luaL_checkstring(L, 2);
    lrr_split part = (lrr_split)luaL_checkoption(L, 3, "train", lrr_bind_split_names);
    if (lrr_text_add_tagged(t, path, part, lua_toboolean(L, 4) != 0, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

void lrr__bind_text_file(lua_State *L, int arg, lrr_text_file_cfg *out)
{
    lrr_text_file_cfg cfg = { 0 };
    luaL_checktype(L, arg, LUA_TTABLE);
    cfg.header = lrr_bind_fieldbool(L, arg, "header");
    lua_getfield(L, arg, "path");
    cfg.path = luaL_checkstring(L, -1);
    lua_getfield(L, arg, "delimiter");
    cfg.delimiter = luaL_optstring(L, -1, "")[0];
    cfg.text = column_field(L, arg, "text");
    cfg.label = column_field(L, arg, "label");
    lua_getfield(L, arg, "part");
    cfg.part =
        (lrr_split)luaL_checkoption(L, lua_gettop(L), "train", lrr_bind_split_names);
    *out = cfg;
}

/* text:add_file{ path, delimiter, header, text, label, part } */
static int l_add_file(lua_State *L)
{
    lrr_error err;
    lrr_text *t = lrr_bind_checkbox(L, 1, TYPE_TEXT);
    lrr_text_file_cfg cfg;
    lrr__bind_text_file(L, 2, &cfg);
    if (lrr_text_add_file(t, &cfg, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* text:dataset() -> dataset, to be split and given a vocabulary */
static int l_dataset(lua_State *L)
{
    lrr_error err;
    lrr_dataset *d;
    lrr_text *t = lrr_bind_checkbox(L, 1, TYPE_TEXT);
    void **box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_text_dataset(t, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    return 1;
}

static lrr_dataset *check_tokens(lua_State *L, int arg)
{
    lrr_dataset *d = lrr_bind_checkbox(L, arg, LRR_TYPE_DATASET);
    luaL_argcheck(L, d->kind == LRR_DATA_TOKENS, arg, "want a data set of tokens");
    return d;
}

/* The vocabulary can be made once for a data set: its tokens are renumbered. */
static void check_fresh(lua_State *L, const lrr_dataset *d)
{
    luaL_argcheck(L, d->vocab == 0, 2, "has a vocabulary already");
}

/* text:tokens(dataset) -> { { text, ... }, ... }: the samples' tokens as they were read. Before
** they have a vocabulary, which gives them other ids. */
static int l_tokens(lua_State *L)
{
    const lrr_text *t = lrr_bind_checkbox(L, 1, TYPE_TEXT);
    const lrr_dataset *d = check_tokens(L, 2);
    check_fresh(L, d);
    lua_createtable(L, (int)d->n, 0);
    for (size_t i = 0; i < d->n; i++) {
        const size_t at = (size_t)d->offset[i], n = (size_t)d->offset[i + 1] - at;
        lua_createtable(L, (int)n, 0);
        for (size_t k = 0; k < n; k++) {
            size_t bytes;
            const char *s = lrr_text_token(t, d->x.tokens[at + k], &bytes);
            luaL_argcheck(L, s != NULL, 2, "is of other texts");
            lua_pushlstring(L, s, bytes);
            lua_rawseti(L, -2, (lua_Integer)k + 1);
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static size_t check_size(lua_State *L, int arg)
{
    lua_Integer n = luaL_optinteger(L, arg, 0);
    luaL_argcheck(L, n >= 0 && n <= INT32_MAX, arg, "out of range");
    return (size_t)n;
}

/* text:vocabulary(dataset, size, length) */
static int l_vocabulary(lua_State *L)
{
    lrr_error err;
    lrr_text *t = lrr_bind_checkbox(L, 1, TYPE_TEXT);
    lrr_dataset *d = check_tokens(L, 2);
    size_t size = check_size(L, 3), length = check_size(L, 4);
    check_fresh(L, d);
    if (lrr_text_vocabulary(t, d, size, length, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* text:given(dataset, words, length): the vocabulary of a run before */
static int l_given(lua_State *L)
{
    lrr_error err;
    lrr_text *t = lrr_bind_checkbox(L, 1, TYPE_TEXT);
    lrr_dataset *d = check_tokens(L, 2);
    size_t length = check_size(L, 4), n;
    const char **word;
    check_fresh(L, d);
    word = lrr_bind_checkstrings(L, 3, &n);
    if (lrr_text_vocabulary_given(t, d, word, n, length, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

/* text:windows(dataset, context) -> dataset, whose parts are the splits of the first */
static int l_windows(lua_State *L)
{
    lrr_error err;
    lrr_dataset *w;
    const lrr_dataset *d = check_tokens(L, 2);
    lua_Integer context = luaL_checkinteger(L, 3);
    void **box;
    luaL_argcheck(L, context >= 1 && context <= 65536, 3, "want 1..65536");
    luaL_argcheck(L, d->vocab > 0, 2, "has no vocabulary yet");
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_text_windows(d, (size_t)context, &w, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = w;
    return 1;
}

/* text:unknown(dataset, split) -> tokens that are not in the vocabulary, all tokens */
static int l_unknown(lua_State *L)
{
    const lrr_dataset *d = check_tokens(L, 2);
    const int split = luaL_checkoption(L, 3, "train", lrr_bind_split_names);
    size_t unknown, all;
    lrr_text_unknown(d, (lrr_split)split, &unknown, &all);
    lua_pushinteger(L, (lua_Integer)unknown);
    lua_pushinteger(L, (lua_Integer)all);
    return 2;
}

/* text:words() -> list; word i has the id i + 1 */
static int l_words(lua_State *L)
{
    const lrr_text *t = lrr_bind_checkbox(L, 1, TYPE_TEXT);
    const size_t words = lrr_text_words(t);
    lua_createtable(L, (int)words, 0);
    for (size_t i = 0; i < words; i++) {
        size_t n;
        const char *s = lrr_text_word(t, i, &n);
        lua_pushlstring(L, s, n);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE_TEXT);
    lrr_text_free(*box);
    *box = NULL;
    return 0;
}

static const luaL_Reg text_meta[] = {
    { "__gc", l_gc },
    { "__close", l_gc },
    { NULL, NULL },
};

/* clang-format off: one entry a line */
static const luaL_Reg text_methods[] = {
    { "add", l_add },
    { "add_rows", l_add_rows },
    { "add_folder", l_add_folder },
    { "add_lines", l_add_lines },
    { "add_file", l_add_file },
    { "add_tagged", l_add_tagged },
    { "dataset", l_dataset },
    { "tokens", l_tokens },
    { "vocabulary", l_vocabulary },
    { "given", l_given },
    { "windows", l_windows },
    { "unknown", l_unknown },
    { "words", l_words },
    { NULL, NULL },
};
/* clang-format on */

static const luaL_Reg funcs[] = {
    { "new", l_new },
    { "lines", lrr__bind_text_lines },
    { NULL, NULL },
};

int luaopen_lrrun_native_text(lua_State *L)
{
    lrr_bind_register_data(L);
    lrr_bind_newtype(L, TYPE_TEXT, text_meta, text_methods);
    lrr__bind_lines_type(L);
    lrr_bind_newlib(L, funcs);
    return 1;
}
