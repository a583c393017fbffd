/*
** evaluate.c -- loss and counts over one pass of a loader. See session.h.
**
** Peers (graph/shards.h) share it by whole batches, each with the shapes that it has where there
** are none, and the sums are added in the order of the batches: the same bits. So is what is
** collected of the outputs (collect_share.c). Where one of them looks at units, after an update
** that is probed, each goes through all batches.
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

static lrr_run run_batch(lrr_session *s, const lrr_batch *b)
{
    lrr_run run = lrr__session_feed(s, b);
    lrr_graph_forward(s->cfg.graph, &run);
    return run;
}

static void evaluate_alone(lrr_session *s, lrr_loader *loader, lrr_sums *out)
{
    const size_t count = lrr_loader_count(loader);

    lrr__collectors_reset(&s->in_evaluation);
    for (size_t i = 0; i < count; i++) {
        const lrr_run run = run_batch(s, lrr_loader_next(loader));
        lrr__session_add_run(out, &run);
        lrr__collectors_run(&s->in_evaluation, s->cfg.graph, &run);
        if (s->watch != NULL && s->watch->done)
            lrr__watch_units(s, &run);
    }
}

static void go_to(lrr_loader *loader, uint64_t epoch, size_t batch)
{
    lrr_error err;
    const lrr_status st = lrr_loader_seek(loader, epoch, batch, &err);
    LRR_ASSERT(st == LRR_OK); /* it has that many */
}

/* Each peer evaluates batches side by side, and gets the sums of the others'. */
static void evaluate_shared(lrr_session *s, lrr_loader *loader, lrr_sums *out)
{
    enum { WORDS = sizeof(lrr_sums) / sizeof(double) };
    const lrr_peers *peers = lrr_shards_peers(s->shards);
    const size_t count = lrr_loader_count(loader);
    const size_t from = lrr_tree_cut(count, peers->n, peers->self),
                 to = lrr_tree_cut(count, peers->n, peers->self + 1);
    const uint64_t epoch = lrr_loader_next(loader)->epoch;

    memset(s->evaluated.of, 0, count * sizeof *s->evaluated.of);
    lrr__collectors_share_begin(&s->in_evaluation);
    go_to(loader, epoch, from);
    for (size_t i = from; i < to; i++) {
        const lrr_run run = run_batch(s, lrr_loader_next(loader));
        lrr__session_add_run(&s->evaluated.of[i], &run);
        lrr__collectors_share_run(&s->in_evaluation, i, s->cfg.graph, &run);
    }
    go_to(loader, epoch, count);
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
    const bool looked_at = s->shards != NULL && lrr_shards_wanted(s->shards);

    *out = (lrr_sums){ 0 };
    lrr__weights_enter(s);
    if (is_shared(s) && !looked_at && lrr_loader_count(loader) <= s->evaluated.room)
        evaluate_shared(s, loader, out);
    else
        evaluate_alone(s, loader, out);
    lrr__weights_leave(s);
}
