/*
** table_stored.h -- rows of a table that stay in their file, or in a copy of it on the disk (what is
** packed or not UTF-8): read at their places and parsed again as they are used (data/stored.h), to the values that they would have in memory.
*/
#ifndef LRR_READERS_TABLE_STORED_H
#define LRR_READERS_TABLE_STORED_H

#include "data/stored.h"
#include "readers/table_dataset.h"

typedef struct lrr__table_rows lrr__table_rows;

/* What a row lacks: features without a value, texts that are no level of their column. */
typedef struct lrr__table_gaps {
    size_t missing, unseen;
} lrr__table_gaps;

/* The rows of t, which was loaded so that they stay in the file; that is taken off it. What feature
** (n_feature) points to is copied. Errors: ENOMEM. */
lrr_status lrr__table_rows_new(lrr_table *t, const lrr_feature *feature,
                               size_t n_feature, lrr__table_rows **out, lrr_error *err);
void lrr__table_rows_free(lrr__table_rows *r); /* NULL is fine */

/* out (n) = what rows at .. at + n - 1 lack. Errors: EIO, ENOMEM. */
lrr_status lrr__table_rows_gaps(lrr__table_rows *r, size_t at, size_t n,
                                lrr__table_gaps *out, lrr_error *err);

/* They become the rows of d. r is taken, on failure too. Errors: ENOMEM. */
lrr_status lrr__table_rows_store(lrr__table_rows *r, lrr_dataset *d, lrr_error *err);

#endif
