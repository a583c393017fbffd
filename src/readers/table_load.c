/* table_load.c -- values as what was decided: those that were kept while the file was looked through,
** and those that are read now; see table.h. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "data/scale.h"
#include "readers/intern.h"
#include "readers/table_parts.h"
#include "readers/table_stash.h"
#include "readers/text_input.h"

enum { LEVELS_MAX = 65536 };

typedef struct loading {
    lrr_table *t;
    lrr_intern **level; /* (columns) texts of the column, in order of arrival */
    size_t *unread;     /* (n_unread) columns whose values were not kept */
    size_t n_unread;
    float unkept; /* takes what stays in the file */
} loading;

static double find_offset(const lrr_column *c)
{
    const lrr_column_seen *s = &c->seen;
    return c->kind == LRR_COLUMN_DATE ? floor(s->lo)
                                      : lrr_scale_offset(s->lo, s->hi, s->exact);
}

static lrr_status not_finite(const lrr_table *t, const lrr_csv_field *f, lrr_error *err)
{
    const int shown = f->n < 40 ? (int)f->n : 40;
    return lrr_fail(err, LRR_EFORMAT,
                    "%s:%llu:%llu: '%.*s' is not a finite number of 32 bits; "
                    "missing_words = { \"%.*s\" } takes it as missing",
                    lrr_csv_name(t->csv), (unsigned long long)f->line,
                    (unsigned long long)f->column, shown, f->s, shown, f->s);
}

static lrr_status load_text(loading *r, size_t j, const lrr_csv_field *f, float *v,
                            lrr_error *err)
{
    lrr_column *c = &r->t->column[j];
    const size_t before = lrr_intern_count(r->level[j]);
    const size_t n = lrr_strip_end(f->s, f->n, c->strip);
    uint32_t id;
    lrr_status st = lrr_intern_add(r->level[j], f->s, n, &id, err);
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
    *v = (float)id;
    return st;
}

static lrr_status load_field(loading *r, size_t j, const lrr_csv_field *f, float *v,
                             lrr_error *err)
{
    lrr_column *c = &r->t->column[j];
    bool whole = c->whole;
    switch (lrr_table_value(f, &r->t->field, c->kind, c->offset, v, &whole)) {
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
        c->whole = whole;
        if (c->kind == LRR_COLUMN_CATEGORY)
            return load_text(r, j, f, v, err);
        break;
    }
    return LRR_OK;
}

/* Where column j of the row at v is loaded. */
static float *place_of(loading *r, size_t j, float *v)
{
    const size_t slot = r->t->column[j].slot;
    return slot == LRR_TABLE_NO_SLOT ? &r->unkept : v + slot;
}

static lrr_status load_row(loading *r, const lrr_csv_field *f, size_t n, float *v,
                           lrr_error *err)
{
    const lrr_csv_field nothing = { .s = "", .line = f[0].line, .column = 1 };
    lrr_status st = LRR_OK;
    for (size_t k = 0; st == LRR_OK && k < r->n_unread; k++) {
        const size_t j = r->unread[k];
        st = load_field(r, j, j < n ? &f[j] : &nothing, place_of(r, j, v), err);
    }
    return st;
}

/* Row `row` is from..to of the file. */
static void note_place(lrr_table *t, size_t row, uint64_t from, uint64_t to)
{
    t->at[row] = from;
    if (to - from > t->longest)
        t->longest = (size_t)(to - from);
}

static uint64_t run_place(const lrr_csv_run *run, size_t i)
{
    const lrr_csv_span *first = &run->span[i * run->columns];
    return run->place + first->at - (first->n >= LRR_CSV_QUOTED);
}

static void note_run(lrr_table *t, const lrr_csv_run *run, size_t row)
{
    for (size_t i = 0; t->at != NULL && i < run->records; i++)
        note_place(t, row + i, run_place(run, i),
                   i + 1 < run->records ? run_place(run, i + 1)
                                        : lrr_csv_place(t->csv));
}

