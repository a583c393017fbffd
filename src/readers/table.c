/* table.c -- the columns of a file, in two passes; see table.h. */
#include "readers/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "readers/intern.h"
#include "readers/table_parts.h"

/* Words in a column that is nearly all numbers: at most one in so many, and few kinds. */
enum { FEW = 10, ADVICE = 160 };

/* Whole numbers that are all held exactly end here. */
static const double EXACT = 9007199254740992.0;

typedef struct survey {
    lrr_table *t;
    lrr_intern *names;      /* fields of the first line */
    lrr_first_field *first; /* (columns) */
    uint32_t *id;           /* (columns) the first line's text, an id of names */
    uint64_t line;
    double *last;     /* (columns) the number before */
    lrr_error shorts; /* the failure that the first row of fewer fields would be */
} survey;

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
    if (s->exact && !(fabs(v) <= (double)3.4e38f && (double)(float)v == v))
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
    if (fabs(v) >= EXACT && is_blurred(f, v) && s->blurred++ == 0)
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

static lrr_field_kind see(survey *r, size_t j, const lrr_csv_field *f)
{
    lrr_column_seen *s = &r->t->column[j].seen;
    lrr_field v;
    const lrr_field_kind kind = lrr_field_parse(f->s, f->n, &r->t->field, &v);
    switch (kind) {
    case LRR_FIELD_MISSING:
        if (s->missing++ == 0)
            s->missing_line = f->line;
        break;
    case LRR_FIELD_NUMBER:
        see_number(s, v.value, &r->last[j]);
        see_digits(s, f, v.value);
        s->numbers++;
        break;
    case LRR_FIELD_MARKED:
        see_marked(s, &v, &r->last[j]);
        break;
    case LRR_FIELD_DATE:
        see_date(s, &v);
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

static lrr_status new_columns(survey *r, size_t n, lrr_error *err)
{
    lrr_status st = lrr_mem_new(n, sizeof *r->t->column, "columns", &r->t->column, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *r->first, "columns", &r->first, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *r->id, "columns", &r->id, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *r->last, "columns", &r->last, err);
    if (st == LRR_OK)
        r->t->columns = n;
    return st;
}

static lrr_status keep_first(survey *r, const lrr_csv_field *f, size_t n,
                             lrr_error *err)
{
    lrr_status st = new_columns(r, n + 1, err); /* one more: names_short */
    r->t->columns = n;
    r->line = f[0].line;
    for (size_t j = 0; st == LRR_OK && j < n; j++) {
        lrr_field v;
        r->first[j].kind = lrr_field_parse(f[j].s, f[j].n, &r->t->field, &v);
        r->first[j].value = v.value;
        st = lrr_intern_add(r->names, f[j].s, f[j].n, &r->id[j], err);
    }
    return st;
}

/* A header that names one column less than the rows have: as R writes row names. */
static void shift_names(survey *r)
{
    const size_t n = r->t->columns++;
    memmove(r->id + 1, r->id, n * sizeof *r->id);
    memmove(r->first + 1, r->first, n * sizeof *r->first);
    r->first[0] = (lrr_first_field){ .kind = LRR_FIELD_MISSING };
    r->t->names_short = true;
}

/* What lines that are no rows begin with: the one at hand, or the first one; 0: nothing known. */
static char comment_of(const survey *r, const lrr_csv_field *f)
{
    static const char marks[] = "#%;!/*@";
    const char *first = lrr_intern_text(r->names, r->id[0], NULL);
    if (!f[0].quoted && f[0].n > 0 && strchr(marks, f[0].s[0]) != NULL)
        return f[0].s[0];
    return first[0] != '\0' && strchr(marks, first[0]) != NULL ? first[0] : '\0';
}

/* What makes a line of another width readable, into out. */
static void width_advice(const survey *r, const lrr_csv_field *f, size_t n,
                         size_t records, char out[ADVICE])
{
    const char mark = comment_of(r, f), *looks = r->t->looks;
    if (looks != NULL)
        snprintf(out, ADVICE,
                 "; the file looks like %s, which is no table of separated values",
                 looks);
    else if (mark != '\0')
        snprintf(
            out, ADVICE,
            "; comment = \"%c\" leaves out lines that begin so, skip = 1 a first line "
            "that is a title",
            mark);
    else if (records == 1)
        snprintf(
            out, ADVICE,
            "; skip = 1 leaves out a first line that is a title, comment = \"#\" such "
            "lines, delimiter says what separates fields");
    else if (n > r->t->columns)
        snprintf(
            out, ADVICE,
            "; a text with a delimiter in it stands in quotes, delimiter says what "
            "separates fields");
    else
        snprintf(
            out, ADVICE,
            "; what is missing stands as an empty field, comment = \"T\" leaves out "
            "lines that begin with T, delimiter says what separates fields");
}

static lrr_status wrong_width(const survey *r, const lrr_csv_field *f, size_t n,
                              size_t records, lrr_error *err)
{
    char advice[ADVICE];
    width_advice(r, f, n, records, advice);
    return lrr_fail(err, LRR_EFORMAT, "%s:%llu:%llu: %zu field%s, want %zu%s",
                    lrr_csv_name(r->t->csv), (unsigned long long)f[n - 1].line,
                    (unsigned long long)f[n - 1].column, n, n == 1 ? "" : "s",
                    r->t->columns, advice);
}

/* A row of fewer fields than columns, and what is said of it should half of all be so. */
static void see_short(survey *r, const lrr_csv_field *f, size_t n, size_t records)
{
    lrr_table *t = r->t;
    if (t->shorts++ == 0) {
        t->short_line = f[n - 1].line;
        t->short_fields = n;
        (void)wrong_width(r, f, n, records, &r->shorts);
    }
}

static bool begins_with_words(const survey *r, size_t n)
{
    bool words = true;
    for (size_t j = 0; j < n; j++)
        words &= r->first[j].kind == LRR_FIELD_WORD;
    return words;
}

/* A header that ends in a delimiter too many. */
static bool names_nothing_last(const survey *r)
{
    const size_t last = r->t->columns - 1;
    size_t n;
    (void)lrr_intern_text(r->names, r->id[last], &n);
    return n == 0 && last > 0 && begins_with_words(r, last);
}

static lrr_status check_width(survey *r, const lrr_csv_field *f, size_t *n,
                              size_t records, lrr_error *err)
{
    lrr_table *t = r->t;
    if (*n == t->columns)
        return LRR_OK;
    if (*n + 1 == t->columns && records == 1 && names_nothing_last(r)) {
        t->columns--;
        t->trailing++;
        return LRR_OK;
    }
    if (*n < t->columns) {
        see_short(r, f, *n, records);
        return LRR_OK;
    }
    if (*n == t->columns + 1 && f[*n - 1].n == 0 && !f[*n - 1].quoted) {
        t->trailing++;
        --*n;
        return LRR_OK;
    }
    if (*n == t->columns + 1 && records == 1 && t->columns > 1 &&
        begins_with_words(r, t->columns)) {
        shift_names(r);
        return LRR_OK;
    }
    return wrong_width(r, f, *n, records, err);
}

static bool is_first_again(const survey *r, size_t j, const lrr_csv_field *f)
{
    size_t n;
    const char *first = lrr_intern_text(r->names, r->id[j], &n);
    return f->n == n && memcmp(first, f->s, n) == 0;
}

static void see_record(survey *r, const lrr_csv_field *f, size_t n)
{
    const lrr_csv_field nothing = { .s = "", .line = f[0].line, .column = 1 };
    bool again = false;
    for (size_t j = n; j < r->t->columns; j++)
        see(r, j, &nothing);
    for (size_t j = 0; j < n; j++) {
        see(r, j, &f[j]);
        if (r->first[j].kind == LRR_FIELD_WORD && !r->first[j].recurs)
            again |= r->first[j].recurs = is_first_again(r, j, &f[j]);
    }
    for (size_t j = 0; again && j < r->t->columns; j++)
        again = is_first_again(r, j, j < n ? &f[j] : &nothing);
    if (again)
        r->t->again_line = f[0].line;
}

static lrr_status see_all(survey *r, size_t *records, lrr_error *err)
{
    const lrr_csv_field *f;
    size_t n;
    lrr_csv *csv = r->t->csv;
    lrr_status st = lrr_csv_next(csv, &f, &n, err);
    *records = 0;
    if (st == LRR_OK && n == 0)
        return lrr_csv_no_record(csv, err);
    if (st == LRR_OK)
        st = keep_first(r, f, n, err);
    while (st == LRR_OK) {
        if (++*records == INT32_MAX)
            return lrr_fail(err, LRR_EINVAL, "%s has more than 2147483646 lines",
                            lrr_csv_name(csv));
        st = lrr_csv_next(csv, &f, &n, err);
        if (st != LRR_OK || n == 0)
            break;
        st = check_width(r, f, &n, *records, err);
        if (st == LRR_OK)
            see_record(r, f, n);
    }
    if (st == LRR_OK && r->t->shorts > 0 && r->t->shorts >= *records / 2) {
        *err = r->shorts;
        st = LRR_EFORMAT;
    }
    return st;
}

/* The first line is a row after all. */
static void see_first(survey *r)
{
    for (size_t j = 0; j < r->t->columns; j++) {
        size_t n;
        const char *s = lrr_intern_text(r->names, r->id[j], &n);
        const lrr_csv_field f = { .s = s, .n = n, .line = r->line, .column = 1 };
        lrr_column_seen *seen = &r->t->column[j].seen;
        const uint64_t missing_line = seen->missing_line;
        see(r, j, &f);
        if (seen->missing_line != 0 && missing_line != 0 && n == 0)
            seen->missing_line = r->line;
        seen->rising = seen->steps = false; /* seen out of order */
    }
}

static lrr_column_kind proposed(const lrr_column *c, size_t rows)
{
    const lrr_column_seen *s = &c->seen;
    const size_t numbers = s->numbers + s->marked + s->infinite;
    const size_t present = rows - s->missing;
    const bool few = s->words > 0 && s->words * FEW <= present && !s->more_words;
    if (present == 0)
        return LRR_COLUMN_IGNORE;
    if (numbers + s->words == present && (s->words == 0 || few) && !s->marks_differ &&
        (s->marked == 0 || s->numbers == 0 || strcmp(s->mark, ",") == 0))
        return LRR_COLUMN_NUMBER;
    if (s->dates + s->words == present && (s->words == 0 || few))
        return LRR_COLUMN_DATE;
    return LRR_COLUMN_CATEGORY;
}

static lrr_status new_name(survey *r, lrr_intern *used, size_t j, lrr_error *err)
{
    lrr_column *c = &r->t->column[j];
    lrr_column_name name = { .at = j, .header = r->t->header, .csv = r->t->csv };
    bool renamed = false;
    lrr_status st;
    if (r->t->header && !(r->t->names_short && j == 0))
        name.s = lrr_intern_text(r->names, r->id[j], &name.n);
    c->unnamed = r->t->header && name.n == 0;
    st = lrr_table_name(&name, used, &c->name, &renamed, err);
    r->t->renamed += renamed;
    return st;
}

static lrr_status name_columns(survey *r, lrr_error *err)
{
    lrr_intern *used = NULL;
    lrr_status st = lrr_intern_new(LRR_CSV_FIELDS_MAX + 1, &used, err);
    for (size_t j = 0; st == LRR_OK && j < r->t->columns; j++)
        st = new_name(r, used, j, err);
    lrr_intern_free(used);
    return st;
}

static lrr_status survey_all(survey *r, int header, lrr_error *err)
{
    lrr_table *t = r->t;
    size_t records;
    lrr_status st = lrr_intern_new(LRR_CSV_FIELDS_MAX, &r->names, err);
    if (st == LRR_OK)
        st = see_all(r, &records, err);
    if (st != LRR_OK)
        return st;
    t->header = header < 0
                    ? t->names_short || lrr_table_find_header(t, r->first, records)
                    : header != 0;
    if (t->names_short && !t->header)
        return lrr_fail(err, LRR_EFORMAT,
                        "%s: the first line has a field less than the "
                        "others",
                        lrr_csv_name(t->csv));
    if (records == 1 && header < 0) { /* names alone, unless all of it could be a row */
        for (size_t j = 0; j < t->columns; j++)
            t->header |= r->first[j].kind == LRR_FIELD_WORD && t->columns > 1;
        for (size_t j = 0; j < t->columns; j++)
            t->header &= r->first[j].kind == LRR_FIELD_WORD;
    }
    t->rows = records - t->header;
    if (t->rows == 0)
        return lrr_fail(err, LRR_EINVAL,
                        "%s has a header and no row; header = false "
                        "takes the line as a row",
                        lrr_csv_name(t->csv));
    if (!t->header)
        see_first(r);
    st = name_columns(r, err);
    for (size_t j = 0; j < t->columns; j++)
        t->column[j].kind = proposed(&t->column[j], t->rows);
    return st;
}

lrr_status lrr_table_survey(lrr_csv *c, int header, const lrr_field_cfg *field,
                            lrr_table **out, lrr_error *err)
{
    survey r = { .t = NULL };
    lrr_status st = lrr_mem_new(1, sizeof *r.t, "a table", &r.t, err);
    *out = NULL;
    if (st != LRR_OK) {
        lrr_csv_close(c);
        return st;
    }
    r.t->csv = c;
    r.t->written = *lrr_csv_written(c);
    r.t->looks = lrr_csv_looks(c);
    st = lrr_field_copy(field, &r.t->field, &r.t->words, err);
    if (st == LRR_OK)
        st = survey_all(&r, header, err);
    lrr_intern_free(r.names);
    lrr_mem_free(r.first);
    lrr_mem_free(r.id);
    lrr_mem_free(r.last);
    if (st != LRR_OK) {
        lrr_table_free(r.t);
        return st;
    }
    *out = r.t;
    return LRR_OK;
}

void lrr_table_release(lrr_table *t)
{
    for (size_t i = 0; i < t->blocks; i++)
        lrr_mem_free(t->block[i]);
    lrr_mem_free(t->block);
    t->block = NULL;
    t->blocks = 0;
}

void lrr_table_free(lrr_table *t)
{
    if (t == NULL)
        return;
    for (size_t j = 0; t->column != NULL && j < t->columns; j++) {
        lrr_column *c = &t->column[j];
        for (size_t i = 0; i < c->levels; i++)
            lrr_mem_free(c->level[i]);
        lrr_mem_free(c->level);
        lrr_mem_free(c->name);
    }
    lrr_table_release(t);
    lrr_csv_close(t->csv);
    lrr_mem_free(t->column);
    lrr_mem_free(t->words);
    lrr_mem_free(t);
}
