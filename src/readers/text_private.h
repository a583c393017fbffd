/* text_private.h -- the inside of lrr_text, shared by text.c, text_files.c, vocabulary.c. */
#ifndef LRR_READERS_TEXT_PRIVATE_H
#define LRR_READERS_TEXT_PRIVATE_H

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
    text_row *row; /* (rows) */
    size_t rows, rows_room;
    size_t part[LRR_SPLITS];
    uint32_t
        *vocabulary; /* (vocabulary_n) ids of words; word i has the final id i + 2 */
    size_t vocabulary_n;
};

#endif
