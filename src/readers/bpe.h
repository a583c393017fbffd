/*
** bpe.h -- byte pair encoding: tokens that are bytes, or two tokens before them side by side.
**
** Ids 0 to 255 are the bytes; each merge makes the next id. No two tokens are the same bytes, and
** none is longer than LRR_BPE_LONGEST. Pieces (pieces.h) are encoded each by itself: of the pairs
** side by side the one that was merged first, of equal ones the leftmost, becomes one token,
** until no pair is a merge.
** Source: Sennrich, Haddow, Birch, ACL 2016 (arXiv 1508.07909), on bytes as in GPT-2.
*/
#ifndef LRR_READERS_BPE_H
#define LRR_READERS_BPE_H

#include "readers/ids.h"
#include "readers/intern.h"

enum { LRR_BPE_BYTES = 256, LRR_BPE_LONGEST = 255 };

typedef struct lrr_bpe lrr_bpe;

/* The bytes alone. Errors: ENOMEM. */
lrr_status lrr_bpe_new(lrr_bpe **out, lrr_error *err);
void lrr_bpe_free(lrr_bpe *b);

/* One more token: left and right side by side. Errors: ENOMEM, EINVAL (no such tokens, a token
** that is there already, one that is too long). */
lrr_status lrr_bpe_merge(lrr_bpe *b, int32_t left, int32_t right, lrr_error *err);

size_t lrr_bpe_count(const lrr_bpe *b);                            /* tokens */
const char *lrr_bpe_text(const lrr_bpe *b, int32_t id, size_t *n); /* of a token */
/* Whether the n bytes at s are a token. */
bool lrr_bpe_has(const lrr_bpe *b, const char *s, size_t n);
/* What token id >= 256 is made of. */
void lrr_bpe_parts(const lrr_bpe *b, int32_t id, int32_t *left, int32_t *right);

/* Adds merges until there are `tokens` tokens: the pair side by side in most words, each counted
** count[word] times; of equal counts the smallest by ids, left first. Only pairs that occur twice:
** fewer tokens where the words give no more. words: pieces, below 2^32 bytes in all. The same for
** any order of words. Errors: ENOMEM, EINVAL (too much text); then some merges may be made. */
lrr_status lrr_bpe_train(lrr_bpe *b, const lrr_intern *words, const uint64_t *count,
                         size_t tokens, lrr_error *err);

/* Appends the tokens of one piece of n bytes to out. Errors: ENOMEM. */
lrr_status lrr_bpe_encode(const lrr_bpe *b, const char *s, size_t n, lrr_ids *out,
                          lrr_error *err);

#endif
