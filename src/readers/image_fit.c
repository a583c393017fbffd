/* image_fit.c -- see image_fit.h. */
#include "readers/image_fit.h"

#include <string.h>

#include "readers/image_blocks.h"
#include "readers/resample.h"

static lrr_status to_shorter(lrr_image *image, size_t side, const char *name,
                             lrr_error *err)
{
    const bool is_tall = image->w <= image->h;
    const size_t shorter = is_tall ? image->w : image->h;
    const size_t longer = side * (is_tall ? image->h : image->w) / shorter;
    if (longer > LRR_IMAGE_SIDE_MAX)
        return lrr_fail(
            err, LRR_EINVAL,
            "%s is %zu x %zu pixels (height, width): with its shorter side %zu "
            "the longer is %zu, the most is %zu",
            name, image->h, image->w, side, longer, LRR_IMAGE_SIDE_MAX);
    return is_tall ? lrr_resample(image, longer, side, err)
                   : lrr_resample(image, side, longer, err);
}

/* Pixels before the middle n of `all`: half of the rest, to the nearest even where it is no
** whole number. */
static size_t before(size_t all, size_t n)
{
    const size_t rest = all - n;
    return rest / 2 + (rest % 4 == 3);
}

static lrr_status crop(lrr_image *m, size_t h, size_t w, const char *name,
                       lrr_error *err)
{
    const size_t k = m->channels;
    size_t y, x;
    if (m->h < h || m->w < w)
        return lrr_fail(err, LRR_EINVAL,
                        "%s is %zu x %zu pixels (height, width) here, less than crop = "
                        "{%zu, %zu}; resize = %zu brings the shorter side up to it",
                        name, m->h, m->w, h, w, h > w ? h : w);
    y = before(m->h, h);
    x = before(m->w, w);
    for (size_t i = 0; i < h; i++)
        memmove(m->v + i * w * k, m->v + ((y + i) * m->w + x) * k, w * k);
    m->h = h;
    m->w = w;
    return LRR_OK;
}

lrr_status lrr_image_fit_to(lrr_image *image, const lrr_image_fit *fit,
                            const char *name, lrr_error *err)
{
    lrr_status st = LRR_OK;
    if (fit->resize == LRR_RESIZE_EXACT)
        st = lrr_resample(image, fit->h, fit->w, err);
    else if (fit->resize == LRR_RESIZE_SHORTER)
        st = to_shorter(image, fit->h, name, err);
    else if (fit->resize == LRR_RESIZE_BLOCKS)
        st = lrr__image_blocks(image, fit->h, fit->w, err);
    if (st == LRR_OK && fit->crop_h > 0)
        st = crop(image, fit->crop_h, fit->crop_w, name, err);
    return st;
}

void lrr_image_planes(const lrr_image *image, uint8_t *planes)
{
    const size_t k = image->channels, n = image->h * image->w;
    for (size_t c = 0; c < k; c++)
        for (size_t i = 0; i < n; i++)
            planes[c * n + i] = image->v[i * k + c];
}
