/* jpeg.c -- JPEG by libjpeg; see image_codec.h. */
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

#include <jpeglib.h>

#include <jerror.h>

#include "base/mem.h"
#include "readers/image_codec.h"

/* Bytes that libjpeg may take, whose memory is not ours to give. */
static const long MOST = 1L << 28;

/* All that must survive the longjmp out of libjpeg lives here. */
typedef struct reading {
    struct jpeg_error_mgr mgr; /* first: libjpeg hands us a pointer to it */
    jmp_buf escape;
    struct jpeg_decompress_struct jpeg;
    const uint8_t *data;
    size_t n;
    const lrr_image_how *how;
    const char *name;
    lrr_image *out;
    lrr_error *err;
    lrr_status st;
    char why[JMSG_LENGTH_MAX];
} reading;

static void on_error(j_common_ptr jpeg)
{
    reading *r = (reading *)(void *)jpeg->err;
    (*jpeg->err->format_message)(jpeg, r->why);
    longjmp(r->escape, 1);
}

/* Warnings that leave every pixel as it was meant: bytes between segments that nobody needs,
** versions and marks that are not known, scans of a progressive file in an unusual order. */
static bool is_harmless(int code)
{
    return code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR ||
           code == JWRN_ADOBE_XFORM || code == JWRN_NOT_SEQUENTIAL ||
           code == JWRN_BOGUS_PROGRESSION;
}

/* Other warnings (level -1) mean that the data are broken, and pixels were made up. */
static void on_message(j_common_ptr jpeg, int level)
{
    if (level < 0 && !is_harmless(jpeg->err->msg_code))
        on_error(jpeg);
}

/* Colours that libjpeg is asked for, and their number. Grey of colours is made from these. */
static size_t set_colours(struct jpeg_decompress_struct *j, size_t channels)
{
    const bool is_cmyk =
        j->jpeg_color_space == JCS_CMYK || j->jpeg_color_space == JCS_YCCK;
    const bool is_grey = j->jpeg_color_space == JCS_GRAYSCALE && channels == 1;
    j->out_color_space = is_cmyk ? JCS_CMYK : is_grey ? JCS_GRAYSCALE : JCS_RGB;
    return is_cmyk ? 4 : is_grey ? 1 : 3;
}

static void decode(reading *r)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    size_t k;
    jpeg_create_decompress(j);
    j->mem->max_memory_to_use = MOST;
    if (lrr_mem_left() < (size_t)MOST)
        j->mem->max_memory_to_use = (long)lrr_mem_left() + 1; /* 0 would be no bound */
    jpeg_mem_src(j, r->data, (unsigned long)r->n);
    (void)jpeg_read_header(j, TRUE);
    k = set_colours(j, r->how->channels);
    r->st = lrr__image_new(j->image_width, j->image_height, k, r->name, r->out, r->err);
    if (r->st != LRR_OK)
        return;
    j->dct_method = JDCT_ISLOW;
    (void)jpeg_start_decompress(j);
    while (j->output_scanline < j->output_height) {
        JSAMPROW row = r->out->v + (size_t)j->output_scanline * r->out->w * k;
        (void)jpeg_read_scanlines(j, &row, 1);
    }
    (void)jpeg_finish_decompress(j);
}

/* What libjpeg says where it gets no memory, or more than it may have is wanted. */
static bool is_starved(int code)
{
    return code == JERR_OUT_OF_MEMORY || code == JERR_NO_BACKING_STORE;
}

lrr_status lrr__jpeg_decode(const uint8_t *data, size_t n, const lrr_image_how *how,
                            const char *name, lrr_image *out, lrr_error *err)
{
    reading *r = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *r, "a JPEG decoder", &r, err);
    reading *volatile p = r;
    if (st != LRR_OK)
        return st;
    r->data = data;
    r->n = n;
    r->how = how;
    r->name = name;
    r->out = out;
    r->err = err;
    r->jpeg.err = jpeg_std_error(&r->mgr);
    r->mgr.error_exit = on_error;
    r->mgr.emit_message = on_message;
    if (setjmp(r->escape) == 0)
        decode(p);
    else if (is_starved(p->mgr.msg_code))
        p->st = lrr_fail(err, LRR_ENOMEM, "%s: no memory for a JPEG decoder (--memory)",
                         name);
    else
        p->st = lrr_fail(err, LRR_EFORMAT, "%s: broken JPEG (%s)", name, p->why);
    st = p->st;
    jpeg_destroy_decompress(&p->jpeg);
    lrr_mem_free(p);
    return st;
}
