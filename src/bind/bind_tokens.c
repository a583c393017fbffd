/* bind_tokens.c -- lrrun.native.tokens: texts for language models (readers/corpus.h), and their
** tokens (readers/tokenizer.h).
**
** corpus(separator) -> corpus   tokenizer(kind, ends) -> tokenizer; kind: bytes, chars, words, bpe
** corpus: :add(s, part)  :add_file(path, part, name?)  :add_folder(path, part)
** :add_table{ path, delimiter, header, text, part }  :documents(part)  :bytes(part)
** :split{...}  :cut{...} (as dataset:split)  :mix(seed)  :fit(tokenizer, most)
** :windows(tokenizer, context, stride) -> dataset, { unknown, all } of each split by its name
** :key(also) -> text  :tokens(tokenizer) -> tokens (bind_tokens_file.c)
** load(path, key, tokenizer) -> tokens, or nil and why
** tokenizer: :encode(s) -> ids  :decode(ids) -> s  :vocab()  :end_id()  :kind()
** :text(id)  :add(words)  :merge(pairs)  :words() -> list  :merges() -> list of ids, two a merge */
#include "bind/bind_tokens.h"
#include "bind/bind_data.h"
#include "bind/bind_text.h"
#include "readers/corpus.h"
#include "readers/pieces.h"

#include "base/mem.h"

#define TYPE_IDS "lrrun.ids"

static lrr_split check_part(lua_State *L, int arg)
{
    return (lrr_split)luaL_checkoption(L, arg, "train", lrr_bind_split_names);
}

static int l_corpus(lua_State *L)
{
    lrr_error err;
    lrr_corpus *c;
    size_t n;
    const char *separator = luaL_optlstring(L, 1, "", &n);
    void **box = lrr_bind_newbox(L, LRR_TYPE_CORPUS, 0);
    if (lrr_corpus_new(separator, n, &c, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = c;
    return 1;
}

static int l_corpus_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LRR_TYPE_CORPUS);
    lrr_corpus_free(*box);
    *box = NULL;
    return 0;
}

