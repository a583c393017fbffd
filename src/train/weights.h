/*
** weights.h -- the weights of a session that are evaluated, kept and left behind, which need
** not be those that train: an average of them, or what an optimizer evaluates (phases.h).
** Running statistics are gathered anew where they are others (cfg.statistics).
**
** Ownership and threads: the session's.
*/
#ifndef LRR_TRAIN_WEIGHTS_H
#define LRR_TRAIN_WEIGHTS_H

#include "train/session.h"

/* Keeps the weights as they are evaluated, and statistics, as the best so far. */
void lrr_session_keep_best(lrr_session *s);

/* Ends training: params become what the run leaves, the best weights where they are wanted
** and some were kept, else the present ones as they are evaluated. True: the best. */
bool lrr_session_finish(lrr_session *s, bool best);

/* Takes the weights as they are evaluated into a mean, which has as many parts as calls; and
** makes params that mean, with statistics of its own, to begin another; without a call of
** the first it does nothing. Errors: ENOMEM. */
lrr_status lrr_session_mean_add(lrr_session *s, lrr_error *err);
void lrr_session_mean_take(lrr_session *s);

#endif
