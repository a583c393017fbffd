/*
** carrier.h -- the process that calls MPI for one that trains.
**
** A process that reads recipes gives up all but a few system calls; MPI needs sockets, shared
** memory, files. So it lives in a process beside it, which reads no recipe, and the two share a
** mailbox. MPI is called from its one thread. Nothing of MPI is loaded before it is asked for.
*/
#ifndef LRR_DIST_CARRIER_H
#define LRR_DIST_CARRIER_H

#include <stdbool.h>

#include "dist/mailbox.h"

/* A mailbox that processes forked from now on share with this one; NULL: no memory. */
lrr_mailbox *lrr_mailbox_new(void);

enum { LRR_CARRIER_TEXT = 256 };

/* Serves the mailbox until it is asked to finish, or another rank is lost (pulse.h): then it gives
** true, and `why` says which where this one noticed, and is "" where it was told. To be called in a process of
** its own. */
bool lrr_carrier_run(lrr_mailbox *m, char why[LRR_CARRIER_TEXT]);

#endif
