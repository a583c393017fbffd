/* image_fit.h -- from a picture's size to that of the samples: resized, then cropped. */
#ifndef LRR_READERS_IMAGE_FIT_H
#define LRR_READERS_IMAGE_FIT_H

#include "readers/image.h"

typedef enum lrr_resize {
    LRR_RESIZE_NONE,
    LRR_RESIZE_EXACT,   /* to h x w, whatever its sides are to each other; resample.h */
    LRR_RESIZE_SHORTER, /* its shorter side to h, the longer in proportion, cut to a whole
                           number as torchvision's Resize does; resample.h */
    LRR_RESIZE_BLOCKS   /* to h x w by image_blocks.h */
} lrr_resize;

typedef struct lrr_image_fit {
    lrr_resize resize;
    size_t h, w;           /* 1 to LRR_IMAGE_SIDE_MAX, where resize takes them */
    size_t crop_h, crop_w; /* the middle of what comes of it; 0: all */
} lrr_image_fit;

/* *image becomes what fit says. The middle is that of torchvision's CenterCrop: of an odd rest the
** larger part is before or behind it so that an even number is before. name is for messages. On
** failure *image stays valid. Errors: EINVAL (it is smaller than the crop, a side is too long),
** ENOMEM. */
lrr_status lrr_image_fit_to(lrr_image *image, const lrr_image_fit *fit,
                            const char *name, lrr_error *err);

/* planes (channels, h, w) = image. Cannot fail. */
void lrr_image_planes(const lrr_image *image, uint8_t *planes);

#endif
