/*
** lock.h -- a small file that one process at a time can put in a place: a lock beside a
** file that other programs lock in the same way (Optuna's journal).
**
** The file appears with its whole content or not at all, so that whoever finds it can read
** whose it is, also after the owner was killed. That holds on NFS (os/rename.h); on file
** systems that know no links either it may be found empty.
*/
#ifndef LRR_OS_LOCK_H
#define LRR_OS_LOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct lrr_claimed {
    const char *text;
    size_t n;     /* bytes of it */
    bool lasting; /* it is synced; else it means nothing after a crash */
} lrr_claimed;

/* Puts a file with this content at `path` unless anything is there, also a link that leads
** nowhere: then *taken is false. Errors: EIO (it cannot be written). */
lrr_status lrr_claim(const char *path, const lrr_claimed *what, bool *taken,
                     lrr_error *err);

/* Ends this process when process `parent` ends, with SIGKILL. False: it has ended
** already, or is not the parent. Errors: none. */
bool lrr_end_with(long parent);

#endif
