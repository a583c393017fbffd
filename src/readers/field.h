/*
** field.h -- what one field of a table is: nothing, a number, a date, or a word.
**
** Numbers are those of number.h, and with a mark around them: "12 %", "$1,200.50", "5 €"; their
** thousands may be set apart, in groups of three. Dates are those of ISO 8601 and RFC 3339:
** 2020-01-31 or 2020/01/31, with or without a time of day and an offset.
** What counts as missing: the words of pandas.read_csv, with more of the kind (field.c).
*/
#ifndef LRR_READERS_FIELD_H
#define LRR_READERS_FIELD_H

#include <stdbool.h>
#include <stddef.h>

typedef enum lrr_field_kind {
    LRR_FIELD_MISSING,
    LRR_FIELD_NUMBER, /* value */
    LRR_FIELD_MARKED, /* value, with a mark */
    LRR_FIELD_DATE, /* value: days since 1970-01-01, in UTC where an offset is given */
    LRR_FIELD_INFINITE, /* inf, or a number above a double's */
    LRR_FIELD_WORD
} lrr_field_kind;

typedef struct lrr_field_cfg {
    char decimal; /* . or , */
    char
        thousands; /* between groups of three; blank: of any width; 0: only a comma with . */
    const char *const *word; /* (words) what is missing too */
    size_t words;
} lrr_field_cfg;

typedef struct lrr_field {
    double value;
    char mark[4]; /* "%", "$", "€", "£", "¥" or "," (thousands alone); NUL-terminated */
    bool time; /* of a date: it has a time of day */
} lrr_field;

/* What stands before the fraction of a number. */
static inline char lrr_field_point(const lrr_field_cfg *cfg)
{
    return cfg->decimal == ',' ? ',' : '.';
}

/* s (n bytes). Cannot fail. */
lrr_field_kind lrr_field_parse(const char *s, size_t n, const lrr_field_cfg *cfg,
                               lrr_field *out);

/* Whether it is one of cfg's words, as it stands. */
bool lrr_field_is_given(const char *s, size_t n, const lrr_field_cfg *cfg);

/* The parts of days since 1970-01-01: month 1..12, weekday 0 (Monday)..6, hour 0..24. */
typedef struct lrr_day_parts {
    int month, weekday;
    double hour;
} lrr_day_parts;
lrr_day_parts lrr_day_parts_of(double days);

#endif
