/* pass_average.c -- a moving average of the weights, which is what gets evaluated: weights.c
** puts it in their place and takes it away again. */
#include "train/internal.h"

static bool wanted(const lrr_session_cfg *cfg)
{
    return cfg->ema >= 0;
}

static lrr_status make(lrr_session *s, void **own, lrr_error *err)
{
    const size_t n = s->blocks.n_params;
    lrr_ema *e = NULL;
    lrr_status st = lrr_ema_new(n, &e, err);
    if (st == LRR_OK)
        st = lrr__state_tensor(s, "", "ema", lrr_ema_values(e), n, err);
    if (st == LRR_OK)
        st = lrr__state_number(s, "ema.", "updates", lrr_ema_updates(e), err);
    if (st != LRR_OK) {
        lrr_ema_free(e);
        return st;
    }
    *own = e;
    return LRR_OK;
}

static void free_average(void *own)
{
    lrr_ema_free(own);
}

static lrr_pass_end run(lrr_session *s, void *own, lrr_update *u)
{
    (void)u;
    lrr_ema_update(own, s->blocks.params, s->cfg.ema);
    return LRR_PASS_ON;
}

static void swap(lrr_session *s, void *own)
{
    lrr_ema_swap(own, s->blocks.params);
}

static void settle(lrr_session *s, void *own)
{
    lrr_ema_set(own, s->blocks.params);
}

const lrr_pass_def lrr__pass_average = { .name = "average",
                                         .wanted = wanted,
                                         .make = make,
                                         .free = free_average,
                                         .run = run,
                                         .enter = swap,
                                         .leave = swap,
                                         .settle = settle };
