/*
** image.h -- PNG and JPEG files as bytes.
**
** Decoding is by libpng and libjpeg, from memory, with their errors caught, warnings of
** broken JPEG data taken as errors, and sizes checked before anything is allocated. JPEG
** uses the exact integer DCT, so the bytes are the same on any processor: those that Pillow's
** Image.open, ImageOps.exif_transpose and convert("RGB" or "L") give (but for grey of 16 bits,
** which that clips).
** Threads: safe on different images.
*/
#ifndef LRR_READERS_IMAGE_H
#define LRR_READERS_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define LRR_IMAGE_SIDE_MAX   ((size_t)16384)
#define LRR_IMAGE_PIXELS_MAX ((size_t)1 << 26)
#define LRR_IMAGE_FILE_MAX   ((size_t)1 << 28)

typedef struct lrr_image {
    size_t w, h, channels; /* channels 1 or 3 */
    uint8_t *v;            /* (h, w, channels), of lrr_mem_new */
    int orientation;       /* 1 to 8, as the file's EXIF says */
    bool deep;             /* it had 16 bits for each value */
} lrr_image;

typedef struct lrr_image_how {
    size_t channels; /* 1: grey, 3: red, green, blue */
    bool stored;     /* left as it is stored, and not turned as its EXIF says */
} lrr_image_how;

/* Decodes the n bytes of a PNG or JPEG. Alpha is dropped, of 16 bits the upper 8 are taken, grey
** of colours is their luma (ITU-R BT.601), CMYK is taken as inverted, which Adobe's are. name is for
** messages. Errors: EFORMAT, ENOMEM. */
lrr_status lrr_image_decode(const uint8_t *data, size_t n, const lrr_image_how *how,
                            const char *name, lrr_image *out, lrr_error *err);

/* The same from a file. Errors: also EIO. */
lrr_status lrr_image_read(const char *path, const lrr_image_how *how, const char *name,
                          lrr_image *out, lrr_error *err);
void lrr_image_fini(lrr_image *image);

#endif
