/* bind_tokens_file.c -- of lrrun.native.tokens: tokens of a corpus, and the file that keeps them
** (readers/corpus_tokens.h).
**
** corpus:key(also) -> text  corpus:tokens(tokenizer) -> tokens
** load(path, key, tokenizer) -> tokens, or nil and why
** tokens: :save(path, key, tokenizer)  :bytes(tokenizer), of that file  :windows(tokenizer, context, stride) -> dataset, counts, once
*/
#include "bind/bind_data.h"
#include "bind/bind_tokens.h"
#include "readers/corpus_tokens.h"

#define TYPE_TOKENS "lrrun.corpus_tokens"

static const char *check_key(lua_State *L, int arg)
{
    size_t n;
    const char *key = luaL_checklstring(L, arg, &n);
    luaL_argcheck(L, n == 64, arg, "no key");
    return key;
}

int lrr__bind_corpus_key(lua_State *L)
{
    const lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    size_t n;
    const char *also = luaL_checklstring(L, 2, &n);
    char key[65];
    lrr_corpus_key(c, also, n, key);
    lua_pushstring(L, key);
    return 1;
}

int lrr__bind_corpus_tokens(lua_State *L)
{
    lrr_error err;
    const lrr_corpus *c = lrr_bind_checkbox(L, 1, LRR_TYPE_CORPUS);
    const lrr_tokenizer *t = lrr_bind_checkbox(L, 2, LRR_TYPE_TOKENIZER);
    lrr_corpus_tokens *k;
    void **box = lrr_bind_newbox(L, TYPE_TOKENS, 0);
    if (lrr_corpus_tokens_new(c, t, &k, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = k;
    return 1;
}

int lrr__bind_load_tokens(lua_State *L)
{
    lrr_error err;
    const char *path = luaL_checkstring(L, 1), *key = check_key(L, 2);
    lrr_tokenizer *t = lrr_bind_checkbox(L, 3, LRR_TYPE_TOKENIZER);
    lrr_corpus_tokens *k;
    void **box = lrr_bind_newbox(L, TYPE_TOKENS, 0);
    const lrr_status st = lrr_corpus_tokens_load(path, key, t, &k, &err);
    if (st == LRR_EIO || st == LRR_EFORMAT) {
        lua_pushnil(L);
        lua_pushstring(L, err.msg);
        return 2;
    }
    if (st != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = k;
    return 1;
}

static int l_save(lua_State *L)
{
    lrr_error err;
    const lrr_corpus_tokens *k = lrr_bind_checkbox(L, 1, TYPE_TOKENS);
    const char *path = luaL_checkstring(L, 2), *key = check_key(L, 3);
    const lrr_tokenizer *t = lrr_bind_checkbox(L, 4, LRR_TYPE_TOKENIZER);
    lrr_outfile *out;
    lrr_status st = lrr_outfile_open(path, &out, &err);
    if (st == LRR_OK) {
        st = lrr_corpus_tokens_save(k, t, key, out, &err);
        if (st == LRR_OK)
            st = lrr_outfile_place(out, &err); /* a new start makes it anew */
        lrr_outfile_free(out);
    }
    return st == LRR_OK ? 0 : lrr_bind_raise(L, &err);
}

static int l_bytes(lua_State *L)
{
    const lrr_corpus_tokens *k = lrr_bind_checkbox(L, 1, TYPE_TOKENS);
    const lrr_tokenizer *t = lrr_bind_checkbox(L, 2, LRR_TYPE_TOKENIZER);
    lua_pushinteger(L, (lua_Integer)lrr_corpus_tokens_bytes(k, t));
    return 1;
}

static int l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE_TOKENS);
    lrr_corpus_tokens_free(*box);
    *box = NULL;
    return 0;
}

static int l_windows(lua_State *L)
{
    lrr_error err;
    lrr_corpus_tokens *k = lrr_bind_checkbox(L, 1, TYPE_TOKENS);
    const lrr_tokenizer *t = lrr_bind_checkbox(L, 2, LRR_TYPE_TOKENIZER);
    lrr_corpus_windows_cfg cfg;
    lrr_corpus_counts counts = { 0 };
    lrr_dataset *d;
    void **box;
    lrr__bind_windows_cfg(L, 3, &cfg);
    box = lrr_bind_newbox(L, LRR_TYPE_DATASET, 1);
    if (lrr_corpus_tokens_windows(k, t, &cfg, &counts, &d, &err) != LRR_OK)
        return lrr_bind_raise(L, &err);
    *box = d;
    l_gc(L); /* the data set has its tokens */
    lrr__bind_counts(L, &counts);
    return 2;
}

void lrr__bind_tokens_type(lua_State *L)
{
    static const luaL_Reg meta[] = { { "__gc", l_gc },
                                     { "__close", l_gc },
                                     { NULL, NULL } };
    static const luaL_Reg methods[] = { { "save", l_save },
                                        { "bytes", l_bytes },
                                        { "windows", l_windows },
                                        { NULL, NULL } };
    lrr_bind_newtype(L, TYPE_TOKENS, meta, methods);
}
