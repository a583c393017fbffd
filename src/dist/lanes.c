/* lanes.c -- see lanes.h. */
#include "dist/lanes.h"

bool lrr__mail_places(const int32_t *n, const int32_t *at, int size, int room,
                      int *n_out, int *at_out)
{
    for (int r = 0; r < size; r++) {
        n_out[r] = n[r];
        at_out[r] = at[r];
        if (n_out[r] < 0 || at_out[r] < 0 || n_out[r] > room ||
            at_out[r] > room - n_out[r])
            return false;
    }
    return true;
}

static lrr__lanes_found begin(lrr__lanes *s, int i, lrr_mail_lane *l,
                              const lrr_mpi *mpi, int size)
{
    const int kind = l->kind;
    const bool both = kind == LRR_MAIL_EXCHANGE;
    const int room = both ? LRR_LANE_HALF : 2 * LRR_LANE_HALF;

    if (s->of[i].busy || (!both && kind != LRR_MAIL_GATHER) ||
        !lrr__mail_places(l->n, l->at, size, room, s->of[i].n, s->of[i].at))
        return LRR__LANES_WRONG;
    if (!both)
        mpi->begin_gather(i, l->data, s->of[i].n, s->of[i].at);
    else if (lrr__mail_places(l->to_n, l->to_at, size, room, s->of[i].to_n,
                              s->of[i].to_at))
        mpi->begin_exchange(i, l->data, s->of[i].n, s->of[i].at,
                            l->data + LRR_LANE_HALF, s->of[i].to_n, s->of[i].to_at);
    else
        return LRR__LANES_WRONG;
    s->of[i].busy = true;
    return LRR__LANES_BEGUN;
}

lrr__lanes_found lrr__lanes_take(lrr__lanes *s, lrr_mailbox *m, const lrr_mpi *mpi,
                                 int size)
{
    for (int i = 0; i < LRR_MAIL_LANES; i++)
        if (atomic_exchange(&m->lane[i].asked, false))
            return begin(s, i, &m->lane[i], mpi, size);
    return LRR__LANES_NONE;
}

bool lrr__lanes_look(lrr__lanes *s, lrr_mailbox *m, const lrr_mpi *mpi)
{
    bool left = false;
    for (int i = 0; i < LRR_MAIL_LANES; i++) {
        if (s->of[i].busy && mpi->done(i)) {
            s->of[i].busy = false;
            sem_post(&m->lane[i].done);
        }
        left = left || s->of[i].busy;
    }
    return left;
}
