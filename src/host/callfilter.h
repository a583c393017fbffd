/*
** callfilter.h -- which system calls the process may still make: a list of those that it
** needs, everything else is denied.
**
** The list (tools/mkfilter.c) is what the verbs, readers, threads and the C library (glibc 2.36 to 2.42) were
** seen or are known to call; see CONTRIBUTING.md for how to add one. Calls that Linux got
** since 5.1 are answered with ENOSYS, as on a kernel that lacks them, and clone3 too: the C
** library then takes an older way. All others get EPERM. Arguments are looked at where the
** call can do more than is needed: signals and scheduling reach this process only, threads
** may be made and no processes, memory never becomes executable. Files are opened for reading
** alone and no name is made, changed or removed: that is an errand (os/errands.h). So files are
** safe from being written without Landlock, too.
** In sanitizer builds there is no filter: their leak check needs ptrace and clone.
*/
#ifndef LRR_HOST_CALLFILTER_H
#define LRR_HOST_CALLFILTER_H

#include <stdbool.h>

#include "base/error.h"

/* Whether this kernel filters calls. */
bool lrr_callfilter_works(void);

/* Filters the calls of this thread and of what it starts, for good. The caller has set
** no_new_privs. Errors: ENOMEM; EIO (the kernel refuses). */
lrr_status lrr_callfilter_apply(lrr_error *err);

#endif