/* Row by row, so that the first failure is the file's first. */
static lrr_status load_run(loading *r, const lrr_csv_run *run, size_t row,
                           lrr_error *err)
{
    lrr_table *t = r->t;
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < run->records; i++) {
        float *v = lrr_table_row(t, row + i);
        for (size_t k = 0; st == LRR_OK && k < r->n_unread; k++) {
            const size_t j = r->unread[k];
            const lrr_csv_field f = lrr_csv_run_field(run, i, j);
            st = load_field(r, j, &f, place_of(r, j, v), err);
        }
    }
    return st;
}

static lrr_status load_rows(loading *r, lrr_error *err)
{
    lrr_table *t = r->t;
    const lrr_csv_field *f;
    size_t n;
    lrr_csv_run run;
    lrr_status st = lrr_csv_rewind(t->csv, err);
    if (st == LRR_OK && t->header)
        st = lrr_csv_next(t->csv, &f, &n, err);
    for (size_t row = 0; st == LRR_OK && row < t->rows; row++) {
        st = lrr_csv_run_next(t->csv, t->columns, t->rows - row, &run, err);
        if (st == LRR_OK && run.records > 0) {
            st = load_run(r, &run, row, err);
            note_run(t, &run, row);
            row += run.records - 1;
            continue;
        }
        if (st == LRR_OK)
            st = lrr_csv_next(t->csv, &f, &n, err);
        if (st == LRR_OK && (n == 0 || n > t->columns + (t->trailing > 0) ||
                             (n < t->columns && t->shorts == 0)))
            return lrr_fail(err, LRR_EIO, "%s changed while it was read",
                            lrr_csv_name(t->csv));
        if (st == LRR_OK)
            st = load_row(r, f, n, lrr_table_row(t, row), err);
        if (st == LRR_OK && t->at != NULL)
            note_place(t, row, lrr_csv_record_place(t->csv), lrr_csv_place(t->csv));
    }
    if (t->at != NULL)
        t->at[t->rows] = lrr_csv_place(t->csv);
    return st;
}

/* The levels of a column in bytewise order; *out = the place there of each text in order of
** arrival. */
static lrr_status rank_levels(lrr_column *c, const lrr_intern *level, uint32_t **out,
                              lrr_error *err)
{
    const size_t levels = lrr_intern_count(level);
    lrr_status st = lrr_mem_new(levels, sizeof **out, "levels", out, err);
    uint32_t *rank = *out;
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
    return st;
}

/* Ids of texts in order of arrival become places in bytewise order: all columns row by row. */
static lrr_status rank_all(loading *r, lrr_error *err)
{
    lrr_table *t = r->t;
    uint32_t **rank = NULL; /* (n) of categories */
    size_t *slot = NULL, n = 0;
    lrr_status st = lrr_mem_new(t->slots + 1, sizeof *rank, "levels", &rank, err);
    if (st == LRR_OK)
        st = lrr_mem_new(t->slots + 1, sizeof *slot, "levels", &slot, err);
    for (size_t j = 0; st == LRR_OK && j < t->columns; j++) {
        lrr_column *c = &t->column[j];
        if (c->kind != LRR_COLUMN_CATEGORY)
            continue;
        slot[n] = c->slot;
        st = rank_levels(c, r->level[j], &rank[n], err);
        if (c->slot != LRR_TABLE_NO_SLOT) {
            n++;
        } else {
            lrr_mem_free(rank[n]);
            rank[n] = NULL;
        }
    }
    for (size_t i = 0; st == LRR_OK && n > 0 && i < t->rows; i++) {
        float *v = lrr_table_row(t, i);
        for (size_t k = 0; k < n; k++)
            if (!isnan(v[slot[k]]))
                v[slot[k]] = (float)rank[k][(size_t)v[slot[k]]];
    }
    for (size_t k = 0; k < n; k++)
        lrr_mem_free(rank[k]);
    lrr_mem_free(rank);
    lrr_mem_free(slot);
    return st;
}

