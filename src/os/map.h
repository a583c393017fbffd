/*
** map.h -- a file's bytes in memory, to be read: pages that all processes share which map it.
**
** The file is one that is replaced as a whole and never cut short (os/file.h): a process that
** reads behind the end of a mapped file ends. Threads: read-only once made.
*/
#ifndef LRR_OS_MAP_H
#define LRR_OS_MAP_H

#include <stddef.h>

#include "base/error.h"

typedef struct lrr_map {
    unsigned char
        *data; /* (size), to be read, from the begin of a page; NULL where size is 0 */
    size_t size;
} lrr_map;

/* Maps a regular file. Errors: EIO (named with why), ENOMEM. */
lrr_status lrr_map_open(const char *path, lrr_map **out, lrr_error *err);
void lrr_map_free(lrr_map *m); /* NULL is fine */

#endif
