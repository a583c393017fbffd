/*
** tokenizer.h -- texts to token ids and back, for language models.
**
** bytes: 256 ids, the bytes. chars: id 0 for what is not in the vocabulary, then characters of
** UTF-8 in order of code points. words: 0 likewise, then words (words.h) by falling count, equal
** ones in bytewise order. bpe: the bytes, then merges (bpe.h) within pieces (pieces.h). Where texts
** are documents, the last id stands between them: encoding never gives it.
**
** Use: lrr_tokenizer_new, then its vocabulary by lrr_tokenizer_add or _merge (of before), or made
** of a text by lrr_tokenizer_fit. Threads: read-only once made.
*/
#ifndef LRR_READERS_TOKENIZER_H
#define LRR_READERS_TOKENIZER_H

#include <stdbool.h>

#include "readers/bpe.h"

typedef enum lrr_token_kind {
    LRR_TOKENS_BYTES,
    LRR_TOKENS_CHARS,
    LRR_TOKENS_WORDS,
    LRR_TOKENS_BPE
} lrr_token_kind;

typedef struct lrr_tokenizer lrr_tokenizer;

/* Errors: ENOMEM. */
lrr_status lrr_tokenizer_new(lrr_token_kind kind, bool ends, lrr_tokenizer **out,
                             lrr_error *err);
void lrr_tokenizer_free(lrr_tokenizer *t);

/* One more character or word, of n bytes. Errors: ENOMEM, EINVAL (not that kind, there already,
** no character). */
lrr_status lrr_tokenizer_add(lrr_tokenizer *t, const char *s, size_t n, lrr_error *err);
/* One more token of bpe. Errors: as lrr_bpe_merge; EINVAL (not that kind). */
lrr_status lrr_tokenizer_merge(lrr_tokenizer *t, int32_t left, int32_t right,
                               lrr_error *err);

/* Texts that the vocabulary is made of, one after another. */
typedef struct lrr_span {
    const char *s;
    size_t n;
} lrr_span;

/* The vocabulary of a new tokenizer: at most `most` ids in all (0: no limit; of chars and words
** the most frequent ones; bpe makes as many, or as the text gives). Errors: ENOMEM; EFORMAT
** (chars: not UTF-8; *bad is the span and *at its byte); EINVAL (most is below what there is
** without text, or too much text). */
typedef struct lrr_fit_place {
    size_t span, at;
} lrr_fit_place;
lrr_status lrr_tokenizer_fit(lrr_tokenizer *t, const lrr_span *text, size_t n,
                             size_t most, lrr_fit_place *bad, lrr_error *err);

lrr_token_kind lrr_tokenizer_kind(const lrr_tokenizer *t);
size_t lrr_tokenizer_vocab(const lrr_tokenizer *t);       /* ids */
int32_t lrr_tokenizer_end(const lrr_tokenizer *t);        /* between documents, or -1 */
const lrr_bpe *lrr_tokenizer_bpe(const lrr_tokenizer *t); /* or NULL */

/* The bytes of a token; of 0 where that is none, and of the end, none. */
const char *lrr_tokenizer_text(const lrr_tokenizer *t, int32_t id, size_t *n);

/* Whether a token's bytes are lrr_tokenizer_text's: of bytes and bpe. */
bool lrr_tokenizer_exact(const lrr_tokenizer *t);

/* Appends the tokens of n bytes to out, and to length, unless that is NULL, how many bytes of
** them each stands for, which together are n (none where there is no token). What is not in the
** vocabulary, and of chars each byte that is not UTF-8, is 0. Errors: ENOMEM. */
lrr_status lrr_tokenizer_encode(const lrr_tokenizer *t, const char *s, size_t n,
                                lrr_ids *out, lrr_ids *length, lrr_error *err);

/* The bytes of n ids as a text: out (*bytes), or NULL to be told their number alone. Words have a
** blank between them, none before . , ; : ! ? ) ] } and behind ( [ {; what is not in the
** vocabulary is U+FFFD; ends are left out. Errors: EINVAL (an id out of range). */
lrr_status lrr_tokenizer_decode(const lrr_tokenizer *t, const int32_t *id, size_t n,
                                char *out, size_t *bytes, lrr_error *err);

#endif
