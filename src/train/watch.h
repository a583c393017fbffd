/*
** watch.h -- what a session with cfg.watch sees of itself, for sentences on a run.
**
** Three things: the course, sums over the losses of all updates that cost a step a dozen
** additions; a probe, a close look at single updates that the caller names; and, of an update
** that was not finite, what was not finite first. None of it reaches the weights. The course
** is state of its run, which the caller saves; the rest is of the moment.
**
** Ownership: all is the session's. Threads: as session.h.
*/
#ifndef LRR_TRAIN_WATCH_H
#define LRR_TRAIN_WATCH_H

#include "graph/odd.h"
#include "train/session.h"

/* Bins of the course: a run has half as many or more, of equally many updates each (but the
** last one, which is being filled). When all are full, two become one. */
enum { LRR_COURSE_BINS = 32 };

/* Sums over the updates of a bin, but for the peaks and the rate. */
typedef struct lrr_course_bin {
    double loss, loss_peak; /* largest loss */
    double jump;            /* squares of differences between losses in a row */
    double turns; /* how often such a difference had another sign than the last */
    double norm, norm_peak; /* of gradients, before clipping */
    double clipped;         /* updates whose gradients were made smaller as a whole */
    double lr;              /* of the last update */
} lrr_course_bin;

/* All of it are doubles, so that it can be saved as a list. */
typedef struct lrr_course {
    double width;    /* updates of a full bin, 1 or more */
    double full;     /* bins that are full: 0 .. LRR_COURSE_BINS - 1 */
    double n;        /* updates in bin[full], below width */
    double first;    /* loss of the first update */
    double loss;     /* of the last one */
    double distance; /* between it and the one before */
    lrr_course_bin bin[LRR_COURSE_BINS];
} lrr_course;

enum { LRR_COURSE_NUMBERS = sizeof(lrr_course) / sizeof(double) };

/* The course as (LRR_COURSE_NUMBERS) numbers, to be read; NULL without cfg.watch. And from
** such numbers. Errors: EINVAL (they are no course, or the session has none). */
const double *lrr_session_course(const lrr_session *s);
lrr_status lrr_session_set_course(lrr_session *s, const double *numbers,
                                  lrr_error *err);

/* Of one parameter in a probed update: norms of its gradient before clipping and of its weights
** before the update; and of a sample of its weights and of what the update changed of them. */
typedef struct lrr_probe_weights {
    double gradient, norm, weight, update;
} lrr_probe_weights;

/* Of one ReLU: units (channels of images, else places of the last axis) that were 0 for all
** samples of the update and of an evaluation that followed it. */
typedef struct lrr_probe_units {
    const lrr_node *node;
    size_t units, dead;
} lrr_probe_units;

typedef struct lrr_probe {
    const lrr_probe_weights *weights; /* (n_param_segments) */
    const lrr_probe_units *relu;      /* (n_relu) in the graph's order */
    size_t n_relu;
    double samples; /* that the units have seen */
    double kept;    /* share of the gradient's norm that clipping has left */
} lrr_probe;

/* The update that makes `step` updates of all is looked at closely; 0: none. An evaluation
** behind it adds to what is known of units. */
void lrr_session_probe_at(lrr_session *s, uint64_t step);

/* What was seen of the last update; false: it was not probed, or it was not finite. */
bool lrr_session_probe(lrr_session *s, lrr_probe *out);

/* What was not finite first in the last update that was not; LRR_ODD_NONE: there was none,
** or nothing was found in its last batch. NULL without cfg.watch. */
const lrr_odd *lrr_session_odd(const lrr_session *s);

#endif
