/*
** image_blocks.h -- pictures resized as lrrun 1.0 did: whole blocks of pixels are averaged where
** it shrinks by 2 or more, and what that leaves is bilinear between pixel centres.
**
** Kept for what was trained with it (the key size): between whole factors it leaves pixels out and is
** 3 to 4 grey levels off resample.h on the mean (up to 128, over pictures of 1 to 640 pixels a side
** brought to 1 to 96), which is better.
*/
#ifndef LRR_READERS_IMAGE_BLOCKS_H
#define LRR_READERS_IMAGE_BLOCKS_H

#include "readers/image.h"

/* *image becomes h x w pixels; it stays as it is on failure. Errors: ENOMEM. */
lrr_status lrr__image_blocks(lrr_image *image, size_t h, size_t w, lrr_error *err);

#endif
