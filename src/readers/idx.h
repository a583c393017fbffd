/*
** idx.h -- the IDX format of MNIST and Fashion-MNIST, plain or gzip.
**
** Source: LeCun, Cortes, Burges, "The MNIST database", file format section. Refused: a
** wrong magic number, a rank not in 1..4, a size of 0, a length that is not exactly the
** header's, images and labels that differ in number.
*/
#ifndef LRR_READERS_IDX_H
#define LRR_READERS_IDX_H

#include "readers/file_rows.h"
#include "readers/source.h"

typedef struct lrr_idx_cfg {
    const char *x[LRR_SPLITS]; /* file of each part; NULL: the part is empty */
    const char *y[LRR_SPLITS]; /* its labels */
    lrr_storing stream;        /* x stays in its files, which are then not packed */
} lrr_idx_cfg;

/* A data set of the files. (n, h, w) becomes samples of (1, h, w); bytes stay bytes, all
** else becomes floats. classes = largest label + 1. Errors: EIO, EFORMAT, EINVAL (samples have to
** stay in their files and cannot), ENOMEM. */
lrr_status lrr_idx_load(const lrr_idx_cfg *cfg, lrr_dataset **out, lrr_error *err);

typedef struct lrr_idx_header {
    int type; /* 0x08 u8, 0x09 i8, 0x0B i16, 0x0C i32, 0x0D f32, 0x0E f64 */
    lrr_shape shape;
    size_t item; /* bytes of one */
} lrr_idx_header;

/* The header, checked against what the file can hold; the payload, big-endian in the
** file, as out (count) bytes or floats (NULL: not wanted), to the end of the file. */
lrr_status lrr_idx_header_read(lrr_source *s, lrr_idx_header *h, lrr_error *err);
lrr_status lrr_idx_payload_read(lrr_source *s, const lrr_idx_header *h, uint8_t *bytes,
                                float *floats, lrr_error *err);

#endif
