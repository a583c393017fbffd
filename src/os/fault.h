/*
** fault.h -- makes a system call fail on demand, so that tests see what then happens.
**
** LRRUN_FAULT=site:n[:errno-name][:sticky] in the environment: the n-th call (from 0) at
** that site fails with EIO or the named error, once or from then on. Sites: open write
** fsync close rename dirsync mkdir read truncate. errno names: EIO ENOSPC EINTR EDQUOT EACCES; "SHORT"
** makes a write take half of what it was given; "KILL" ends the process there, as a power
** cut would. Without the variable nothing is counted.
*/
#ifndef LRR_OS_FAULT_H
#define LRR_OS_FAULT_H

#include <stdbool.h>

typedef enum lrr_fault { LRR_FAULT_NONE, LRR_FAULT_ERROR, LRR_FAULT_SHORT } lrr_fault;

/* Counts one call at the site. LRR_FAULT_ERROR: errno is set and the call has to fail. */
lrr_fault lrr_fault_at(const char *site);

#endif
