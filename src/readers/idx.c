/* idx.c -- see idx.h. */
#include "readers/idx.h"

#include <string.h>

#include "base/mem.h"

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static size_t item_size(int type)
{
    switch (type) {
    case 0x08:
    case 0x09:
        return 1;
    case 0x0B:
        return 2;
    case 0x0C:
    case 0x0D:
        return 4;
    case 0x0E:
        return 8;
    default:
        return 0;
    }
}

lrr_status lrr_idx_header_read(lrr_source *s, lrr_idx_header *h, lrr_error *err)
{
    const char *name = lrr_source_name(s);
    uint8_t b[4];
    uint64_t bytes;
    lrr_status st = lrr_source_read(s, b, 4, err);
    if (st != LRR_OK)
        return st;
    memset(h, 0, sizeof *h);
    h->type = b[2];
    h->item = item_size(h->type);
    if (b[0] != 0 || b[1] != 0 || h->item == 0 || b[3] < 1 || b[3] > 4)
        return lrr_fail(
            err, LRR_EFORMAT,
            "%s is not an IDX file: it begins with %02x %02x %02x %02x, want "
            "00 00, a type of 08..0e and a rank of 1..4",
            name, b[0], b[1], b[2], b[3]);
    h->shape.rank = b[3];
    for (int i = 0; i < h->shape.rank; i++) {
        if ((st = lrr_source_read(s, b, 4, err)) != LRR_OK)
            return st;
        h->shape.d[i] = be32(b);
        if (h->shape.d[i] == 0)
            return lrr_fail(err, LRR_EFORMAT, "%s: axis %d has size 0", name, i + 1);
    }
    bytes = lrr_size_mul(lrr_shape_count(&h->shape), h->item);
    if (bytes > lrr_source_most(s) ||
        (!lrr_source_gzip(s) && bytes != lrr_source_most(s))) {
        char text[LRR_SHAPE_TEXT];
        return lrr_fail(err, LRR_EFORMAT,
                        "%s: the header's %s of %zu bytes each does not fit the file's "
                        "%llu bytes after it",
                        name, lrr_shape_text(&h->shape, text), h->item,
                        (unsigned long long)lrr_source_most(s));
    }
    return LRR_OK;
}

static float item_value(int type, const uint8_t *p)
{
    uint64_t u = 0;
    uint32_t w;
    double f8;
    float f4;
    switch (type) {
    case 0x08:
        return p[0];
    case 0x09:
        return (int8_t)p[0];
    case 0x0B:
        return (int16_t)(uint16_t)(p[0] << 8 | p[1]);
    case 0x0C:
        return (float)(int32_t)be32(p);
    case 0x0D:
        w = be32(p);
        memcpy(&f4, &w, sizeof f4);
        return f4;
    default:
        u = (uint64_t)be32(p) << 32 | be32(p + 4);
        memcpy(&f8, &u, sizeof f8);
        return (float)f8;
    }
}

lrr_status lrr_idx_payload_read(lrr_source *s, const lrr_idx_header *h, uint8_t *bytes,
                                float *floats, lrr_error *err)
{
    size_t count = lrr_shape_count(&h->shape);
    uint8_t buf[8192];
    const size_t chunk = sizeof buf / h->item;
    lrr_status st = LRR_OK;
    if (bytes != NULL) {
        LRR_ASSERT(h->type == 0x08);
        st = lrr_source_read(s, bytes, count, err);
        count = 0;
    }
    while (st == LRR_OK && count > 0) {
        size_t n = count < chunk ? count : chunk;
        st = lrr_source_read(s, buf, n * h->item, err);
        for (size_t i = 0; st == LRR_OK && floats != NULL && i < n; i++)
            *floats++ = item_value(h->type, buf + i * h->item);
        count -= n;
    }
    return st == LRR_OK ? lrr_source_end(s, err) : st;
}

/* The files of a load, open, with their headers. */
typedef struct files {
    lrr_source *x[LRR_SPLITS], *y[LRR_SPLITS];
    lrr_idx_header hx[LRR_SPLITS], hy[LRR_SPLITS];
} files;

