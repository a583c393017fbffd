/*
** errands.h -- what a locked process has its supervisor do for it: write files, make folders,
** start workers.
**
** Once it is locked (host/lockdown.h) a process can write nowhere, start nothing and send no
** signal. The supervisor (host/broker.h) does these for it, within what was granted before
** the lock; files that it opens come back as descriptors. lrr_errands_sealed puts the calls of
** calls.h that write under that rule, so that nothing above notices.
** Why not rights of the process's own: Landlock gives them for folders that are there when it
** is applied, a script makes any number of run folders later, and the rights on the folder
** that they lie in would be rights on all other runs. And a kernel without Landlock keeps to
** this too, as the filter of calls has no writing in it.
** Threads: the one that runs Lua.
*/
#ifndef LRR_OS_ERRANDS_H
#define LRR_OS_ERRANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What a grant is for. */
typedef enum lrr_grant {
    LRR_GRANT_MAKES, /* a folder: new ones may be made in it, and are owned from then on; so is
                      ** a study's folder there that this recipe made before */
    LRR_GRANT_FOLDER, /* a folder that is owned: anything may be done beneath it */
    LRR_GRANT_FILE,   /* a file that may be written anew */
    LRR_GRANT_RECIPE, /* the recipe's file: whose studies are this call's */
    LRR_GRANT_FRESH /* a folder that this call made: it goes at its end where it is empty */
} lrr_grant;

/* Grants that were asked for, which the supervisor looks at meanwhile: each answer waited for
** would be two changes of processes at every start. Paths stay where they are until
** lrr_errands_sealed. Begins as all 0. */
enum { LRR_GRANTS = 32 };

typedef struct lrr_grants {
    const char *path[LRR_GRANTS]; /* not answered yet */
    size_t n;
    bool sealing;
} lrr_grants;

/* Asks for the grant of a path. Errors: EIO (no supervisor, or one asked for cannot be opened;
** what is not known yet lrr_errands_sealed says). */
lrr_status lrr_errands_grant(lrr_grants *g, lrr_grant what, const char *path,
                             lrr_error *err);

/* Workers may be started, each with at most `memory` bytes of its own: `lrrun trial STUDY N
** --parent PID --threads N`, these n bytes of words (each ends in 0), `--memory`. Errors:
** EIO. */
lrr_status lrr_errands_worker(lrr_grants *g, const char *words, size_t n,
                              int64_t memory, lrr_error *err);

/* Nothing more is granted. Errors: EIO. */
lrr_status lrr_errands_seal(lrr_grants *g, lrr_error *err);

/* Hears all answers that are due, in any case; from here on, where it was sealed and nothing
** was refused, files are written by the supervisor. Errors: EIO. */
lrr_status lrr_errands_sealed(lrr_grants *g, lrr_error *err);

enum { LRR_TRIAL_BYTES = 48, LRR_ALL_WORKERS = -1 };

/* Starts a worker for the study in `folder`, which has to be owned, and a trial in it by the
** name of its folder there: numbers, with a dot between each two; *id is the worker's number.
** Errors: EIO (it cannot be started). */
lrr_status lrr_errands_start(const char *folder, const char *trial, int threads,
                             int64_t memory, int *id, lrr_error *err);

/* *ended: whether that worker has ended; then *code is its exit code, 128 + n for signal n,
** and it is known no longer. Errors: EIO (there is none). */
lrr_status lrr_errands_wait(int id, bool *ended, int *code, lrr_error *err);

/* Asks a worker to end, or with LRR_ALL_WORKERS all: by SIGTERM, or by SIGINT where that may have
** come to it already (a second one would kill). */
void lrr_errands_stop(int id, bool by_sigint);

#endif
