/* images_stored.c -- see images_stored.h. */
#include "readers/images_stored.h"

#include <stdatomic.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "base/threads.h"
#include "base/tree.h"
#include "data/stored.h"
#include "readers/source.h"

typedef struct pictures {
    char *paths;   /* all, each with its zero */
    size_t *path;  /* (n) where each begins */
    uint32_t *sum; /* (n) */
    lrr_image_how how;
    lrr_image_fit fit;
    size_t h, w, width;
    lrr__picture_cache *cache; /* or NULL */
    size_t from, to; /* the rows that were looked at here, and not by a peer */
} pictures;

uint32_t lrr__images_sum(const uint8_t *planes, size_t n)
{
    return (uint32_t)crc32_z(0, planes, n);
}

/* Another rank looked at the picture, and did not give it. */
static bool is_of_peer(const pictures *p, size_t i)
{
    return p->cache == NULL && (i < p->from || i >= p->to);
}

static const char ALL_READ_ALL[] = "another rank has a picture by that name that was "
                                   "sound: without a cache each reads all";

static lrr_status changed(const pictures *p, size_t i, const char *name, lrr_error *err)
{
    if (is_of_peer(p, i))
        return lrr_fail(err, LRR_EIO, "%s is not what it was; %s", name, ALL_READ_ALL);
    return lrr_fail(err, LRR_EIO, "%s was changed while it was in use", name);
}

/* What the decoder says of a file that was sound. */
static lrr_status no_longer(const pictures *p, size_t i, lrr_status st,
                            const lrr_error *why, lrr_error *err)
{
    if (st == LRR_ENOMEM)
        return lrr_fail(err, st, "%s", why->msg);
    return lrr_fail(err, LRR_EIO, "%s; %s", why->msg,
                    is_of_peer(p, i) ? ALL_READ_ALL
                                     : "it was changed while it was in use");
}

/* planes (channels, h, w) = picture i, decoded. */
static lrr_status decode(const pictures *p, size_t i, uint8_t *planes, lrr_error *err)
{
    const char *path = p->paths + p->path[i], *name = lrr_near_name(path);
    lrr_image image;
    lrr_error why;
    lrr_status st = lrr_image_read(path, &p->how, name, &image, &why);
    if (st != LRR_OK)
        return no_longer(p, i, st, &why, err);
    st = lrr_image_fit_to(&image, &p->fit, name, &why);
    if (st != LRR_OK)
        st = no_longer(p, i, st, &why, err);
    else if (image.h != p->h || image.w != p->w)
        st = changed(p, i, name, err);
    else
        lrr_image_planes(&image, planes);
    lrr_image_fini(&image);
    if (st == LRR_OK && lrr__images_sum(planes, p->width) != p->sum[i])
        st = changed(p, i, name, err);
    return st;
}

/* The same from the cache where it is there and its file is as it was. One whose file is another
** is decoded: where it is the same picture it counts from then on. */
static lrr_status read_picture(const pictures *p, size_t i, uint8_t *planes,
                               lrr_error *err)
{
    uint64_t stamp;
    lrr_status st;
    if (p->cache == NULL)
        return decode(p, i, planes, err);
    stamp = lrr__picture_stamp(p->paths + p->path[i]);
    if (lrr__picture_cache_read(p->cache, i, stamp, planes))
        return LRR_OK;
    st = decode(p, i, planes, err);
    if (st == LRR_OK)
        lrr__picture_cache_write(p->cache, i, stamp, planes);
    return st;
}

/* Several pictures on the pool's threads: each is a chunk; of those that fail the first by number
** counts, and none behind it is read. */
typedef struct job {
    const pictures *p;
    size_t at;
    uint8_t *out;
    atomic_size_t failed; /* the lowest that did */
} job;

static void read_chunk(void *arg, size_t i)
{
    job *j = arg;
    size_t lowest = atomic_load(&j->failed);
    if (i > lowest ||
        read_picture(j->p, j->at + i, j->out + i * j->p->width, NULL) == LRR_OK)
        return;
    while (i < lowest && !atomic_compare_exchange_weak(&j->failed, &lowest, i)) {
    }
}

static lrr_status read_any(void *own, size_t at, size_t n, void *out, lrr_error *err)
{
    const pictures *p = own;
    job j = { p, at, out, SIZE_MAX };
    lrr_status st = LRR_OK;
    if (n == 1)
        return read_picture(p, at, out, err);
    lrr_parallel(n, read_chunk, &j);
    /* That one again, for the words. Where it is sound now, as many at once lacked memory, those
    ** behind it come one by one. */
    for (size_t i = atomic_load(&j.failed); st == LRR_OK && i < n; i++)
        st = read_picture(p, at + i, j.out + i * p->width, err);
    return st;
}

static void expect(void *own, size_t at)
{
    const pictures *p = own;
    if (p->cache != NULL)
        lrr__picture_cache_expect(p->cache, at);
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
    lrr__picture_cache_free(p->cache);
    lrr_mem_free(p);
}

static const lrr_stored_def def = { read_any, expect, check_nothing, free_pictures,
                                    .works = true };

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
    p->from = lrr_tree_cut(d->n, cfg->peers.n > 1 ? cfg->peers.n : 1, cfg->peers.self);
    p->to =
        lrr_tree_cut(d->n, cfg->peers.n > 1 ? cfg->peers.n : 1, cfg->peers.self + 1);
    p->sum = m->sum;
    p->cache = m->cache;
    m->sum = NULL;
    m->cache = NULL;
    st = copy_paths(m, p, err);
    if (st != LRR_OK) {
        free_pictures(p);
        return st;
    }
    return lrr_stored_new(&def, p, &d->stored, err);
}
