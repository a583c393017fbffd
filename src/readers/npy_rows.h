/* npy_rows.h -- an array's samples where they stay in its file. */
#ifndef LRR_READERS_NPY_ROWS_H
#define LRR_READERS_NPY_ROWS_H

#include "readers/arrays.h"

/* What is in the way of that, in words that begin with its name, into text; NULL: nothing. s is
** behind its header. */
#define LRR_NPY_WHY 400
const char *lrr_npy_why_not(const lrr_source *s, const lrr_npy *h,
                            char text[LRR_NPY_WHY]);

/* The rows of the array's source, which is behind its header, as a piece that gives what `out`
** says (bytes, or with NULL floats). Of an archive all is read, to check its sum. out's words are
** copied, its offset stays the caller's. Errors: EFORMAT, EIO, ENOMEM. */
lrr_status lrr_npy_piece(const lrr_array *a, lrr_source *s, const lrr_npy *h,
                         const lrr_npy_out *out, lrr_file_piece *piece, lrr_error *err);

#endif
