/* pass_optimize.c -- the optimizer's update of the weights. The optimizer is the caller's,
** and so is its state, which state.c knows by itself. */
#include "train/internal.h"

static lrr_pass_end run(lrr_session *s, void *own, lrr_update *u)
{
    const lrr_blocks *k = &s->blocks;
    const lrr_optim_point here = { k->params, k->grads, u->loss };
    (void)own;
    if (lrr_optim_move(s->cfg.optim, u->phase, &here))
        return LRR_PASS_AGAIN;
    lrr_optim_step(s->cfg.optim, k->params, k->grads, k->touched, u->scale);
    return LRR_PASS_ON;
}

static void undo(lrr_session *s, void *own)
{
    (void)own;
    lrr_optim_unmove(s->cfg.optim, s->blocks.params);
}

static bool enter(lrr_session *s, void *own)
{
    (void)own;
    lrr_optim_enter(s->cfg.optim, s->blocks.params);
    return lrr_optim_is_apart(s->cfg.optim);
}

static void leave(lrr_session *s, void *own)
{
    (void)own;
    lrr_optim_leave(s->cfg.optim, s->blocks.params);
}

static void settle(lrr_session *s, void *own)
{
    (void)own;
    lrr_optim_settle(s->cfg.optim, s->blocks.params);
}

const lrr_pass_def lrr__pass_optimize = { .name = "optimize",
                                          .run = run,
                                          .undo = undo,
                                          .enter = enter,
                                          .leave = leave,
                                          .settle = settle };
