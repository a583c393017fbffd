/*
** text.h -- texts to token ids: collecting, then a vocabulary from the training split.
**
** Words: letters and digits in lower case (ASCII letters are lowered, bytes above 127
** belong to words as they are, an apostrophe inside a word stays), each other visible
** character is a token of its own, "<br />" is a blank. Characters: each byte is a token.
** Ids: 0 is padding, 1 any token that is not in the vocabulary, 2 and up the vocabulary
** by falling count in the training split, equal counts in bytewise order.
**
** Files are plain or gzip, UTF-8 or with a mark UTF-16 (text_input.h).
**
** Use: lrr_text_new, add texts part by part (train, val, test), lrr_text_dataset, split
** it, then lrr_text_vocabulary. The text object keeps the vocabulary.
*/
#ifndef LRR_READERS_TEXT_H
#define LRR_READERS_TEXT_H

#include "data/dataset.h"

#define LRR_TEXT_BYTES_MAX ((size_t)1 << 28) /* of one text */

typedef struct lrr_text lrr_text;

lrr_status lrr_text_new(bool chars, lrr_text **out, lrr_error *err);
void lrr_text_free(lrr_text *t);

/* One text of n bytes with its label (n_label bytes; NULL: without). Parts in ascending
** order. Errors: ENOMEM, EFORMAT (a NUL byte), EINVAL (labels for some only). */
typedef struct lrr_text_sample {
    const char *s, *label;
    size_t n, n_label;
    lrr_split part;
} lrr_text_sample;
lrr_status lrr_text_add(lrr_text *t, const lrr_text_sample *x, lrr_error *err);

/* Every file of a folder, in bytewise order of names (those with a leading dot are left
** out), as texts with that label. Errors: EIO, EFORMAT (no file), ENOMEM. */
lrr_status lrr_text_add_folder(lrr_text *t, const char *path, const char *label,
                               lrr_split part, lrr_error *err);

/* Every record of a file of separated values; a column is a number from 1, or negative
** from the end, or where name is given the column of that name in the header; label 0
** and no name: no labels. delimiter 0: found out. Errors: EIO, EFORMAT, ENOMEM. */
typedef struct lrr_text_column {
    long number;
    const char *name;
} lrr_text_column;
typedef struct lrr_text_file_cfg {
    const char *path;
    char delimiter;
    bool header;
    lrr_text_column text, label;
    lrr_split part;
} lrr_text_file_cfg;
lrr_status lrr_text_add_file(lrr_text *t, const lrr_text_file_cfg *cfg, lrr_error *err);

/* Every line that is not empty as a text with that label (NULL: without). Errors: EIO, EFORMAT,
** ENOMEM. */
lrr_status lrr_text_add_lines(lrr_text *t, const char *path, const char *label,
                              lrr_split part, lrr_error *err);

/* Sentences of a file, a token on each line: its first field, and with `tags` its tag, the last
** field, with blanks or tabs between; empty lines and lines of -DOCSTART- part them (CoNLL 2003). A
** text of such has nothing else. Errors: EIO, EFORMAT (with the line), ENOMEM. */
lrr_status lrr_text_add_tagged(lrr_text *t, const char *path, lrr_split part, bool tags,
                               lrr_error *err);

/* The texts as a data set, classes in bytewise order of the training part's labels; others are
** LRR_CLASS_UNSEEN (goal.h). Its tokens are only fit for training after lrr_text_vocabulary.
** Errors: EINVAL (no text), ENOMEM. */
lrr_status lrr_text_dataset(lrr_text *t, lrr_dataset **out, lrr_error *err);

/* The text of a token of that data set, *n bytes, before it has a vocabulary; NULL: it is none.
** Valid while t lives and nothing is added to it. */
const char *lrr_text_token(const lrr_text *t, int32_t token, size_t *n);

/* Final ids for d, which lrr_text_dataset made and which is split: at most `size` ids (0:
** no limit, else >= 3), texts cut after `length` tokens (0: not); a text without tokens
** becomes one unknown. Errors: ENOMEM. */
lrr_status lrr_text_vocabulary(lrr_text *t, lrr_dataset *d, size_t size, size_t length,
                               lrr_error *err);

/* The same with a vocabulary of before: word i has id i + 2. Errors: ENOMEM. */
lrr_status lrr_text_vocabulary_given(lrr_text *t, lrr_dataset *d,
                                     const char *const *word, size_t words,
                                     size_t length, lrr_error *err);

/* Windows for predicting the next token, from texts that have no labels: a sample is the
** `context` tokens before (0 where the text had not begun), its class the token or the
** end of the text (the id after the vocabulary's last). The samples of d, made anew; its
** splits are by text. Call after the vocabulary. Errors: ENOMEM. */
lrr_status lrr_text_windows(const lrr_dataset *d, size_t context, lrr_dataset **out,
                            lrr_error *err);

/* Tokens of a split of d, which has a vocabulary, and how many of them are not in it. Cannot
** fail. */
void lrr_text_unknown(const lrr_dataset *d, lrr_split split, size_t *unknown,
                      size_t *all);

/* Words in the vocabulary, and word i < count (id i + 2), *n bytes. */
size_t lrr_text_words(const lrr_text *t);
const char *lrr_text_word(const lrr_text *t, size_t i, size_t *n);

#endif
