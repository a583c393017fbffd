/* images.c -- see images.h: which files there are. */
#include "readers/images.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "readers/folder.h"
#include "readers/images_list.h"

enum { FILES_MAX = 1 << 28, LABELS_MAX = 65536 };

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
    lrr_intern_free(m->others);
    lrr_mem_free(m->label);
    lrr_mem_free(m->fate);
    lrr_mem_free(m->sum);
    lrr__picture_cache_free(m->cache);
    lrr_mem_free(m);
}

bool lrr_images_is_name(const char *name)
{
    static const char *const endings[] = { ".png", ".jpg", ".jpeg", ".jpe", ".jfif" };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

static lrr_status add_one(lrr_images *m, const char *path, uint32_t label,
                          lrr_split part, lrr_error *err)
{
    const size_t before = lrr_intern_count(m->paths);
    uint32_t id;
    lrr_status st =
        lrr_mem_grow(&m->label, before, &m->room, sizeof *m->label, "images", err);
    if (st == LRR_OK)
        st = lrr_intern_add(m->paths, path, strlen(path), &id, err);
    if (st != LRR_OK)
        return st;
    if (id < before)
        return lrr_fail(err, LRR_EINVAL, "%s is there twice", path);
    m->label[id] = label;
    m->part[part]++;
    return LRR_OK;
}

/* A name of a folder: a picture's is added, another is kept. */
static lrr_status add_name(lrr_images *m, const lrr_folder *list, size_t i,
                           uint32_t label, lrr_split part, lrr_error *err)
{
    const char *name = list->name[i];
    char *full = NULL;
    uint32_t id;
    lrr_status st;
    if (!lrr_images_is_name(name))
        return lrr_intern_add(m->others, name, strlen(name), &id, err);
    st = lrr_folder_path(list, i, &full, err);
    if (st == LRR_OK)
        st = add_one(m, full, label, part, err);
    lrr_mem_free(full);
    return st;
}

lrr_status lrr_images_add_folder(lrr_images *m, const char *path, const char *label,
                                 lrr_split part, size_t *added, lrr_error *err)
{
    const size_t before = lrr_intern_count(m->paths);
    lrr_folder *list;
    uint32_t id = 0;
    lrr_status st;
    lrr_intern_free(m->others);
    m->others = NULL;
    st = lrr_intern_new(FILES_MAX, &m->others, err);
    if (st == LRR_OK)
        st = lrr_folder_list(path, &list, err);
    if (st != LRR_OK)
        return st;
    if (label != NULL)
        st = lrr_intern_add(m->labels, label, strlen(label), &id, err);
    for (size_t i = 0; st == LRR_OK && i < list->n; i++)
        st = add_name(m, list, i, id, part, err);
    lrr_folder_free(list);
    *added = lrr_intern_count(m->paths) - before;
    return st;
}

size_t lrr_images_others(const lrr_images *m)
{
    return m->others == NULL ? 0 : lrr_intern_count(m->others);
}

const char *lrr_images_other(const lrr_images *m, size_t i)
{
    return lrr_intern_text(m->others, (uint32_t)i, NULL);
}

lrr_status lrr_images_add_file(lrr_images *m, const char *path, lrr_split part,
                               lrr_error *err)
{
    return add_one(m, path, 0, part, err);
}
