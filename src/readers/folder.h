/* folder.h -- the names in a folder, in bytewise order whatever the file system. */
#ifndef LRR_READERS_FOLDER_H
#define LRR_READERS_FOLDER_H

#include <stddef.h>

#include "base/error.h"

typedef struct lrr_folder {
    char *path;
    size_t n;
    char **name; /* (n) without those that begin with a dot */
    char *text;  /* all names, one after another */
} lrr_folder;

/* Errors: EIO (no such folder), ENOMEM. */
lrr_status lrr_folder_list(const char *path, lrr_folder **out, lrr_error *err);
void lrr_folder_free(lrr_folder *f);

/* *out = path/name[i]; free with lrr_mem_free. Errors: ENOMEM. */
lrr_status lrr_folder_path(const lrr_folder *f, size_t i, char **out, lrr_error *err);

#endif
