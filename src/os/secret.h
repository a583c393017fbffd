/*
** secret.h -- random bytes of this user, made once and kept in a file that nobody else can
** read: what is marked with them (lua/lrrun/runs/own.lua) was made by this user.
**
** Threads: any.
*/
#ifndef LRR_OS_SECRET_H
#define LRR_OS_SECRET_H

#include <stdbool.h>

#include "base/error.h"

enum { LRR_SECRET_BYTES = 32 };

/* key (LRR_SECRET_BYTES) = what the file at `path` holds; with `make` the file is made where
** there is none (its folder has to be there; of two processes that make it one wins, for
** both). *found is false where there is none. Errors: EIO: it cannot be read or made, is no
** plain file of this user's that others cannot read, or has another size. */
lrr_status lrr_secret(const char *path, bool make, unsigned char *key, bool *found,
                      lrr_error *err);

#endif
