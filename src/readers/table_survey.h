/* table_survey.h -- what table.c and table_run.c share of looking through a file. */
#ifndef LRR_READERS_TABLE_SURVEY_H
#define LRR_READERS_TABLE_SURVEY_H

#include "readers/table_parts.h"
#include "readers/table_stash.h"

typedef struct lrr__survey {
    lrr_table *t;
    lrr_intern *names;      /* fields of the first line */
    lrr_first_field *first; /* (columns) */
    uint32_t *id;           /* (columns) the first line's text, an id of names */
    uint64_t line;
    double *last;     /* (columns) the number before */
    lrr_error shorts; /* the failure that the first row of fewer fields would be */
    const lrr_table_hint *hint;
    size_t row; /* records before the one at hand */
} lrr__survey;

/* Looks at one record, or at a run of plain ones. Errors: ENOMEM. */
lrr_status lrr__table_see_record(lrr__survey *r, const lrr_csv_field *f, size_t n,
                                 lrr_error *err);
lrr_status lrr__table_see_run(lrr__survey *r, const lrr_csv_run *run, lrr_error *err);

/* The first line is a row after all. Errors: ENOMEM. */
lrr_status lrr__table_see_first(lrr__survey *r, lrr_error *err);

/* Values are kept from now on. there (columns): the columns where the first rows have something.
** Errors: ENOMEM. */
lrr_status lrr__table_keep(lrr__survey *r, bool *there, lrr_error *err);

#endif
