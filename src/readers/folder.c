/* folder.c -- see folder.h. */
#include "readers/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/calls.h"
#include "os/room.h"
#include "readers/intern.h"

enum { NAMES_MAX = 1 << 28 };

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static lrr_status fail(const char *path, lrr_error *err)
{
    char why[LRR_WHY_TEXT];
    return lrr_fail(err, LRR_EIO, "%s: %s", lrr_path_end(path),
                    lrr_room_why(errno, why));
}

static lrr_status collect(DIR *dir, const char *path, lrr_intern *names, size_t *bytes,
                          lrr_error *err)
{
    const struct dirent *e;
    uint32_t id;
    lrr_status st = LRR_OK;
    *bytes = 0;
    while (st == LRR_OK) {
        size_t n;
        errno = 0;
        e = lrr_calls()->readdir(dir);
        if (e == NULL)
            return errno == 0 ? LRR_OK
                              : fail(path, err); /* a shorter list is another set */
        n = strlen(e->d_name);
        if (e->d_name[0] == '.')
            continue;
        st = lrr_intern_add(names, e->d_name, n, &id, err);
        *bytes += n + 1;
    }
    return st;
}

static lrr_status fill(lrr_folder *f, const char *path, const lrr_intern *names,
                       size_t bytes, lrr_error *err)
{
    const size_t count = lrr_intern_count(names);
    char *at;
    lrr_status st = lrr_mem_new(strlen(path) + 1, 1, "a folder", &f->path, err);
    if (st == LRR_OK)
        st = lrr_mem_new(count, sizeof *f->name, "a folder", &f->name, err);
    if (st == LRR_OK)
        st = lrr_mem_new(bytes, 1, "a folder", &f->text, err);
    if (st != LRR_OK)
        return st;
    memcpy(f->path, path, strlen(path));
    at = f->text;
    for (uint32_t i = 0; i < count; i++) {
        size_t n;
        const char *s = lrr_intern_text(names, i, &n);
        memcpy(at, s, n + 1);
        f->name[i] = at;
        at += n + 1;
    }
    f->n = count;
    qsort(f->name, count, sizeof *f->name, compare); /* names differ: one order only */
    return LRR_OK;
}

lrr_status lrr_folder_list(const char *path, lrr_folder **out, lrr_error *err)
{
    DIR *dir = lrr_calls()->opendir(path);
    lrr_folder *f = NULL;
    lrr_intern *names = NULL;
    size_t bytes = 0;
    lrr_status st;
    *out = NULL;
    if (dir == NULL)
        return fail(path, err);
    st = lrr_mem_new(1, sizeof *f, "a folder", &f, err);
    if (st == LRR_OK)
        st = lrr_intern_new(NAMES_MAX, &names, err);
    if (st == LRR_OK)
        st = collect(dir, path, names, &bytes, err);
    if (st == LRR_OK)
        st = fill(f, path, names, bytes, err);
    lrr_intern_free(names);
    closedir(dir);
    if (st != LRR_OK) {
        lrr_folder_free(f);
        return st;
    }
    *out = f;
    return LRR_OK;
}

void lrr_folder_free(lrr_folder *f)
{
    if (f == NULL)
        return;
    lrr_mem_free(f->path);
    lrr_mem_free(f->name);
    lrr_mem_free(f->text);
    lrr_mem_free(f);
}

lrr_status lrr_folder_path(const lrr_folder *f, size_t i, char **out, lrr_error *err)
{
    size_t n = strlen(f->path) + 1 + strlen(f->name[i]) + 1;
    lrr_status st = lrr_mem_new(n, 1, "a path", out, err);
    if (st == LRR_OK)
        snprintf(*out, n, "%s/%s", f->path, f->name[i]);
    return st;
}
