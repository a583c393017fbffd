/*
** images_stored.h -- pictures that stay in their files: each is decoded when its sample is used,
** or, with a cache (picture_cache.h), when it is used first or its file was touched.
**
** What a file gives is held to a sum of its bytes when it was looked at first: another picture in
** its place, or none, is an error and no other sample. Any thread may read (data/stored.h).
*/
#ifndef LRR_READERS_IMAGES_STORED_H
#define LRR_READERS_IMAGES_STORED_H

#include "readers/images.h"
#include "readers/images_list.h"

/* The sum of a sample's n bytes. */
uint32_t lrr__images_sum(const uint8_t *planes, size_t n);

/* d->stored = the pictures of m as cfg has them, of d's shape, with m->sum and m->cache, which are
** taken. Errors: ENOMEM. */
lrr_status lrr__images_store(lrr_images *m, const lrr_images_cfg *cfg, lrr_dataset *d,
                             lrr_error *err);

#endif
