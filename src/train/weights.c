/* weights.c -- the weights that a session evaluates, and the best of them. See session.h.
**
** Passes whose evaluated weights differ from those that train change them in order, and
** back in reverse, so that the last one's are what is measured and kept. */
#include <string.h>

#include "train/internal.h"

/* Running statistics stay those of the training weights. Whoever gathers them anew for
** the others (a few batches forward with run.statistics) does it here, and puts the old
** ones back in lrr__weights_leave: then all that evaluates, keeps and saves has them. */
void lrr__weights_enter(lrr_session *s)
{
    for (size_t i = 0; i < s->n_passes; i++)
        if (s->passes[i].def->enter != NULL)
            s->passes[i].def->enter(s, s->passes[i].own);
}

void lrr__weights_leave(lrr_session *s)
{
    for (size_t i = s->n_passes; i-- > 0;)
        if (s->passes[i].def->leave != NULL)
            s->passes[i].def->leave(s, s->passes[i].own);
}

void lrr__weights_settle(lrr_session *s)
{
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
