/* image_blocks.c -- see image_blocks.h. */
#include "readers/image_blocks.h"

#include "base/mem.h"

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

lrr_status lrr__image_blocks(lrr_image *image, size_t h, size_t w, lrr_error *err)
{
    const size_t s[2] = { image->h / h > 1 ? image->h / h : 1,
                          image->w / w > 1 ? image->w / w : 1 };
    const size_t rows = (image->h + s[0] - 1) / s[0],
                 columns = (image->w + s[1] - 1) / s[1], k = image->channels;
    lrr_image to = *image;
    lrr_status st;
    if (h == image->h && w == image->w)
        return LRR_OK;
    st = lrr_mem_new(lrr_size_mul(h, w), k, "a resized image", &to.v, err);
    if (st != LRR_OK)
        return st;
    to.h = h;
    to.w = w;
    for (size_t i = 0; i < h; i++)
        for (size_t j = 0; j < w; j++)
            for (size_t c = 0; c < k; c++)
                to.v[(i * w + j) * k + c] =
                    sample(image, place(i, h, rows), place(j, w, columns), c, s);
    lrr_mem_free(image->v);
    *image = to;
    return LRR_OK;
}
