/*
** scratch.h -- bytes on a disk in a file without a name, which is gone with the process that has
** it, however that ends.
**
** Its room is taken from the disk when it is made, so that writing does not meet a full one later
** (where the file system can do that). It has at most half of what is free, and half of what --disk
** leaves, as what the process writes beside it must not fail for it; it gives both back when it
** goes. It is read by position and not mapped: what lies in it is the system's to keep in memory
** or not, and none of the process's.
** Threads: any may read and write at once.
*/
#ifndef LRR_OS_SCRATCH_H
#define LRR_OS_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct lrr_scratch lrr_scratch;

/* A file of up to `bytes` bytes on the disk of that folder. Errors: EIO (why there is none: no
** room, a folder in memory, a file system that refuses), ENOMEM. */
lrr_status lrr_scratch_open(const char *folder, uint64_t bytes, lrr_scratch **out,
                            lrr_error *err);
void lrr_scratch_free(lrr_scratch *s); /* NULL is fine */

/* Whether the n bytes at `at` were written, or are read: those that were not are any. */
bool lrr_scratch_write(lrr_scratch *s, uint64_t at, const void *data, size_t n);
bool lrr_scratch_read(const lrr_scratch *s, uint64_t at, void *data, size_t n);

/* The n bytes at `at` will be read soon. Cannot fail. */
void lrr_scratch_expect(const lrr_scratch *s, uint64_t at, size_t n);

/* What makes the file: a descriptor, or -1 and errno; ENOSPC: *room is what may be taken there
** (half of the free bytes), EXDEV: that folder's files lie in memory. The folder by its
** name, or open. For calls.h and the supervisor. */
int lrr_scratch_make(const char *folder, uint64_t bytes, uint64_t *room);
int lrr_scratch_make_at(int folder, uint64_t bytes, uint64_t *room);

#endif
