/* image_codec.h -- the decoders behind image.c; contracts as lrr_image_decode, except
** that on failure *out is left to the caller to free, that pictures come as they are stored, and
** with as many channels as they have: wanted ones, 3 (red, green, blue) where grey is wanted, or
** 4 (of CMYK: what is left of the light, as Adobe has it). */
#ifndef LRR_READERS_IMAGE_CODEC_H
#define LRR_READERS_IMAGE_CODEC_H

#include "readers/image.h"

/* Memory for an image, after checking its size. Errors: EFORMAT, ENOMEM. */
lrr_status lrr__image_new(size_t w, size_t h, size_t channels, const char *name,
                          lrr_image *out, lrr_error *err);

lrr_status lrr__png_decode(const uint8_t *data, size_t n, const lrr_image_how *how,
                           const char *name, lrr_image *out, lrr_error *err);
lrr_status lrr__jpeg_decode(const uint8_t *data, size_t n, const lrr_image_how *how,
                            const char *name, lrr_image *out, lrr_error *err);

#endif
