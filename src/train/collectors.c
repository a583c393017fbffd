/* collectors.c -- see collectors.h; and lrr_session_collect. */
#include "train/collectors.h"

#include "train/internal.h"

void lrr__collectors_run(const lrr_collectors *all, const lrr_graph *g,
                         const lrr_run *run)
{
    const lrr_node *loss;
    if (all->n == 0)
        return;
    loss = lrr_graph_loss(g);
    for (size_t i = 0; i < all->n; i++)
        lrr_collect_run(all->of[i], loss->in[0], loss->in[1], run);
}

void lrr__collectors_reset(const lrr_collectors *all)
{
    for (size_t i = 0; i < all->n; i++)
        lrr_collect_reset(all->of[i]);
}

lrr_status lrr__collectors_share_reserve(const lrr_collectors *all, size_t batches,
                                         size_t peers, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < all->n; i++)
        st = lrr_collect_share_reserve(all->of[i], batches, peers, err);
    return st;
}

void lrr__collectors_share_begin(const lrr_collectors *all)
{
    for (size_t i = 0; i < all->n; i++)
        lrr_collect_share_begin(all->of[i]);
}

void lrr__collectors_share_run(const lrr_collectors *all, size_t i, const lrr_graph *g,
                               const lrr_run *run)
{
    const lrr_node *loss = lrr_graph_loss(g);
    for (size_t k = 0; k < all->n; k++)
        lrr_collect_share_run(all->of[k], i, loss->in[0], loss->in[1], run);
}

void lrr__collectors_share(const lrr_collectors *all, const lrr_peers *peers,
                           size_t batches)
{
    for (size_t i = 0; i < all->n; i++)
        lrr_collect_share(all->of[i], peers, batches);
}

static lrr_status tell_state(lrr_session *s, lrr_collect *c, lrr_error *err)
{
    lrr_real *words, *rows;
    size_t n, m;
    lrr_status st = lrr_collect_state(c, &words, &n, &rows, &m, err);
    if (st == LRR_OK)
        st = lrr__state_tensor(s, "metrics.", lrr_collect_name(c), words, n, err);
    if (st == LRR_OK && m > 0)
        st = lrr__state_tensor(s, "metrics.rows.", lrr_collect_name(c), rows, m, err);
    return st;
}

lrr_status lrr_session_collect(lrr_session *s, lrr_collect *c, bool train,
                               lrr_error *err)
{
    lrr_collectors *to = train ? &s->in_training : &s->in_evaluation;
    const lrr_node *loss = lrr_graph_loss(s->cfg.graph);
    lrr_status st = LRR_OK;

    if (to->n == LRR_COLLECTORS_MAX || s->snapshot.tensors != NULL || loss == NULL ||
        !lrr_collect_fits(c, loss->in[0], loss->in[1]))
        return lrr_fail(err, LRR_EINVAL, "'%s' cannot be collected of this network",
                        lrr_collect_name(c));
    if (train)
        st = tell_state(s, c, err);
    if (st == LRR_OK)
        to->of[to->n++] = c;
    return st;
}
