/* image.c -- see image.h: what is the same for PNG and JPEG. */
#include "readers/image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "readers/exif.h"
#include "readers/image_codec.h"
#include "readers/image_turn.h"
#include "readers/source.h"

lrr_status lrr__image_new(size_t w, size_t h, size_t channels, const char *name,
                          lrr_image *out, lrr_error *err)
{
    if (w == 0 || h == 0 || w > LRR_IMAGE_SIDE_MAX || h > LRR_IMAGE_SIDE_MAX ||
        w * h > LRR_IMAGE_PIXELS_MAX)
        return lrr_fail(err, LRR_EFORMAT,
                        "%s: %zu x %zu pixels, the most is %zu a side and "
                        "%zu in all",
                        name, w, h, LRR_IMAGE_SIDE_MAX, LRR_IMAGE_PIXELS_MAX);
    *out = (lrr_image){ .w = w, .h = h, .channels = channels };
    return lrr_mem_new(w * h, channels, "an image", &out->v, err);
}

/* What is left of 255 after ink k and an ink that takes a share of that: both as stored, from
** 255 (none) to 0. The rounding is that of Pillow's cmyk2rgb. */
static uint8_t light(unsigned stored, unsigned stored_k)
{
    const unsigned product = (255 - stored) * stored_k + 128;
    const unsigned taken = ((product >> 8) + product) >> 8;
    return (uint8_t)(stored_k > taken ? stored_k - taken : 0);
}

/* Colours of all pixels in place: CMYK to red, green, blue. */
static void from_cmyk(lrr_image *m)
{
    for (size_t i = 0; i < m->w * m->h; i++) {
        const uint8_t *ink = m->v + 4 * i;
        const uint8_t rgb[3] = { light(ink[0], ink[3]), light(ink[1], ink[3]),
                                 light(ink[2], ink[3]) };
        memcpy(m->v + 3 * i, rgb, 3);
    }
    m->channels = 3;
}

/* Red, green, blue to luma, in place; the weights are Pillow's. */
static void to_grey(lrr_image *m)
{
    for (size_t i = 0; i < m->w * m->h; i++) {
        const uint8_t *v = m->v + 3 * i;
        m->v[i] =
            (uint8_t)((v[0] * 19595u + v[1] * 38470u + v[2] * 7471u + 0x8000u) >> 16);
    }
    m->channels = 1;
}

/* What else a file may be that has a picture's name. */
static const char *other_kind(const uint8_t *data, size_t n)
{
    static const struct {
        size_t at, n;
        const char *mark, *name;
    } kinds[] = {
        { 0, 4, "GIF8", "a GIF" },
        { 0, 2, "BM", "a BMP" },
        { 8, 4, "WEBP", "a WebP" },
        { 0, 4, "II*\0", "a TIFF" },
        { 0, 4, "MM\0*", "a TIFF" },
        { 4, 8, "ftypheic", "a HEIC" },
        { 4, 8, "ftypavif", "an AVIF" },
        { 4, 8, "ftypmif1", "a HEIF" },
        { 0, 4, "\xff\x4f\xff\x51", "a JPEG 2000" },
        { 0, 4, "8BPS", "a Photoshop file" },
        { 0, 1, "<", "a page of HTML or XML" },
        { 0, 4, "%PDF", "a PDF" },
        { 0, 8, "version ", "a pointer of Git LFS" },
    };
    if (n == 0)
        return "it is empty";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (n >= kinds[i].at + kinds[i].n &&
            memcmp(data + kinds[i].at, kinds[i].mark, kinds[i].n) == 0)
            return kinds[i].name;
    return "";
}

static lrr_status no_picture(const uint8_t *data, size_t n, const char *name,
                             lrr_error *err)
{
    const char *kind = other_kind(data, n);
    return lrr_fail(err, LRR_EFORMAT, "%s is neither PNG nor JPEG%s%s", name,
                    *kind == '\0' ? ""
                    : n == 0      ? ": "
                                  : ": by its bytes it is ",
                    kind);
}

lrr_status lrr_image_decode(const uint8_t *data, size_t n, const lrr_image_how *how,
                            const char *name, lrr_image *out, lrr_error *err)
{
    static const uint8_t png[] = { 0x89, 'P', 'N', 'G' };
    lrr_status st;
    *out = (lrr_image){ 0 };
    LRR_ASSERT(how->channels == 1 || how->channels == 3);
    if (n >= 4 && memcmp(data, png, 4) == 0)
        st = lrr__png_decode(data, n, how, name, out, err);
    else if (n >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff)
        st = lrr__jpeg_decode(data, n, how, name, out, err);
    else
        st = no_picture(data, n, name, err);
    if (st == LRR_OK) {
        if (out->channels == 4)
            from_cmyk(out);
        if (out->channels > how->channels)
            to_grey(out);
        out->orientation = lrr_exif_orientation(data, n);
        st = lrr__image_turn(out, how->stored ? 1 : out->orientation, err);
    }
    if (st != LRR_OK)
        lrr_image_fini(out);
    return st;
}

lrr_status lrr_image_read(const char *path, const lrr_image_how *how, const char *name,
                          lrr_image *out, lrr_error *err)
{
    uint8_t *data = NULL;
    long size = 0;
    FILE *f;
    lrr_status st = lrr_source_file(path, &f, err);
    *out = (lrr_image){ 0 };
    if (st != LRR_OK)
        return st;
    if (fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0 ||
        fseek(f, 0, SEEK_SET) != 0)
        st = lrr_fail(err, LRR_EIO, "%s is not a plain file", name);
    else if ((size_t)size > LRR_IMAGE_FILE_MAX)
        st = lrr_fail(err, LRR_EFORMAT, "%s: %ld bytes are too many for an image", name,
                      size);
    else
        st = lrr_mem_new((size_t)size, 1, "an image file", &data, err);
    if (st == LRR_OK && fread(data, 1, (size_t)size, f) != (size_t)size)
        st = lrr_fail(err, LRR_EIO, "%s cannot be read to its end", name);
    fclose(f);
    if (st == LRR_OK)
        st = lrr_image_decode(data, (size_t)size, how, name, out, err);
    lrr_mem_free(data);
    return st;
}

void lrr_image_fini(lrr_image *image)
{
    lrr_mem_free(image->v);
    *image = (lrr_image){ 0 };
}