static void close_files(files *f)
{
    for (int i = 0; i < LRR_SPLITS; i++) {
        lrr_source_close(f->x[i]);
        lrr_source_close(f->y[i]);
    }
}

static lrr_status open_one(const char *path, lrr_source **s, lrr_idx_header *h,
                           lrr_error *err)
{
    lrr_status st = lrr_source_open(path, s, err);
    return st == LRR_OK ? lrr_idx_header_read(*s, h, err) : st;
}

static lrr_status open_part(const lrr_idx_cfg *cfg, int i, files *f, lrr_error *err)
{
    lrr_status st = open_one(cfg->x[i], &f->x[i], &f->hx[i], err);
    if (st != LRR_OK || cfg->y[i] == NULL)
        return st;
    if ((st = open_one(cfg->y[i], &f->y[i], &f->hy[i], err)) != LRR_OK)
        return st;
    if (f->hy[i].shape.rank != 1 || f->hy[i].type == 0x0D || f->hy[i].type == 0x0E)
        return lrr_fail(err, LRR_EFORMAT, "%s: labels are a list of whole numbers",
                        lrr_source_name(f->y[i]));
    if (f->hy[i].shape.d[0] != f->hx[i].shape.d[0])
        return lrr_fail(err, LRR_EFORMAT, "%zu samples in %s, but %zu labels in %s",
                        f->hx[i].shape.d[0], lrr_source_name(f->x[i]),
                        f->hy[i].shape.d[0], lrr_source_name(f->y[i]));
    return LRR_OK;
}

static lrr_shape sample_shape(const lrr_idx_header *h)
{
    lrr_shape s = { 0 };
    if (h->shape.rank == 3)
        return lrr_shape_of3(1, h->shape.d[1], h->shape.d[2]);
    s.rank = h->shape.rank > 1 ? h->shape.rank - 1 : 1;
    s.d[0] = 1;
    for (int i = 1; i < h->shape.rank; i++)
        s.d[i - 1] = h->shape.d[i];
    return s;
}

static lrr_status plan(const lrr_idx_cfg *cfg, files *f, lrr_dataset_cfg *made,
                       lrr_error *err)
{
    bool first = true;
    lrr_status st;
    for (int i = 0; i < LRR_SPLITS; i++) {
        lrr_shape shape;
        if (cfg->x[i] == NULL)
            continue;
        if ((st = open_part(cfg, i, f, err)) != LRR_OK)
            return st;
        shape = sample_shape(&f->hx[i]);
        if (!first && (!lrr_shape_equal(&shape, &made->shape) ||
                       (f->hx[i].type == 0x08) != (made->kind == LRR_DATA_U8)))
            return lrr_fail(err, LRR_EFORMAT,
                            "%s has other sizes or another type than the part before",
                            lrr_source_name(f->x[i]));
        first = false;
        made->shape = shape;
        made->kind = f->hx[i].type == 0x08 ? LRR_DATA_U8 : LRR_DATA_F32;
        made->part[i] = f->hx[i].shape.d[0];
        made->classes = made->classes > 0 || f->y[i] != NULL; /* counted later */
    }
    return LRR_OK;
}

static lrr_status read_labels(const files *f, int i, int32_t *y, size_t *classes,
                              lrr_error *err)
{
    const size_t n = f->hy[i].shape.d[0];
    float *v = NULL;
    lrr_status st = lrr_mem_new(n, sizeof *v, "labels", &v, err);
    if (st == LRR_OK)
        st = lrr_idx_payload_read(f->y[i], &f->hy[i], NULL, v, err);
    for (size_t k = 0; st == LRR_OK && k < n; k++) {
        if (!(v[k] >= 0 && v[k] < 65536))
            st = lrr_fail(err, LRR_EFORMAT, "%s: label %zu is %g, want 0..65535",
                          lrr_source_name(f->y[i]), k + 1, (double)v[k]);
        else
            y[k] = (int32_t)v[k];
        if (st == LRR_OK && (size_t)y[k] >= *classes)
            *classes = (size_t)y[k] + 1;
    }
    lrr_mem_free(v);
    return st;
}

