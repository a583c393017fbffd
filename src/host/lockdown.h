/*
** lockdown.h -- the process gives up what a recipe must not do, before it reads one.
**
** Three things, none of which can be taken back: no_new_privs; Landlock (Linux 5.13 and
** later) lets only the named folders be read or written; seccomp takes away starting
** programs, the network, tracing and administration. They hold even where Lua fails.
** They bind the calling thread and what it starts: call it before there are others.
** In sanitizer builds only Landlock is used: the leak check needs ptrace and clone.
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

/* Landlock's version in this kernel; 0: none. */
int lrr_lockdown_landlock(void);

/* Locks the process. Paths that do not exist are left out. Errors: EIO (the kernel
** refuses one of the three; what came before it holds). */
lrr_status lrr_lockdown_apply(const lrr_lockdown *rules, lrr_error *err);

#endif
