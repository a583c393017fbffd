/*
** table_see.h -- what a column holds, field by field, or many numbers at once; which of the two is
** taken makes no difference to what is seen.
*/
#ifndef LRR_READERS_TABLE_SEE_H
#define LRR_READERS_TABLE_SEE_H

#include "readers/table.h"

/* Whole numbers that a double holds, each of them, end here. */
#define LRR__EXACT_END 0x1p53

/* *last: the column's number before, and afterwards. *v is the field as lrr_field_parse has it. */
lrr_field_kind lrr__table_see(lrr_column_seen *s, const lrr_csv_field *f,
                              const lrr_field_cfg *cfg, double *last, lrr_field *v);

/* n numbers (LRR_FIELD_NUMBER) below LRR__EXACT_END in the order of their rows. */
void lrr__table_see_numbers(lrr_column_seen *s, const double *v, size_t n,
                            double *last);

/* Of one of these, that it is written as 0123. */
void lrr__table_see_padded(lrr_column_seen *s, const lrr_csv_field *f);

#endif
