/* internal.h -- the inside of lrr_session, for the files of train/ alone. */
#ifndef LRR_TRAIN_INTERNAL_H
#define LRR_TRAIN_INTERNAL_H

#include "train/session.h"

typedef struct drive {
    double *to; /* NULL: the rates of all groups */
    lrr_schedule *schedule;
    lrr_schedule_clock clock;
} drive;

/* Numbers of the session's own that a checkpoint keeps, beside the sums of what the loss
** counts ("sum_correct"). sum_samples is sums.targets: its name is older. */
#define LRR_COUNTER_MAP(X) \
    X(steps)               \
    X(epoch)               \
    X(batch)               \
    X(has_best)            \
    X(lr_scale)            \
    X(sum_loss)            \
    X(sum_samples)         \
    X(sum_grad_norm)       \
    X(sum_steps)           \
    X(norm_steps)

enum {
#define X(name) COUNTER_##name,
    LRR_COUNTER_MAP(X)
#undef X
        COUNTER_COUNT
};

struct lrr_session {
    lrr_session_cfg cfg;
    lrr_blocks blocks;
    lrr_clip *clip;
    lrr_ema *ema; /* NULL: none */
    drive *drives;
    size_t n_drives, cap_drives;
    lrr_real *best_params, *best_buffers;
    double *norm_sum, *norm_max, *norm_mean; /* (n_param_segments) each, or NULL */
    double norm_steps;
    uint64_t steps, epoch;
    size_t batch; /* of the epoch, the next one */
    bool has_best;
    double lr_scale; /* what rolling back has cut all rates by: 1 to begin with */
    double base_lr;  /* of group 0 before any schedule */
    lrr_sums sums;
    const char *const *counts; /* (n_counts) names of sums.count; NULL: none */
    size_t n_counts;
    double counter[COUNTER_COUNT]; /* the above as doubles, while state is moved */
    lrr_real *snapshot;            /* all state tensors, one after another */
    double *snapshot_numbers;
    size_t snapshot_n; /* numbers in snapshot */
    bool has_snapshot;
};

#endif
