/* pass_hush.c -- tensors that do not train yet have no gradient: norms and clipping are those
** of a network in which they are frozen. */
#include "train/internal.h"

static bool wanted(const lrr_session_cfg *cfg)
{
    return lrr_optim_ever_holds(cfg->optim);
}

static lrr_pass_end run(lrr_session *s, void *own, lrr_update *u)
{
    (void)own;
    (void)u;
    lrr_optim_hush(s->cfg.optim, s->blocks.grads);
    return LRR_PASS_ON;
}

const lrr_pass_def lrr__pass_hush = { .name = "hush", .wanted = wanted, .run = run };
