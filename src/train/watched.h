/* watched.h -- the inside of what is behind watch.h, for the files of train/ alone. */
#ifndef LRR_TRAIN_WATCHED_H
#define LRR_TRAIN_WATCHED_H

#include "optim/parts.h"
#include "train/internal.h"
#include "train/watch.h"

typedef struct lrr_watch {
    lrr_course course;
    uint64_t probe_at;
    bool probing, done;   /* the update at work, or just made, is probed; it was made */
    double gradient;      /* square of its norm */
    double kept, samples; /* as lrr_probe has them */
    lrr_parts parts;      /* of the parameters, for sums over them */
    lrr_probe_weights *weights;
    lrr_real *sample; /* (n_param_segments, SAMPLE) weights before the update */
    lrr_probe_units *relu;
    uint8_t *alive; /* (n_alive) of all units of relu, one after another */
    uint8_t *all;   /* (peers, n_alive) where there are peers */
    size_t n_relu, n_alive;
    lrr_odd odd;
} lrr_watch;

/* course.c: one update more. */
void lrr__course_add(lrr_course *c, const lrr_step_result *r, bool clipped);

/* pass_watch.c, of a session with cfg.watch: before an update; after a forward within a
** probed one or behind it, samples from .. to - 1 of it, then, on all peers alike, how many all of
** them looked at; after an update that was not finite. */
void lrr__watch_begin(lrr_session *s);
void lrr__watch_units(lrr_session *s, const lrr_run *run, size_t from, size_t to);
void lrr__watch_looked(lrr_session *s, size_t samples);
void lrr__watch_odd(lrr_session *s, const lrr_update *u);

#endif