/* Room for all rows, in blocks that can be given back one by one. */
static lrr_status new_blocks(lrr_table *t, lrr_error *err)
{
    const size_t slots = t->slots > 0 ? t->slots : 1;
    size_t left = t->rows, blocks;
    lrr_status st;
    t->block_rows = lrr_table_block_rows(slots);
    blocks = (t->rows + t->block_rows - 1) / t->block_rows;
    st = lrr_mem_new(blocks, sizeof *t->block, "rows", &t->block, err);
    for (; st == LRR_OK && t->blocks < blocks; t->blocks++) {
        const size_t rows = left < t->block_rows ? left : t->block_rows;
        st = lrr_mem_new(rows, slots * sizeof **t->block, "rows", &t->block[t->blocks],
                         err);
        left -= rows;
    }
    return st;
}

static void decide(lrr_table *t, const lrr_column_kind *kind, const double *offset)
{
    for (size_t j = 0; j < t->columns; j++) {
        lrr_column *c = &t->column[j];
        if (kind != NULL)
            c->kind = kind[j];
        if (c->kind == LRR_COLUMN_IGNORE)
            continue;
        c->whole = c->kind == LRR_COLUMN_NUMBER;
        if (c->kind != LRR_COLUMN_CATEGORY)
            c->offset = offset != NULL ? offset[j] : find_offset(c);
        c->loaded = true;
    }
}

/* Whether what was kept has room for each column that is loaded. */
static bool has_room(const lrr_table *t)
{
    bool room = t->stash != NULL;
    for (size_t j = 0; room && j < t->columns; j++)
        room = !t->column[j].loaded || t->stash->column[j].slotted;
    return room;
}

/* What lrr_table_value and load_field would have said of a column that was kept. */
static void count_kept(lrr_column *c)
{
    const lrr_column_seen *s = &c->seen;
    if (c->kind == LRR_COLUMN_NUMBER)
        c->unfit = s->words + s->dates;
    else if (c->kind == LRR_COLUMN_DATE)
        c->unfit = s->numbers + s->marked + s->infinite + s->words;
    c->missing = s->missing + c->unfit;
    c->whole = c->whole && (s->numbers + s->marked == 0 || s->whole);
}

/* Values that were kept as they are, and which float holds exactly, become their differences. */
static void take_off(lrr_table *t, const lrr_column *c)
{
    for (size_t i = 0; i < t->rows; i++) {
        float *v = lrr_table_row(t, i) + c->slot;
        *v = (float)((double)*v - c->offset);
    }
}

/* The rows that were kept become the table's. */
static void take_stash(loading *r)
{
    lrr_table *t = r->t;
    lrr__stash *s = t->stash;
    t->block = s->block;
    t->blocks = s->blocks;
    t->block_rows = s->block_rows;
    t->slots = s->slots;
    t->lead = t->header;
    s->block = NULL;
    s->blocks = 0;
    for (size_t j = 0; j < t->columns; j++) {
        lrr_column *c = &t->column[j];
        if (!c->loaded)
            continue;
        c->slot = s->column[j].slot;
        if (!lrr__stash_holds(s, j, c)) {
            r->unread[r->n_unread++] = j;
            continue;
        }
        count_kept(c);
        if (c->kind != LRR_COLUMN_CATEGORY && c->offset != 0)
            take_off(t, c);
        r->level[j] = s->column[j].text;
        s->column[j].text = NULL;
    }
}

/* All columns are read, those of keep into memory. */
static void read_all(loading *r, const bool *keep)
{
    lrr_table *t = r->t;
    for (size_t j = 0; j < t->columns; j++) {
        if (!t->column[j].loaded)
            continue;
        t->column[j].slot = keep == NULL || keep[j] ? t->slots++ : LRR_TABLE_NO_SLOT;
        r->unread[r->n_unread++] = j;
    }
}