static lrr_status plan_stored(const lrr_idx_cfg *cfg, const files *f,
                              lrr_dataset_cfg *made, lrr_error *err)
{
    char text[400];
    const char *why = NULL;
    uint64_t at;
    for (int i = 0; why == NULL && i < LRR_SPLITS; i++) {
        if (f->x[i] == NULL || lrr_source_plain(f->x[i], &at))
            continue;
        snprintf(text, sizeof text,
                 "%.200s is packed, and samples are read at their places: gunzip it",
                 lrr_source_name(f->x[i]));
        why = text;
    }
    return lrr_storing_choose(&cfg->stream, why, made, err);
}

#define DECODE(name, type, item)                                              \
    static void name(const void *ud, const uint8_t *raw, size_t at, size_t n, \
                     float *v)                                                \
    {                                                                         \
        (void)ud;                                                             \
        (void)at;                                                             \
        for (size_t i = 0; i < n; i++)                                        \
            v[i] = item_value(type, raw + i * (item));                        \
    }
DECODE(decode_i8, 0x09, 1)
DECODE(decode_i16, 0x0B, 2)
DECODE(decode_i32, 0x0C, 4)
DECODE(decode_f32, 0x0D, 4)
DECODE(decode_f64, 0x0E, 8)

static lrr_file_decode decoder(int type)
{
    return type == 0x08   ? NULL
           : type == 0x09 ? decode_i8
           : type == 0x0B ? decode_i16
           : type == 0x0C ? decode_i32
           : type == 0x0D ? decode_f32
                          : decode_f64;
}

/* The samples of all parts, which stay in their files. */
static lrr_status store_x(const lrr_idx_cfg *cfg, const files *f, lrr_dataset *d,
                          lrr_error *err)
{
    lrr_file_piece piece[LRR_SPLITS];
    size_t n = 0;
    for (int i = 0; i < LRR_SPLITS; i++) {
        const lrr_idx_header *h = &f->hx[i];
        if (f->x[i] == NULL)
            continue;
        piece[n] = (lrr_file_piece){ .path = cfg->x[i],
                                     .step = d->width * h->item,
                                     .n = h->shape.d[0],
                                     .item = h->item,
                                     .decode = decoder(h->type) };
        (void)lrr_source_plain(f->x[i], &piece[n++].at);
    }
    return lrr_file_rows_open(d, piece, n, err);
}

static lrr_status read_x(const files *f, int i, lrr_dataset *d, size_t at,
                         lrr_error *err)
{
    const bool u8 = d->kind == LRR_DATA_U8;
    if (d->stored != NULL)
        return LRR_OK;
    return lrr_idx_payload_read(f->x[i], &f->hx[i], u8 ? d->x.u8 + at * d->width : NULL,
                                u8 ? NULL : d->x.f32 + at * d->width, err);
}

lrr_status lrr_idx_load(const lrr_idx_cfg *cfg, lrr_dataset **out, lrr_error *err)
{
    files f = { 0 };
    lrr_dataset_cfg made = { 0 };
    lrr_dataset *d = NULL;
    size_t at = 0, classes = 0;
    lrr_status st = plan(cfg, &f, &made, err);
    *out = NULL;
    if (st == LRR_OK)
        st = plan_stored(cfg, &f, &made, err);
    if (st == LRR_OK)
        st = lrr_dataset_new(&made, &d, err);
    if (st == LRR_OK && made.stored)
        st = store_x(cfg, &f, d, err);
    for (int i = 0; st == LRR_OK && i < LRR_SPLITS; i++) {
        if (f.x[i] == NULL)
            continue;
        st = read_x(&f, i, d, at, err);
        if (st == LRR_OK && f.y[i] != NULL)
            st = read_labels(&f, i, d->y_class + at, &classes, err);
        at += made.part[i];
    }
    if (st == LRR_OK)
        d->classes = classes;
    if (st == LRR_OK)
        st = lrr_dataset_check(d, false, err);
    close_files(&f);
    if (st != LRR_OK) {
        lrr_dataset_free(d);
        return st;
    }
    *out = d;
    return LRR_OK;
}
