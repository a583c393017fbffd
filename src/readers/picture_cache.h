/*
** picture_cache.h -- the samples of pictures once they are decoded, in a file without a name
** (os/scratch.h): what is read there need not be decoded again.
**
** A sample counts as long as its file has the stamp that it had before it was decoded: what says
** which file it is, its size and its times. Whoever asks gives the stamp that the file has now.
** Threads: any may read and write; of one picture by two at once both write the same.
*/
#ifndef LRR_READERS_PICTURE_CACHE_H
#define LRR_READERS_PICTURE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct lrr__picture_cache lrr__picture_cache;

/* Room for n samples of `width` bytes on the disk of that folder. Errors: EIO (there is none),
** ENOMEM. */
lrr_status lrr__picture_cache_open(const char *folder, size_t n, size_t width,
                                   lrr__picture_cache **out, lrr_error *err);
void lrr__picture_cache_free(lrr__picture_cache *c); /* NULL is fine */

/* The stamp of a file as it is now; 0: it is not there. */
uint64_t lrr__picture_stamp(const char *path);

/* The stamp of sample i as it is kept; 0: it is not. */
uint64_t lrr__picture_cache_stamp(const lrr__picture_cache *c, size_t i);

/* planes (width) = sample i. False: it is not here, or of another stamp. */
bool lrr__picture_cache_read(lrr__picture_cache *c, size_t i, uint64_t stamp,
                             uint8_t *planes);

/* Keeps sample i, decoded after its file had that stamp. What cannot be written is not kept. */
void lrr__picture_cache_write(lrr__picture_cache *c, size_t i, uint64_t stamp,
                              const uint8_t *planes);

/* Sample i will be read soon. */
void lrr__picture_cache_expect(const lrr__picture_cache *c, size_t i);

/* Samples that are kept. */
size_t lrr__picture_cache_count(const lrr__picture_cache *c);

#endif
