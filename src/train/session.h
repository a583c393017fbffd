/*
** session.h -- training: a network, its data and its optimizer, one update at a time.
**
** lrr_session_step makes one optimizer update: a list of passes (passes.c) that take the
** batches of one accumulated step from the loader, run them forward and backward, clip,
** update. Every number that a schedule drives (rates, momentum, dropout, clip bounds) is
** set from its schedule first. A loss or gradient norm that is not finite stops the step before.
**
** Exact accumulation: the gradient of a step is the (weighted) mean over all its targets, whatever
** the sizes of its batches (the last window of an epoch may be short), so that k batches
** of n and one batch of k n make the same step, to rounding; likewise where a batch goes in parts.
**
** Ownership: the session owns its copies of weights (best, snapshot); everything in the
** cfg is the caller's and outlives it. Threads: one session, one thread.
*/
#ifndef LRR_TRAIN_SESSION_H
#define LRR_TRAIN_SESSION_H

#include "base/error.h"
#include "data/loader.h"
#include "graph/graph.h"
#include "graph/shards.h"
#include "optim/average.h"
#include "optim/clip.h"
#include "optim/optim.h"
#include "schedule/schedule.h"
#include "train/collect.h"

typedef struct lrr_session_cfg {
    lrr_graph *graph; /* planned with train, its loss among the outputs */
    size_t n_inputs;
    lrr_node *input[LRR_FEEDS_MAX]; /* (n_inputs) each fed by what has its name */
    lrr_loader *loader;             /* of the training split */
    lrr_optim *optim;               /* made for the graph's parameters */
    size_t batch;                   /* samples of a full batch */
    size_t part; /* so many go through the network at once (graph/parts.h); 0: all */
    size_t accumulate;       /* batches of one update, >= 1 */
    size_t shards;           /* of a batch, 1 .. LRR_TREE_MAX (graph/shards.h) */
    const lrr_peers *peers;  /* who computes shards, too, or NULL */
    uint64_t seed;           /* of dropout */
    lrr_clip_cfg clip;       /* all 0: none */
    lrr_average_cfg average; /* of the weights, all 0: none */
    /* Of the training split: where weights are evaluated that do not train, running statistics
    ** are gathered anew from its first batches; NULL: they stay those of training. */
    lrr_loader *statistics;
    size_t n_statistics; /* so many, or all of an epoch; >= 1 */
    bool track_norms;    /* keep each parameter's gradient norm (lrr_session_norms_*) */
    const size_t *norm_part; /* (n_norm_parts, 2), copied: first and last parameter */
    size_t n_norm_parts;     /* of parts that have a norm, too */
    bool watch;              /* keep what sentences on the run go by (watch.h) */
} lrr_session_cfg;

typedef struct lrr_session lrr_session;

/* Errors: ENOMEM, EINVAL (accumulate or batch is 0, batches are larger, no feed fits an input). */
lrr_status lrr_session_new(const lrr_session_cfg *cfg, lrr_session **out,
                           lrr_error *err);
void lrr_session_free(lrr_session *s);

/* What it was made with, clip bounds as now; bytes of shards, or of parts side by side. */
const lrr_session_cfg *lrr_session_config(const lrr_session *s);
size_t lrr_session_shard_bytes(const lrr_session *s);
size_t lrr_session_lane_bytes(const lrr_session *s);

/* What a schedule drives. */
typedef enum lrr_drive_kind {
    LRR_DRIVE_RATES, /* the rates of all groups, which keep their ratios */
    LRR_DRIVE_RATE,  /* the rate of `group`, whatever the others are */
    LRR_DRIVE_NUMBER /* *number, which is no rate */
} lrr_drive_kind;

typedef struct lrr_drive {
    lrr_drive_kind kind;
    size_t group;
    double *number;
} lrr_drive;

/* From now on `schedule`, which is shared, sets `to` before each update. Errors: ENOMEM. */
lrr_status lrr_session_drive(lrr_session *s, const lrr_drive *to,
                             lrr_schedule *schedule, const lrr_schedule_clock *clock,
                             lrr_error *err);

/* Takes the last schedule away again, after a range test; where it drove all rates they
** are what the optimizer was made with, until another schedule sets them. */
void lrr_session_undrive(lrr_session *s);

/* Sets what schedules drive, as the update to come will; gives the rate of group 0. */
double lrr_session_drive_now(lrr_session *s);

/* Multiplies all later rates by factor, once more at each call; part of the state. */
void lrr_session_cut_lr(lrr_session *s, double factor);

/* A number that a schedule may drive, by name: "clip.norm", "clip.value",
** "clip.tensor_norm", "clip.agc", "ema" (the average's decay); NULL for another name. */
double *lrr_session_number(lrr_session *s, const char *name);

/* Sums over batches: means are loss / weight, count / targets, grad_norm / steps. */
typedef struct lrr_sums {
    double loss, weight, targets; /* of lrr_run, loss times weight */
    double count[LRR_COUNT_MAX];  /* of lrr_run; lrr_graph_counts names them */
    double grad_norm, steps;      /* of updates */
} lrr_sums;

typedef struct lrr_step_result {
    lrr_sums sums;    /* over the step's batches, but for grad_norm and steps */
    double loss;      /* mean over the step's targets */
    double grad_norm; /* before clipping; NaN where the loss was not finite */
    double lr;        /* of group 0 in this update */
    bool finite;      /* false: nothing was updated */
    bool epoch_end;   /* this was the epoch's last step */
} lrr_step_result;

/* One update. Does not allocate and cannot fail; nothing is updated where the loader has failed. */
void lrr_session_step(lrr_session *s, lrr_step_result *out);

/* Updates made; epochs finished; steps of one epoch. */
uint64_t lrr_session_steps(const lrr_session *s);
uint64_t lrr_session_epoch(const lrr_session *s);
size_t lrr_session_steps_per_epoch(const lrr_session *s);

/* Sums over the updates since they were last reset. */
const lrr_sums *lrr_session_sums(const lrr_session *s);
void lrr_session_reset_sums(lrr_session *s);

/* From now on `c`, which outlives the session, is fed with what the network gives: in
** evaluations, which begin anew each time; or, with `train`, in updates, where it goes with
** the sums and is state of the session: before any state is saved or put back, and with room
** (lrr_collect_reserve) for an epoch. Errors: ENOMEM; EINVAL (the network's outputs are no
** such rows, or it has as many collectors as there can be). */
lrr_status lrr_session_collect(lrr_session *s, lrr_collect *c, bool train,
                               lrr_error *err);

/* Whether the network is planned as the session needs it: with a loss, for its batches, and
** with no other inputs than it feeds. To be asked before a step or an evaluation where
** others may have planned the network again. */
bool lrr_session_ready(lrr_session *s);

/* Loss and counts over one pass of a loader, without training; with an average of the
** weights, of that. The loader is left at its next epoch. `check` says first whether it
** gives batches of the same data, not above cfg.batch, that fit. Errors: EINVAL, ENOMEM. */
lrr_status lrr_session_check(lrr_session *s, const lrr_loader *l, lrr_error *err);
void lrr_session_evaluate(lrr_session *s, lrr_loader *loader, lrr_sums *out);

/* Gradient norm of each parameter, then each of cfg.norm_part, since the last reset, before
** clipping: mean and largest, (n_param_segments + n_norm_parts); NULL: not tracked. */
const double *lrr_session_norms_mean(lrr_session *s);
const double *lrr_session_norms_max(const lrr_session *s);
void lrr_session_norms_reset(lrr_session *s);

#endif
