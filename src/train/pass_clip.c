/* pass_clip.c -- the norm of the gradients, and limits on those that make the update. What
** is reported is the norm of the first gradient, at the weights proper. */
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

static lrr_pass_end run(lrr_session *s, void *own, lrr_update *u)
{
    const lrr_blocks *k = &s->blocks;
    double norm;
    if (u->phase < lrr_optim_moves(s->cfg.optim))
        norm = lrr_clip_norm(own, k->grads, k->touched);
    else
        norm = lrr_clip_apply(own, &s->cfg.clip, k->params, k->grads, k->touched,
                              &u->scale);
    if (u->phase == 0)
        u->out->grad_norm = norm;
    return isfinite(norm) ? LRR_PASS_ON : LRR_PASS_STOP;
}

const lrr_pass_def lrr__pass_clip = {
    .name = "clip", .make = make, .free = free_clip, .run = run
};
