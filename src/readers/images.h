/*
** images.h -- folders of image files as a data set.
**
** Use: lrr_images_new, add folders part by part, lrr_images_dataset.
*/
#ifndef LRR_READERS_IMAGES_H
#define LRR_READERS_IMAGES_H

#include "data/dataset.h"

typedef struct lrr_images lrr_images;

lrr_status lrr_images_new(lrr_images **out, lrr_error *err);
void lrr_images_free(lrr_images *m);

/* Every .png, .jpg and .jpeg of a folder (any case), in bytewise order of names, with
** that label (NULL: none). Parts in ascending order. Errors: EIO, EFORMAT (there is
** none), ENOMEM. */
lrr_status lrr_images_add_folder(lrr_images *m, const char *path, const char *label,
                                 lrr_split part, lrr_error *err);

/* One picture without a label. Errors: ENOMEM, EINVAL (it is there already). */
lrr_status lrr_images_add_file(lrr_images *m, const char *path, lrr_split part,
                               lrr_error *err);

/* Decodes all, on the pool's threads, as (channels, h, w) bytes; h = w = 0: they have one
** size. Classes in bytewise order of labels. Errors: EFORMAT (the first broken one by
** name, or sizes that differ), EIO, ENOMEM, EINVAL. */
lrr_status lrr_images_dataset(const lrr_images *m, size_t channels, size_t h, size_t w,
                              lrr_dataset **out, lrr_error *err);

#endif
