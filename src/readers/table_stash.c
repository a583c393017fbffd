/* table_stash.c -- see table_stash.h. */
#include "readers/table_stash.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "readers/text_input.h"

/* Different texts of a column, and bytes of one, that are kept; days that float holds. */
enum { LEVELS_MOST = 4096, TEXT_MOST = 256, DAYS_MOST = 1 << 24 };

/* --memory is left alone from so many times what is asked for on. */
enum { SPARE = 8 };

lrr_status lrr__stash_new(const bool *wanted, size_t columns, lrr__stash **out,
                          lrr_error *err)
{
    lrr__stash *s = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *s, "rows", &s, err);
    *out = NULL;
    if (st == LRR_OK)
        st = lrr_mem_new(columns, sizeof *s->column, "columns", &s->column, err);
    if (st != LRR_OK) {
        lrr__stash_free(s);
        return st;
    }
    s->columns = columns;
    for (size_t j = 0; j < columns; j++) {
        if (!wanted[j])
            continue;
        s->column[j] = (lrr__stash_column){ .kind = LRR__STASH_EMPTY,
                                            .slotted = true,
                                            .slot = s->slots++ };
    }
    s->block_rows = lrr_table_block_rows(s->slots);
    *out = s;
    return LRR_OK;
}

static void forget(lrr__stash_column *c)
{
    lrr_intern_free(c->text);
    lrr_mem_free(c->known);
    c->text = NULL;
    c->known = NULL;
    c->kind = LRR__STASH_NOT;
}

void lrr__stash_free(lrr__stash *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->blocks; i++)
        lrr_mem_free(s->block[i]);
    for (size_t j = 0; s->column != NULL && j < s->columns; j++)
        forget(&s->column[j]);
    lrr_mem_free(s->block);
    lrr_mem_free(s->column);
    lrr_mem_free(s);
}

lrr_status lrr__stash_row(lrr__stash *s, size_t row, float **out, size_t *left,
                          lrr_error *err)
{
    const size_t b = row / s->block_rows, i = row % s->block_rows;
    const size_t values = lrr_size_mul(s->block_rows, s->slots);
    lrr_status st = LRR_OK;
    *out = NULL;
    *left = s->block_rows - i;
    if (b == s->blocks) {
        if (lrr_size_mul(values, SPARE * sizeof **out) > lrr_mem_left() ||
            (s->most > 0 && lrr_size_mul(values, (b + 1) * sizeof **out) > s->most))
            return LRR_OK;
        st =
            lrr_mem_grow(&s->block, s->blocks, &s->room, sizeof *s->block, "rows", err);
        if (st == LRR_OK)
            st = lrr_mem_new(values, sizeof **s->block, "rows", &s->block[b], err);
        if (st != LRR_OK)
            return st;
        s->blocks++;
    }
    *out = s->block[b] + i * s->slots;
    return LRR_OK;
}

/* What the first value in a column says of it. */
static lrr__stash_kind guess(lrr_field_kind kind)
{
    switch (kind) {
    case LRR_FIELD_MISSING:
        return LRR__STASH_EMPTY;
    case LRR_FIELD_NUMBER:
    case LRR_FIELD_MARKED:
    case LRR_FIELD_INFINITE:
        return LRR__STASH_NUMBER;
    case LRR_FIELD_DATE:
        return LRR__STASH_DAY;
    case LRR_FIELD_WORD:
        break;
    }
    return LRR__STASH_TEXT;
}

static lrr_status begin(lrr__stash_column *c, lrr_field_kind kind, lrr_error *err)
{
    lrr_status st = LRR_OK;
    c->kind = guess(kind);
    if (c->kind == LRR__STASH_TEXT)
        st = lrr_intern_new(LEVELS_MOST, &c->text, err);
    if (st == LRR_OK && c->kind == LRR__STASH_TEXT)
        st = lrr_mem_new(LRR__STASH_TEXTS, sizeof *c->known, "texts", &c->known, err);
    return st;
}

static lrr_status put_text(lrr__stash_column *c, const lrr_csv_field *f, float *out,
                           lrr_error *err)
{
    const size_t before = lrr_intern_count(c->text);
    uint32_t id = 0;
    lrr_status st =
        f->n > TEXT_MOST ? LRR_EINVAL : lrr_intern_add(c->text, f->s, f->n, &id, err);
    if (st == LRR_ENOMEM)
        return st;
    *out = (float)id;
    if (st != LRR_OK ||
        (lrr_intern_count(c->text) > before && !lrr_is_utf8(f->s, f->n)))
        forget(c);
    return LRR_OK;
}

lrr_status lrr__stash_put(lrr__stash *s, size_t j, const lrr_csv_field *f,
                          lrr_field_kind kind, const lrr_field *v, float *out,
                          lrr_error *err)
{
    lrr__stash_column *c = &s->column[j];
    lrr_status st = LRR_OK;
    *out = NAN;
    if (kind == LRR_FIELD_MISSING)
        return LRR_OK;
    if (c->kind == LRR__STASH_EMPTY)
        st = begin(c, kind, err);
    if (st == LRR_OK && c->kind == LRR__STASH_TEXT)
        st = put_text(c, f, out, err);
    else if ((c->kind == LRR__STASH_NUMBER &&
              (kind == LRR_FIELD_NUMBER || kind == LRR_FIELD_MARKED)) ||
             (c->kind == LRR__STASH_DAY && kind == LRR_FIELD_DATE))
        *out = (float)v->value;
    return st;
}

/* Whether numbers between lo and hi, less the offset, are finite as float. */
static bool all_finite(const lrr_column *c)
{
    return isfinite((float)(c->seen.lo - c->offset)) &&
           isfinite((float)(c->seen.hi - c->offset));
}

bool lrr__stash_holds(const lrr__stash *s, size_t j, const lrr_column *c)
{
    const lrr_column_seen *seen = &c->seen;
    switch (s->column[j].kind) {
    case LRR__STASH_NUMBER:
        return c->kind == LRR_COLUMN_NUMBER && seen->infinite == 0 && all_finite(c) &&
               (c->offset == 0 || seen->exact);
    case LRR__STASH_DAY:
        return c->kind == LRR_COLUMN_DATE && !seen->times &&
               seen->numbers + seen->marked == 0 && fabs(seen->lo) < DAYS_MOST &&
               fabs(seen->hi) < DAYS_MOST && all_finite(c);
    case LRR__STASH_TEXT:
        return c->kind == LRR_COLUMN_CATEGORY && c->strip == 0;
    case LRR__STASH_EMPTY:
        return c->kind != LRR_COLUMN_CATEGORY;
    case LRR__STASH_NOT:
        break;
    }
    return false;
}
