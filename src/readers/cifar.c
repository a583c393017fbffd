/* cifar.c -- see cifar.h. */
#include "readers/cifar.h"

#include <string.h>

#include "readers/source.h"

enum { PIXELS = 3 * 32 * 32, LABELS_MAX = 2 };

static size_t record_size(const lrr_cifar_cfg *cfg)
{
    return PIXELS + (cfg->classes == 100 ? 2 : 1);
}

static lrr_status count_records(const lrr_cifar_cfg *cfg, const char *path, size_t *n,
                                lrr_error *err)
{
    lrr_source *s;
    uint64_t bytes;
    lrr_status st = lrr_source_open(path, &s, err);
    if (st != LRR_OK)
        return st;
    bytes = lrr_source_most(s);
    if (lrr_source_gzip(s) || bytes == 0 || bytes % record_size(cfg) != 0)
        st = lrr_fail(err, LRR_EFORMAT,
                      "%s: %llu bytes are not a multiple of a record of %zu bytes",
                      lrr_source_name(s), (unsigned long long)bytes, record_size(cfg));
    *n += (size_t)(bytes / record_size(cfg));
    lrr_source_close(s);
    return st;
}

/* The records of a file from sample *at on. */
static lrr_status read_file(const lrr_cifar_cfg *cfg, const char *path, lrr_dataset *d,
                            size_t *at, lrr_error *err)
{
    const size_t labels = record_size(cfg) - PIXELS;
    uint8_t label[LABELS_MAX], skipped[PIXELS];
    lrr_source *s;
    lrr_status st = lrr_source_open(path, &s, err);
    if (st != LRR_OK)
        return st;
    for (size_t record = 1; st == LRR_OK && lrr_source_most(s) > 0; record++) {
        if (*at == d->n) {
            st = lrr_fail(err, LRR_EIO, "%s changed while it was read",
                          lrr_source_name(s));
            break;
        }
        st = lrr_source_read(s, label, labels, err);
        if (st == LRR_OK && label[labels - 1] >= cfg->classes)
            st = lrr_fail(
                err, LRR_EFORMAT, "%s: label of record %zu is %d, want 0..%zu",
                lrr_source_name(s), record, label[labels - 1], cfg->classes - 1);
        if (st == LRR_OK)
            st = lrr_source_read(
                s, d->stored != NULL ? skipped : d->x.u8 + *at * PIXELS, PIXELS, err);
        if (st == LRR_OK)
            d->y_class[(*at)++] = label[labels - 1];
    }
    lrr_source_close(s);
    return st;
}

/* The pictures of all files, which stay there. */
static lrr_status store_x(const lrr_cifar_cfg *cfg, lrr_dataset *d, lrr_error *err)
{
    lrr_file_piece piece[LRR_SPLITS * LRR_CIFAR_FILES];
    size_t n = 0;
    lrr_status st = LRR_OK;
    for (int i = 0; i < LRR_SPLITS; i++)
        for (int j = 0; st == LRR_OK && j < LRR_CIFAR_FILES && cfg->file[i][j]; j++) {
            piece[n] = (lrr_file_piece){ .path = cfg->file[i][j],
                                         .at = record_size(cfg) - PIXELS,
                                         .step = record_size(cfg),
                                         .item = 1 };
            st = count_records(cfg, cfg->file[i][j], &piece[n++].n, err);
        }
    return st == LRR_OK ? lrr_file_rows_open(d, piece, n, err) : st;
}

lrr_status lrr_cifar_load(const lrr_cifar_cfg *cfg, lrr_dataset **out, lrr_error *err)
{
    lrr_dataset_cfg made = { .kind = LRR_DATA_U8,
                             .shape = lrr_shape_of3(3, 32, 32),
                             .classes = cfg->classes };
    lrr_status st = LRR_OK;
    size_t at = 0;
    *out = NULL;
    for (int i = 0; i < LRR_SPLITS; i++)
        for (int j = 0; st == LRR_OK && j < LRR_CIFAR_FILES && cfg->file[i][j]; j++)
            st = count_records(cfg, cfg->file[i][j], &made.part[i], err);
    if (st == LRR_OK)
        st = lrr_storing_choose(&cfg->stream, NULL, &made, err);
    if (st == LRR_OK)
        st = lrr_dataset_new(&made, out, err);
    if (st == LRR_OK && made.stored)
        st = store_x(cfg, *out, err);
    for (int i = 0; i < LRR_SPLITS; i++)
        for (int j = 0; st == LRR_OK && j < LRR_CIFAR_FILES && cfg->file[i][j]; j++)
            st = read_file(cfg, cfg->file[i][j], *out, &at, err);
    if (st != LRR_OK) {
        lrr_dataset_free(*out);
        *out = NULL;
    }
    return st;
}
