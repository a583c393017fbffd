/* stored.c -- see stored.h. */
#include "data/stored.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"

enum { FINE, FAILED };

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
    if (pthread_mutex_init(&s->lock, NULL) != 0) {
        def->free(own);
        lrr_mem_free(s);
        lrr_fail(err, LRR_ENOMEM, "no memory for a lock");
        return LRR_ENOMEM;
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
    pthread_mutex_destroy(&s->lock);
    lrr_mem_free(s->row);
    lrr_mem_free(s);
}

size_t lrr_stored_bytes(const lrr_stored *s, size_t n)
{
    return s == NULL ? 0 : s->held + (s->row != NULL ? n * sizeof *s->row : 0);
}

static void fill(const lrr_dataset *d, size_t n, float *x)
{
    for (size_t i = 0; i < n; i++, x += d->width)
        for (size_t c = 0; c < d->width; c++)
            x[c] = isnan(x[c]) ? d->fill[c] : x[c];
}

/* Samples from .. from + n - 1, as they are in their files, into out (n, bytes). */
static lrr_status read_samples(const lrr_stored *s, size_t bytes, size_t from, size_t n,
                               void *out, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t i = 0, run; st == LRR_OK && i < n; i += run) {
        const size_t row = s->row == NULL ? from + i : s->row[from + i];
        run = s->row == NULL ? n : 1;
        while (i + run < n && s->row != NULL && s->row[from + i + run] == row + run)
            run++;
        st = s->def->read(s->own, row, run, (char *)out + i * bytes, err);
    }
    return st;
}

lrr_status lrr_stored_read(const lrr_dataset *d, size_t from, size_t n, void *out,
                           lrr_error *err)
{
    const lrr_stored *s = d->stored;
    lrr_status st = read_samples(s, lrr_dataset_row_bytes(d), from, n, out, err);
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

/* ---- rows behind others ---- */

typedef struct joined {
    lrr_stored *part[2];
    size_t n, bytes; /* rows of the first; of a row */
} joined;

static lrr_status read_joined(void *own, size_t at, size_t n, void *out, lrr_error *err)
{
    const joined *k = own;
    const size_t first = at >= k->n ? 0 : n < k->n - at ? n : k->n - at;
    lrr_status st = LRR_OK;
    if (first > 0)
        st = read_samples(k->part[0], k->bytes, at, first, out, err);
    if (st == LRR_OK && first < n)
        st = read_samples(k->part[1], k->bytes, at + first - k->n, n - first,
                          (char *)out + first * k->bytes, err);
    return st;
}

static void expect_one(const lrr_stored *s, size_t sample)
{
    s->def->expect(s->own, s->row == NULL ? sample : s->row[sample]);
}

static void expect_joined(void *own, size_t at)
{
    const joined *k = own;
    expect_one(k->part[at >= k->n], at >= k->n ? at - k->n : at);
}

static lrr_status check_joined(void *own, lrr_error *err)
{
    const joined *k = own;
    lrr_status st = k->part[0]->def->check(k->part[0]->own, err);
    return st == LRR_OK ? k->part[1]->def->check(k->part[1]->own, err) : st;
}

static void free_joined(void *own)
{
    joined *k = own;
    lrr_stored_free(k->part[0]);
    lrr_stored_free(k->part[1]);
    lrr_mem_free(k);
}

lrr_status lrr_stored_join(lrr_dataset *d, lrr_dataset *p, lrr_error *err)
{
    static const lrr_stored_def waits = { read_joined, expect_joined, check_joined,
                                          free_joined, .works = false };
    static const lrr_stored_def works = { read_joined, expect_joined, check_joined,
                                          free_joined, .works = true };
    const bool is_work = d->stored->def->works || p->stored->def->works;
    joined *k = NULL;
    lrr_stored *both = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *k, "a data set's files", &k, err);
    LRR_ASSERT(!d->stored->fills && !p->stored->fills);
    if (st == LRR_OK)
        st = lrr_stored_new(is_work ? &works : &waits, k, &both, err);
    if (st != LRR_OK)
        return st; /* d and p are as they were */
    both->held = lrr_stored_bytes(d->stored, d->n) + lrr_stored_bytes(p->stored, p->n);
    *k = (joined){ .part = { d->stored, p->stored },
                   .n = d->n,
                   .bytes = lrr_dataset_row_bytes(d) };
    d->stored = both;
    p->stored = NULL;
    return LRR_OK;
}

/* Whether it is the failure of a batch's first sample by number is known once the batch is made:
** until then threads that share it may meet others. */
static void fail(lrr_stored *s, size_t sample, const lrr_error *err)
{
    pthread_mutex_lock(&s->lock);
    if (atomic_load(&s->failed) == FINE || (!s->stands && sample < s->failed_at)) {
        s->failure = *err;
        s->failed_at = sample;
        atomic_store(&s->failed, FAILED);
    }
    pthread_mutex_unlock(&s->lock);
}

/* What there is of a failure stays as it is from now on. */
static void settle(lrr_stored *s)
{
    if (atomic_load(&s->failed) == FINE)
        return;
    pthread_mutex_lock(&s->lock);
    s->stands = true;
    pthread_mutex_unlock(&s->lock);
}

const void *lrr_dataset_at(const lrr_dataset *d, size_t i, void *room)
{
    const size_t bytes = lrr_dataset_row_bytes(d);
    lrr_error err;
    if (d->stored == NULL)
        return (const char *)d->x.any + i * bytes;
    if (lrr_stored_read(d, i, 1, room, &err) != LRR_OK) {
        memset(room, 0, bytes);
        fail(d->stored, i, &err);
    }
    return room;
}

void *lrr_dataset_room(const lrr_dataset *d, void *rooms, size_t i)
{
    return rooms == NULL ? NULL : (char *)rooms + i * lrr_dataset_row_bytes(d);
}

void lrr_dataset_expect(const lrr_dataset *d, const uint32_t *sample, size_t n)
{
    const lrr_stored *s = d->stored;
    for (size_t i = 0; s != NULL && i < n; i++)
        expect_one(s, sample[i]);
}

void lrr_dataset_look(const lrr_dataset *d)
{
    lrr_error err;
    if (d->stored == NULL)
        return;
    if (d->stored->def->check(d->stored->own, &err) != LRR_OK)
        fail(d->stored, SIZE_MAX, &err);
    settle(d->stored);
}

const lrr_error *lrr_dataset_failure(const lrr_dataset *d)
{
    if (d->stored == NULL || atomic_load(&d->stored->failed) == FINE)
        return NULL;
    settle(d->stored);
    return &d->stored->failure;
}
