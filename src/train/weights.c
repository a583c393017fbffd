/* weights.c -- see weights.h.
**
** Passes whose evaluated weights differ from those that train change them in order, and
** back in reverse, so that the last one's are what is measured and kept. Where one did,
** statistics.c gathers running statistics for them. */
#include "train/weights.h"

#include <string.h>

#include "train/internal.h"

static bool enter_passes(lrr_session *s)
{
    bool differ = false;
    for (size_t i = 0; i < s->n_passes; i++)
        if (s->passes[i].def->enter != NULL)
            differ |= s->passes[i].def->enter(s, s->passes[i].own);
    return differ;
}

static void leave_passes(lrr_session *s)
{
    for (size_t i = s->n_passes; i-- > 0;)
        if (s->passes[i].def->leave != NULL)
            s->passes[i].def->leave(s, s->passes[i].own);
}

void lrr__weights_enter(lrr_session *s)
{
    if (enter_passes(s))
        lrr__statistics_enter(s);
}

void lrr__weights_leave(lrr_session *s)
{
    lrr__statistics_leave(s);
    leave_passes(s);
}

void lrr__weights_settle(lrr_session *s)
{
    s->statistics.known = s->statistics.entered = false;
    for (size_t i = 0; i < s->n_passes; i++)
        if (s->passes[i].def->settle != NULL)
            s->passes[i].def->settle(s, s->passes[i].own);
}

void lrr_session_keep_best(lrr_session *s)
{
    const lrr_blocks *k = &s->blocks;
    lrr__weights_enter(s);
    memcpy(s->best_params, k->params, k->n_params * sizeof *k->params);
    memcpy(s->best_buffers, k->buffers, k->n_buffers * sizeof *k->buffers);
    lrr__weights_leave(s);
    s->has_best = true;
}

bool lrr_session_finish(lrr_session *s, bool best)
{
    const lrr_blocks *k = &s->blocks;
    best = best && s->has_best;
    if (best) {
        memcpy(k->params, s->best_params, k->n_params * sizeof *k->params);
        memcpy(k->buffers, s->best_buffers, k->n_buffers * sizeof *k->buffers);
    } else {
        lrr__weights_enter(s);
    }
    lrr__weights_settle(s);
    return best;
}

lrr_status lrr_session_mean_add(lrr_session *s, lrr_error *err)
{
    const lrr_average_cfg cfg = { .kind = LRR_AVERAGE_SWA, .every = 1 };
    lrr_status st = LRR_OK;
    if (s->mean == NULL)
        st = lrr_average_new(&cfg, s->blocks.n_params, &s->mean, err);
    if (st != LRR_OK)
        return st;
    enter_passes(s);
    lrr_average_take(s->mean, &cfg, s->blocks.params);
    leave_passes(s);
    return LRR_OK;
}

void lrr_session_mean_take(lrr_session *s)
{
    if (s->mean == NULL)
        return;
    lrr_average_swap(s->mean, s->blocks.params);
    lrr_average_free(s->mean);
    s->mean = NULL;
    s->statistics.known = false;
    lrr__statistics_enter(s);
    lrr__weights_settle(s);
}
