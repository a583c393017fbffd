/*
** corpus_tokens.h -- the tokens of a corpus, on which windows are laid, and the file that keeps them
** for the next start.
**
** The file holds the vocabulary, too. It is told by its key what it was made of, and has a
** checksum: one that is damaged, or another corpus's, is an error here and never a wrong token.
** Ownership: a mapped file goes with the data set that its tokens become. Threads: one.
*/
#ifndef LRR_READERS_CORPUS_TOKENS_H
#define LRR_READERS_CORPUS_TOKENS_H

#include "os/file.h"
#include "readers/corpus.h"

typedef struct lrr_corpus_tokens lrr_corpus_tokens;

/* SHA-256 of all that tokens follow from beside the program: `also` (n bytes), the separator, and
** the documents of each split in their order. Cannot fail. */
void lrr_corpus_key(const lrr_corpus *c, const char *also, size_t n, char out[65]);

/* The tokens by t. Errors: ENOMEM, EFORMAT (chars: not UTF-8). */
lrr_status lrr_corpus_tokens_new(const lrr_corpus *c, const lrr_tokenizer *t,
                                 lrr_corpus_tokens **out, lrr_error *err);
void lrr_corpus_tokens_free(lrr_corpus_tokens *k);

/* Writes them and the vocabulary of t. Errors: EIO, ENOMEM. */
lrr_status lrr_corpus_tokens_save(const lrr_corpus_tokens *k, const lrr_tokenizer *t,
                                  const char key[65], lrr_outfile *out, lrr_error *err);

/* How long that file is. */
size_t lrr_corpus_tokens_bytes(const lrr_corpus_tokens *k, const lrr_tokenizer *t);

/* Those of a file that was saved with this key; t, which is new, gets the vocabulary. Errors: EIO,
** ENOMEM, EFORMAT (damaged, or with another key: then t may have a part of a vocabulary). */
lrr_status lrr_corpus_tokens_load(const char *path, const char key[65],
                                  lrr_tokenizer *t, lrr_corpus_tokens **out,
                                  lrr_error *err);

/* The windows on them (lrr_corpus_windows), once: the data set takes the tokens. Errors: EINVAL,
** ENOMEM. */
lrr_status lrr_corpus_tokens_windows(lrr_corpus_tokens *k, const lrr_tokenizer *t,
                                     const lrr_corpus_windows_cfg *cfg,
                                     lrr_corpus_counts *counts, lrr_dataset **out,
                                     lrr_error *err);

#endif
