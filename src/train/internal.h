/*
** internal.h -- the inside of lrr_session, for the files of train/ alone.
**
** An update is a list of passes (passes.c), each in a file of its own. A pass is made with the
** session, tells state.c what a checkpoint keeps of it, and runs once in each update, alone.
*/
#ifndef LRR_TRAIN_INTERNAL_H
#define LRR_TRAIN_INTERNAL_H

#include "graph/lanes.h"
#include "optim/phases.h"
#include "train/collectors.h"
#include "train/evaluated.h"
#include "train/feed.h"
#include "train/session.h"
#include "train/state.h"

typedef struct drive {
    lrr_drive to;
    lrr_schedule *schedule;
    lrr_schedule_clock clock;
} drive;

/* Whole numbers of the session's own that a checkpoint keeps as doubles: the field, which
** is the name there too, and its type. */
#define LRR_COUNTER_MAP(X) \
    X(steps, uint64_t)     \
    X(epoch, uint64_t)     \
    X(batch, size_t)       \
    X(has_best, bool)

enum {
#define X(name, type) COUNTER_##name,
    LRR_COUNTER_MAP(X)
#undef X
        COUNTER_COUNT
};

/* What the passes of one update hand on. */
typedef struct lrr_update {
    lrr_step_result *out;
    size_t phase; /* from 0: gradients that the optimizer took before this one */
    double loss;  /* mean over the step's targets, in this phase */
    double scale; /* of the gradients: what clipping has left for the optimizer to do */
    uint32_t n_batches; /* the window's: then its first one's place, its last two */
    uint64_t epoch;
    size_t index;
    const lrr_batch *last[2];
} lrr_update;

/* The next pass follows; the first one, in the next phase; the update ends, nothing changed. */
typedef enum lrr_pass_end { LRR_PASS_ON, LRR_PASS_AGAIN, LRR_PASS_STOP } lrr_pass_end;

/* What a pass is. All but name and run may be NULL; own is what make gave. */
typedef struct lrr_pass_def {
    const char *name;
    /* False: a session of this cfg goes without the pass. */
    bool (*wanted)(const lrr_session_cfg *cfg);
    /* What the pass keeps; says by lrr__state_tensor and lrr__state_number what of it is
    ** state. Errors: ENOMEM; then nothing is left to free. */
    lrr_status (*make)(lrr_session *s, void **own, lrr_error *err);
    void (*free)(void *own);
    /* Its share of the update. Cannot fail, does not allocate. */
    lrr_pass_end (*run)(lrr_session *s, void *own, lrr_update *u);
    /* A later phase has stopped: puts back what this pass changed in an earlier one. */
    void (*undo)(lrr_session *s, void *own);
    /* Where weights are evaluated that are not those which train: params become these,
    ** and, in leave, the training ones again, to the bit. False: they are the same. */
    bool (*enter)(lrr_session *s, void *own);
    void (*leave)(lrr_session *s, void *own);
    /* Params were set from outside: they are to be trained on and evaluated from now. */
    void (*settle)(lrr_session *s, void *own);
} lrr_pass_def;

extern const lrr_pass_def lrr__pass_window, lrr__pass_hush, lrr__pass_norms,
    lrr__pass_watch, lrr__pass_clip, lrr__pass_optimize, lrr__pass_average,
    lrr__pass_moved;

enum { PASSES_MAX = 8 };

typedef struct lrr_pass {
    const lrr_pass_def *def;
    void *own;
} lrr_pass;

typedef struct lrr_snapshot {
    lrr_real *tensors; /* all state tensors, one after another */
    double *numbers;
    size_t n; /* elements of tensors */
    bool taken;
} lrr_snapshot;

struct lrr_session {
    lrr_session_cfg cfg;
    lrr_blocks blocks;
    lrr_shards *shards; /* NULL: a batch is one */
    lrr_lanes *lanes;   /* NULL: its parts go one after another, if it has any */
    lrr_evaluated evaluated;
    size_t place[LRR_FEEDS_MAX]; /* (n_inputs) each one's feed in a batch */
    uint64_t ready_plan;         /* the plan that was found fit; 0: none was */
    lrr_pass passes[PASSES_MAX]; /* those it has, in order */
    size_t n_passes;
    drive *drives;
    size_t n_drives, cap_drives;
    lrr_real *best_params, *best_buffers;
    uint64_t steps, epoch;
    size_t batch; /* of the epoch, the next one */
    bool has_best;
    double lr_scale;   /* what rolling back has cut all rates by: 1 to begin with */
    double base_lr;    /* of group 0 before any schedule */
    double norm_steps; /* of the norms pass; a checkpoint has it without, too */
    lrr_sums sums;
    const char *const *counts; /* (n_counts) names of sums.count; NULL: none */
    size_t n_counts;
    lrr_collectors in_training, in_evaluation;
    struct lrr_watch *watch;       /* NULL without cfg.watch; its pass owns it */
    double counter[COUNTER_COUNT]; /* the counters, while state is moved */
    lrr_state_tensor *tensors;     /* state, in the order in which it was told */
    lrr_state_number *numbers;
    size_t n_tensors, cap_tensors, n_numbers, cap_numbers;
    lrr_snapshot snapshot;
    lrr_statistics statistics;
    lrr_average *mean; /* of weights.c, while it is made; or NULL */
};

/* passes.c: makes those that the cfg wants; runs them; what one keeps, NULL where the
** session goes without it. */
lrr_status lrr__passes_new(lrr_session *s, lrr_error *err);
void lrr__passes_free(lrr_session *s);
bool lrr__passes_run(lrr_session *s, lrr_update *u);
void *lrr__pass_own(const lrr_session *s, const lrr_pass_def *def);

/* drive.c: sets what schedules drive, for the update to come. */
void lrr__drives_apply(lrr_session *s);

/* session.c: adds what stands for `targets` targets, their mean loss and counts. */
void lrr__session_add(lrr_sums *sums, double loss, const lrr_sums *of);
void lrr__session_add_run(lrr_sums *sums, const lrr_run *run);

/* state.c: from now on this is state of the session, under the name prefix .. name.
** Errors: ENOMEM. */
lrr_status lrr__state_tensor(lrr_session *s, const char *prefix, const char *name,
                             lrr_real *data, size_t n, lrr_error *err);
lrr_status lrr__state_number(lrr_session *s, const char *prefix, const char *name,
                             double *value, lrr_error *err);
/* The session's own state and its optimizer's, which come before that of the passes. */
lrr_status lrr__state_new(lrr_session *s, lrr_error *err);
void lrr__state_free(lrr_session *s);

#endif
