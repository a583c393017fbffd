/*
** images.h -- folders of image files as a data set.
**
** Use: lrr_images_new, add folders part by part, lrr_images_dataset. images.c lists the files,
** images_load.c decodes them, or looks at each where they stay in their files.
*/
#ifndef LRR_READERS_IMAGES_H
#define LRR_READERS_IMAGES_H

#include "data/dataset.h"
#include "readers/file_rows.h"
#include "readers/image.h"
#include "readers/image_fit.h"

typedef struct lrr_images lrr_images;

lrr_status lrr_images_new(lrr_images **out, lrr_error *err);
void lrr_images_free(lrr_images *m);

/* Whether a file of that name is taken for a picture: .png .jpg .jpeg .jpe .jfif, any case. */
bool lrr_images_is_name(const char *name);

/* Every picture by its name of a folder, in bytewise order of names, with that label (NULL:
** none). Parts in ascending order. *added: how many. Names that are no picture's are kept for
** lrr_images_others until the next folder. Errors: EIO, EINVAL (one is there already), ENOMEM. */
lrr_status lrr_images_add_folder(lrr_images *m, const char *path, const char *label,
                                 lrr_split part, size_t *added, lrr_error *err);

/* What else was in the folder added last, files and folders, but for names that begin with a
** dot: count names, in order. They are m's until the next call. */
const char *lrr_images_other(const lrr_images *m, size_t i);
size_t lrr_images_others(const lrr_images *m);

/* One picture without a label. Errors: ENOMEM, EINVAL (it is there already). */
lrr_status lrr_images_add_file(lrr_images *m, const char *path, lrr_split part,
                               lrr_error *err);

/* Who else makes a data set of the same files at the same time: each reads and decodes some, in
** shares side by side, and gets the others'. fill (data, at): peer p has bytes at[p] ..
** at[p + 1] - 1 of data, and gets the rest. n 0 or 1: nobody. */
typedef struct lrr_images_peers {
    void *ud;
    size_t n, self;
    void (*fill)(void *ud, void *data, const size_t *at);
} lrr_images_peers;

typedef struct lrr_images_cfg {
    lrr_image_how how;
    lrr_image_fit fit;
    lrr_images_peers peers;
    lrr_storing stream; /* whether pictures stay in their files (images_stored.h) */
    const char
        *cache; /* of pictures that stay in their files: the folder on whose disk they
                       ** are kept once they are decoded (picture_cache.h); NULL: nowhere */
    bool skip;  /* files that are no sound pictures are left out, and no error */
} lrr_images_cfg;

enum { LRR_IMAGES_TOLD = 3 };

/* What has become of the files, for who wants to know. */
typedef struct lrr_images_told {
    size_t turned;  /* as their EXIF says */
    size_t resized; /* had another size than the samples */
    size_t deep;    /* of 16 bits, of which the upper 8 are taken */
    size_t broken;  /* left out */
    size_t cached;  /* are kept for the next use */
    lrr_error
        no_cache; /* why none are, where a cache was asked for; else an empty text */
    size_t n_why; /* reasons of the first of these by order, at most LRR_IMAGES_TOLD */
    lrr_error why[LRR_IMAGES_TOLD];
} lrr_images_told;

/* Decodes all, on the pool's threads, as (channels, h, w) bytes of one size. Classes in bytewise
** order of labels. told may be NULL. Without skip the first broken one by order is the error,
** of all peers alike. Errors: EINVAL (no picture, sizes that differ, peers have other files, stream
** that cannot be), EFORMAT (a broken one, a class or part of which none is left), EIO, ENOMEM. */
lrr_status lrr_images_dataset(lrr_images *m, const lrr_images_cfg *cfg,
                              lrr_images_told *told, lrr_dataset **out, lrr_error *err);

/* Samples of the data set made last, or 0; and their paths, m's, into path (so many). */
size_t lrr_images_count(const lrr_images *m);
void lrr_images_paths(const lrr_images *m, const char **path);

#endif
