/* table_header.c -- whether the first line of a file names its columns; see table_parts.h.
**
** It does where one of its fields is a word above numbers or dates. Where there is no such
** field: where it holds words, none of which comes again below, and any numbers in it are
** names (years, or counted from 0 or 1) that the numbers below are not. */
#include <math.h>

#include "readers/table_parts.h"

static bool first_has_no_number(const lrr_table *t, const lrr_first_field *first)
{
    for (size_t j = 0; j < t->columns; j++)
        if (first[j].kind == LRR_FIELD_NUMBER)
            return false;
    return true;
}

/* Numbers or dates, but for a few words. */
static bool holds_values(const lrr_column_seen *s)
{
    return s->numbers + s->marked + s->dates > 2 * s->words;
}

static bool is_year(double v)
{
    return v >= 1900 && v <= 2100 && v == floor(v);
}

/* Whether the first line's numbers could be names: years, or the columns' places. *other: some
** number below is unlike the one above it. */
static bool numbers_are_names(const lrr_table *t, const lrr_first_field *first,
                              bool *other)
{
    bool years = true, from0 = true, from1 = true;
    size_t before = 0, numbers = 0;
    *other = false;
    for (size_t j = 0; j < t->columns; j++) {
        const lrr_column_seen *s = &t->column[j].seen;
        if (first[j].kind == LRR_FIELD_MARKED || first[j].kind == LRR_FIELD_INFINITE)
            return false;
        if (first[j].kind != LRR_FIELD_NUMBER) {
            before += numbers == 0;
            continue;
        }
        years &= is_year(first[j].value);
        from0 &= first[j].value == (double)(j - before);
        from1 &= first[j].value == (double)(j - before + 1);
        *other |= s->numbers == 0 || !s->whole || s->lo > first[j].value ||
                  s->hi < first[j].value;
        numbers++;
    }
    return numbers == 0 || years || from0 || from1;
}

/* A word above numbers or dates, or a date above numbers. */
static bool is_name_above_values(lrr_field_kind kind, const lrr_column_seen *s)
{
    if (kind == LRR_FIELD_DATE)
        return s->dates == 0 && s->numbers + s->marked > 0;
    return kind == LRR_FIELD_WORD && holds_values(s);
}

bool lrr_table_find_header(const lrr_table *t, const lrr_first_field *first,
                           size_t records)
{
    bool above = false, word = false, recurs = false, other, names;
    if (records < 2)
        return false;
    names = numbers_are_names(t, first, &other);
    for (size_t j = 0; j < t->columns; j++) {
        above |= is_name_above_values(first[j].kind, &t->column[j].seen);
        word |= first[j].kind == LRR_FIELD_WORD;
        recurs |= first[j].kind == LRR_FIELD_WORD && first[j].recurs;
        if (first[j].kind == LRR_FIELD_DATE && t->column[j].seen.dates > 0)
            return false;
    }
    if (above)
        return names;
    if (word)
        return names && !recurs && (other || first_has_no_number(t, first));
    /* 0,1,2,3 above what is not counted so: pandas names columns so that have no names. */
    return t->columns > 1 && first[0].kind == LRR_FIELD_NUMBER && first[0].value == 0 &&
           names && other;
}
