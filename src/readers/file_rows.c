/* file_rows.c -- see file_rows.h. */
#include "readers/file_rows.h"

#include <string.h>

#include "base/mem.h"
#include "os/file.h"

enum { RAW_BYTES = 16 * 1024 };

typedef struct file {
    lrr_file_piece of;
    lrr_infile *f;
} file;

typedef struct file_rows {
    size_t width, n;
    file *file; /* (n) */
} file_rows;

lrr_status lrr_storing_choose(const lrr_storing *s, const char *why_not,
                              lrr_dataset_cfg *d, lrr_error *err)
{
    const size_t n = lrr_size_add(lrr_size_add(d->part[0], d->part[1]), d->part[2]);
    const size_t bytes = lrr_size_mul(lrr_size_mul(n, lrr_shape_count(&d->shape)),
                                      d->kind == LRR_DATA_U8 ? 1 : 4);
    d->stored = false;
    if (s->when == LRR_STORE_ALWAYS && why_not != NULL)
        return lrr_fail(err, LRR_EINVAL, "stream = true: %s", why_not);
    d->stored = s->when == LRR_STORE_ALWAYS ||
                (s->when == LRR_STORE_ABOVE && why_not == NULL && bytes > s->above);
    return LRR_OK;
}

static void free_rows(void *own)
{
    file_rows *r = own;
    for (size_t i = 0; i < r->n; i++) {
        lrr_infile_free(r->file[i].f);
        lrr_mem_free(r->file[i].of.ud);
    }
    lrr_mem_free(r->file);
    lrr_mem_free(r);
}

/* v (n) = the numbers of a piece from its number `at` on, which lie one after another from byte
** `place` of the file. */
static lrr_status read_numbers(const file *k, uint64_t place, size_t at, size_t n,
                               float *v, lrr_error *err)
{
    uint8_t raw[RAW_BYTES];
    const size_t most = sizeof raw / k->of.item;
    lrr_status st = LRR_OK;
    for (size_t some; st == LRR_OK && n > 0; n -= some) {
        some = n < most ? n : most;
        st = lrr_infile_read(k->f, place, raw, some * k->of.item, err);
        if (st == LRR_OK)
            k->of.decode(k->of.ud, raw, at, some, v);
        place += some * k->of.item;
        at += some;
        v += some;
    }
    return st;
}

/* Rows row .. row + n - 1 of a piece: in one read where nothing is between them. */
static lrr_status read_rows(const file *k, size_t width, size_t row, size_t n,
                            char *out, lrr_error *err)
{
    const size_t in_file = width * k->of.item;
    const size_t made = k->of.decode == NULL ? in_file : width * sizeof(float);
    const size_t together = k->of.step == in_file ? n : 1;
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < n; i += together) {
        const uint64_t place = k->of.at + (uint64_t)(row + i) * k->of.step;
        if (k->of.decode == NULL)
            st = lrr_infile_read(k->f, place, out + i * made, together * in_file, err);
        else
            st = read_numbers(k, place, (row + i) * width, together * width,
                              (float *)(void *)(out + i * made), err);
    }
    return st;
}

static lrr_status read_any(void *own, size_t at, size_t n, void *out, lrr_error *err)
{
    const file_rows *r = own;
    char *to = out;
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && n > 0 && i < r->n; i++) {
        const file *k = &r->file[i];
        size_t some;
        if (at >= k->of.n) {
            at -= k->of.n;
            continue;
        }
        some = n < k->of.n - at ? n : k->of.n - at;
        st = read_rows(k, r->width, at, some, to, err);
        to += some * r->width * (k->of.decode == NULL ? k->of.item : sizeof(float));
        n -= some;
        at = 0;
    }
    return st;
}

static void expect_row(void *own, size_t at)
{
    const file_rows *r = own;
    for (size_t i = 0; i < r->n; at -= r->file[i++].of.n) {
        const lrr_file_piece *k = &r->file[i].of;
        if (at >= k->n)
            continue;
        lrr_infile_expect(r->file[i].f, k->at + (uint64_t)at * k->step,
                          r->width * k->item);
        return;
    }
}

static lrr_status check_all(void *own, lrr_error *err)
{
    const file_rows *r = own;
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < r->n; i++)
        st = lrr_infile_check(r->file[i].f, err);
    return st;
}

static const lrr_stored_def def = { read_any, expect_row, check_all, free_rows,
                                    .works = false };

static lrr_status open_file(file *k, size_t width, lrr_error *err)
{
    const uint64_t end =
        k->of.at + (uint64_t)(k->of.n - 1) * k->of.step + width * k->of.item;
    lrr_status st = lrr_infile_open(k->of.path, &k->f, err);
    if (st == LRR_OK && lrr_infile_size(k->f) < end)
        st = lrr_fail(err, LRR_EIO, "%s was changed while it was read",
                      lrr_path_end(k->of.path));
    k->of.path = NULL; /* the caller's */
    return st;
}

lrr_status lrr_file_rows_open(lrr_dataset *d, const lrr_file_piece *piece, size_t n,
                              lrr_error *err)
{
    file_rows *r = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *r, "a data set's files", &r, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *r->file, "a data set's files", &r->file, err);
    if (st != LRR_OK) {
        for (size_t i = 0; i < n; i++)
            lrr_mem_free(piece[i].ud);
        lrr_mem_free(r);
        return st;
    }
    r->width = d->width;
    r->n = n;
    for (size_t i = 0; i < n; i++)
        r->file[i].of = piece[i];
    for (size_t i = 0; st == LRR_OK && i < n; i++)
        st = open_file(&r->file[i], d->width, err);
    if (st != LRR_OK) {
        free_rows(r);
        return st;
    }
    return lrr_stored_new(&def, r, &d->stored, err);
}
