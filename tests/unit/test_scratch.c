/* test_scratch.c -- how much of a disk a file without a name may take. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/statvfs.h>

#include "check.h"
#include "os/scratch.h"

/* Weights and checkpoints are written beside it: a run must not end for want of the rest. */
static void half_of_what_is_free_stays_so(void)
{
    struct statvfs fs;
    uint64_t room = 0, unused;
    const int fd = lrr_scratch_make(".", INT64_MAX, &room);
    CHECK(fd < 0);
    if (errno == EXDEV)
        return; /* this folder is in memory */
    CHECK(errno == ENOSPC);
    CHECK(statvfs(".", &fs) == 0);
    unused = (uint64_t)fs.f_bavail * fs.f_frsize;
    /* others write at the same time */
    CHECK(room > unused / 4 && room < unused / 4 * 3);
}

int main(void)
{
    half_of_what_is_free_stays_so();
    printf("%d faults\n", faults);
    return faults != 0;
}
