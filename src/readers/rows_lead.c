/* rows_lead.c -- the columns of a row that are kept, as they are written; see rows.h. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "readers/rows_private.h"

enum { ROOM_START = 4096 };

/* Room for n more bytes. */
static lrr_status reserve(row_text *t, size_t n, lrr_error *err)
{
    size_t room = t->room == 0 ? ROOM_START : t->room;
    lrr_status st;
    if (n <= t->room - t->n)
        return LRR_OK;
    while (room < lrr_size_add(t->n, n))
        room = lrr_size_mul(room, 2);
    st = lrr_mem_resize(&t->s, t->n, room, 1, "rows that are kept", err);
    if (st == LRR_OK)
        t->room = room;
    return st;
}

lrr_status lrr__rows_put(row_text *t, const char *s, size_t n, lrr_error *err)
{
    lrr_status st = reserve(t, n, err);
    if (st != LRR_OK || n == 0)
        return st;
    memcpy(t->s + t->n, s, n);
    t->n += n;
    return LRR_OK;
}

static lrr_status put_json(row_text *t, const char *s, size_t n, lrr_error *err)
{
    const size_t m = lrr_text_escape(s, n, LRR_TEXT_JSON, NULL);
    lrr_status st = reserve(t, m + 2, err);
    if (st != LRR_OK)
        return st;
    t->s[t->n] = '"';
    (void)lrr_text_escape(s, n, LRR_TEXT_JSON, t->s + t->n + 1);
    t->s[t->n + m + 1] = '"';
    t->n += m + 2;
    return LRR_OK;
}

/* All columns of a row that has as many fields, in their order: the row as it is written. */
static bool is_whole(const lrr_rows *r, size_t n)
{
    if (r->n_keep != r->columns || n != r->columns ||
        r->separator != lrr_csv_written(r->csv)->delimiter)
        return false;
    for (size_t j = 0; j < r->n_keep; j++)
        if (r->keep[j] != j)
            return false;
    return true;
}

static lrr_status put_field(lrr_rows *r, const lrr_csv_field *f, const char *raw,
                            size_t column, lrr_error *err)
{
    lrr_status st = LRR_OK;
    if (r->form == LRR_KEEP_JSON) {
        st = put_json(&r->lead, r->name[column], strlen(r->name[column]), err);
        if (st == LRR_OK)
            st = lrr__rows_put(&r->lead, ":", 1, err);
        if (st == LRR_OK)
            st = f == NULL ? lrr__rows_put(&r->lead, "null", 4, err)
                           : put_json(&r->lead, f->s, f->n, err);
    } else if (f != NULL) {
        st = lrr__rows_put(&r->lead, raw + f->raw, f->raw_n, err);
    }
    return st == LRR_OK ? lrr__rows_put(&r->lead, &r->separator, 1, err) : st;
}

lrr_status lrr__rows_lead(lrr_rows *r, const lrr_csv_field *f, size_t n, lrr_error *err)
{
    size_t raw_n;
    const char *raw = lrr_csv_raw(r->csv, &raw_n);
    lrr_status st = LRR_OK;
    if (r->form == LRR_KEEP_NONE || r->n_keep == 0)
        return LRR_OK;
    if (r->form == LRR_KEEP_AS_IT_IS && is_whole(r, n)) {
        const size_t end = f[n - 1].raw + f[n - 1].raw_n;
        if (memchr(raw + end, r->separator, raw_n - end) != NULL)
            raw_n = end; /* without the delimiter that is one too many */
        st = lrr__rows_put(&r->lead, raw, raw_n, err);
        return st == LRR_OK ? lrr__rows_put(&r->lead, &r->separator, 1, err) : st;
    }
    for (size_t j = 0; st == LRR_OK && j < r->n_keep; j++)
        st = put_field(r, r->keep[j] < n ? &f[r->keep[j]] : NULL, raw, r->keep[j], err);
    return st;
}

lrr_status lrr__rows_header_lead(lrr_rows *r, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t j = 0; st == LRR_OK && j < r->n_keep; j++) {
        const char *name = r->name[r->keep[j]];
        const slice written = r->written_name != NULL ? r->written_name[r->keep[j]]
                                                      : (slice){ name, strlen(name) };
        st = lrr__rows_put(&r->head, written.s, written.n, err);
        if (st == LRR_OK)
            st = lrr__rows_put(&r->head, &r->separator, 1, err);
    }
    return st;
}

const char *lrr_rows_lead(const lrr_rows *r, size_t i, size_t *n)
{
    const size_t from = i > 0 ? r->end[i - 1] : 0;
    *n = r->end[i] - from;
    return *n > 0 ? r->lead.s + from : "";
}

const char *lrr_rows_header_lead(const lrr_rows *r, size_t *n)
{
    *n = r->head.n;
    return r->head.n > 0 ? r->head.s : "";
}
