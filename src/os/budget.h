/*
** budget.h -- what this process may still write: bytes (--disk) and names of files and
** folders (--files), all that it makes together.
**
** Each writer of this folder asks before it writes, and says what it took away again: a file
** that is replaced or removed gives back its bytes. A name costs BLOCK bytes beside its
** content. A process that goes on in a folder counts what is there first (lrr_budget_add).
**
** Threads: any.
*/
#ifndef LRR_OS_BUDGET_H
#define LRR_OS_BUDGET_H

#include <stdint.h>

#include "base/error.h"

/* What the least file takes of a disk. */
#define LRR_BUDGET_BLOCK 4096

/* From now on at most this much in all; 0: no limit. */
void lrr_budget_limit(uint64_t bytes, uint64_t names);

/* Takes room for `bytes` more in the file at path, or for another name. Errors: EIO (the
** limit is met; names the flag), and nothing is taken. */
lrr_status lrr_budget_write(uint64_t bytes, const char *path, lrr_error *err);
lrr_status lrr_budget_name(const char *path, lrr_error *err);

/* Takes room for `bytes`, at most half of what is left, for what can be done without: a refusal is
** none of the command's. lrr_budget_give gives it back. Errors: EIO (the limit; names the flag). */
lrr_status lrr_budget_half(uint64_t bytes, lrr_error *err);

/* Counts what is there already, refused or not. */
void lrr_budget_add(uint64_t bytes, uint64_t names);

/* Gives back what was removed; never more than is in use. */
void lrr_budget_give(uint64_t bytes, uint64_t names);

/* What is in use. */
void lrr_budget_used(uint64_t *bytes, uint64_t *names);

/* What the first refusal said, or NULL. */
const char *lrr_budget_refusal(void);

#endif
