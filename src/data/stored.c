/* stored.c -- see stored.h. */
#include "data/stored.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { FINE, FAILING, FAILED };

lrr_status lrr_stored_new(const lrr_stored_def *def, void *own, lrr_stored **out,
                          lrr_error *err)
{
    lrr_stored *s = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *s, "a data set's files", &s, err);
    *out = NULL;
    if (st != LRR_OK) {
        def->free(own);
        return st;
    }
    s->def = def;
    s->own = own;
    *out = s;
    return LRR_OK;
}

void lrr_stored_free(lrr_stored *s)
{
    if (s == NULL)
        return;
    s->def->free(s->own);
    lrr_mem_free(s->row);
    lrr_mem_free(s);
}

static void fill(const lrr_dataset *d, size_t n, float *x)
{
    for (size_t i = 0; i < n; i++, x += d->width)
        for (size_t c = 0; c < d->width; c++)
            x[c] = isnan(x[c]) ? d->fill[c] : x[c];
}

lrr_status lrr_stored_read(const lrr_dataset *d, size_t from, size_t n, void *out,
                           lrr_error *err)
{
    const lrr_stored *s = d->stored;
    const size_t bytes = lrr_dataset_row_bytes(d);
    lrr_status st = LRR_OK;
    for (size_t i = 0, run; st == LRR_OK && i < n; i += run) {
        const size_t row = s->row == NULL ? from + i : s->row[from + i];
        run = s->row == NULL ? n : 1;
        while (i + run < n && s->row != NULL && s->row[from + i + run] == row + run)
            run++;
        st = s->def->read(s->own, row, run, (char *)out + i * bytes, err);
    }
    if (st != LRR_OK) /* a file that was cut short is told by its size */
        (void)s->def->check(s->own, err);
    if (st == LRR_OK && s->fills)
        fill(d, n, out);
    return st;
}

lrr_status lrr_stored_keep(lrr_dataset *d, const uint32_t *keep, size_t n,
                           lrr_error *err)
{
    uint32_t *row = NULL;
    lrr_status st = lrr_mem_new(n, sizeof *row, "the places of samples", &row, err);
    if (st != LRR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        row[i] = d->stored->row == NULL ? keep[i] : d->stored->row[keep[i]];
    lrr_mem_free(d->stored->row);
    d->stored->row = row;
    return LRR_OK;
}

static void fail(lrr_stored *s, const lrr_error *err)
{
    int fine = FINE;
    if (!atomic_compare_exchange_strong(&s->failed, &fine, FAILING))
        return;
    s->failure = *err;
    atomic_store(&s->failed, FAILED);
}

const void *lrr_dataset_at(const lrr_dataset *d, size_t i, void *room)
{
    const size_t bytes = lrr_dataset_row_bytes(d);
    lrr_error err;
    if (d->stored == NULL)
        return (const char *)d->x.any + i * bytes;
    if (lrr_stored_read(d, i, 1, room, &err) != LRR_OK) {
        memset(room, 0, bytes);
        fail(d->stored, &err);
    }
    return room;
}

void lrr_dataset_expect(const lrr_dataset *d, const uint32_t *sample, size_t n)
{
    const lrr_stored *s = d->stored;
    for (size_t i = 0; s != NULL && i < n; i++)
        s->def->expect(s->own, s->row == NULL ? sample[i] : s->row[sample[i]]);
}

void lrr_dataset_look(const lrr_dataset *d)
{
    lrr_error err;
    if (d->stored != NULL && d->stored->def->check(d->stored->own, &err) != LRR_OK)
        fail(d->stored, &err);
}

const lrr_error *lrr_dataset_failure(const lrr_dataset *d)
{
    return d->stored != NULL && atomic_load(&d->stored->failed) == FAILED
               ? &d->stored->failure
               : NULL;
}