/* Rows are to stay in the file. */
static lrr_status stay(lrr_table *t, lrr_error *err)
{
    const char *why_not = lrr_csv_why_unplaced(t->csv);
    LRR_ASSERT(t->file != NULL);
    if (why_not != NULL && t->copy == NULL)
        return lrr_fail(err, LRR_EINVAL, "stream = true: %s %s", lrr_csv_name(t->csv),
                        why_not);
    if (t->copy != NULL)
        lrr_csv_copy(t->csv, t->copy);
    return lrr_mem_new(lrr_size_add(t->rows, 1), sizeof *t->at, "the places of rows",
                       &t->at, err);
}

static lrr_status start(loading *r, const lrr_column_kind *kind, const double *offset,
                        const bool *keep, lrr_error *err)
{
    lrr_table *t = r->t;
    lrr_status st = lrr_mem_new(t->columns, sizeof *r->level, "levels", &r->level, err);
    if (st == LRR_OK)
        st = lrr_mem_new(t->columns, sizeof *r->unread, "columns", &r->unread, err);
    if (st != LRR_OK)
        return st;
    decide(t, kind, offset);
    if (keep != NULL)
        st = stay(t, err);
    if (keep == NULL && has_room(t))
        take_stash(r);
    else
        read_all(r, keep);
    lrr__stash_free(t->stash);
    t->stash = NULL;
    for (size_t k = 0; st == LRR_OK && k < r->n_unread; k++)
        if (t->column[r->unread[k]].kind == LRR_COLUMN_CATEGORY)
            st = lrr_intern_new(LEVELS_MAX, &r->level[r->unread[k]], err);
    return st == LRR_OK && t->block == NULL ? new_blocks(t, err) : st;
}

/* The file is done with, unless rows stay in it. */
static void close_file(lrr_table *t, bool stays)
{
    if (stays && t->copy != NULL) {
        lrr_infile_free(t->file);
        t->file = NULL;
    }
    if (stays) {
        t->fed = t->csv;
    } else {
        lrr_csv_close(t->csv);
        lrr_infile_free(t->file);
        lrr_scratch_free(t->copy);
        t->file = NULL;
        t->copy = NULL;
    }
    t->csv = NULL;
}

lrr_status lrr_table_load(lrr_table *t, const lrr_column_kind *kind,
                          const double *offset, const bool *keep, lrr_error *err)
{
    loading r = { .t = t };
    lrr_status st;
    if (t->csv == NULL)
        return lrr_fail(err, LRR_EINVAL, "the table is loaded already");
    st = start(&r, kind, offset, keep, err);
    if (st == LRR_OK && (r.n_unread > 0 || keep != NULL))
        st = load_rows(&r, err);
    if (st == LRR_OK && keep != NULL)
        st = lrr_infile_check(t->file, err);
    if (st == LRR_OK)
        st = rank_all(&r, err);
    for (size_t j = 0; r.level != NULL && j < t->columns; j++)
        lrr_intern_free(r.level[j]);
    lrr_mem_free(r.level);
    lrr_mem_free(r.unread);
    close_file(t, st == LRR_OK && keep != NULL);
    if (st != LRR_OK)
        lrr_table_release(t);
    return st;
}

void lrr_table_distinct(const lrr_table *t, size_t column, size_t max, float *v,
                        size_t *n)
{
    const size_t slot = t->column[column].slot;
    *n = 0;
    for (size_t i = 0; i < t->rows && *n <= max; i++) {
        const float value = lrr_table_row(t, i)[slot];
        size_t k = 0, m = *n;
        if (isnan(value))
            continue;
        while (k < m) {
            size_t mid = k + (m - k) / 2;
            if (v[mid] < value)
                k = mid + 1;
            else
                m = mid;
        }
        if (k < *n && v[k] == value)
            continue;
        if (*n == max) {
            *n = max + 1;
            return;
        }
        for (m = *n; m > k; m--)
            v[m] = v[m - 1];
        v[k] = value;
        ++*n;
    }
}
