/*
** rows.h -- the rows of a file of separated values in their order, some at a time, as the inputs
** of a trained model: for files of any length, and for pipes, in memory that does not grow.
**
** What the columns are is known from the training data (table.h), so that the file is read once.
** Each row keeps its place, also one that cannot be used: its state says why. Where a row ends
** before the last column, what it lacks is missing.
**
** Use: lrr_rows_open, which knows the columns then; lrr_rows_begin says what is wanted of them;
** lrr_rows_next as long as there are rows. Threads: one.
*/
#ifndef LRR_READERS_ROWS_H
#define LRR_READERS_ROWS_H

#include "readers/table_dataset.h"

typedef struct lrr_rows lrr_rows;

/* What became of a row. */
typedef enum lrr_row_state {
    LRR_ROW_USED,
    LRR_ROW_WIDTH,      /* more fields than columns, or no text */
    LRR_ROW_INFINITE,   /* a number that is not finite in 32 bits */
    LRR_ROW_DROPPED,    /* a value is missing, and such rows are dropped */
    LRR_ROW_UNTARGETED, /* it has no target */
    LRR_ROW_UNKNOWN,    /* its class is none of the training data's */
    LRR_ROW_STATES
} lrr_row_state;

/* path NULL: the standard input. header: 1 yes, 0 no, -1 where the first line has a word (files of
** numbers alone). field is copied. Errors: EIO, EFORMAT, EINVAL (no row), ENOMEM. */
lrr_status lrr_rows_open(const char *path, const lrr_csv_dialect *dialect, int header,
                         const lrr_field_cfg *field, lrr_rows **out, lrr_error *err);
void lrr_rows_free(lrr_rows *r);

/* The columns, and their names as table.h gives them. */
size_t lrr_rows_columns(const lrr_rows *r);
const char *lrr_rows_column(const lrr_rows *r, size_t j);
bool lrr_rows_header(const lrr_rows *r);
const lrr_csv_dialect *lrr_rows_written(const lrr_rows *r);

/* How the columns that are kept stand before an answer. */
typedef enum lrr_keep_form {
    LRR_KEEP_NONE,
    LRR_KEEP_AS_IT_IS, /* as the file has them, each with a delimiter behind it */
    LRR_KEEP_JSON      /* "name":"text", */
} lrr_keep_form;

/* All lists are copied. */
typedef struct lrr_rows_cfg {
    const lrr_feature *feature; /* (n_feature), columns of this file */
    const double *offset; /* (n_feature) of the training data's numbers and dates */
    size_t n_feature;
    const size_t *target;        /* (n_target) columns; n_target 0: no targets */
    const double *target_offset; /* (n_target) of the training data's */
    lrr_column_kind target_kind; /* of all */
    size_t n_target;
    lrr_levels class_names; /* n > 0: the target is one of these */
    char target_strip;      /* taken off the ends of its texts, as lrr_column has it */
    bool drop;              /* rows that miss something */
    bool texts; /* the column `text` is what the model reads: there are no features */
    size_t text;
    const size_t *keep; /* (n_keep) columns */
    size_t n_keep;
    lrr_keep_form form;
    char separator; /* behind each column that is kept */
} lrr_rows_cfg;
lrr_status lrr_rows_begin(lrr_rows *r, const lrr_rows_cfg *cfg, lrr_error *err);
bool lrr_rows_begun(const lrr_rows *r);

/* Reads up to max rows. *n: how many there were, 0 at the end. Errors: EIO, EFORMAT, ENOMEM. */
lrr_status lrr_rows_next(lrr_rows *r, size_t max, size_t *n, lrr_error *err);

/* The rows read last as a data set of one part, of width inputs: all of them, or with targets
** those alone that are used (*out is NULL where none is). NaN: missing. Inputs of a row that is
** not used are 0. Errors: ENOMEM, EINVAL. */
lrr_status lrr_rows_dataset(const lrr_rows *r, lrr_dataset **out, lrr_error *err);

/* The rows read last; of row i < count its state, and the columns that are kept. */
size_t lrr_rows_count(const lrr_rows *r);
lrr_row_state lrr_rows_state(const lrr_rows *r, size_t i);
const char *lrr_rows_lead(const lrr_rows *r, size_t i, size_t *n);

/* Columns that are targets. */
size_t lrr_rows_targets(const lrr_rows *r);

/* Whether row i of those read last is in their data set. */
bool lrr_rows_wanted(const lrr_rows *r, size_t i);

/* The text of row i of those read last, where cfg said texts; "" where it is not used. */
const char *lrr_rows_text(const lrr_rows *r, size_t i, size_t *n);

/* Gives d, a data set without targets of the rows read last that are used, theirs. Errors: ENOMEM. */
lrr_status lrr_rows_label(const lrr_rows *r, lrr_dataset *d, lrr_error *err);

/* The names of the columns that are kept, written as they are (LRR_KEEP_AS_IT_IS). */
const char *lrr_rows_header_lead(const lrr_rows *r, size_t *n);

/* What was met up to now. */
typedef struct lrr_rows_counts {
    uint64_t rows, state[LRR_ROW_STATES]; /* rows in each */
    uint64_t line[LRR_ROW_STATES];        /* where the first of these is */
    uint64_t missing; /* inputs without a value in rows that are used, of these */
    uint64_t unfit;   /* texts where numbers or dates are wanted */
    uint64_t shorts, short_line; /* rows of fewer fields than columns; the first */
    uint64_t unseen;             /* texts that are no level of their column */
    char unseen_word[LRR_EXAMPLE_SIZE];  /* the first of them, cut */
    char unknown_word[LRR_EXAMPLE_SIZE]; /* the class of the first of LRR_ROW_UNKNOWN */
    size_t fields;                       /* of the first row of LRR_ROW_WIDTH */
} lrr_rows_counts;
const lrr_rows_counts *lrr_rows_counted(const lrr_rows *r);

/* A feature whose column held nothing but texts and gaps in the rows read last, where numbers or
** dates are wanted; *word is one of these texts, NULL where there is no such column. */
size_t lrr_rows_all_unfit(const lrr_rows *r, const char **word);

#endif
