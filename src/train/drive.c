/* drive.c -- what schedules set before each update. See session.h. */
#include <string.h>

#include "base/mem.h"
#include "train/internal.h"

lrr_status lrr_session_drive(lrr_session *s, const lrr_drive *to,
                             lrr_schedule *schedule, const lrr_schedule_clock *clock,
                             lrr_error *err)
{
    lrr_status st = lrr_mem_grow(&s->drives, s->n_drives, &s->cap_drives,
                                 sizeof *s->drives, "schedules", err);
    if (st != LRR_OK)
        return st;
    s->drives[s->n_drives++] = (drive){ *to, lrr_schedule_share(schedule), *clock };
    return LRR_OK;
}

void lrr_session_undrive(lrr_session *s)
{
    lrr_optim *o = s->cfg.optim;

    if (s->n_drives == 0)
        return;
    lrr_schedule_free(s->drives[--s->n_drives].schedule);
    if (s->drives[s->n_drives].to.kind != LRR_DRIVE_RATES)
        return;
    for (size_t g = 0; g < lrr_optim_groups(o); g++)
        lrr_optim_hyper(o, g)[LRR_HYPER_LR] = lrr_optim_base(o, g)[LRR_HYPER_LR];
}

double *lrr_session_number(lrr_session *s, const char *name)
{
    const struct {
        const char *name;
        double *at;
    } numbers[] = {
        { "clip.norm", &s->cfg.clip.norm },
        { "clip.value", &s->cfg.clip.value },
        { "clip.tensor_norm", &s->cfg.clip.tensor_norm },
        { "clip.agc", &s->cfg.clip.agc },
        { "ema", &s->cfg.average.decay },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(numbers[i].name, name) == 0)
            return numbers[i].at;
    return NULL;
}

void lrr_session_cut_lr(lrr_session *s, double factor)
{
    s->lr_scale *= factor;
}

/* Rates of groups keep their ratio to the first one's. Where its base is 0 they have none:
** each follows the schedule from its own, or, without one (value), stays there. */
static void set_rates(const lrr_session *s, const drive *d, double value)
{
    lrr_optim *o = s->cfg.optim;
    lrr_optim_set_lr(o, value * s->lr_scale);
    for (size_t g = 1; s->base_lr == 0 && g < lrr_optim_groups(o); g++) {
        double own = lrr_optim_base(o, g)[LRR_HYPER_LR];
        if (d != NULL && d->clock.base == 0) {
            const lrr_schedule_clock clock = { own, d->clock.total };
            own = lrr_schedule_at(d->schedule, s->steps, &clock);
        }
        lrr_optim_hyper(o, g)[LRR_HYPER_LR] = own * s->lr_scale;
    }
}

/* A rate of a group of its own is cut like the others. */
static void apply(const lrr_session *s, const drive *d)
{
    lrr_optim *o = s->cfg.optim;
    const double value = lrr_schedule_at(d->schedule, s->steps, &d->clock);
    switch (d->to.kind) {
    case LRR_DRIVE_RATES:
        set_rates(s, d, value);
        break;
    case LRR_DRIVE_RATE:
        lrr_optim_hyper(o, d->to.group)[LRR_HYPER_LR] = value * s->lr_scale;
        break;
    case LRR_DRIVE_NUMBER:
        *d->to.number = value;
        break;
    }
}

void lrr__drives_apply(lrr_session *s)
{
    if (s->lr_scale < 1) /* for recipes without a schedule: theirs overrides it below */
        set_rates(s, NULL, s->base_lr);
    for (size_t i = 0; i < s->n_drives; i++)
        apply(s, &s->drives[i]);
}

double lrr_session_drive_now(lrr_session *s)
{
    lrr__drives_apply(s);
    return lrr_optim_hyper(s->cfg.optim, 0)[LRR_HYPER_LR];
}
