/* table_see.c -- see table_see.h. */
#include "readers/table_see.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "readers/table_parts.h"

static bool is_exact(double v)
{
    return fabs(v) <= (double)3.4e38f && (double)(float)v == v;
}

static void see_number(lrr_column_seen *s, double v, double *last)
{
    const size_t before = s->numbers + s->marked;
    if (before == 0) {
        s->lo = s->hi = s->first = v;
        s->whole = s->exact = s->rising = s->steps = true;
    } else {
        s->lo = v < s->lo ? v : s->lo;
        s->hi = v > s->hi ? v : s->hi;
        if (s->rising && !(v > *last))
            s->rising = false;
        if (s->steps && v != *last + 1)
            s->steps = false;
    }
    /* Once it is known that it is not, nothing is computed any more. */
    if (s->whole && !lrr_is_whole(v))
        s->whole = false;
    if (s->exact && !is_exact(v))
        s->exact = false;
    *last = v;
}

/* The first bytes of a field that fit, in whole characters. */
static size_t example_size(const lrr_csv_field *f)
{
    size_t n = f->n < LRR_EXAMPLE_SIZE - 1 ? f->n : LRR_EXAMPLE_SIZE - 1;
    while (n > 0 && n < f->n && (f->s[n] & 0xc0) == 0x80) /* not within a character */
        n--;
    return n;
}

static void keep_example(char *out, const lrr_csv_field *f)
{
    const size_t n = example_size(f);
    memcpy(out, f->s, n);
    out[n] = '\0';
}

/* Whether a whole number from 2^53 on is another than its text says. */
static bool is_blurred(const lrr_csv_field *f, double v)
{
    char text[LRR_EXAMPLE_SIZE];
    const char *s = f->s;
    size_t n = f->n;
    int size;
    if (n > 0 && (*s == '+' || *s == '-')) {
        s++;
        n--;
    }
    for (; n > 1 && *s == '0'; n--)
        s++;
    for (size_t i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    size = snprintf(text, sizeof text, "%.0f", fabs(v));
    return size != (int)n || memcmp(text, s, n) != 0;
}

/* Digits that the number does not keep: of codes and ids, which are no quantities. */
static void see_digits(lrr_column_seen *s, const lrr_csv_field *f, double v)
{
    if (f->n > 1 && f->s[0] == '0' && f->s[1] >= '0' && f->s[1] <= '9' &&
        s->padded++ == 0)
        keep_example(s->padded_text, f);
    if (fabs(v) >= LRR__EXACT_END && is_blurred(f, v) && s->blurred++ == 0)
        keep_example(s->blurred_text, f);
}

static void see_word(lrr_column_seen *s, const lrr_csv_field *f)
{
    const size_t n = example_size(f);
    size_t i = 0;
    if (s->words++ == 0)
        s->word_line = f->line;
    if (s->more_words)
        return;
    while (i < LRR_EXAMPLES && s->word[i][0] != '\0') {
        if (strlen(s->word[i]) == n && memcmp(s->word[i], f->s, n) == 0)
            return;
        i++;
    }
    if (i == LRR_EXAMPLES) {
        s->more_words = true;
        return;
    }
    keep_example(s->word[i], f);
}

static void see_marked(lrr_column_seen *s, const lrr_field *v, double *last)
{
    see_number(s, v->value, last);
    if (s->marked++ == 0)
        memcpy(s->mark, v->mark, sizeof s->mark);
    else if (strcmp(s->mark, v->mark) != 0)
        s->marks_differ = true;
}

static void see_date(lrr_column_seen *s, const lrr_field *v)
{
    if (s->numbers + s->marked == 0) {
        s->lo = s->dates == 0 || v->value < s->lo ? v->value : s->lo;
        s->hi = s->dates == 0 || v->value > s->hi ? v->value : s->hi;
    }
    s->times |= v->time;
    s->dates++;
}

lrr_field_kind lrr__table_see(lrr_column_seen *s, const lrr_csv_field *f,
                              const lrr_field_cfg *cfg, double *last, lrr_field *v)
{
    const lrr_field_kind kind = lrr_field_parse(f->s, f->n, cfg, v);
    switch (kind) {
    case LRR_FIELD_MISSING:
        if (s->missing++ == 0)
            s->missing_line = f->line;
        break;
    case LRR_FIELD_NUMBER:
        see_number(s, v->value, last);
        see_digits(s, f, v->value);
        s->numbers++;
        break;
    case LRR_FIELD_MARKED:
        see_marked(s, v, last);
        break;
    case LRR_FIELD_DATE:
        see_date(s, v);
        break;
    case LRR_FIELD_INFINITE:
        if (s->infinite++ == 0) {
            s->infinite_line = f->line;
            s->infinite_column = f->column;
        }
        break;
    case LRR_FIELD_WORD:
        see_word(s, f);
        break;
    }
    return kind;
}

/* The least and the greatest of n > 0 numbers, of zeros whichever. */
static void extremes(const double *v, size_t n, double *lo, double *hi)
{
    enum { LANES = 4 };
    double least[LANES] = { v[0], v[0], v[0], v[0] };
    double most[LANES] = { v[0], v[0], v[0], v[0] };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (size_t k = 0; k < LANES; k++) {
            least[k] = v[i + k] < least[k] ? v[i + k] : least[k];
            most[k] = v[i + k] > most[k] ? v[i + k] : most[k];
        }
    }
    for (; i < n; i++) {
        least[0] = v[i] < least[0] ? v[i] : least[0];
        most[0] = v[i] > most[0] ? v[i] : most[0];
    }
    for (size_t k = 1; k < LANES; k++) {
        least[0] = least[k] < least[0] ? least[k] : least[0];
        most[0] = most[k] > most[0] ? most[k] : most[0];
    }
    *lo = least[0];
    *hi = most[0];
}

/* The first of v that is x, which is there: of two zeros the one that comes first. */
static double first_equal(const double *v, double x)
{
    while (*v != x)
        v++;
    return *v;
}

static bool all_whole(const double *v, size_t n)
{
    size_t i = 0;
    while (i < n && lrr_is_whole(v[i]))
        i++;
    return i == n;
}

static bool all_exact(const double *v, size_t n)
{
    size_t i = 0;
    while (i < n && is_exact(v[i]))
        i++;
    return i == n;
}

static void see_order(lrr_column_seen *s, const double *v, size_t n, double last)
{
    for (size_t i = 0; i < n && (s->rising || s->steps); last = v[i++]) {
        s->rising = s->rising && v[i] > last;
        s->steps = s->steps && v[i] == last + 1;
    }
}

void lrr__table_see_numbers(lrr_column_seen *s, const double *v, size_t n, double *last)
{
    double lo, hi;
    if (n > 0 && s->numbers + s->marked == 0) {
        see_number(s, *v, last);
        s->numbers++;
        v++;
        n--;
    }
    if (n == 0)
        return;
    extremes(v, n, &lo, &hi);
    if (lo < s->lo)
        s->lo = first_equal(v, lo);
    if (hi > s->hi)
        s->hi = first_equal(v, hi);
    see_order(s, v, n, *last);
    s->whole = s->whole && all_whole(v, n);
    s->exact = s->exact && all_exact(v, n);
    s->numbers += n;
    *last = v[n - 1];
}

void lrr__table_see_padded(lrr_column_seen *s, const lrr_csv_field *f)
{
    if (s->padded++ == 0)
        keep_example(s->padded_text, f);
}
