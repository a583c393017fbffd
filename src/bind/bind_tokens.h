/* bind_tokens.h -- what bind_tokens.c and bind_tokens_file.c share: lrrun.native.tokens. */
#ifndef LRR_BIND_BIND_TOKENS_H
#define LRR_BIND_BIND_TOKENS_H

#include "bind/bind.h"
#include "readers/corpus.h"

#define LRR_TYPE_CORPUS    "lrrun.corpus"
#define LRR_TYPE_TOKENIZER "lrrun.tokenizer"

/* context, and stride behind it: context where there is none. */
void lrr__bind_windows_cfg(lua_State *L, int arg, lrr_corpus_windows_cfg *out);
/* Pushes { unknown, all } of each split by its name. */
void lrr__bind_counts(lua_State *L, const lrr_corpus_counts *counts);

int lrr__bind_corpus_key(lua_State *L);
int lrr__bind_corpus_tokens(lua_State *L);
int lrr__bind_load_tokens(lua_State *L);
void lrr__bind_tokens_type(lua_State *L);

#endif
