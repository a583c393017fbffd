/*
** table.h -- a CSV file as typed columns, and columns as a data set.
**
** Reading takes two passes: lrr_table_survey says what each column holds and what it is best
** taken as, lrr_table_load reads the values as what was decided. A field that does not fit its
** column's kind is missing (and counted), and so is one that a row ends before; what is infinite in
** a column of numbers is an error.
*/
#ifndef LRR_READERS_TABLE_H
#define LRR_READERS_TABLE_H

#include "data/dataset.h"
#include "readers/csv.h"
#include "readers/field.h"

typedef enum lrr_column_kind {
    LRR_COLUMN_NUMBER,
    LRR_COLUMN_CATEGORY, /* texts; levels are numbered in bytewise order */
    LRR_COLUMN_DATE,     /* days since 1970-01-01 */
    LRR_COLUMN_IGNORE    /* not read */
} lrr_column_kind;

enum { LRR_EXAMPLES = 3, LRR_EXAMPLE_SIZE = 40 };

/* What the first pass saw in a column, without the header. */
typedef struct lrr_column_seen {
    size_t missing, numbers, marked, dates, infinite, words; /* sum: rows */
    uint64_t missing_line, infinite_line, infinite_column;   /* of the first; 0: none */
    uint64_t word_line;
    char word[LRR_EXAMPLES][LRR_EXAMPLE_SIZE]; /* different words, cut; "": none */
    bool more_words;                           /* than these */
    char mark[4]; /* of all marked numbers, or "" where they differ */
    bool marks_differ;
    bool times;             /* some date has a time of day */
    bool whole, exact;      /* numbers: all whole; all exact as float */
    bool rising, steps;     /* each number above the one before; by 1 */
    size_t padded, blurred; /* 0123; whole numbers that double does not hold */
    char padded_text[LRR_EXAMPLE_SIZE], blurred_text[LRR_EXAMPLE_SIZE]; /* the first */
    double lo, hi, first; /* of numbers, or of dates where there are more of them */
} lrr_column_seen;

typedef struct lrr_column {
    char *name;   /* of the header, or "1", "2", ... */
    bool unnamed; /* the header has nothing there: "Unnamed: 0", as pandas says */
    lrr_column_seen seen;
    lrr_column_kind kind; /* proposed by the survey, then as loaded */
    size_t missing; /* loaded: rows without a value, of these `unfit` for the kind */
    size_t unfit;
    bool whole;    /* loaded numbers: all whole */
    double offset; /* taken off each value, so that float keeps the difference */
    char strip;    /* of a category: taken off the ends of its texts; 0: nothing is */
    bool loaded;   /* else ignored */
    size_t slot;   /* loaded: its place in a row (lrr_table_row) */
    char **level;  /* (levels), or NULL */
    size_t levels;
} lrr_column;

typedef struct lrr_table {
    size_t rows, columns;
    bool header;
    bool names_short; /* the header names one column less: row names come first */
    size_t renamed;   /* columns whose name was there before */
    size_t trailing;  /* lines that end in a delimiter too many */
    size_t shorts;    /* rows of fewer fields than columns: what they lack is missing */
    uint64_t short_line; /* the first of these, and its fields */
    size_t short_fields;
    uint64_t again_line; /* the first line comes again there; 0: nowhere */
    const char *looks;   /* lrr_csv_looks */
    lrr_csv_dialect written;
    lrr_column *column; /* (columns) */
    lrr_csv *csv;       /* until it is loaded */
    float **block; /* (blocks) of (block_rows, slots); NULL: not loaded, or released */
    size_t blocks, block_rows, slots;
    lrr_field_cfg field;
    char *words; /* of field.word */
} lrr_table;

/* header: 1 yes, 0 no, -1 found out (table_header.c). field is copied. Takes c (also on failure).
** Errors: EFORMAT (fields in a line, with line and column: more than columns, or fewer in half of
** the rows), EINVAL (no row), EIO, ENOMEM. */
lrr_status lrr_table_survey(lrr_csv *c, int header, const lrr_field_cfg *field,
                            lrr_table **out, lrr_error *err);

/* Reads the rows. kind (columns), or NULL: as proposed. offset (columns), or NULL: found out;
** other than 0 only where float would lose more than ten bits of the column's spread.
** Errors: EFORMAT (infinite, not UTF-8), EINVAL (levels), EIO, ENOMEM. */
lrr_status lrr_table_load(lrr_table *t, const lrr_column_kind *kind,
                          const double *offset, lrr_error *err);
void lrr_table_free(lrr_table *t);

/* The loaded columns of a row at their slots: value - offset, or the index of the level; NaN:
** missing. */
static inline float *lrr_table_row(const lrr_table *t, size_t row)
{
    return t->block[row / t->block_rows] + row % t->block_rows * t->slots;
}

/* Different numbers of a column, ascending, at most max of them, into v; *n = max + 1
** where there are more. Cannot fail. */
void lrr_table_distinct(const lrr_table *t, size_t column, size_t max, float *v,
                        size_t *n);

typedef struct lrr_levels {
    const char *const *name; /* bytewise order; of classes any order */
    size_t n;
} lrr_levels;

/* One column of the model's input. A number gives one value; a category one for each level,
** 1 where the row has it; a date days, month, weekday and with `time` the hour. flag: one more,
** 1 where the row has nothing. */
typedef struct lrr_feature {
    size_t column;
    lrr_column_kind kind;
    lrr_levels levels; /* of a category: those of the training data */
    bool time, flag;
} lrr_feature;

/*
** A data set of one part. target (n_target): one column for classes (a category, or numbers),
** or columns of numbers. Rows without a target, or of a class that is not among class_names, are
** left out; with `drop` also those where a
** feature is missing; else features keep NaN (lrr_dataset_fill_missing), and categories have no
** level set. class_names: the classes of the training data; n 0: they are found here. release:
** rows are given back as they are copied, so that table and data set together take little more
** than one of them; nothing else can be made of the table then, whether it succeeds or not.
** Errors: EINVAL (kinds; no row is left), ENOMEM.
*/
typedef struct lrr_table_cfg {
    const lrr_feature *feature;
    const size_t *target;
    size_t n_feature, n_target;
    bool classes, drop, release;
    size_t spare;
    lrr_levels class_names;
} lrr_table_cfg;

typedef struct lrr_table_counts {
    size_t dropped, untargeted; /* rows left out: something missing; no target */
    size_t unknown;             /* rows left out: a class not among class_names */
    size_t missing;             /* features without a value in the rows that are kept */
    size_t unseen;              /* texts that are no level of their column */
} lrr_table_counts;
lrr_status lrr_table_dataset(lrr_table *t, const lrr_table_cfg *cfg, lrr_dataset **out,
                             lrr_table_counts *counts, lrr_error *err);

#endif
