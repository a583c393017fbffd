/*
** table.h -- a CSV file as typed columns, and columns as a data set.
**
** A column is of numbers where every field that is not missing is one; else of texts,
** whose levels are numbered in bytewise order. Missing is an empty field, ?, NA, N/A,
** null, NULL, None. nan and inf in a column of numbers are errors, never data.
*/
#ifndef LRR_READERS_TABLE_H
#define LRR_READERS_TABLE_H

#include "data/dataset.h"
#include "readers/csv.h"

typedef struct lrr_column {
    char *name;            /* of the header, or "1", "2", ... */
    bool text;             /* texts, not numbers */
    bool whole;            /* numbers: all whole */
    size_t missing;        /* rows without a value, */
    uint64_t missing_line; /* and the first such line */
    float *v;              /* (rows) number, or index of the level; NaN: missing */
    char **level;          /* (levels), or NULL */
    size_t levels;
} lrr_column;

typedef struct lrr_table {
    size_t rows, columns;
    bool header;
    char delimiter;
    lrr_column *column; /* (columns) */
} lrr_table;

/* header: 1 yes, 0 no, -1 found out: the first line is one where none of its fields is a
** number and some column below is of numbers, or where no field of it comes again in its
** column. Takes c (also on failure). Errors: EFORMAT (fields in a line, nan; with line
** and column), EINVAL (no row), EIO, ENOMEM. */
lrr_status lrr_table_read(lrr_csv *c, int header, lrr_table **out, lrr_error *err);
void lrr_table_free(lrr_table *t);

/* Different numbers of a column, ascending, at most max of them, into v; *n = max + 1
** where there are more. Cannot fail. */
void lrr_table_distinct(const lrr_table *t, size_t column, size_t max, float *v,
                        size_t *n);

/*
** A data set of one part. feature (n_feature): columns to use; texts become one column
** for each level, 1 where the row has it. target (n_target): one column of texts or
** numbers for classes, or columns of numbers. drop: rows with anything missing are left
** out; else features keep NaN (lrr_dataset_fill_missing), texts have no level set, and a
** missing target is an error. Errors: EINVAL, EFORMAT, ENOMEM.
** levels (n_feature), or NULL: the levels that columns of texts had in the data a model was
** trained on, in bytewise order; n 0 for columns of numbers. Other texts set no level.
*/
typedef struct lrr_levels {
    const char *const *name;
    size_t n;
} lrr_levels;
typedef struct lrr_table_cfg {
    const size_t *feature, *target;
    size_t n_feature, n_target;
    bool classes, drop;
    const lrr_levels *levels;
} lrr_table_cfg;
lrr_status lrr_table_dataset(const lrr_table *t, const lrr_table_cfg *cfg,
                             lrr_dataset **out, lrr_error *err);

#endif
