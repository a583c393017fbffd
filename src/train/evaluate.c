/*
** evaluate.c -- loss and counts over one pass of a loader. See session.h.
**
** Peers (graph/shards.h) share it by whole batches, each with the shapes that it has where there
** are none, and the sums are added in the order of the batches: the same bits. So is what is
** collected of the outputs (collect_share.c), and what is looked at after an update that is probed.
*/
#include <string.h>

#include "base/mem.h"
#include "base/tree.h"
#include "train/watched.h"

static bool is_shared(const lrr_session *s)
{
    return s->shards != NULL && lrr_shards_peers(s->shards)->n > 1;
}

lrr_status lrr__evaluate_reserve(lrr_session *s, size_t batches, lrr_error *err)
{
    lrr_sums *room = NULL;
    lrr_status st;

    if (!is_shared(s))
        return LRR_OK;
    st = lrr__collectors_share_reserve(&s->in_evaluation, batches,
                                       lrr_shards_peers(s->shards)->n, err);
    if (st != LRR_OK || batches <= s->evaluated.room)
        return st;
    st = lrr_mem_new(batches, sizeof *room, "an evaluation", &room, err);
    if (st != LRR_OK)
        return st;
    lrr_mem_free(s->evaluated.of);
    s->evaluated.of = room;
    s->evaluated.room = batches;
    return LRR_OK;
}

/* Also of the loader that trains, of which peers make the rest. */
static const lrr_batch *next_of(lrr_loader *loader)
{
    const lrr_batch *b = lrr_loader_next(loader);
    lrr_loader_complete(loader, b);
    return b;
}

/* Whether the update just made was probed. */
static bool is_probed(const lrr_session *s)
{
    return s->watch != NULL && s->watch->done;
}

static void evaluate_alone(lrr_session *s, lrr_loader *loader, lrr_sums *out)
{
    const size_t count = lrr_loader_count(loader);

    lrr__collectors_reset(&s->in_evaluation);
    for (size_t i = 0; i < count; i++) {
        const lrr_batch *b = next_of(loader);
        for (size_t at = 0; at < b->n; at += lrr__session_part(s, b, at)) {
            lrr_run run = lrr__session_feed_part(s, b, at, lrr__session_part(s, b, at));
            lrr_graph_forward(s->cfg.graph, &run);
            lrr__session_add_run(out, &run);
            lrr__collectors_run(&s->in_evaluation, s->cfg.graph, &run);
            if (is_probed(s))
                lrr__watch_units(s, &run, 0, run.n);
        }
    }
}

/* Each peer evaluates batches side by side, and gets the sums of the others'. */
static void evaluate_shared(lrr_session *s, lrr_loader *loader, lrr_sums *out)
{
    enum { WORDS = sizeof(lrr_sums) / sizeof(double) };
    const lrr_peers *peers = lrr_shards_peers(s->shards);
    const size_t count = lrr_loader_count(loader);
    const size_t from = lrr_tree_cut(count, peers->n, peers->self),
                 to = lrr_tree_cut(count, peers->n, peers->self + 1);

    LRR_ASSERT(count <= s->evaluated.room);
    memset(s->evaluated.of, 0, count * sizeof *s->evaluated.of);
    lrr__collectors_share_begin(&s->in_evaluation);
    lrr_loader_take_batches(loader, from, to);
    for (size_t i = from; i < to; i++) {
        lrr_run run = lrr__session_feed(s, next_of(loader));
        lrr_graph_forward(s->cfg.graph, &run);
        lrr__session_add_run(&s->evaluated.of[i], &run);
        lrr__collectors_share_run(&s->in_evaluation, i, s->cfg.graph, &run);
        if (is_probed(s))
            lrr__watch_units(s, &run, 0, run.n);
    }
    peers->share(peers->ud, (double *)(void *)s->evaluated.of, count, WORDS);
    lrr__collectors_share(&s->in_evaluation, peers, count);
    for (size_t i = 0; i < count; i++) {
        const lrr_sums *of = &s->evaluated.of[i];
        out->loss += of->loss;
        out->weight += of->weight;
        out->targets += of->targets;
        for (size_t k = 0; k < LRR_COUNT_MAX; k++)
            out->count[k] += of->count[k];
    }
}

void lrr_session_evaluate(lrr_session *s, lrr_loader *loader, lrr_sums *out)
{
    *out = (lrr_sums){ 0 };
    lrr__weights_enter(s);
    if (is_shared(s))
        evaluate_shared(s, loader, out);
    else
        evaluate_alone(s, loader, out);
    if (is_probed(s))
        lrr__watch_looked(s, lrr_loader_samples(loader));
    lrr__weights_leave(s);
}
