/*
** stored.h -- rows of samples that stay in their files and are read as they are used.
**
** What is read is what the data set would hold in memory: the same bits, in the same places.
** Order, splits, batches and targets know nothing of it: gather.c asks lrr_dataset_at for a row,
** which is a place in memory or is read into the loader's room. What looks at all rows (checks,
** scales, means, the fingerprint) goes through walk.h, in file order, so that sums keep their bits.
**
** A row that cannot be read, or is of a file that is not as it was, is zero, and the data set has
** failed from then on: who takes a batch asks before it is used (lrr_dataset_failure). The loader
** looks at the files after each batch; of several rows of one that fail on several threads the first
** by number is named.
** Threads: any may read; what changes rows (drop, fills) comes before a loader.
*/
#ifndef LRR_DATA_STORED_H
#define LRR_DATA_STORED_H

#include <pthread.h>
#include <stdatomic.h>

#include "data/dataset.h"

/* Who reads the files. All but free may be called by several threads at once. */
typedef struct lrr_stored_def {
    /* out (n, width) = rows from `at` on; several may be read on the pool's threads. Errors: EIO. */
    lrr_status (*read)(void *own, size_t at, size_t n, void *out, lrr_error *err);
    /* Row `at` will be read soon. */
    void (*expect)(void *own, size_t at);
    /* Errors: EIO (a file is not what it was when it was opened). */
    lrr_status (*check)(void *own, lrr_error *err);
    void (*free)(void *own);
    bool works; /* rows take work more than waiting for a disk: the pool shares it */
} lrr_stored_def;

typedef struct lrr_stored {
    const lrr_stored_def *def;
    void *own;
    size_t held;          /* bytes of own in memory that grow with the rows */
    uint32_t *row;        /* (n) which row a sample is; NULL: its own number */
    bool fills;           /* NaN becomes d->fill as rows are read */
    pthread_mutex_t lock; /* of the rest, which is there once something failed */
    atomic_int failed;
    bool stands;       /* the failure is no longer replaced by one of a sample before */
    size_t failed_at;  /* that sample */
    lrr_error failure; /* the first */
} lrr_stored;

/* own, which is freed on failure too. Errors: ENOMEM. */
lrr_status lrr_stored_new(const lrr_stored_def *def, void *own, lrr_stored **out,
                          lrr_error *err);
void lrr_stored_free(lrr_stored *s); /* NULL is fine */

/* Bytes in memory by which n samples are found; s NULL: 0. */
size_t lrr_stored_bytes(const lrr_stored *s, size_t n);

/* Samples from .. from + n - 1 of d, whose rows are stored, into out (n, width). Errors: EIO. */
lrr_status lrr_stored_read(const lrr_dataset *d, size_t from, size_t n, void *out,
                           lrr_error *err);

/* From now on d has only the samples of keep (n), ascending. Errors: ENOMEM. */
lrr_status lrr_stored_keep(lrr_dataset *d, const uint32_t *keep, size_t n,
                           lrr_error *err);

/* The stored rows of p, which are as wide, follow those of d from now on, and p has none. Before
** either is filled in. Errors: ENOMEM, both as they were. */
lrr_status lrr_stored_join(lrr_dataset *d, lrr_dataset *p, lrr_error *err);

/* Row i of x: where it is in memory, or read into room (one row). Cannot fail: see above. */
const void *lrr_dataset_at(const lrr_dataset *d, size_t i, void *room);

/* Room i of rooms for a row each; NULL where there are none. */
void *lrr_dataset_room(const lrr_dataset *d, void *rooms, size_t i);

/* Samples sample[0 .. n - 1] will be read soon: from a disk many at a time come faster. */
void lrr_dataset_expect(const lrr_dataset *d, const uint32_t *sample, size_t n);

/* Looks whether the files are as they were; what could not be read, or NULL. */
void lrr_dataset_look(const lrr_dataset *d);
const lrr_error *lrr_dataset_failure(const lrr_dataset *d);

#endif
