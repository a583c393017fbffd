/* tokenizer_private.h -- the inside of lrr_tokenizer, shared by tokenizer.c, tokenizer_fit.c. */
#ifndef LRR_READERS_TOKENIZER_PRIVATE_H
#define LRR_READERS_TOKENIZER_PRIVATE_H

#include "readers/tokenizer.h"

struct lrr_tokenizer {
    lrr_token_kind kind;
    bool ends;
    lrr_intern *words; /* chars, words: the text of id + 1; else NULL */
    lrr_bpe *bpe;      /* bytes (which has no merges), bpe; else NULL */
};

/* Bytes of the character of UTF-8 at s, and its code point; 0: there is none. n > 0. */
size_t lrr__utf8_take(const char *s, size_t n, uint32_t *code);

#endif
