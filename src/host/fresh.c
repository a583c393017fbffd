/* fresh.c -- see fresh.h. */
#define _GNU_SOURCE /* flock */
#include "host/fresh.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int lrr_fresh_note(lrr_fresh *f, const char *path)
{
    if (f->n == LRR_FRESH)
        return 0;
    f->path[f->n] = strdup(path);
    if (f->path[f->n] == NULL)
        return ENOMEM;
    f->n++;
    return 0;
}

static int open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int lrr_fresh_hold(lrr_fresh *f, const char *path)
{
    struct stat sb;
    const int fd = f->n_held == LRR_FRESH ? -1 : open_folder(path);

    if (fd < 0)
        return f->n_held == LRR_FRESH ? EMFILE : errno;
    f->held[f->n_held++] = fd;
    (void)flock(fd, LOCK_SH | LOCK_NB); /* not every file system can */
    return fstat(fd, &sb) != 0 ? errno : sb.st_nlink == 0 ? ENOENT : 0;
}

void lrr_fresh_tidy(lrr_fresh *f)
{
    while (f->n_held > 0)
        close(f->held[--f->n_held]);
    while (f->n > 0) {
        char *path = f->path[--f->n];
        const int fd = open_folder(path);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
            (void)rmdir(path); /* which leaves one that has anything in it */
        if (fd >= 0)
            close(fd);
        free(path);
    }
}
