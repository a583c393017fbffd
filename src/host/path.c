/* path.c -- see path.h. */
#include "host/path.h"

#include <stdio.h>
#include <string.h>

bool lrr_path_normal(const char *cwd, const char *path, size_t n, char *out)
{
    char whole[2 * LRR_PATH_BYTES + 2];
    size_t used = 0;

    if (n == 0 || n >= LRR_PATH_BYTES || memchr(path, '\0', n) != NULL)
        return false;
    snprintf(whole, sizeof whole, "%s/%.*s", path[0] == '/' ? "" : cwd, (int)n, path);
    for (const char *at = whole; *at != '\0';) {
        const size_t size = strcspn(at, "/");
        if (size > 0 && !(size == 1 && at[0] == '.')) {
            if (used + size + 2 > LRR_PATH_BYTES)
                return false;
            out[used++] = '/';
            memcpy(out + used, at, size);
            used += size;
        }
        at += size + (at[size] == '/');
    }
    out[used] = '\0';
    return true;
}

const char *lrr_path_below(const char *folder, const char *path)
{
    const size_t n = strlen(folder);
    if (strncmp(folder, path, n) != 0 || (path[n] != '/' && path[n] != '\0'))
        return NULL;
    return path[n] == '/' ? path + n + 1 : path + n;
}
