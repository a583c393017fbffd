/*
** resample.h -- pictures resized as Pillow's Image.resize(..., BILINEAR) does.
**
** Each output pixel is a mean of the input pixels around its centre, with weights that fall
** linearly to 0 at a distance of one pixel, or of one output pixel where the picture shrinks: so
** nothing is left out, however much it shrinks (a triangle filter with antialiasing; Turkowski,
** Filters for Common Resampling Tasks, Graphics Gems I, 1990). Rows first, then columns, in
** whole numbers of 2^-22 as Pillow has them: the same bytes on any processor, and Pillow's (newer
** versions of which take columns first for some sizes, and are then up to one grey level off).
*/
#ifndef LRR_READERS_RESAMPLE_H
#define LRR_READERS_RESAMPLE_H

#include "readers/image.h"

/* *image becomes h x w pixels; on failure it stays valid, of whatever size. Errors: ENOMEM, EINVAL
** (a size is 0 or above LRR_IMAGE_SIDE_MAX). */
lrr_status lrr_resample(lrr_image *image, size_t h, size_t w, lrr_error *err);

#endif
