/*
** signature.h -- whose a study's folder is. A study goes on when its recipe is searched again;
** the folder is there then, and the one that may write in it has to be told from others.
**
** The supervisor puts a file `made-by` into a study's folder when it makes it: the path of the
** recipe's file. The process that runs the recipe can write in there, too, but only in folders
** that are its own already. No errors: what cannot be read or written does not fit.
*/
#ifndef LRR_HOST_SIGNATURE_H
#define LRR_HOST_SIGNATURE_H

#include <stdbool.h>

/* Whether a folder of this name is a study's: NAME-study, of advice NAME-advice-3, of a grid of
** rates NAME-sensitivity-3. */
bool lrr_signature_wanted(const char *name);

/* Says in an open folder that it is of the recipe at this path (absolute, without links).
** Where that cannot be said, the study is not found again without --allow-write. */
void lrr_signature_write(int folder, const char *recipe);

/* Whether the open folder is of that recipe: it says so, or holds a copy of what is open as
** recipe_fd (a study that was moved, or is from before there were signatures), or nothing (one
** that was killed before it could sign). */
bool lrr_signature_fits(int folder, const char *recipe, int recipe_fd);

#endif
