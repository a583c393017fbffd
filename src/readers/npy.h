/*
** npy.h -- NumPy's .npy arrays, versions 1 to 3.
**
** Source: NumPy Enhancement Proposal 1 and numpy/lib/format.py. The header's dict is read
** by a parser that knows three keys and no code. Refused, in words: objects, structured types,
** dates, complex numbers, floats wider than 8 bytes, a header above 10,000 bytes, a length that
** is not exactly the header's.
** Types: f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 of either byte order, and texts: S (bytes) and
** U (code points of 4 bytes).
*/
#ifndef LRR_READERS_NPY_H
#define LRR_READERS_NPY_H

#include "readers/intern.h"
#include "readers/source.h"
#include "tensor/shape.h"

typedef struct lrr_npy {
    char type;   /* f i u b; texts S U */
    size_t item; /* bytes of one */
    bool big, fortran;
    lrr_shape shape; /* rank 0: one number */
} lrr_npy;

/* The header, checked against what the source can hold. Errors: EFORMAT, EIO, ENOMEM. */
lrr_status lrr_npy_header_read(lrr_source *s, lrr_npy *h, lrr_error *err);
bool lrr_npy_is_text(const lrr_npy *h);

/* "float32", "big-endian int16", "text of 5 characters" for messages; gives text. */
#define LRR_NPY_TYPE 48
const char *lrr_npy_type(const lrr_npy *h, char text[LRR_NPY_TYPE]);

/* Where the payload goes, in row-major order: one of bytes (u1 and b1), floats and doubles
** (count). Of floats and doubles those that are one of the words become NaN, an infinite word
** stands for all that is above a float; from floats first offset[column] is taken off, in double:
** column is the place modulo width. */
typedef struct lrr_npy_out {
    uint8_t *bytes;
    float *floats;
    double *doubles;
    const double *offset; /* (width), or NULL */
    size_t width;
    const double *word; /* (words) */
    size_t words;
} lrr_npy_out;

/* Reads it, to the end of the source. Not for texts. Errors: EFORMAT, EIO. */
lrr_status lrr_npy_payload_read(lrr_source *s, const lrr_npy *h, const lrr_npy_out *out,
                                lrr_error *err);

/* Whether bytes, where out has these, or else floats are the payload's bytes as they stand. */
bool lrr_npy_is_plain(const lrr_npy *h, const lrr_npy_out *out);

/* v (n) = the numbers raw of the payload, of which the first is number `at`, as out->floats would
** have them. Not for Fortran order. Cannot fail. */
void lrr_npy_floats(const lrr_npy *h, const lrr_npy_out *out, const uint8_t *raw,
                    size_t at, size_t n, float *v);

/* Gives all numbers of the payload to `each` as doubles, some at a time, in the file's order, to
** the end of the source. Not for texts. Errors: EFORMAT, EIO. */
typedef void (*lrr_npy_each_fn)(void *ud, const double *v, size_t n);
lrr_status lrr_npy_each(lrr_source *s, const lrr_npy *h, lrr_npy_each_fn each, void *ud,
                        lrr_error *err);

/* What the numbers of each column (place modulo width) are. */
typedef struct lrr_npy_column {
    double lo, hi; /* of those that are finite; lo > hi: none */
    bool exact;    /* all as float */
} lrr_npy_column;
lrr_status lrr_npy_survey(lrr_source *s, const lrr_npy *h, const lrr_npy_out *words,
                          size_t width, lrr_npy_column *column, lrr_error *err);

/* id (count) = numbers in t of the texts, as UTF-8 without zeros at their ends, in row-major
** order. Errors: EFORMAT (no text), EINVAL (more than t takes), EIO, ENOMEM. */
lrr_status lrr_npy_texts_read(lrr_source *s, const lrr_npy *h, lrr_intern *t,
                              uint32_t *id, lrr_error *err);

#endif
