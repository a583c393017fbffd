/*
** fresh.h -- folders that a call made for what it may come to write, taken away at its end
** where nothing was: `runs` has to be there before the process is locked, and not every script
** makes a run.
**
** Another call that began meanwhile holds the folder that it makes runs in (lrr_fresh_hold), and
** a folder that somebody holds stays. Threads: the supervisor's only one.
*/
#ifndef LRR_HOST_FRESH_H
#define LRR_HOST_FRESH_H

#include <stddef.h>

enum { LRR_FRESH = 32 };

/* The paths and descriptors are this struct's. Begins as all 0. */
typedef struct lrr_fresh {
    char *path[LRR_FRESH]; /* that were made; a folder comes before those in it */
    int held[LRR_FRESH];   /* folders that are held */
    size_t n, n_held;
} lrr_fresh;

/* Notes a folder that this call made, by its absolute path; more than there is room
** for stay. Gives 0 or an errno. */
int lrr_fresh_note(lrr_fresh *f, const char *path);

/* Until the end of this process nobody takes the folder away as empty. Gives 0 or an errno,
** ENOENT too where it was taken away already. */
int lrr_fresh_hold(lrr_fresh *f, const char *path);

/* Lets go of what is held and removes what was noted where it is empty and nobody else holds it.
** Cannot fail: what cannot be removed stays. */
void lrr_fresh_tidy(lrr_fresh *f);

#endif
