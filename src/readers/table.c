/* table.c -- a file is looked through; see table.h. */
#include "readers/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "readers/intern.h"
#include "readers/table_survey.h"

/* Words in a column that is nearly all numbers: at most one in so many, and few kinds. */
enum { FEW = 10, ADVICE = 160, TITLES_MOST = 10 };

typedef lrr__survey survey;

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

static bool begins_with_quote(const lrr_csv_field *f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (f[i].n > 0 && f[i].s[0] == '"')
            return true;
    return false;
}

/* Whether the last field is a text that a quote opens and that goes on behind the line's end. */
static bool ends_within_quotes(const lrr_csv_field *f, size_t n)
{
    const lrr_csv_field *last = &f[n - 1];
    return last->n > 0 && last->s[0] == '"' &&
           (last->n == 1 || last->s[last->n - 1] != '"');
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
    else if (r->t->columns == 1 && n > 1 && records > 1 && records <= TITLES_MOST)
        snprintf(out, ADVICE,
                 "; skip = %zu leaves out first lines that are titles, comment = \"T\" "
                 "those "
                 "that begin with T, delimiter says what separates fields",
                 (size_t)f[0].line - 1);
    else if (records == 1)
        snprintf(
            out, ADVICE,
            "; skip = 1 leaves out a first line that is a title, comment = \"#\" such "
            "lines, delimiter says what separates fields");
    else if (r->t->written.quote == LRR_CSV_NONE &&
             (n > r->t->columns ? begins_with_quote(f, n) : ends_within_quotes(f, n)))
        snprintf(out, ADVICE,
                 "; quote = '\"' takes what stands in quotes as one text, delimiter "
                 "says what separates fields");
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

/* The columns where the records at hand have something are kept from now on. */
static lrr_status begin_keeping(survey *r, const lrr_csv_run *run,
                                const lrr_csv_field *f, size_t n, lrr_error *err)
{
    const size_t columns = r->t->columns;
    bool *there = NULL;
    lrr_status st;
    if (r->hint == NULL || r->row > 1)
        return LRR_OK;
    st = lrr_mem_new(columns, sizeof *there, "columns", &there, err);
    for (size_t i = 0; st == LRR_OK && i < run->records * columns; i++)
        there[i % columns] |= (run->span[i].n & ~LRR_CSV_QUOTED) > 0;
    for (size_t j = 0; st == LRR_OK && j < n; j++)
        there[j] = f[j].n > 0;
    if (st == LRR_OK)
        st = lrr__table_keep(r, there, err);
    lrr_mem_free(there);
    return st;
}

/* The next records, of which one was counted: a run of plain ones, or a single one. *more: there
** was one. */
static lrr_status see_next(survey *r, size_t *records, bool *more, lrr_error *err)
{
    const lrr_csv_field *f;
    size_t n;
    lrr_csv *csv = r->t->csv;
    lrr_csv_run run;
    lrr_status st =
        lrr_csv_run_next(csv, r->t->columns, INT32_MAX - *records, &run, err);
    *more = true;
    if (st == LRR_OK && run.records > 0) {
        *records += run.records - 1;
        st = begin_keeping(r, &run, NULL, 0, err);
        return st == LRR_OK ? lrr__table_see_run(r, &run, err) : st;
    }
    if (st == LRR_OK)
        st = lrr_csv_next(csv, &f, &n, err);
    *more = st == LRR_OK && n > 0;
    if (*more)
        st = check_width(r, f, &n, *records, err);
    if (*more && st == LRR_OK)
        st = begin_keeping(r, &run, f, n, err);
    return *more && st == LRR_OK ? lrr__table_see_record(r, f, n, err) : st;
}

static lrr_status see_all(survey *r, size_t *records, lrr_error *err)
{
    const lrr_csv_field *f;
    size_t n;
    lrr_csv *csv = r->t->csv;
    lrr_status st = lrr_csv_next(csv, &f, &n, err);
    bool more = true;
    *records = 0;
    if (st == LRR_OK && n == 0)
        return lrr_csv_no_record(csv, err);
    if (st == LRR_OK)
        st = keep_first(r, f, n, err);
    r->row = 1;
    while (st == LRR_OK && more) {
        if (++*records == INT32_MAX)
            return lrr_fail(err, LRR_EINVAL, "%s has more than 2147483646 lines",
                            lrr_csv_name(csv));
        st = see_next(r, records, &more, err);
    }
    if (st == LRR_OK && r->t->shorts > 0 && r->t->shorts >= *records / 2) {
        *err = r->shorts;
        st = LRR_EFORMAT;
    }
    return st;
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
        st = lrr__table_see_first(r, err);
    if (st == LRR_OK)
        st = name_columns(r, err);
    for (size_t j = 0; j < t->columns; j++)
        t->column[j].kind = proposed(&t->column[j], t->rows);
    return st;
}

lrr_status lrr_table_survey(lrr_csv *c, int header, const lrr_field_cfg *field,
                            const lrr_table_hint *hint, lrr_table **out, lrr_error *err)
{
    survey r = { .hint = hint };
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
    r.t->text_bytes = lrr_csv_text_bytes(c);
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

/* The file is opened for both before it is looked through: another of its name is none of it. */
lrr_status lrr_table_open(const char *path, const lrr_csv_dialect *dialect, int header,
                          const lrr_field_cfg *field, const lrr_table_hint *hint,
                          lrr_table **out, lrr_error *err)
{
    lrr_csv *c;
    lrr_infile *file = NULL;
    lrr_status st = lrr_csv_open(path, dialect, &c, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    if ((st = lrr_infile_open(path, &file, err)) != LRR_OK) {
        lrr_csv_close(c);
        return st;
    }
    st = lrr_table_survey(c, header, field, hint, out, err);
    if (st != LRR_OK)
        lrr_infile_free(file);
    else
        (*out)->file = file;
    return st;
}

lrr_status lrr_table_room(lrr_table *t, const char *folder, lrr_error *err)
{
    LRR_ASSERT(t->csv != NULL);
    if (t->copy != NULL || lrr_csv_why_unplaced(t->csv) == NULL)
        return LRR_OK;
    return lrr_scratch_open(folder, t->text_bytes, &t->copy, err);
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
    lrr__stash_free(t->stash);
    lrr_table_release(t);
    lrr_csv_close(t->csv);
    lrr_csv_close(t->fed);
    lrr_infile_free(t->file);
    lrr_scratch_free(t->copy);
    lrr_mem_free(t->at);
    lrr_mem_free(t->column);
    lrr_mem_free(t->words);
    lrr_mem_free(t);
}
