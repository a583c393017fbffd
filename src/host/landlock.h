/*
** landlock.h -- which files the process may still use: Landlock, by the finest rights that
** this kernel has.
**
** Linux 5.13 (version 1) knows reading, writing, making and removing; 6.2 (3) cutting a file
** short; 6.7 (4) TCP ports; 6.10 (5) ioctl on devices; 6.12 (6) signals and abstract sockets
** that leave the process. What the kernel does not know is callfilter.h's affair alone.
** It binds the calling thread and what it starts. Nothing takes it back.
*/
#ifndef LRR_HOST_LANDLOCK_H
#define LRR_HOST_LANDLOCK_H

#include "base/error.h"
#include "host/lockdown.h"

/* Landlock's version in this kernel; 0: none. */
int lrr_landlock_version(void);

/* Lets only the rules' paths and what the C library reads be used, with paths that do not
** exist left out. version: from 1 to the kernel's; its rights are denied. Errors: EIO (the
** kernel refuses). */
lrr_status lrr_landlock_apply(const lrr_lockdown *rules, int version, lrr_error *err);

#endif
