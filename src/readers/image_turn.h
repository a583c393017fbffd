/* image_turn.h -- a picture the way up that its EXIF says. */
#ifndef LRR_READERS_IMAGE_TURN_H
#define LRR_READERS_IMAGE_TURN_H

#include "readers/image.h"

/* Turns or mirrors the picture, by EXIF's orientation 1 (stays) to 8 (CIPA DC-008, 4.6.4: where
** the first row and column are to be seen). From 5 on height and width change places. The
** picture stays as it is on failure. Errors: ENOMEM. */
lrr_status lrr__image_turn(lrr_image *image, int orientation, lrr_error *err);

#endif
