/* pass_clip.c -- the norm of the gradients, and limits on them. */
#include <math.h>

#include "train/internal.h"

static lrr_status make(lrr_session *s, void **own, lrr_error *err)
{
    lrr_clip *c = NULL;
    lrr_status st =
        lrr_clip_new(s->blocks.param_segments, s->blocks.n_param_segments, &c, err);
    *own = c;
    return st;
}

static void free_clip(void *own)
{
    lrr_clip_free(own);
}

static bool run(lrr_session *s, void *own, lrr_update *u)
{
    u->out->grad_norm =
        lrr_clip_apply(own, &s->cfg.clip, s->blocks.params, s->blocks.grads, &u->scale);
    return isfinite(u->out->grad_norm);
}

const lrr_pass_def lrr__pass_clip = {
    .name = "clip", .make = make, .free = free_clip, .run = run
};
