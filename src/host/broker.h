/*
** broker.h -- what the supervisor does on the disk and with processes for the locked process
** (os/errands.h): the only way in which native code there could write.
**
** Requests come from a process that runs strangers' code. It is given only:
** - new folders in an out folder (LRR_GRANT_MAKES); one that it made is owned from then on,
**   and so is a study that this recipe made before. Other runs that lie there stay as they
**   are, and nothing is made inside them;
** - files and folders beneath an owned folder (LRR_GRANT_FOLDER: that of resume, of a trial);
** - a file without a name on the disk of one of these folders (os/scratch.h);
** - one file, and what is written beside it before it takes its place (LRR_GRANT_FILE);
** - workers: this program itself, with words that were noted before the seal, for an owned
**   study and a trial by its number; at most LRR_WORKERS at a time.
** A path is taken apart here: each folder on it is opened by its name in the one before, from
** a descriptor that was open before the seal; links and ".." are refused, so that nothing
** outside is reached while somebody moves things. Only plain files are opened.
*/
#ifndef LRR_HOST_BROKER_H
#define LRR_HOST_BROKER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "os/control.h"

enum { LRR_WORKERS = 64 };

typedef struct lrr_broker lrr_broker;

/* mask: the signals that workers begin with blocked. NULL: there is no memory. */
lrr_broker *lrr_broker_new(const sigset_t *mask);

/* Does what m asks for: back->value is 0 or an errno, back->text what else there is to say.
** Gives a descriptor to go with the answer, which the caller closes, or -1. */
int lrr_broker_answer(lrr_broker *b, const lrr_control *m, lrr_control *back);

/* A child of this process ended with this wait status. */
void lrr_broker_reaped(lrr_broker *b, pid_t pid, int status);

/* At the end: folders that were made for what did not come go (host/fresh.h). b may
** be NULL. */
void lrr_broker_tidy(lrr_broker *b);

#endif
