/* text_private.h -- the inside of lrr_text, shared by text.c, text_files.c, vocabulary.c. */
#ifndef LRR_READERS_TEXT_PRIVATE_H
#define LRR_READERS_TEXT_PRIVATE_H

#include "readers/ids.h"
#include "readers/intern.h"
#include "readers/text.h"

typedef struct text_row {
    size_t at; /* first token */
    uint32_t label;
    lrr_split part;
} text_row;

struct lrr_text {
    bool chars;
    lrr_intern *words, *labels;
    size_t known;   /* labels of the training part, which come first */
    int32_t *token; /* (used) ids of words, in order of arrival */
    size_t used, room;
    lrr_ids tag; /* of each token the id of its tag in labels; n = 0: there are none */
    text_row *row; /* (rows) */
    size_t rows, rows_room;
    size_t part[LRR_SPLITS];
    uint32_t
        *vocabulary; /* (vocabulary_n) ids of words; word i has the final id i + 2 */
    size_t vocabulary_n;
};

/* One more token of the last text; room for one more text. Errors: ENOMEM. */
lrr_status lrr__text_put(lrr_text *t, const char *s, size_t n, lrr_error *err);
lrr_status lrr__text_more_rows(lrr_text *t, lrr_error *err);

/* The bytes of one text after another. */
typedef struct lrr__buffer {
    char *s;
    size_t n, room;
} lrr__buffer;

/* Appends n bytes. name is for the message. Errors: ENOMEM, EFORMAT (too long). */
lrr_status lrr__buffer_add(lrr__buffer *b, const char *s, size_t n, const char *name,
                           lrr_error *err);

/* Appends the whole file as UTF-8 (text_input.h). Errors: EIO, EFORMAT, ENOMEM. */
lrr_status lrr__text_read(const char *path, lrr__buffer *b, lrr_error *err);

/* take(of, x, err) for each record of a table, as lrr_text_add_file reads it. */
typedef lrr_status (*lrr__text_taker)(void *of, const lrr_text_sample *x,
                                      lrr_error *err);
lrr_status lrr__text_records(const lrr_text_file_cfg *cfg, lrr__text_taker take,
                             void *of, lrr_error *err);

#endif
