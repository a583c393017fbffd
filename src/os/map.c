/* map.c -- see map.h. */
#include "os/map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/calls.h"
#include "os/room.h"

static lrr_status fail(const char *path, int code, lrr_error *err)
{
    char why[LRR_WHY_TEXT];
    return lrr_fail(err, LRR_EIO, "cannot read %s: %s", lrr_path_end(path),
                    lrr_room_why(code, why));
}

/* m = the pages of the open file. False: errno. */
static bool map(int fd, lrr_map *m)
{
    struct stat sb;
    void *p;

    if (lrr_calls()->fstat(fd, &sb) != 0)
        return false;
    errno = EINVAL;
    if (!S_ISREG(sb.st_mode) || (uint64_t)sb.st_size > SIZE_MAX)
        return false;
    m->size = (size_t)sb.st_size;
    if (m->size == 0)
        return true;
    p = mmap(NULL, m->size, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return false;
    m->data = p;
    return true;
}

lrr_status lrr_map_open(const char *path, lrr_map **out, lrr_error *err)
{
    const int fd = lrr_calls()->open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    const int why = errno;
    lrr_map *m = NULL;
    lrr_status st;

    *out = NULL;
    if (fd < 0)
        return fail(path, why, err);
    st = lrr_mem_new(1, sizeof *m, "a file", &m, err);
    if (st == LRR_OK && !map(fd, m))
        st = fail(path, errno, err);
    lrr_calls()->close(fd);
    if (st == LRR_OK)
        *out = m;
    else
        lrr_mem_free(m);
    return st;
}

void lrr_map_free(lrr_map *m)
{
    if (m == NULL)
        return;
    if (m->data != NULL)
        munmap(m->data, m->size);
    lrr_mem_free(m);
}
