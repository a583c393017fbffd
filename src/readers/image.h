/*
** image.h -- PNG and JPEG files as bytes, and resizing.
**
** Decoding is by libpng and libjpeg, from memory, with their errors caught, warnings of
** broken JPEG data taken as errors, and sizes checked before anything is allocated. JPEG
** uses the exact integer DCT, so the bytes are the same on any processor.
** Threads: safe on different images.
*/
#ifndef LRR_READERS_IMAGE_H
#define LRR_READERS_IMAGE_H

#include <stdint.h>

#include "base/error.h"

#define LRR_IMAGE_SIDE_MAX   ((size_t)16384)
#define LRR_IMAGE_PIXELS_MAX ((size_t)1 << 26)
#define LRR_IMAGE_FILE_MAX   ((size_t)1 << 28)

typedef struct lrr_image {
    size_t w, h, channels; /* channels 1 or 3 */
    uint8_t *v;            /* (h, w, channels), of lrr_mem_new */
} lrr_image;

/* Decodes the n bytes of a PNG or JPEG to 1 channel (grey) or 3 (red, green, blue); alpha
** is dropped, 16 bits become 8. name is for messages. Errors: EFORMAT, ENOMEM. */
lrr_status lrr_image_decode(const uint8_t *data, size_t n, size_t channels,
                            const char *name, lrr_image *out, lrr_error *err);

/* The same from a file. Errors: also EIO. */
lrr_status lrr_image_read(const char *path, size_t channels, lrr_image *out,
                          lrr_error *err);
void lrr_image_fini(lrr_image *image);

/* planes (channels, h, w) = image, resized where the sizes differ: bilinear between pixel
** centres after averaging whole blocks when it shrinks by 2 or more. */
void lrr_image_planes(const lrr_image *image, size_t h, size_t w, uint8_t *planes);

#endif
