/*
** npy.h -- NumPy's .npy arrays, versions 1 to 3.
**
** Source: NumPy Enhancement Proposal 1 and numpy/lib/format.py. The header's dict is read
** by a parser that knows three keys and no code. Refused: object and structured types,
** a header above 10,000 bytes, a length that is not exactly the header's.
** Types: f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 and b1, of either byte order.
*/
#ifndef LRR_READERS_NPY_H
#define LRR_READERS_NPY_H

#include "data/dataset.h"
#include "readers/source.h"

typedef struct lrr_npy {
    char type; /* f i u b */
    size_t item;
    bool big, fortran;
    lrr_shape shape; /* rank 0: one number */
} lrr_npy;

/* The header, checked against what the file can hold; then the payload, to the end of the
** file, in row-major order, as bytes (u1 and b1) or floats. Errors: EFORMAT, EIO, ENOMEM. */
lrr_status lrr_npy_header_read(lrr_source *s, lrr_npy *h, lrr_error *err);
lrr_status lrr_npy_payload_read(lrr_source *s, const lrr_npy *h, uint8_t *bytes,
                                float *floats, lrr_error *err);

/*
** A data set of arrays: x (n, ...), y (n) or (n, k); y NULL: no targets. classes: y is
** labels 0, 1, ... (whole numbers), else targets. u1 and b1 samples stay bytes. Errors: as
** above.
**
** With vocab, x (n, t) is tokens, ids below it: sequences of t steps. Of such, and of
** x (n, t, f), y may hold a target for each step: (n, t), or (n, t, k) reals. With seq
** x (n, t, f) is sequences too, for a network that takes others of other lengths.
*/
typedef struct lrr_npy_cfg {
    const char *x[LRR_SPLITS], *y[LRR_SPLITS];
    int classes;  /* 1 yes, 0 no, -1: where y is one number, of a type of whole ones */
    int per_step; /* 1 yes, 0 no, -1: where y's second size is x's steps */
    size_t vocab; /* 0: x is no tokens; at most 2^24 */
    bool seq;
} lrr_npy_cfg;
lrr_status lrr_npy_load(const lrr_npy_cfg *cfg, lrr_dataset **out, lrr_error *err);

#endif
