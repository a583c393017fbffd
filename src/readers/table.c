/* table.c -- see table.h. */
#include "readers/table.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "readers/intern.h"
#include "readers/number.h"

enum { LEVELS_MAX = 65536 };

/* What the first pass learns of a column. */
typedef struct survey {
    bool text;                     /* some field below the first line is no number */
    bool first_text;               /* the first line's is no number */
    bool first_missing;            /* or has nothing */
    bool recurs;                   /* the first line's field comes again */
    uint64_t nan_line, nan_column; /* first field that is not finite; 0: none */
    lrr_intern *level;             /* texts of the column, when the kind is known */
    uint32_t first;                /* the first line's text, an id of names */
} survey;

typedef struct reading {
    lrr_csv *csv;
    lrr_intern *names; /* fields of the first line */
    survey *s;         /* (columns) */
    lrr_table *t;
} reading;

static bool is_missing(const lrr_csv_field *f)
{
    static const char *const word[] = { "", "?", "NA", "N/A", "null", "NULL", "None" };
    const char *p = f->s;
    size_t n = f->n;
    while (n > 0 && *p == ' ') {
        p++;
        n--;
    }
    while (n > 0 && p[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (n == strlen(word[i]) && memcmp(p, word[i], n) == 0)
            return true;
    return false;
}

static lrr_status survey_first(reading *r, const lrr_csv_field *f, size_t n,
                               lrr_error *err)
{
    lrr_status st = lrr_mem_new(n, sizeof *r->s, "columns", &r->s, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *r->t->column, "columns", &r->t->column, err);
    if (st != LRR_OK)
        return st;
    r->t->columns = n;
    for (size_t j = 0; st == LRR_OK && j < n; j++) {
        double v;
        r->s[j].first_missing = is_missing(&f[j]);
        r->s[j].first_text = !r->s[j].first_missing &&
                             lrr_number_parse(f[j].s, f[j].n, &v) == LRR_NUMBER_NOT;
        st = lrr_intern_add(r->names, f[j].s, f[j].n, &r->s[j].first, err);
    }
    return st;
}

static void survey_field(reading *r, survey *s, const lrr_csv_field *f)
{
    double v;
    size_t n;
    const char *first;
    lrr_number kind;
    if (is_missing(f))
        return;
    kind = lrr_number_parse(f->s, f->n, &v);
    if (kind == LRR_NUMBER_NOT)
        s->text = true;
    else if (kind == LRR_NUMBER_NONFINITE && s->nan_line == 0) {
        s->nan_line = f->line;
        s->nan_column = f->column;
    }
    first = lrr_intern_text(r->names, s->first, &n);
    s->recurs |= f->n == n && memcmp(first, f->s, n) == 0;
}

static lrr_status survey_all(reading *r, size_t *records, lrr_error *err)
{
    const lrr_csv_field *f;
    size_t n;
    lrr_status st = lrr_csv_next(r->csv, &f, &n, err);
    *records = 0;
    if (st == LRR_OK && n == 0)
        return lrr_fail(err, LRR_EINVAL, "%s is empty", lrr_csv_name(r->csv));
    if (st == LRR_OK)
        st = survey_first(r, f, n, err);
    while (st == LRR_OK) {
        ++*records;
        st = lrr_csv_next(r->csv, &f, &n, err);
        if (st != LRR_OK || n == 0)
            break;
        if (n != r->t->columns)
            return lrr_fail(err, LRR_EFORMAT, "%s:%llu:%llu: %zu fields, want %zu",
                            lrr_csv_name(r->csv), (unsigned long long)f[n - 1].line,
                            (unsigned long long)f[n - 1].column, n, r->t->columns);
        if (*records == INT32_MAX)
            return lrr_fail(err, LRR_EINVAL, "%s has more than 2147483646 lines",
                            lrr_csv_name(r->csv));
        for (size_t j = 0; j < n; j++)
            survey_field(r, &r->s[j], &f[j]);
    }
    return st;
}

static bool find_header(const reading *r, size_t records)
{
    bool numbers = false, recurs = false;
    if (records < 2)
        return false;
    for (size_t j = 0; j < r->t->columns; j++) {
        if (!r->s[j].first_text)
            return false;
        numbers |= !r->s[j].text;
        recurs |= r->s[j].recurs;
    }
    return numbers || !recurs;
}

static lrr_status copy_text(const char *s, size_t n, char **out, lrr_error *err)
{
    lrr_status st = lrr_mem_new(n + 1, 1, "a name", out, err);
    if (st == LRR_OK)
        memcpy(*out, s, n);
    return st;
}

static lrr_status name_column(reading *r, size_t j, lrr_error *err)
{
    char number[24];
    size_t n = (size_t)snprintf(number, sizeof number, "%zu", j + 1);
    const char *name = number;
    if (r->t->header) {
        name = lrr_intern_text(r->names, r->s[j].first, &n);
        if (r->s[j].first != j) /* ids count up while names are new */
            return lrr_fail(err, LRR_EFORMAT, "%s: columns %zu and %zu are both '%s'",
                            lrr_csv_name(r->csv), (size_t)r->s[j].first + 1, j + 1,
                            name);
    }
    return copy_text(name, n, &r->t->column[j].name, err);
}

static lrr_status start_columns(reading *r, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t j = 0; st == LRR_OK && j < r->t->columns; j++) {
        lrr_column *c = &r->t->column[j];
        const survey *s = &r->s[j];
        c->text = s->text || (!r->t->header && s->first_text);
        c->whole = !c->text;
        if (!c->text && s->nan_line > 0)
            return lrr_fail(err, LRR_EFORMAT,
                            "%s:%llu:%llu: a value that is not finite in a column of "
                            "numbers",
                            lrr_csv_name(r->csv), (unsigned long long)s->nan_line,
                            (unsigned long long)s->nan_column);
        st = name_column(r, j, err);
        if (st == LRR_OK)
            st = lrr_mem_new(r->t->rows, sizeof *c->v, "a column", &c->v, err);
        if (st == LRR_OK && c->text)
            st = lrr_intern_new(LEVELS_MAX, &r->s[j].level, err);
    }
    return st;
}

static lrr_status read_field(reading *r, size_t j, size_t row, const lrr_csv_field *f,
                             lrr_error *err)
{
    lrr_column *c = &r->t->column[j];
    double v = 0;
    uint32_t id;
    lrr_status st;
    if (is_missing(f)) {
        c->v[row] = NAN;
        if (c->missing++ == 0)
            c->missing_line = f->line;
        return LRR_OK;
    }
    if (c->text) {
        if ((st = lrr_intern_add(r->s[j].level, f->s, f->n, &id, err)) != LRR_OK)
            return lrr_fail(err, st, "%s: column %s has more than %d different texts",
                            lrr_csv_name(r->csv), c->name, LEVELS_MAX);
        c->v[row] = (float)id;
        return LRR_OK;
    }
    if (lrr_number_parse(f->s, f->n, &v) != LRR_NUMBER_FINITE || !isfinite((float)v))
        return lrr_fail(err, LRR_EFORMAT,
                        "%s:%llu:%llu: '%.40s' is not a finite number of 32 bits",
                        lrr_csv_name(r->csv), (unsigned long long)f->line,
                        (unsigned long long)f->column, f->s);
    c->v[row] = (float)v;
    c->whole &= v == floor(v);
    return LRR_OK;
}

static lrr_status read_rows(reading *r, lrr_error *err)
{
    const lrr_csv_field *f;
    size_t n;
    lrr_status st = lrr_csv_rewind(r->csv, err);
    if (st == LRR_OK && r->t->header)
        st = lrr_csv_next(r->csv, &f, &n, err);
    for (size_t row = 0; st == LRR_OK && row < r->t->rows; row++) {
        st = lrr_csv_next(r->csv, &f, &n, err);
        if (st == LRR_OK && n != r->t->columns)
            return lrr_fail(err, LRR_EIO, "%s changed while it was read",
                            lrr_csv_name(r->csv));
        for (size_t j = 0; st == LRR_OK && j < n; j++)
            st = read_field(r, j, row, &f[j], err);
    }
    return st;
}

/* Ids of texts in order of arrival become ranks in bytewise order. */
static lrr_status rank_levels(lrr_table *t, size_t j, const lrr_intern *level,
                              lrr_error *err)
{
    lrr_column *c = &t->column[j];
    const size_t levels = lrr_intern_count(level);
    uint32_t *rank = NULL;
    lrr_status st = lrr_mem_new(levels, sizeof *rank, "levels", &rank, err);
    if (st == LRR_OK)
        st = lrr_mem_new(levels, sizeof *c->level, "levels", &c->level, err);
    if (st == LRR_OK)
        st = lrr_intern_rank(level, rank, err);
    c->levels = st == LRR_OK ? levels : 0;
    for (uint32_t i = 0; st == LRR_OK && i < levels; i++) {
        size_t n;
        const char *s = lrr_intern_text(level, i, &n);
        st = copy_text(s, n, &c->level[rank[i]], err);
    }
    for (size_t i = 0; st == LRR_OK && i < t->rows; i++)
        if (!isnan(c->v[i]))
            c->v[i] = (float)rank[(size_t)c->v[i]];
    lrr_mem_free(rank);
    return st;
}

static lrr_status read_all(reading *r, int header, lrr_error *err)
{
    size_t records;
    lrr_status st = lrr_intern_new(LRR_CSV_FIELDS_MAX, &r->names, err);
    if (st == LRR_OK)
        st = survey_all(r, &records, err);
    if (st != LRR_OK)
        return st;
    r->t->header = header < 0 ? find_header(r, records) : header != 0;
    r->t->rows = records - r->t->header;
    if (r->t->rows == 0)
        return lrr_fail(err, LRR_EINVAL, "%s has a header and no row",
                        lrr_csv_name(r->csv));
    st = start_columns(r, err);
    if (st == LRR_OK)
        st = read_rows(r, err);
    for (size_t j = 0; st == LRR_OK && j < r->t->columns; j++)
        if (r->t->column[j].text)
            st = rank_levels(r->t, j, r->s[j].level, err);
    return st;
}

lrr_status lrr_table_read(lrr_csv *c, int header, lrr_table **out, lrr_error *err)
{
    reading r = { .csv = c };
    lrr_status st = lrr_mem_new(1, sizeof *r.t, "a table", &r.t, err);
    *out = NULL;
    if (st == LRR_OK) {
        r.t->delimiter = lrr_csv_delimiter(c);
        st = read_all(&r, header, err);
    }
    for (size_t j = 0; r.s != NULL && j < r.t->columns; j++)
        lrr_intern_free(r.s[j].level);
    lrr_mem_free(r.s);
    lrr_intern_free(r.names);
    lrr_csv_close(c);
    if (st != LRR_OK) {
        lrr_table_free(r.t);
        return st;
    }
    *out = r.t;
    return LRR_OK;
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
        lrr_mem_free(c->v);
    }
    lrr_mem_free(t->column);
    lrr_mem_free(t);
}

void lrr_table_distinct(const lrr_table *t, size_t column, size_t max, float *v,
                        size_t *n)
{
    const lrr_column *c = &t->column[column];
    *n = 0;
    for (size_t i = 0; i < t->rows && *n <= max; i++) {
        size_t k = 0, m = *n;
        if (isnan(c->v[i]))
            continue;
        while (k < m) {
            size_t mid = k + (m - k) / 2;
            if (v[mid] < c->v[i])
                k = mid + 1;
            else
                m = mid;
        }
        if (k < *n && v[k] == c->v[i])
            continue;
        if (*n == max) {
            *n = max + 1;
            return;
        }
        for (m = *n; m > k; m--)
            v[m] = v[m - 1];
        v[k] = c->v[i];
        ++*n;
    }
}
