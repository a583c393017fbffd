/* pass_average.c -- an average of the weights, which is what gets evaluated: weights.c puts
** it in their place and takes it away again. Of an optimizer that is evaluated at other
** weights than it trains, these are averaged. */
#include <stdio.h>

#include "train/internal.h"

static bool wanted(const lrr_session_cfg *cfg)
{
    return cfg->average.kind != LRR_AVERAGE_NONE;
}

/* The names of an EMA are older. */
static lrr_status tell(lrr_session *s, lrr_average *a, lrr_error *err)
{
    const lrr_average_cfg *cfg = &s->cfg.average;
    const size_t n = s->blocks.n_params;
    const bool is_ema = cfg->kind == LRR_AVERAGE_EMA;
    lrr_status st = lrr__state_tensor(s, "", is_ema ? "ema" : "average",
                                      lrr_average_values(a), n, err);
    if (st == LRR_OK)
        st = lrr__state_number(s, is_ema ? "ema." : "average.", "updates",
                               lrr_average_count(a), err);
    for (size_t i = 0; st == LRR_OK && cfg->kind == LRR_AVERAGE_LAWA && i < cfg->last;
         i++) {
        char name[LRR_STATE_NAME];
        snprintf(name, sizeof name, "%zu", i + 1);
        st = lrr__state_tensor(s, "average.", name, lrr_average_kept(a, i), n, err);
    }
    return st;
}

static lrr_status make(lrr_session *s, void **own, lrr_error *err)
{
    lrr_average *a = NULL;
    lrr_status st = lrr_average_new(&s->cfg.average, s->blocks.n_params, &a, err);
    if (st == LRR_OK)
        st = tell(s, a, err);
    if (st != LRR_OK) {
        lrr_average_free(a);
        return st;
    }
    *own = a;
    return LRR_OK;
}

static void free_average(void *own)
{
    lrr_average_free(own);
}

static lrr_pass_end run(lrr_session *s, void *own, lrr_update *u)
{
    (void)u;
    if (!lrr_average_takes(&s->cfg.average, (double)s->steps + 1))
        return LRR_PASS_ON;
    lrr_optim_enter(s->cfg.optim, s->blocks.params);
    lrr_average_take(own, &s->cfg.average, s->blocks.params);
    lrr_optim_leave(s->cfg.optim, s->blocks.params);
    return LRR_PASS_ON;
}

static bool enter(lrr_session *s, void *own)
{
    return lrr_average_swap(own, s->blocks.params);
}

static void leave(lrr_session *s, void *own)
{
    lrr_average_swap(own, s->blocks.params);
}

static void settle(lrr_session *s, void *own)
{
    lrr_average_set(own, s->blocks.params);
}

const lrr_pass_def lrr__pass_average = { .name = "average",
                                         .wanted = wanted,
                                         .make = make,
                                         .free = free_average,
                                         .run = run,
                                         .enter = enter,
                                         .leave = leave,
                                         .settle = settle };
