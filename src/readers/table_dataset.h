/*
** table_dataset.h -- columns of a table as a data set.
*/
#ifndef LRR_READERS_TABLE_DATASET_H
#define LRR_READERS_TABLE_DATASET_H

#include "data/dataset.h"
#include "readers/table.h"

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
