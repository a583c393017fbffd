/* png.c -- PNG by libpng; see image_codec.h. */
#include <png.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "readers/image_codec.h"

/* All that must survive libpng's longjmp lives here, in the caller's frame. */
typedef struct reading {
    const uint8_t *data;
    size_t n, at;
    const lrr_image_how *how;
    const char *name;
    lrr_image *out;
    lrr_error *err;
    lrr_status st;
    png_structp png;
    png_infop info;
    png_bytep *row;
    bool starved; /* libpng asked for memory and got none */
    bool cut;     /* ... for bytes behind the file's end */
    bool whole;   /* all pixels are there */
    char why[128];
} reading;

static void on_error(png_structp png, png_const_charp message)
{
    reading *r = png_get_error_ptr(png);
    snprintf(r->why, sizeof r->why, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep out, size_t n)
{
    reading *r = png_get_io_ptr(png);
    r->cut = n > r->n - r->at;
    if (r->cut)
        png_error(png, "the file is cut off");
    memcpy(out, r->data + r->at, n);
    r->at += n;
}

static png_voidp on_get(png_structp png, png_alloc_size_t n)
{
    reading *r = png_get_mem_ptr(png);
    void *p = lrr_mem_get(n, "a PNG decoder");
    r->starved = r->starved || p == NULL;
    return p;
}

static void on_put(png_structp png, png_voidp p)
{
    (void)png;
    lrr_mem_put(p);
}

/* Channels that are read: those of a colour PNG are 3, and grey is made from these. */
static size_t channels_of(const reading *r)
{
    const int type = png_get_color_type(r->png, r->info);
    return type & PNG_COLOR_MASK_COLOR ? 3 : r->how->channels;
}

/* Any PNG to 8-bit grey or colour without alpha, which is dropped: what is behind it counts. */
static void set_conversions(const reading *r)
{
    const int type = png_get_color_type(r->png, r->info);
    png_set_expand(r->png); /* palettes and few bits */
    png_set_strip_16(r->png);
    png_set_strip_alpha(r->png);
    if (r->how->channels == 3 && !(type & PNG_COLOR_MASK_COLOR))
        png_set_gray_to_rgb(r->png);
    (void)png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
}

/* The part that libpng may leave by longjmp: it owns nothing but what is in r. */
static void decode(reading *r)
{
    size_t w, h, k;
    png_set_user_limits(r->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours come below */
    png_set_chunk_cache_max(r->png, 64);
    png_set_chunk_malloc_max(r->png, 1 << 22);
    png_set_read_fn(r->png, r, on_read);
    png_read_info(r->png, r->info);
    w = png_get_image_width(r->png, r->info);
    h = png_get_image_height(r->png, r->info);
    k = channels_of(r);
    r->st = lrr__image_new(w, h, k, r->name, r->out, r->err);
    if (r->st == LRR_OK)
        r->st = lrr_mem_new(h, sizeof *r->row, "an image", &r->row, r->err);
    if (r->st != LRR_OK)
        return;
    r->out->deep = png_get_bit_depth(r->png, r->info) == 16;
    set_conversions(r);
    if (png_get_rowbytes(r->png, r->info) != w * k)
        png_error(r->png, "rows of an unexpected length");
    for (size_t i = 0; i < h; i++)
        r->row[i] = r->out->v + i * w * k;
    png_read_image(r->png, r->row);
    r->whole = true;
    png_read_end(r->png, NULL);
}

static lrr_status no_memory(const char *name, lrr_error *err)
{
    return lrr_fail(err, LRR_ENOMEM, "%s: no memory for a PNG decoder (--memory)",
                    name);
}

lrr_status lrr__png_decode(const uint8_t *data, size_t n, const lrr_image_how *how,
                           const char *name, lrr_image *out, lrr_error *err)
{
    reading r = {
        .data = data, .n = n, .how = how, .name = name, .out = out, .err = err
    };
    reading *volatile p = &r;
    r.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning,
                                     &r, on_get, on_put);
    if (r.png != NULL)
        r.info = png_create_info_struct(r.png);
    if (r.info == NULL) {
        png_destroy_read_struct(&r.png, NULL, NULL);
        return no_memory(name, err);
    }
    if (setjmp(png_jmpbuf(r.png)) == 0)
        decode(p);
    else if (p->starved)
        p->st = no_memory(name, err);
    else if (p->whole && p->cut)
        p->st = LRR_OK; /* only the end's mark is missing */
    else
        p->st = lrr_fail(err, LRR_EFORMAT, "%s: broken PNG (%s)", name, p->why);
    png_destroy_read_struct(&p->png, &p->info, NULL);
    lrr_mem_free(p->row);
    return p->st;
}
