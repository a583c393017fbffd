/* pass_optimize.c -- the optimizer's update of the weights. The optimizer is the caller's,
** and so is its state, which state.c knows by itself. */
#include "train/internal.h"

static bool run(lrr_session *s, void *own, lrr_update *u)
{
    (void)own;
    lrr_optim_step(s->cfg.optim, s->blocks.params, s->blocks.grads, u->scale);
    return true;
}

const lrr_pass_def lrr__pass_optimize = { .name = "optimize", .run = run };
