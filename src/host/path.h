/* path.h -- paths as texts, of requests to the supervisor (broker.h). */
#ifndef LRR_HOST_PATH_H
#define LRR_HOST_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "os/control.h"

enum { LRR_PATH_BYTES = LRR_CONTROL_TEXT / 2 };

/* out (LRR_PATH_BYTES) = the path (n), where it is relative from cwd, from the root of all: each
** name after one slash, without "." and end slashes; ".." stays as it is. False: it is empty, too
** long, or has a zero in it. */
bool lrr_path_normal(const char *cwd, const char *path, size_t n, char *out);

/* What follows the folder in the path ("" for itself), or NULL. */
const char *lrr_path_below(const char *folder, const char *path);

#endif
