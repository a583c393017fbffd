/* images.c -- see images.h. */
#include "readers/images.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/threads.h"
#include "readers/folder.h"
#include "readers/image.h"
#include "readers/intern.h"
#include "readers/labels.h"
#include "readers/source.h"

enum { FILES_MAX = 1 << 28, LABELS_MAX = 65536 };

struct lrr_images {
    lrr_intern *paths, *labels; /* paths in order of adding; a path is added once */
    uint32_t *label;            /* (room) of each path */
    size_t room;
    size_t part[LRR_SPLITS];
};

lrr_status lrr_images_new(lrr_images **out, lrr_error *err)
{
    lrr_images *m = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *m, "images", &m, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    m->room = 1024;
    st = lrr_intern_new(FILES_MAX, &m->paths, err);
    if (st == LRR_OK)
        st = lrr_intern_new(LABELS_MAX, &m->labels, err);
    if (st == LRR_OK)
        st = lrr_mem_new(m->room, sizeof *m->label, "images", &m->label, err);
    if (st != LRR_OK) {
        lrr_images_free(m);
        return st;
    }
    *out = m;
    return LRR_OK;
}

void lrr_images_free(lrr_images *m)
{
    if (m == NULL)
        return;
    lrr_intern_free(m->paths);
    lrr_intern_free(m->labels);
    lrr_mem_free(m->label);
    lrr_mem_free(m);
}

static bool is_image(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL &&
           (strcasecmp(dot, ".png") == 0 || strcasecmp(dot, ".jpg") == 0 ||
            strcasecmp(dot, ".jpeg") == 0);
}

static lrr_status add_one(lrr_images *m, const char *path, uint32_t label,
                          lrr_split part, lrr_error *err)
{
    const size_t before = lrr_intern_count(m->paths);
    uint32_t id;
    lrr_status st = lrr_intern_add(m->paths, path, strlen(path), &id, err);
    if (st != LRR_OK)
        return st;
    if (id < before)
        return lrr_fail(err, LRR_EINVAL, "%s is there twice", path);
    if (id >= m->room) {
        uint32_t *more = NULL;
        st = lrr_mem_new(m->room * 2, sizeof *more, "images", &more, err);
        if (st != LRR_OK)
            return st;
        memcpy(more, m->label, m->room * sizeof *more);
        lrr_mem_free(m->label);
        m->label = more;
        m->room *= 2;
    }
    m->label[id] = label;
    m->part[part]++;
    return LRR_OK;
}

lrr_status lrr_images_add_folder(lrr_images *m, const char *path, const char *label,
                                 lrr_split part, lrr_error *err)
{
    const size_t before = lrr_intern_count(m->paths);
    lrr_folder *list;
    uint32_t id = 0;
    lrr_status st = lrr_folder_list(path, &list, err);
    if (st != LRR_OK)
        return st;
    if (label != NULL)
        st = lrr_intern_add(m->labels, label, strlen(label), &id, err);
    for (size_t i = 0; st == LRR_OK && i < list->n; i++) {
        char *full = NULL;
        if (!is_image(list->name[i]))
            continue;
        st = lrr_folder_path(list, i, &full, err);
        if (st == LRR_OK)
            st = add_one(m, full, id, part, err);
        lrr_mem_free(full);
    }
    if (st == LRR_OK && lrr_intern_count(m->paths) == before)
        st = lrr_fail(err, LRR_EFORMAT, "the folder %s holds no .png or .jpg", path);
    lrr_folder_free(list);
    return st;
}

lrr_status lrr_images_add_file(lrr_images *m, const char *path, lrr_split part,
                               lrr_error *err)
{
    return add_one(m, path, 0, part, err);
}

/* Decoding on several threads: each image is a chunk; the first failure by number counts. */
typedef struct job {
    const lrr_images *m;
    lrr_dataset *d;
    bool resize;
    atomic_uint_least32_t failed; /* lowest number of an image that failed */
} job;

static lrr_status decode_one(const job *j, size_t i, lrr_error *err)
{
    const size_t channels = j->d->shape.d[0], h = j->d->shape.d[1],
                 w = j->d->shape.d[2];
    const char *path = lrr_intern_text(j->m->paths, (uint32_t)i, NULL);
    lrr_image image;
    lrr_status st = lrr_image_read(path, channels, &image, err);
    if (st != LRR_OK)
        return st;
    if (!j->resize && (image.h != h || image.w != w))
        st = lrr_fail(err, LRR_EFORMAT,
                      "%s is %zu x %zu pixels (height, width), the first is %zu x %zu; "
                      "size = {%zu, %zu} resizes them all",
                      lrr_near_name(path), image.h, image.w, h, w, h, w);
    else
        lrr_image_planes(&image, h, w, j->d->x.u8 + i * j->d->width);
    lrr_image_fini(&image);
    return st;
}

static void decode_chunk(void *arg, size_t i)
{
    job *j = arg;
    uint_least32_t lowest = atomic_load(&j->failed);
    if (i > lowest || decode_one(j, i, NULL) == LRR_OK)
        return;
    while ((uint_least32_t)i < lowest &&
           !atomic_compare_exchange_weak(&j->failed, &lowest, (uint_least32_t)i)) {
    }
}

static lrr_status decode_all(const lrr_images *m, lrr_dataset *d, bool resize,
                             lrr_error *err)
{
    job j = { .m = m, .d = d, .resize = resize };
    uint_least32_t failed;
    atomic_init(&j.failed, UINT32_MAX);
    lrr_parallel(d->n, decode_chunk, &j);
    failed = atomic_load(&j.failed);
    return failed == UINT32_MAX ? LRR_OK : decode_one(&j, failed, err);
}

lrr_status lrr_images_dataset(const lrr_images *m, size_t channels, size_t h, size_t w,
                              lrr_dataset **out, lrr_error *err)
{
    lrr_dataset_cfg cfg = { .kind = LRR_DATA_U8,
                            .classes = lrr_intern_count(m->labels) };
    const bool resize = h > 0 && w > 0;
    lrr_image first;
    lrr_dataset *d;
    lrr_status st;
    *out = NULL;
    if (lrr_intern_count(m->paths) == 0)
        return lrr_fail(err, LRR_EINVAL, "there is no image");
    memcpy(cfg.part, m->part, sizeof cfg.part);
    if (!resize) {
        st = lrr_image_read(lrr_intern_text(m->paths, 0, NULL), channels, &first, err);
        if (st != LRR_OK)
            return st;
        h = first.h;
        w = first.w;
        lrr_image_fini(&first);
    }
    cfg.shape = lrr_shape_of3(channels, h, w);
    if ((st = lrr_dataset_new(&cfg, &d, err)) != LRR_OK)
        return st;
    st = decode_all(m, d, resize, err);
    for (size_t i = 0; i < d->n && d->classes > 0; i++)
        d->y_class[i] = (int32_t)m->label[i];
    if (st == LRR_OK && d->classes > 0)
        st = lrr_labels_to_classes(m->labels, d, err);
    if (st != LRR_OK) {
        lrr_dataset_free(d);
        return st;
    }
    *out = d;
    return LRR_OK;
}
