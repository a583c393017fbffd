/* passes.c -- the passes of an update, in order. See internal.h. */
#include "train/internal.h"

static const lrr_pass_def *const order[] = {
    &lrr__pass_window, &lrr__pass_hush,     &lrr__pass_norms,   &lrr__pass_watch,
    &lrr__pass_clip,   &lrr__pass_optimize, &lrr__pass_average, &lrr__pass_moved,
};

_Static_assert(sizeof order / sizeof *order == PASSES_MAX, "PASSES_MAX counts them");

lrr_status lrr__passes_new(lrr_session *s, lrr_error *err)
{
    for (size_t i = 0; i < PASSES_MAX; i++) {
        const lrr_pass_def *def = order[i];
        lrr_pass *pass = &s->passes[s->n_passes];
        lrr_status st = LRR_OK;
        if (def->wanted != NULL && !def->wanted(&s->cfg))
            continue;
        if (def->make != NULL)
            st = def->make(s, &pass->own, err);
        if (st != LRR_OK)
            return st;
        pass->def = def;
        s->n_passes++;
    }
    return LRR_OK;
}

void lrr__passes_free(lrr_session *s)
{
    for (size_t i = 0; i < s->n_passes; i++)
        if (s->passes[i].def->free != NULL)
            s->passes[i].def->free(s->passes[i].own);
}

bool lrr__passes_run(lrr_session *s, lrr_update *u)
{
    size_t i = 0;
    while (i < s->n_passes) {
        switch (s->passes[i].def->run(s, s->passes[i].own, u)) {
        case LRR_PASS_ON:
            i++;
            break;
        case LRR_PASS_AGAIN:
            u->phase++;
            i = 0;
            break;
        case LRR_PASS_STOP:
            for (i = 0; u->phase > 0 && i < s->n_passes; i++)
                if (s->passes[i].def->undo != NULL)
                    s->passes[i].def->undo(s, s->passes[i].own);
            return false;
        }
    }
    return true;
}

void *lrr__pass_own(const lrr_session *s, const lrr_pass_def *def)
{
    for (size_t i = 0; i < s->n_passes; i++)
        if (s->passes[i].def == def)
            return s->passes[i].own;
    return NULL;
}
