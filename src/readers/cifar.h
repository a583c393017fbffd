/*
** cifar.h -- CIFAR-10 and CIFAR-100, binary version.
**
** Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, and
** the data set's page: records of a label (CIFAR-100: coarse, fine) and 3 x 32 x 32 bytes.
*/
#ifndef LRR_READERS_CIFAR_H
#define LRR_READERS_CIFAR_H

#include "readers/file_rows.h"

enum { LRR_CIFAR_FILES = 8 };

typedef struct lrr_cifar_cfg {
    size_t classes; /* 10 or 100 (the fine label) */
    const char
        *file[LRR_SPLITS][LRR_CIFAR_FILES]; /* of each part, in order; then NULL */
    lrr_storing stream;                     /* pictures stay in their files */
} lrr_cifar_cfg;

/* All records as images of (3, 32, 32) bytes. Errors: EIO, EFORMAT (a size that is no
** multiple of the record's, a label too large; names file and record), ENOMEM. */
lrr_status lrr_cifar_load(const lrr_cifar_cfg *cfg, lrr_dataset **out, lrr_error *err);

#endif
