/*
** state.h -- all that the next step of a session depends on, to be saved and put back:
** for checkpoints, and for going back in memory.
**
** Ownership: tensors and numbers are the session's; a snapshot is too.
*/
#ifndef LRR_TRAIN_STATE_H
#define LRR_TRAIN_STATE_H

#include "train/session.h"

/*
** All tensors that the next step depends on, by name: "params", "buffers",
** "optim.exp_avg", "ema", "best.params", "best.buffers". Numbers likewise: "optim.steps",
** "epoch", "batch", sums. Writing all back and calling lrr_session_seek restores a session
** exactly. The lists, (*n), are the session's and stay what they are; numbers, and tensors of
** collectors ("metrics.classes"), are current after lrr_session_save_numbers.
*/
#define LRR_STATE_NAME 48

typedef struct lrr_state_tensor {
    char name[LRR_STATE_NAME];
    lrr_real *data;
    size_t n;
} lrr_state_tensor;

typedef struct lrr_state_number {
    char name[LRR_STATE_NAME];
    double *value;
    bool is_new; /* a file of an earlier version may lack it: NaN is put in its place */
} lrr_state_number;

const lrr_state_tensor *lrr_session_tensors(const lrr_session *s, size_t *n);
const lrr_state_number *lrr_session_numbers(const lrr_session *s, size_t *n);
void lrr_session_save_numbers(lrr_session *s);

/* Takes the numbers as they were written, and sets the loader to (epoch, batch). Errors:
** EINVAL (no counts, or the loader has no such batch). */
lrr_status lrr_session_seek(lrr_session *s, lrr_error *err);

/* A copy of all that state in memory, and back to it: what a range test and rolling back
** need. Errors: ENOMEM; EINVAL (no snapshot was taken). */
lrr_status lrr_session_snapshot(lrr_session *s, lrr_error *err);
lrr_status lrr_session_rollback(lrr_session *s, lrr_error *err);
bool lrr_session_has_snapshot(const lrr_session *s);

/* The snapshot itself, to be saved in a checkpoint or read from one: *data (*n), *numbers
** (as many as lrr_session_numbers has). Where none was taken it is made, and counts as taken.
** Errors: ENOMEM. */
lrr_status lrr_session_snapshot_data(lrr_session *s, lrr_real **data, size_t *n,
                                     double **numbers, lrr_error *err);

#endif
