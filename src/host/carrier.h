/*
** carrier.h -- the process that calls MPI (dist/carrier.h), beside the one that does the work.
**
** It ends with the supervisor, and says so where that did not know of its end: mpirun does not
** always tell which of the ranks was killed.
*/
#ifndef LRR_HOST_CARRIER_H
#define LRR_HOST_CARRIER_H

#include <stdbool.h>
#include <sys/types.h>

#include "dist/mailbox.h"

/* Exit code of one that lost the others: it, or the rank that noticed, has said whom. */
enum { LRR_CARRIER_SAID = 3 };

/* Where this process is one of several ranks: forks one, which ends with this one, and gives the
** mailbox of it; else nothing. To be called by the supervisor before its child is there, which
** reaches the others by it from then on. False: there is no process, or no memory. */
bool lrr_carrier_start(lrr_mailbox **mailbox, pid_t *carrier);

#endif
