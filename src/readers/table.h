/*
** table.h -- a CSV file as typed columns.
**
** lrr_table_survey reads the file, says what each column holds and what it is best taken as, and
** keeps the values of most columns as it goes (table_stash.h). lrr_table_load gives the values as
** what was decided, for which it reads the file again where there are others. A field that does not fit its
** column's kind is missing (and counted), and so is one that a row ends before; what is infinite in
** a column of numbers is an error.
*/
#ifndef LRR_READERS_TABLE_H
#define LRR_READERS_TABLE_H

#include "os/file.h"
#include "readers/csv.h"
#include "readers/field.h"

typedef enum lrr_column_kind {
    LRR_COLUMN_NUMBER,
    LRR_COLUMN_CATEGORY, /* texts; levels are numbered in bytewise order */
    LRR_COLUMN_DATE,     /* days since 1970-01-01 */
    LRR_COLUMN_IGNORE    /* not read */
} lrr_column_kind;

enum { LRR_EXAMPLES = 3, LRR_EXAMPLE_SIZE = 40 };

#define LRR_TABLE_NO_SLOT SIZE_MAX /* its values stay in the file */

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
    size_t slot;  /* loaded: its place in a row (lrr_table_row), or LRR_TABLE_NO_SLOT */
    char **level; /* (levels), or NULL */
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
    lrr_column *column;       /* (columns) */
    lrr_csv *csv;             /* until it is loaded */
    struct lrr__stash *stash; /* until it is loaded; NULL: nothing is kept */
    float **block; /* (blocks) of (block_rows, slots); NULL: not loaded, or released */
    size_t blocks, block_rows, slots;
    size_t
        lead; /* rows in the blocks before the first one: 1 where the header has one */
    lrr_infile *file;    /* of lrr_table_open, until it is loaded into memory */
    lrr_scratch *copy;   /* of lrr_table_room, the same */
    uint64_t text_bytes; /* of the file as it is read */
    lrr_csv *fed;        /* loaded so that rows stay in the file: what parses them, */
    uint64_t *at;   /* (rows + 1) where each begins, and where all end; else NULL */
    size_t longest; /* bytes of the longest of these */
    lrr_field_cfg field;
    char *words; /* of field.word */
} lrr_table;

/* Columns whose values need not be kept, as they are going to be ignored: their names in the header,
** or their places (from 1, or from -1 at the end) as text. That is a hint; nothing depends on it
** but time and memory. most: bytes of values above which none are kept; 0: those that there is memory
** for. */
typedef struct lrr_table_hint {
    const char *const *ignored;
    size_t n, most;
} lrr_table_hint;

/* header: 1 yes, 0 no, -1 found out (table_header.c). field is copied. hint NULL: nothing is kept,
** the file is only looked through. Takes c (also on failure).
** Errors: EFORMAT (fields in a line, with line and column: more than columns, or fewer in half of
** the rows), EINVAL (no row), EIO, ENOMEM. */
lrr_status lrr_table_survey(lrr_csv *c, int header, const lrr_field_cfg *field,
                            const lrr_table_hint *hint, lrr_table **out,
                            lrr_error *err);

/* The same of the file at path, whose rows may stay there. */
lrr_status lrr_table_open(const char *path, const lrr_csv_dialect *dialect, int header,
                          const lrr_field_cfg *field, const lrr_table_hint *hint,
                          lrr_table **out, lrr_error *err);

/* Makes room on the disk of that folder, where there is none yet, for a copy of a surveyed table that
** does not lie in its file as it is read: as it is loaded its rows go there, and stay there. Errors: EIO
** (there is none, in words that say what to do), ENOMEM. */
lrr_status lrr_table_room(lrr_table *t, const char *folder, lrr_error *err);

/* Reads the rows. kind (columns), or NULL: as proposed. offset (columns), or NULL: found out;
** other than 0 only where float would lose more than ten bits of the column's spread. keep (columns),
** or NULL: all: rows stay in the file of lrr_table_open or in a copy, and the values of these alone are in memory.
** Errors: EFORMAT (infinite, not UTF-8), EINVAL (levels; keep, and rows do not lie in the file as
** they are read and have no room for a copy), EIO, ENOMEM. */
lrr_status lrr_table_load(lrr_table *t, const lrr_column_kind *kind,
                          const double *offset, const bool *keep, lrr_error *err);
void lrr_table_free(lrr_table *t);

/* The loaded columns of a row at their slots: value - offset, or the index of the level; NaN:
** missing. */
static inline float *lrr_table_row(const lrr_table *t, size_t row)
{
    /* Both are less than 2^32, whose division is the faster one. */
    const uint32_t at = (uint32_t)(row + t->lead), rows = (uint32_t)t->block_rows;
    return t->block[at / rows] + at % rows * t->slots;
}

/* Rows in a block that can be given back by itself. */
static inline size_t lrr_table_block_rows(size_t slots)
{
    enum { BLOCK_VALUES = 1 << 16 };
    return slots == 0 ? BLOCK_VALUES : slots < BLOCK_VALUES ? BLOCK_VALUES / slots : 1;
}

/* Different numbers of a column, ascending, at most max of them, into v; *n = max + 1
** where there are more. Cannot fail. */
void lrr_table_distinct(const lrr_table *t, size_t column, size_t max, float *v,
                        size_t *n);

#endif
