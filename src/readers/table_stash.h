/*
** table_stash.h -- values of a file that are kept while it is looked through, so that most files
** are read once.
**
** What a column is taken as is known when all of it was seen. Its first value is a guess: columns
** that begin with a number are kept as float, with a day as days, with a text as numbers of its
** different texts. Whether what was kept is what the column is taken as then is asked by
** table_load.c, which reads again what is not. Nothing that is loaded depends on what was kept.
**
** Memory: no more than the rows take once they are loaded, if columns that are not wanted are said;
** nothing is kept of texts of which there are many different ones or long ones, nor where --memory
** would be reached.
*/
#ifndef LRR_READERS_TABLE_STASH_H
#define LRR_READERS_TABLE_STASH_H

#include "readers/intern.h"
#include "readers/table.h"

typedef enum lrr__stash_kind {
    LRR__STASH_NOT,   /* not kept */
    LRR__STASH_EMPTY, /* there was nothing in it */
    LRR__STASH_NUMBER,
    LRR__STASH_DAY, /* all without a time of day */
    LRR__STASH_TEXT
} lrr__stash_kind;

/* A text that was met, and what it is, by its bytes: so that it is looked up and parsed once. */
typedef struct lrr__stash_text {
    uint64_t first, last; /* its bytes; of one of more than 16, these of them */
    uint32_t n;           /* of the span; 0: none */
    uint32_t number;      /* of the column's texts */
    bool missing;         /* it means that; without a number */
} lrr__stash_text;

enum { LRR__STASH_TEXTS = 256 };

typedef struct lrr__stash_column {
    lrr__stash_kind kind;
    bool slotted;           /* it has a place in a row */
    size_t slot;            /* which one */
    lrr_intern *text;       /* of texts */
    lrr__stash_text *known; /* (LRR__STASH_TEXTS) of texts, by their hash */
} lrr__stash_column;

typedef struct lrr__stash {
    float **block; /* (blocks) of (block_rows, slots) */
    size_t blocks, room, block_rows, slots, columns;
    size_t most;               /* bytes of blocks; 0: any */
    lrr__stash_column *column; /* (columns) */
} lrr__stash;

/* wanted (columns): those that are kept. Errors: ENOMEM. */
lrr_status lrr__stash_new(const bool *wanted, size_t columns, lrr__stash **out,
                          lrr_error *err);
void lrr__stash_free(lrr__stash *s);

/* *out = row number `row`, which is the next one or one that was asked for before, and *left rows
** from there on that follow it in memory; NULL where they would not fit into --memory or `most`.
** Errors: ENOMEM. */
lrr_status lrr__stash_row(lrr__stash *s, size_t row, float **out, size_t *left,
                          lrr_error *err);

/* Field f of column j, which is kept, as lrr_field_parse has it. *out = what is kept. Errors: ENOMEM. */
lrr_status lrr__stash_put(lrr__stash *s, size_t j, const lrr_csv_field *f,
                          lrr_field_kind kind, const lrr_field *v, float *out,
                          lrr_error *err);

/* Whether what was kept of column j, which was seen as c says and is taken as c->kind, less
** c->offset, is what it holds. */
bool lrr__stash_holds(const lrr__stash *s, size_t j, const lrr_column *c);

#endif