static int l_corpus_add(lua_State *L)
{
    lrr_error err;
    lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    size_t n;
    const char *s = luaL_checklstring(L, 2, &n);
    if (lrr_corpus_add(c, NULL, s, n, check_part(L, 3), &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_add_file(lua_State *L)
{
    lrr_error err;
    lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    const char *path = luaL_checkstring(L, 2), *name = luaL_optstring(L, 4, NULL);
    if (lrr_corpus_add_file(c, path, name, check_part(L, 3), &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_add_folder(lua_State *L)
{
    lrr_error err;
    lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    const char *path = luaL_checkstring(L, 2);
    if (lrr_corpus_add_folder(c, path, check_part(L, 3), &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_add_table(lua_State *L)
{
    lrr_error err;
    lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    lrr_text_file_cfg cfg;
    lrr__bind_text_file(L, 2, &cfg);
    if (lrr_corpus_add_table(c, &cfg, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_documents(lua_State *L)
{
    const lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    lua_pushinteger(L, (lua_Integer)lrr_corpus_documents(c, check_part(L, 2)));
    return 1;
}

static int l_bytes(lua_State *L)
{
    const lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    lua_pushinteger(L, (lua_Integer)lrr_corpus_bytes(c, check_part(L, 2)));
    return 1;
}

static int draw(lua_State *L,
                lrr_status (*how)(lrr_corpus *, const lrr_split_cfg *, lrr_error *))
{
    lrr_error err;
    lrr_split_cfg cfg;
    lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    lrr__bind_split_cfg(L, 2, &cfg);
    if (how(c, &cfg, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_split(lua_State *L)
{
    return draw(L, lrr_corpus_split);
}

/* corpus:mix(seed), after the splits */
static int l_mix(lua_State *L)
{
    lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    lrr_error err;
    if (lrr_corpus_mix(c, (uint64_t)luaL_checkinteger(L, 2), &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

static int l_cut(lua_State *L)
{
    const lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    luaL_argcheck(L, lrr_corpus_documents(c, LRR_SPLIT_TRAIN) == 1, 1,
                  "only one document is cut");
    return draw(L, lrr_corpus_cut);
}

static int l_fit(lua_State *L)
{
    lrr_error err;
    const lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    lrr_tokenizer *t = lrr_bind_checkbox(L, 2, LRR_TYPE_TOKENIZER);
    lua_Integer most = luaL_optinteger(L, 3, 0);
    luaL_argcheck(L, most >= 0 && most <= INT32_MAX, 3, "out of range");
    if (lrr_corpus_fit(c, t, (size_t)most, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    return 0;
}

void lrr__bind_counts(lua_State *L, const lrr_corpus_counts *counts)
{
    lua_createtable(L, 0, LRR_SPLITS);
    for (int i = 0; i < LRR_SPLITS; i++) {
        lua_createtable(L, 0, 2);
        lrr_bind_setcount(L, "unknown", counts->unknown[i]);
        lrr_bind_setcount(L, "all", counts->all[i]);
        lua_setfield(L, -2, lrr_bind_split_names[i]);
    }
}

void lrr__bind_windows_cfg(lua_State *L, int arg, lrr_corpus_windows_cfg *out)
{
    const lua_Integer context = luaL_checkinteger(L, arg);
    const lua_Integer stride = luaL_optinteger(L, arg + 1, context);
    luaL_argcheck(L, context >= 1 && context <= INT32_MAX, arg, "out of range");
    luaL_argcheck(L, stride >= 1 && stride <= INT32_MAX, arg + 1, "out of range");
    *out = (lrr_corpus_windows_cfg){ (size_t)context, (size_t)stride };
}

static int l_windows(lua_State *L)
{
    lrr_error err;
    const lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    const lrr_tokenizer *t = lrr_bind_checkbox(L, 2, LRR_TYPE_TOKENIZER);
    lrr_corpus_windows_cfg cfg;
    lrr_corpus_counts counts = { 0 };
    lrr_dataset *d;
    void **box;
    lrr__bind_windows_cfg(L, 3, &cfg);
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_corpus_windows(c, t, &cfg, &counts, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    lrr__bind_counts(L, &counts);
    return 2;
}

static const char *const kinds[] = { "bytes", "chars", "words", "bpe", NULL };

static int l_tokenizer(lua_State *L)
{
    lrr_error err;
    lrr_tokenizer *t;
    const int kind = luaL_checkoption(L, 1, NULL, kinds);
    const bool ends = lua_toboolean(L, 2) != 0;
    void **box = lrr_bind_newbox(L, LRR_TYPE_TOKENIZER, 0);
    if (lrr_tokenizer_new((lrr_token_kind)kind, ends, &t, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = t;
    return 1;
}

static int l_tokenizer_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, LRR_TYPE_TOKENIZER);
    lrr_tokenizer_free(*box);
    *box = NULL;
    return 0;
}

static int l_ids_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE_IDS);
    if (*box != NULL)
        lrr_ids_free(*box);
    lrr_mem_free(*box);
    *box = NULL;
    return 0;
}

static int l_encode(lua_State *L)
{
    lrr_error err;
    const lrr_tokenizer *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TOKENIZER);
    size_t n;
    const char *s = luaL_checklstring(L, 2, &n);
    lrr_ids *ids;
    void **box = lrr_bind_newbox(L, TYPE_IDS, 0);
    if (lrr_mem_new(1, sizeof *ids, "a text", box, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    ids = *box;
    if (lrr_tokenizer_encode(t, s, n, ids, NULL, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    luaL_argcheck(L, ids->n <= INT32_MAX, 2, "too long a text");
    lua_createtable(L, (int)ids->n, 0);
    for (size_t i = 0; i < ids->n; i++) {
        lua_pushinteger(L, ids->id[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* The list of ids at arg as scratch memory, which stays on the stack. */
static const int32_t *check_ids(lua_State *L, int arg, size_t *n)
{
    int32_t *ids;
    luaL_checktype(L, arg, LUA_TTABLE);
    *n = lua_rawlen(L, arg);
    ids = lua_newuserdatauv(L, lrr_size_mul(*n, sizeof *ids), 0);
    for (size_t i = 0; i < *n; i++) {
        int is_int;
        lua_Integer id;
        lua_rawgeti(L, arg, (lua_Integer)i + 1);
        id = lua_tointegerx(L, -1, &is_int);
        luaL_argcheck(L, is_int && id >= INT32_MIN && id <= INT32_MAX, arg,
                      "want a list of ids");
        ids[i] = (int32_t)id;
        lua_pop(L, 1);
    }
    return ids;
}

static int l_decode(lua_State *L)
{
    lrr_error err;
    const lrr_tokenizer *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TOKENIZER);
    size_t n, bytes;
    const int32_t *ids = check_ids(L, 2, &n);
    char *s;
    if (lrr_tokenizer_decode(t, ids, n, NULL, &bytes, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    s = lua_newuserdatauv(L, bytes + 1, 0);
    if (lrr_tokenizer_decode(t, ids, n, s, &bytes, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    lua_pushlstring(L, s, bytes);
    return 1;
}

static int l_vocab(lua_State *L)
{
    const lrr_tokenizer *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TOKENIZER);
    lua_pushinteger(L, (lua_Integer)lrr_tokenizer_vocab(t));
    return 1;
}

/* tokenizer:end_id() -> the id between documents, or nil */
static int l_end_id(lua_State *L)
{
    const int32_t id = lrr_tokenizer_end(lrr_bind_checkbox(L, 1, LRR_TYPE_TOKENIZER));
    if (id < 0)
        return 0;
    lua_pushinteger(L, id);
    return 1;
}

static int l_kind(lua_State *L)
{
    const lrr_tokenizer *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TOKENIZER);
    lua_pushstring(L, kinds[lrr_tokenizer_kind(t)]);
    return 1;
}

static void push_text(lua_State *L, const lrr_tokenizer *t, int32_t id)
{
    size_t n;
    const char *s = lrr_tokenizer_text(t, id, &n);
    lua_pushlstring(L, s, n);
}

/* tokenizer:text(id) -> the bytes of a token, "" of what is none */
static int l_text(lua_State *L)
{
    const lrr_tokenizer *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TOKENIZER);
    const lua_Integer id = luaL_checkinteger(L, 2);
    luaL_argcheck(L, id >= 0 && (size_t)id < lrr_tokenizer_vocab(t), 2, "no such id");
    push_text(L, t, (int32_t)id);
    return 1;
}

static int l_add(lua_State *L)
{
    lrr_error err;
    lrr_tokenizer *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TOKENIZER);
    luaL_checktype(L, 2, LUA_TTABLE);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, 2); i++) {
        size_t n;
        const char *s;
        luaL_argcheck(L, lua_rawgeti(L, 2, i) == LUA_TSTRING, 2,
                      "want a list of texts");
        s = lua_tolstring(L, -1, &n);
        if (lrr_tokenizer_add(t, s, n, &err) != LRR_OK)
            return lrr_bind_raise(L, &err);
        lua_pop(L, 1);
    }
    return 0;
}

static int l_merge(lua_State *L)
{
    lrr_error err;
    lrr_tokenizer *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TOKENIZER);
    size_t n;
    const int32_t *ids = check_ids(L, 2, &n);
    luaL_argcheck(L, n % 2 == 0, 2, "want two ids for each merge");
    for (size_t i = 0; i < n; i += 2)
        if (lrr_tokenizer_merge(t, ids[i], ids[i + 1], &err) != LRR_OK)
            return lrr_bind_raise(L, &err);
    return 0;
}

/* tokenizer:words() -> list of characters or words, of which the first has id 1; nil of others */
static int l_words(lua_State *L)
{
    const lrr_tokenizer *t = lrr_bind_checkbox(L, 1, LRR_TYPE_TOKENIZER);
    const size_t n = lrr_tokenizer_vocab(t) - (lrr_tokenizer_end(t) >= 0);
    if (lrr_tokenizer_exact(t))
        return 0;
    lua_createtable(L, (int)n, 0);
    for (size_t i = 1; i < n; i++) {
        push_text(L, t, (int32_t)i);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
    return 1;
}

/* tokenizer:merges() -> list of ids, left and right of each merge; nil of others */
static int l_merges(lua_State *L)
{
    const lrr_bpe *b = lrr_tokenizer_bpe(lrr_bind_checkbox(L, 1, LRR_TYPE_TOKENIZER));
    lua_Integer at = 0;
    if (b == NULL)
        return 0;
    lua_createtable(L, (int)(2 * (lrr_bpe_count(b) - LRR_BPE_BYTES)), 0);
    for (size_t id = LRR_BPE_BYTES; id < lrr_bpe_count(b); id++) {
        int32_t left, right;
        lrr_bpe_parts(b, (int32_t)id, &left, &right);
        lua_pushinteger(L, left);
        lua_rawseti(L, -2, ++at);
        lua_pushinteger(L, right);
        lua_rawseti(L, -2, ++at);
    }
    return 1;
}

/* pattern() -> the regular expression of pieces of bpe (readers/pieces.h) */
static int l_pattern(lua_State *L)
{
    lua_pushstring(L, lrr_pieces_pattern);
    return 1;
}

static const luaL_Reg corpus_meta[] = {
    { "__gc", l_corpus_gc },
    { "__close", l_corpus_gc },
    { NULL, NULL },
};

static const luaL_Reg tokenizer_meta[] = { { "__gc", l_tokenizer_gc }, { NULL, NULL } };
static const luaL_Reg ids_meta[] = { { "__gc", l_ids_gc }, { NULL, NULL } };
static const luaL_Reg none[] = { { NULL, NULL } };

/* clang-format off: one entry a line */
static const luaL_Reg corpus_methods[] = {
    { "add", l_corpus_add },
    { "add_file", l_add_file },
    { "add_folder", l_add_folder },
    { "add_table", l_add_table },
    { "documents", l_documents },
    { "bytes", l_bytes },
    { "split", l_split },
    { "cut", l_cut },
    { "mix", l_mix },
    { "fit", l_fit },
    { "windows", l_windows },
    { "key", lrr__bind_corpus_key },
    { "tokens", lrr__bind_corpus_tokens },
    { NULL, NULL },
};

static const luaL_Reg tokenizer_methods[] = {
    { "encode", l_encode }, { "decode", l_decode }, { "vocab", l_vocab },
    { "end_id", l_end_id }, { "kind", l_kind },     { "text", l_text },
    { "add", l_add },       { "merge", l_merge },   { "words", l_words },
    { "merges", l_merges }, { NULL, NULL },
};

static const luaL_Reg funcs[] = {
    { "corpus", l_corpus },   { "tokenizer", l_tokenizer },
    { "pattern", l_pattern }, { "load", lrr__bind_load_tokens },
    { NULL, NULL },
};
/* clang-format on */

int luaopen_lrrun_native_tokens(lua_State *L)
{
    lrr_bind_register_data(L);
    lrr_bind_newtype(L, LRR_TYPE_CORPUS, corpus_meta, corpus_methods);
    lrr_bind_newtype(L, LRR_TYPE_TOKENIZER, tokenizer_meta, tokenizer_methods);
    lrr_bind_newtype(L, TYPE_IDS, ids_meta, none);
    lrr__bind_tokens_type(L);
    lrr_bind_newlib(L, funcs);
    return 1;
}
