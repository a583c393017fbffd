/* image_turn.c -- see image_turn.h. */
#include "readers/image_turn.h"

#include <stddef.h>

#include "base/mem.h"

/* Where the picture's first pixel comes from, and how far the next one is to the right and
** below, in pixels of what is stored. */
typedef struct walk {
    ptrdiff_t from, right, down;
} walk;

static walk walk_of(size_t height, size_t width, int orientation)
{
    const ptrdiff_t h = (ptrdiff_t)height, w = (ptrdiff_t)width, last = h * w - 1;
    switch (orientation) {
    case 2: /* mirrored left to right */
        return (walk){ w - 1, -1, w };
    case 3: /* half a turn */
        return (walk){ last, -1, -w };
    case 4: /* mirrored top to bottom */
        return (walk){ last - (w - 1), 1, -w };
    case 5: /* rows become columns */
        return (walk){ 0, w, 1 };
    case 6: /* a quarter to the right */
        return (walk){ last - (w - 1), -w, 1 };
    case 7: /* rows become columns, each from the end */
        return (walk){ last, -w, -1 };
    case 8: /* a quarter to the left */
        return (walk){ w - 1, w, -1 };
    default:
        return (walk){ 0, 1, w };
    }
}

lrr_status lrr__image_turn(lrr_image *image, int orientation, lrr_error *err)
{
    const size_t c = image->channels;
    const walk s = walk_of(image->h, image->w, orientation);
    lrr_image turned = *image;
    lrr_status st;
    if (orientation < 2 || orientation > 8)
        return LRR_OK;
    if (orientation >= 5) {
        turned.h = image->w;
        turned.w = image->h;
    }
    st = lrr_mem_new(image->h * image->w, c, "an image", &turned.v, err);
    if (st != LRR_OK)
        return st;
    for (size_t i = 0; i < turned.h; i++) {
        ptrdiff_t at = s.from + (ptrdiff_t)i * s.down;
        uint8_t *to = turned.v + i * turned.w * c;
        for (size_t j = 0; j < turned.w; j++, at += s.right, to += c)
            for (size_t k = 0; k < c; k++)
                to[k] = image->v[(size_t)at * c + k];
    }
    lrr_mem_free(image->v);
    *image = turned;
    return LRR_OK;
}
