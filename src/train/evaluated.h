/*
** evaluated.h -- evaluations: sums that peers share; and, where weights are evaluated that are
** not those which train, what weights.c and statistics.c do there. Private to train/, for internal.h.
*/
#ifndef LRR_TRAIN_EVALUATED_H
#define LRR_TRAIN_EVALUATED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/real.h"
#include "train/weights.h"

/* Of statistics.c. */
typedef struct lrr_statistics {
    bool on;
    size_t n_nodes;
    lrr_real *trained; /* while the buffers are others */
    lrr_real *found;   /* for the weights as they are evaluated now, where `known` */
    double *momentum;  /* (n_nodes) of each node, while it is another */
    bool known, entered;
} lrr_statistics;

/* Of evaluate.c: each batch's sums, where peers share an evaluation. */
typedef struct lrr_evaluated {
    struct lrr_sums *of; /* (room) */
    size_t room;
} lrr_evaluated;

/* Room for the sums of so many batches, where they are needed. Errors: ENOMEM. */
lrr_status lrr__evaluate_reserve(lrr_session *s, size_t batches, lrr_error *err);

/* See enter, leave and settle of lrr_pass_def. */
void lrr__weights_enter(lrr_session *s);
void lrr__weights_leave(lrr_session *s);
void lrr__weights_settle(lrr_session *s);

/* Buffers become those of the evaluated weights, which params are; and again those of the
** training ones. new: after the passes. Errors: ENOMEM; EINVAL (the loader does not fit). */
lrr_status lrr__statistics_new(lrr_session *s, lrr_error *err);
void lrr__statistics_free(lrr_session *s);
void lrr__statistics_enter(lrr_session *s);
void lrr__statistics_leave(lrr_session *s);

#endif
