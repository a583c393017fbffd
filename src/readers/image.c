/* image.c -- see image.h: what is the same for PNG and JPEG. */
#include "readers/image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "readers/image_codec.h"
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

lrr_status lrr_image_decode(const uint8_t *data, size_t n, size_t channels,
                            const char *name, lrr_image *out, lrr_error *err)
{
    static const uint8_t png[] = { 0x89, 'P', 'N', 'G' };
    lrr_status st;
    *out = (lrr_image){ 0 };
    LRR_ASSERT(channels == 1 || channels == 3);
    if (n >= 4 && memcmp(data, png, 4) == 0)
        st = lrr__png_decode(data, n, channels, name, out, err);
    else if (n >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff)
        st = lrr__jpeg_decode(data, n, channels, name, out, err);
    else
        st = lrr_fail(err, LRR_EFORMAT, "%s is neither PNG nor JPEG", name);
    if (st != LRR_OK)
        lrr_image_fini(out);
    return st;
}

lrr_status lrr_image_read(const char *path, size_t channels, lrr_image *out,
                          lrr_error *err)
{
    const char *name = lrr_near_name(path);
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
        st = lrr_image_decode(data, (size_t)size, channels, name, out, err);
    lrr_mem_free(data);
    return st;
}

void lrr_image_fini(lrr_image *image)
{
    lrr_mem_free(image->v);
    *image = (lrr_image){ 0 };
}

/* Mean of the block of by x bx pixels at (y, x) of channel c, clipped at the border. */
static double block(const lrr_image *m, size_t y, size_t x, size_t c,
                    const size_t by_bx[2])
{
    size_t y1 = y + by_bx[0] < m->h ? y + by_bx[0] : m->h;
    size_t x1 = x + by_bx[1] < m->w ? x + by_bx[1] : m->w;
    uint64_t sum = 0;
    for (size_t i = y; i < y1; i++)
        for (size_t j = x; j < x1; j++)
            sum += m->v[(i * m->w + j) * m->channels + c];
    return (double)sum / (double)((y1 - y) * (x1 - x));
}

/* Which two blocks of n an output place lies between, and how far from the first. */
typedef struct between {
    size_t a, b;
    double t;
} between;

static between place(size_t i, size_t out, size_t n)
{
    double x = ((double)i + 0.5) * (double)n / (double)out - 0.5;
    between p;
    x = x < 0 ? 0 : x > (double)(n - 1) ? (double)(n - 1) : x;
    p.a = (size_t)x;
    p.b = p.a + 1 < n ? p.a + 1 : p.a;
    p.t = x - (double)p.a;
    return p;
}

static uint8_t sample(const lrr_image *m, between y, between x, size_t c,
                      const size_t s[2])
{
    double top = (1 - x.t) * block(m, y.a * s[0], x.a * s[1], c, s) +
                 x.t * block(m, y.a * s[0], x.b * s[1], c, s);
    double low = (1 - x.t) * block(m, y.b * s[0], x.a * s[1], c, s) +
                 x.t * block(m, y.b * s[0], x.b * s[1], c, s);
    return (uint8_t)((1 - y.t) * top + y.t * low + 0.5);
}

void lrr_image_planes(const lrr_image *image, size_t h, size_t w, uint8_t *planes)
{
    const size_t s[2] = { image->h / h > 1 ? image->h / h : 1,
                          image->w / w > 1 ? image->w / w : 1 };
    const size_t rows = (image->h + s[0] - 1) / s[0],
                 columns = (image->w + s[1] - 1) / s[1];
    for (size_t c = 0; c < image->channels; c++) {
        for (size_t i = 0; i < h; i++) {
            for (size_t j = 0; j < w; j++) {
                uint8_t *to = planes + (c * h + i) * w + j;
                if (h == image->h && w == image->w)
                    *to = image->v[(i * w + j) * image->channels + c];
                else
                    *to = sample(image, place(i, h, rows), place(j, w, columns), c, s);
            }
        }
    }
}
