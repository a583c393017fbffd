/*
** statistics.c -- running statistics of weights that are evaluated and do not train.
**
** They are the mean over batches of what training would see of each: momentum 1 / i in
** batch i. Source: Izmailov et al., arXiv 1803.05407, section 3.2; PyTorch's update_bn.
** The batches are the first ones of the loader's epoch 0, wherever in the run that is;
** dropout is that of the update to come. Peers share each batch as they do in training.
*/
#include <string.h>

#include "base/mem.h"
#include "train/internal.h"

/* The share of a batch in running statistics that a node keeps; NULL: it keeps none. */
static double *momentum_of(const lrr_node *node)
{
    return lrr_node_attr_real(node, "momentum");
}

static bool keeps_any(const lrr_graph *g)
{
    for (size_t i = 0; i < lrr_graph_count(g); i++)
        if (momentum_of(lrr_graph_node(g, i)) != NULL)
            return true;
    return false;
}

lrr_status lrr__statistics_new(lrr_session *s, lrr_error *err)
{
    static const char what[] = "statistics of averaged weights";
    const size_t n = s->blocks.n_buffers;
    lrr_statistics *own = &s->statistics;
    lrr_status st = LRR_OK;
    if (s->cfg.statistics == NULL || !keeps_any(s->cfg.graph))
        return LRR_OK;
    own->n_nodes = lrr_graph_count(s->cfg.graph); /* those that come later keep none */
    st = lrr_session_check(s, s->cfg.statistics, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *own->trained, what, &own->trained, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *own->found, what, &own->found, err);
    if (st == LRR_OK)
        st =
            lrr_mem_new(own->n_nodes, sizeof *own->momentum, what, &own->momentum, err);
    own->on = st == LRR_OK;
    return st;
}

void lrr__statistics_free(lrr_session *s)
{
    lrr_mem_free(s->statistics.trained);
    lrr_mem_free(s->statistics.found);
    lrr_mem_free(s->statistics.momentum);
}

/* Takes the momentum of each node away, or puts it back. */
static void hold_momentum(lrr_session *s, bool back)
{
    for (size_t i = 0; i < s->statistics.n_nodes; i++) {
        double *m = momentum_of(lrr_graph_node(s->cfg.graph, i));
        double *kept = &s->statistics.momentum[i];
        if (m != NULL && back)
            *m = *kept;
        else if (m != NULL)
            *kept = *m;
    }
}

static void set_momentum(lrr_session *s, double share)
{
    for (size_t i = 0; i < s->statistics.n_nodes; i++) {
        double *m = momentum_of(lrr_graph_node(s->cfg.graph, i));
        if (m != NULL)
            *m = share;
    }
}

static void run_training(lrr_session *s, lrr_loader *l, uint32_t micro)
{
    const lrr_batch *b = lrr_loader_next(l);
    const bool in_shards = s->shards != NULL && lrr_session_ready(s);
    lrr_run run = lrr__session_feed(s, b);
    run.train = run.statistics = true;
    run.micro = micro;
    if (in_shards) {
        lrr_shards_forward(s->shards, &run);
        return;
    }
    lrr_loader_complete(l, b);
    lrr_graph_forward(s->cfg.graph, &run);
}

static void gather(lrr_session *s)
{
    lrr_loader *l = s->cfg.statistics;
    const size_t n = s->cfg.n_statistics < lrr_loader_count(l) ? s->cfg.n_statistics
                                                               : lrr_loader_count(l);
    lrr_error err;
    lrr_status st = lrr_loader_seek(l, 0, 0, &err);
    LRR_ASSERT(st == LRR_OK);
    hold_momentum(s, false);
    for (size_t i = 0; i < n; i++) {
        set_momentum(s, 1 / ((double)i + 1));
        run_training(s, l, (uint32_t)i);
    }
    hold_momentum(s, true);
}

void lrr__statistics_enter(lrr_session *s)
{
    lrr_statistics *own = &s->statistics;
    const lrr_blocks *k = &s->blocks;
    const size_t bytes = k->n_buffers * sizeof *k->buffers;
    if (!own->on)
        return;
    memcpy(own->trained, k->buffers, bytes);
    if (own->known) {
        memcpy(k->buffers, own->found, bytes);
    } else {
        gather(s);
        memcpy(own->found, k->buffers, bytes);
        own->known = true;
    }
    own->entered = true;
}

void lrr__statistics_leave(lrr_session *s)
{
    const lrr_blocks *k = &s->blocks;
    if (s->statistics.entered)
        memcpy(k->buffers, s->statistics.trained, k->n_buffers * sizeof *k->buffers);
    s->statistics.entered = false;
}
