/*
** lockdown.h -- the process gives up what a recipe must not do, before it reads one.
**
** Three things, none of which can be taken back: no_new_privs; Landlock lets only the named
** folders be read or written (landlock.h); seccomp lets only the system calls be made that
** are needed (callfilter.h). They hold even where Lua fails. They bind the calling thread
** and what it starts: call it before there are others, and after libraries are loaded (no
** memory becomes executable afterwards).
*/
#ifndef LRR_HOST_LOCKDOWN_H
#define LRR_HOST_LOCKDOWN_H

#include <stdbool.h>

#include "base/error.h"

typedef struct lrr_lockdown {
    const char *const
        *read; /* folders and files to read beside the system's; NULL ends */
    const char *const *write; /* folders to read, write and make files in; NULL ends */
    bool spawn;               /* this program may start itself again (search) */
} lrr_lockdown;

/* What this kernel can do: guard files, filter calls. */
typedef struct lrr_lockdown_rings {
    bool files, calls;
} lrr_lockdown_rings;

lrr_lockdown_rings lrr_lockdown_possible(void);

/* Locks the process by what is possible. Paths that do not exist are left out. Errors: EIO
** (the kernel refuses one of the three; what came before it holds). */
lrr_status lrr_lockdown_apply(const lrr_lockdown *rules, lrr_error *err);

#endif
