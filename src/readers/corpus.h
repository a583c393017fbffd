/*
** corpus.h -- texts for language models: documents, their splits, and windows of tokens on them.
**
** A text is one document, or those between separators; empty ones are left out. Splits are of
** documents, drawn as those of any data set; a single document is cut instead, so that its end
** validates.
**
** Use: lrr_corpus_new, add texts part by part, lrr_corpus_cut or lrr_corpus_split, then a tokenizer
** by lrr_corpus_fit or of before, and lrr_corpus_windows.
*/
#ifndef LRR_READERS_CORPUS_H
#define LRR_READERS_CORPUS_H

#include "data/dataset.h"
#include "readers/text.h"
#include "readers/tokenizer.h"

typedef struct lrr_corpus lrr_corpus;

/* separator (n bytes): what is between documents; n = 0: each text is one. Errors: ENOMEM. */
lrr_status lrr_corpus_new(const char *separator, size_t n, lrr_corpus **out,
                          lrr_error *err);
void lrr_corpus_free(lrr_corpus *c);

/* A text of n bytes; name (NULL: without) is for messages. Parts in ascending order. Errors:
** ENOMEM. */
lrr_status lrr_corpus_add(lrr_corpus *c, const char *name, const char *s, size_t n,
                          lrr_split part, lrr_error *err);

/* A file (text_input.h), one of a folder's after another (text.h), or a column of a table, each
** of whose fields is a text. name: as above; NULL: the path's last. Errors: EIO, EFORMAT (nothing
** in it), ENOMEM. */
lrr_status lrr_corpus_add_file(lrr_corpus *c, const char *path, const char *name,
                               lrr_split part, lrr_error *err);
lrr_status lrr_corpus_add_folder(lrr_corpus *c, const char *path, lrr_split part,
                                 lrr_error *err);
lrr_status lrr_corpus_add_table(lrr_corpus *c, const lrr_text_file_cfg *cfg,
                                lrr_error *err);

/* Documents of a part, or its bytes. */
size_t lrr_corpus_documents(const lrr_corpus *c, lrr_split part);
size_t lrr_corpus_bytes(const lrr_corpus *c, lrr_split part);

/* The splits of documents, as lrr_dataset_split draws them. Errors: as there. */
lrr_status lrr_corpus_split(lrr_corpus *c, const lrr_split_cfg *cfg, lrr_error *err);

/* After the splits: the documents of each stand in an order drawn from the seed. Errors: ENOMEM. */
lrr_status lrr_corpus_mix(lrr_corpus *c, uint64_t seed, lrr_error *err);

/* The splits of a corpus that has one document in each part that it has: val and test, shares of
** its first, are that one's end, or with folds val is one of so many stretches of what test leaves.
** Cuts are behind a line's end where one follows within LRR_CUT_REACH bytes, else between
** characters. Errors: EINVAL (a part is there already, or comes out empty), ENOMEM. */
enum { LRR_CUT_REACH = 4096 };
lrr_status lrr_corpus_cut(lrr_corpus *c, const lrr_split_cfg *cfg, lrr_error *err);

/* The vocabulary of the training split. Errors: as lrr_tokenizer_fit, with name and byte. */
lrr_status lrr_corpus_fit(const lrr_corpus *c, lrr_tokenizer *t, size_t most,
                          lrr_error *err);

/*
** The windows: every `stride` tokens one of `context`, whose targets are the next tokens, as long
** as there are enough. Where t has an end, documents of a split stand on one list, with an end
** before, between and behind them, which counts as the separator's bytes; else each document is
** a list of its own, and no window goes over two. unknown: of each split the tokens that are not
** in the vocabulary, all: tokens. The splits are the parts. Errors: EINVAL (a split has no window: its
** tokens are fewer than context + 1), ENOMEM, EFORMAT (chars: not UTF-8).
*/
typedef struct lrr_corpus_windows_cfg {
    size_t context, stride; /* >= 1 */
} lrr_corpus_windows_cfg;
typedef struct lrr_corpus_counts {
    size_t unknown[LRR_SPLITS], all[LRR_SPLITS];
} lrr_corpus_counts;
lrr_status lrr_corpus_windows(const lrr_corpus *c, const lrr_tokenizer *t,
                              const lrr_corpus_windows_cfg *cfg,
                              lrr_corpus_counts *counts, lrr_dataset **out,
                              lrr_error *err);

#endif
