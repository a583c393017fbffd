/* table_load.c -- the second pass over a file: values as what was decided; see table.h. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "data/scale.h"
#include "readers/intern.h"
#include "readers/table.h"
#include "readers/table_parts.h"
#include "readers/text_input.h"

enum { LEVELS_MAX = 65536 };

typedef struct loading {
    lrr_table *t;
    lrr_intern **level; /* (columns) texts of the column, in order of arrival */
} loading;

static double find_offset(const lrr_column *c)
{
    const lrr_column_seen *s = &c->seen;
    return c->kind == LRR_COLUMN_DATE ? floor(s->lo)
                                      : lrr_scale_offset(s->lo, s->hi, s->exact);
}

static lrr_status not_finite(const lrr_table *t, const lrr_csv_field *f, lrr_error *err)
{
    return lrr_fail(err, LRR_EFORMAT,
                    "%s:%llu:%llu: '%.40s' is not a finite number of 32 bits; "
                    "missing_words = { \"%.40s\" } takes it as missing",
                    lrr_csv_name(t->csv), (unsigned long long)f->line,
                    (unsigned long long)f->column, f->s, f->s);
}

static lrr_status load_text(loading *r, size_t j, size_t row, const lrr_csv_field *f,
                            lrr_error *err)
{
    lrr_column *c = &r->t->column[j];
    const size_t before = lrr_intern_count(r->level[j]);
    uint32_t id;
    lrr_status st = lrr_intern_add(r->level[j], f->s, f->n, &id, err);
    if (st == LRR_EINVAL)
        return lrr_fail(err, st,
                        "%s: column %s has more than %d different texts; columns = { "
                        "[\"%s\"] = \"ignore\" } leaves it out",
                        lrr_csv_name(r->t->csv), c->name, LEVELS_MAX, c->name);
    if (st == LRR_OK && lrr_intern_count(r->level[j]) > before &&
        !lrr_is_utf8(f->s, f->n))
        return lrr_fail(
            err, LRR_EFORMAT,
            "%s:%llu:%llu: the text is not UTF-8; encoding = \"latin1\" reads "
            "what older programs write",
            lrr_csv_name(r->t->csv), (unsigned long long)f->line,
            (unsigned long long)f->column);
    c->v[row] = (float)id;
    return st;
}

static lrr_status load_field(loading *r, size_t j, size_t row, const lrr_csv_field *f,
                             lrr_error *err)
{
    lrr_column *c = &r->t->column[j];
    bool whole = true;
    switch (lrr_table_value(f, &r->t->field, c->kind, c->offset, &c->v[row], &whole)) {
    case LRR_VALUE_INFINITE:
        return not_finite(r->t, f, err);
    case LRR_VALUE_UNFIT:
        c->unfit++;
        c->missing++;
        break;
    case LRR_VALUE_MISSING:
        c->missing++;
        break;
    case LRR_VALUE_THERE:
        c->whole &= whole;
        if (c->kind == LRR_COLUMN_CATEGORY)
            return load_text(r, j, row, f, err);
        break;
    }
    return LRR_OK;
}

static lrr_status load_rows(loading *r, lrr_error *err)
{
    lrr_table *t = r->t;
    const lrr_csv_field *f;
    size_t n;
    lrr_status st = lrr_csv_rewind(t->csv, err);
    if (st == LRR_OK && t->header)
        st = lrr_csv_next(t->csv, &f, &n, err);
    for (size_t row = 0; st == LRR_OK && row < t->rows; row++) {
        st = lrr_csv_next(t->csv, &f, &n, err);
        if (st == LRR_OK && n != t->columns && n != t->columns + (t->trailing > 0))
            return lrr_fail(err, LRR_EIO, "%s changed while it was read",
                            lrr_csv_name(t->csv));
        for (size_t j = 0; st == LRR_OK && j < t->columns; j++)
            if (t->column[j].kind != LRR_COLUMN_IGNORE)
                st = load_field(r, j, row, &f[j], err);
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
        st = lrr_mem_new(n + 1, 1, "a name", &c->level[rank[i]], err);
        if (st == LRR_OK)
            memcpy(c->level[rank[i]], s, n);
    }
    for (size_t i = 0; st == LRR_OK && i < t->rows; i++)
        if (!isnan(c->v[i]))
            c->v[i] = (float)rank[(size_t)c->v[i]];
    lrr_mem_free(rank);
    return st;
}

static lrr_status start(loading *r, const lrr_column_kind *kind, const double *offset,
                        lrr_error *err)
{
    lrr_table *t = r->t;
    lrr_status st = lrr_mem_new(t->columns, sizeof *r->level, "levels", &r->level, err);
    for (size_t j = 0; st == LRR_OK && j < t->columns; j++) {
        lrr_column *c = &t->column[j];
        if (kind != NULL)
            c->kind = kind[j];
        if (c->kind == LRR_COLUMN_IGNORE)
            continue;
        c->whole = c->kind == LRR_COLUMN_NUMBER;
        if (c->kind != LRR_COLUMN_CATEGORY)
            c->offset = offset != NULL ? offset[j] : find_offset(c);
        st = lrr_mem_new(t->rows, sizeof *c->v, "a column", &c->v, err);
        if (st == LRR_OK && c->kind == LRR_COLUMN_CATEGORY)
            st = lrr_intern_new(LEVELS_MAX, &r->level[j], err);
    }
    return st;
}

lrr_status lrr_table_load(lrr_table *t, const lrr_column_kind *kind,
                          const double *offset, lrr_error *err)
{
    loading r = { .t = t };
    lrr_status st;
    if (t->csv == NULL)
        return lrr_fail(err, LRR_EINVAL, "the table is loaded already");
    st = start(&r, kind, offset, err);
    if (st == LRR_OK)
        st = load_rows(&r, err);
    for (size_t j = 0; st == LRR_OK && j < t->columns; j++)
        if (t->column[j].kind == LRR_COLUMN_CATEGORY)
            st = rank_levels(t, j, r.level[j], err);
    for (size_t j = 0; r.level != NULL && j < t->columns; j++)
        lrr_intern_free(r.level[j]);
    lrr_mem_free(r.level);
    lrr_csv_close(t->csv);
    t->csv = NULL;
    return st;
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
