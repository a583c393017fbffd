/*
** lockdown.h -- the process gives up what a recipe must not do, before it reads one.
**
** Three things, none of which can be taken back: no_new_privs (and as root all capabilities
** but that of reading any file); Landlock lets only the named folders be read (landlock.h);
** seccomp lets only the system calls be made that are needed (callfilter.h). They hold even
** where Lua fails. They bind the calling thread and what it starts: call it before there are
** others, and after libraries are loaded (no memory becomes executable afterwards).
** The process can then write nothing, start nothing and signal nobody: the supervisor does
** for it what was granted here (os/errands.h).
*/
#ifndef LRR_HOST_LOCKDOWN_H
#define LRR_HOST_LOCKDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Paths; each list ends with NULL, and NULL is an empty one. */
typedef struct lrr_lockdown {
    const char *const *read; /* folders and files to read beside the system's */
    const char *const
        *makes; /* folders to make new ones in, which may be written then */
    const char *const *fresh;   /* folders that go at the end where they are empty */
    const char *const *folders; /* folders to write in */
    const char *const *files;   /* files to write anew */
    const char *recipe;         /* the recipe's file; NULL: there is none */
    const char *worker; /* last words of workers' command lines, each ends in 0; NULL:
                                ** none are started (search) */
    size_t worker_bytes;
    int64_t worker_memory; /* most bytes of memory of each */
} lrr_lockdown;

/* What this kernel can do: guard files, filter calls. */
typedef struct lrr_lockdown_rings {
    bool files, calls;
} lrr_lockdown_rings;

lrr_lockdown_rings lrr_lockdown_possible(void);

/* Locks the process by what is possible. Paths to read that do not exist are left out; what is
** written can be read, too. Errors: EIO (the kernel refuses one of the three, or the
** supervisor to write; what came before it holds). */
lrr_status lrr_lockdown_apply(const lrr_lockdown *rules, lrr_error *err);

#endif
