/* images_stored.c -- see images_stored.h. */
#include "readers/images_stored.h"

#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "data/stored.h"
#include "readers/source.h"

typedef struct pictures {
    char *paths;   /* all, each with its zero */
    size_t *path;  /* (n) where each begins */
    uint32_t *sum; /* (n) */
    lrr_image_how how;
    lrr_image_fit fit;
    size_t h, w, width;
} pictures;

uint32_t lrr__images_sum(const uint8_t *planes, size_t n)
{
    return (uint32_t)crc32_z(0, planes, n);
}

static lrr_status changed(const char *name, lrr_error *err)
{
    return lrr_fail(err, LRR_EIO, "%s was changed while it was in use", name);
}

/* What the decoder says of a file that was sound. */
static lrr_status no_longer(lrr_status st, const lrr_error *why, lrr_error *err)
{
    if (st == LRR_ENOMEM)
        return lrr_fail(err, st, "%s", why->msg);
    return lrr_fail(err, LRR_EIO, "%s; it was changed while it was in use", why->msg);
}

/* planes (channels, h, w) = picture i. */
static lrr_status read_picture(const pictures *p, size_t i, uint8_t *planes,
                               lrr_error *err)
{
    const char *path = p->paths + p->path[i], *name = lrr_near_name(path);
    lrr_image image;
    lrr_error why;
    lrr_status st = lrr_image_read(path, &p->how, name, &image, &why);
    if (st != LRR_OK)
        return no_longer(st, &why, err);
    st = lrr_image_fit_to(&image, &p->fit, name, &why);
    if (st != LRR_OK)
        st = no_longer(st, &why, err);
    else if (image.h != p->h || image.w != p->w)
        st = changed(name, err);
    else
        lrr_image_planes(&image, planes);
    lrr_image_fini(&image);
    if (st == LRR_OK && lrr__images_sum(planes, p->width) != p->sum[i])
        st = changed(name, err);
    return st;
}

static lrr_status read_any(void *own, size_t at, size_t n, void *out, lrr_error *err)
{
    const pictures *p = own;
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < n; i++)
        st = read_picture(p, at + i, (uint8_t *)out + i * p->width, err);
    return st;
}

static void expect_nothing(void *own, size_t at)
{
    (void)own;
    (void)at;
}

/* Each is looked at when it is read. */
static lrr_status check_nothing(void *own, lrr_error *err)
{
    (void)own;
    (void)err;
    return LRR_OK;
}

static void free_pictures(void *own)
{
    pictures *p = own;
    lrr_mem_free(p->paths);
    lrr_mem_free(p->path);
    lrr_mem_free(p->sum);
    lrr_mem_free(p);
}

static const lrr_stored_def def = { read_any, expect_nothing, check_nothing,
                                    free_pictures };

static lrr_status copy_paths(const lrr_images *m, pictures *p, lrr_error *err)
{
    const size_t n = lrr_intern_count(m->paths);
    size_t bytes = 0, length;
    lrr_status st = lrr_mem_new(n, sizeof *p->path, "paths of pictures", &p->path, err);
    if (st != LRR_OK)
        return st;
    for (size_t i = 0; i < n; i++) {
        (void)lrr_intern_text(m->paths, (uint32_t)i, &length);
        p->path[i] = bytes;
        bytes += length + 1;
    }
    st = lrr_mem_new(bytes, 1, "paths of pictures", &p->paths, err);
    for (size_t i = 0; st == LRR_OK && i < n; i++) {
        const char *path = lrr_intern_text(m->paths, (uint32_t)i, &length);
        memcpy(p->paths + p->path[i], path, length + 1);
    }
    return st;
}

lrr_status lrr__images_store(lrr_images *m, const lrr_images_cfg *cfg, lrr_dataset *d,
                             lrr_error *err)
{
    pictures *p = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *p, "pictures", &p, err);
    if (st != LRR_OK)
        return st;
    p->how = cfg->how;
    p->fit = cfg->fit;
    p->h = d->shape.d[1];
    p->w = d->shape.d[2];
    p->width = d->width;
    p->sum = m->sum;
    m->sum = NULL;
    st = copy_paths(m, p, err);
    if (st != LRR_OK) {
        free_pictures(p);
        return st;
    }
    return lrr_stored_new(&def, p, &d->stored, err);
}
