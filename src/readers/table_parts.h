/*
** table_parts.h -- what a file's columns are called and what a field of theirs is to a model: for
** tables that are read whole (table.h) and row by row (rows.h), which have to agree.
*/
#ifndef LRR_READERS_TABLE_PARTS_H
#define LRR_READERS_TABLE_PARTS_H

#include <math.h>

#include "readers/intern.h"
#include "readers/table_dataset.h"

/* What the header has for a column, and its place (from 0). */
typedef struct lrr_column_name {
    const char *s; /* n bytes; n = 0: nothing */
    size_t n, at;
    bool header; /* there is one */
    const lrr_csv *csv;
} lrr_column_name;

/* *out = the name of a column, none of `used`, to which it is added: "1", "2", ... without a
** header, "Unnamed: 0" where the header has nothing, "x.1" where x is there (*renamed), as
** pandas does. Free it with lrr_mem_free. Errors: EFORMAT (too long, or no UTF-8), ENOMEM. */
lrr_status lrr_table_name(const lrr_column_name *name, lrr_intern *used, char **out,
                          bool *renamed, lrr_error *err);

/* *out = a copy of cfg, whose words are in the block *words. Errors: ENOMEM. */
lrr_status lrr_field_copy(const lrr_field_cfg *cfg, lrr_field_cfg *out, char **words,
                          lrr_error *err);

/* Whether the first line is a header, by what its fields and the rows are. */
typedef struct lrr_first_field {
    lrr_field_kind kind;
    double value;
    bool recurs; /* it comes again in its column */
} lrr_first_field;
bool lrr_table_find_header(const lrr_table *t, const lrr_first_field *first,
                           size_t records);

/* Gives the loaded rows back. */
void lrr_table_release(lrr_table *t);

/* A field as a column of this kind: a number or date as v = value - offset, else NaN. *whole
** stays true where that is a whole number. Of a category it says whether there is a text. */
typedef enum lrr_value {
    LRR_VALUE_THERE,
    LRR_VALUE_MISSING,
    LRR_VALUE_UNFIT,   /* a text, where numbers or dates are wanted */
    LRR_VALUE_INFINITE /* no finite number of 32 bits */
} lrr_value;
lrr_value lrr_table_value(const lrr_csv_field *f, const lrr_field_cfg *cfg,
                          lrr_column_kind kind, double offset, float *v, bool *whole);

/* Whether v, which is finite, is a whole number: floor() is a call on CPUs of which no more is
** known than that they have SSE2. */
static inline bool lrr_is_whole(double v)
{
    return !(fabs(v) < 0x1p52) || (double)(int64_t)v == v;
}

/* How many of n bytes at s are left without the marks at their end and the blanks before them; mark
** 0: all. A text of marks alone stays. */
size_t lrr_strip_end(const char *s, size_t n, char mark);

/* Inputs that a feature takes; SIZE_MAX where that does not fit. */
size_t lrr_feature_width(const lrr_feature *f);

/* Puts them into x, which is zero before, and gives what follows them. v: as above; of a category
** anything but NaN where there is a text, which is level number `level` (-1: none of them). */
float *lrr_feature_fill(const lrr_feature *f, float v, double offset, int32_t level,
                        float *x);

#endif
