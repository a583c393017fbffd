/*
** file_rows.h -- samples that stay in their files: rows at regular places of plain files, read
** by position as they are used (data/stored.h), and when they are.
**
** Reading by pread and not by mmap: a file that is cut short while it is in use is an error here
** and no signal, what is read counts as memory where it is put alone, and numbers that have to be
** converted are converted on the way.
*/
#ifndef LRR_READERS_FILE_ROWS_H
#define LRR_READERS_FILE_ROWS_H

#include "data/stored.h"

typedef enum lrr_storing_when {
    LRR_STORE_NEVER,
    LRR_STORE_ABOVE, /* so many bytes of samples, where they can */
    LRR_STORE_ALWAYS
} lrr_storing_when;

typedef struct lrr_storing {
    lrr_storing_when when;
    size_t above;
} lrr_storing;

/* Whether the samples of d, as it will be made, are to stay in their files, into d->stored.
** why_not: what they are that they cannot, or NULL. Errors: EINVAL (they have to and cannot). */
lrr_status lrr_storing_choose(const lrr_storing *s, const char *why_not,
                              lrr_dataset_cfg *d, lrr_error *err);

/* v (n) = the numbers raw of a file, of which the first is number `at` of the piece. */
typedef void (*lrr_file_decode)(const void *ud, const uint8_t *raw, size_t at, size_t n,
                                float *v);

typedef struct lrr_file_piece {
    const char *path;
    uint64_t at;            /* of the first row */
    size_t step;            /* bytes from a row to the next */
    size_t n;               /* rows */
    size_t item;            /* bytes of a number */
    lrr_file_decode decode; /* NULL: the bytes are as the data set holds them */
    void *ud;               /* of lrr_mem_new, or NULL */
} lrr_file_piece;

/* d->stored = the rows of the pieces (n), one after another; each ud is taken, on failure too.
** Errors: EIO (also: a file has not so many bytes), ENOMEM. */
lrr_status lrr_file_rows_open(lrr_dataset *d, const lrr_file_piece *piece, size_t n,
                              lrr_error *err);

#endif
