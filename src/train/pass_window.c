/* pass_window.c -- the gradient: the batches of one update, forward and backward.
**
** In later phases, at weights that the optimizer moved, they are the same batches with
** the same dropout; running statistics, losses and counts are those of the first. */
#include <math.h>

#include "base/threads.h"
#include "train/watched.h"

typedef struct scale_job {
    lrr_real *x;
    lrr_real factor;
    size_t n, chunks;
} scale_job;

static void scale_chunk(void *arg, size_t i)
{
    const scale_job *job = arg;
    size_t end = lrr_chunk_at(job->n, job->chunks, i + 1);
    for (size_t k = lrr_chunk_at(job->n, job->chunks, i); k < end; k++)
        job->x[k] *= job->factor;
}

static void scale_grads(const lrr_session *s, double factor)
{
    scale_job job = { s->blocks.grads, (lrr_real)factor, s->blocks.n_params, 0 };
    job.chunks = lrr_chunks(job.n, 1 << 16, 64);
    lrr_parallel(job.chunks, scale_chunk, &job);
}

/* What is collected of a batch, also where peers computed it: outputs and targets. */
static void fetch_outputs(const lrr_session *s, const lrr_run *run)
{
    const lrr_node *loss = lrr_graph_loss(s->cfg.graph);
    for (int i = 0; s->in_training.n > 0 && i < 2; i++)
        lrr_shards_fill(s->shards, run, loss->in[i]);
}

static void look_at_units(lrr_session *s, const lrr_run *run)
{
    size_t from = 0, to = run->n;
    if (s->shards != NULL)
        lrr_shards_here(s->shards, run->n, &from, &to);
    lrr__watch_units(s, run, from, to);
    lrr__watch_looked(s, run->n);
}

/* Whether gradients of several means are added up. */
static bool is_sum(const lrr_session *s)
{
    return s->cfg.accumulate > 1 || s->cfg.part < s->cfg.batch;
}

/* Some samples forward and, where the loss is finite, backward. Returns that. */
static bool run_part(lrr_session *s, lrr_run run, uint32_t micro, bool statistics,
                     lrr_sums *sums)
{
    run.train = true;
    run.statistics = statistics;
    run.micro = micro;
    if (s->shards != NULL)
        lrr_shards_forward(s->shards, &run);
    else
        lrr_graph_forward(s->cfg.graph, &run);
    lrr__session_add_run(sums, &run);
    if (!isfinite(run.loss))
        return false;
    if (s->shards != NULL && statistics)
        fetch_outputs(s, &run);
    if (statistics) /* the first phase's, as the sums are */
        lrr__collectors_run(&s->in_training, s->cfg.graph, &run);
    if (statistics && s->watch != NULL && s->watch->probing)
        look_at_units(s, &run);
    if (is_sum(s))
        run.loss_scale = run.weight / (double)s->cfg.batch;
    if (s->shards != NULL)
        lrr_shards_backward(s->shards, &run);
    else
        lrr_graph_backward(s->cfg.graph, &run, NULL);
    return true;
}

typedef struct looking {
    lrr_session *s;
    const lrr_batch *b;
} looking;

/* What is collected of a part between forward and backward, whose inputs it sees. */
static void look(void *ud, const lrr_run *run)
{
    const looking *at = ud;
    lrr_session *s = at->s;
    lrr__session_feed_part(s, at->b, run->first, run->n);
    lrr__collectors_run(&s->in_training, s->cfg.graph, run);
    if (s->watch != NULL && s->watch->probing)
        look_at_units(s, run);
    lrr__session_feed(s, at->b); /* as it was */
}

static bool wants_a_look(const lrr_session *s)
{
    return s->in_training.n > 0 || (s->watch != NULL && s->watch->probing);
}

/* One batch, its parts side by side. */
static bool run_lanes(lrr_session *s, const lrr_batch *b, uint32_t micro,
                      bool statistics, lrr_sums *sums)
{
    looking at = { s, b };
    const lrr_part_look to = { look, &at };
    const lrr_run *part;
    lrr_run run = lrr__session_feed(s, b);

    run.train = true;
    run.statistics = statistics;
    run.micro = micro;
    lrr_lanes_run(s->lanes, &run, (double)s->cfg.batch,
                  statistics && wants_a_look(s) ? &to : NULL);
    for (size_t i = 0; (part = lrr_lanes_part(s->lanes, i)) != NULL; i++) {
        lrr__session_add_run(sums, part);
        if (!isfinite(part->loss))
            return false;
    }
    return true;
}

/* One batch, part after part. False also where it could not be read. */
static bool run_batch(lrr_session *s, const lrr_batch *b, uint32_t micro,
                      bool statistics, lrr_sums *sums)
{
    bool finite = lrr_loader_failure(s->cfg.loader) == NULL;
    if (finite && s->lanes != NULL)
        return run_lanes(s, b, micro, statistics, sums);
    for (size_t from = 0, n; finite && from < b->n; from += n) {
        n = lrr__session_part(s, b, from);
        finite =
            run_part(s, lrr__session_feed_part(s, b, from, n), micro, statistics, sums);
    }
    return finite;
}

static bool run_first(lrr_session *s, lrr_update *u, lrr_sums *sums)
{
    bool finite = true, end = false;
    for (uint32_t i = 0; finite && i < s->cfg.accumulate && !end; i++) {
        const lrr_batch *b = lrr_loader_next(s->cfg.loader);
        if (i == 0) {
            u->epoch = b->epoch;
            u->index = b->index;
        }
        u->last[i % 2] = b;
        u->n_batches = i + 1;
        s->batch = b->index + 1;
        end = s->batch == b->count;
        finite = run_batch(s, b, i, true, sums);
    }
    u->out->epoch_end = end;
    u->out->sums = *sums;
    return finite;
}

/* Batch i of the window once more: the loader still has the last two, and makes those of
** a longer window anew. */
static const lrr_batch *batch_again(const lrr_session *s, const lrr_update *u,
                                    uint32_t i)
{
    if (u->n_batches <= 2)
        return u->last[i];
    if (i == 0) {
        lrr_error err;
        lrr_status st = lrr_loader_seek(s->cfg.loader, u->epoch, u->index, &err);
        LRR_ASSERT(st == LRR_OK); /* it gave that batch before */
    }
    return lrr_loader_next(s->cfg.loader);
}

static bool run_again(lrr_session *s, const lrr_update *u, lrr_sums *sums)
{
    for (uint32_t i = 0; i < u->n_batches; i++)
        if (!run_batch(s, batch_again(s, u, i), i, false, sums))
            return false;
    return true;
}

static lrr_pass_end run(lrr_session *s, void *own, lrr_update *u)
{
    lrr_sums sums = { 0 };
    (void)own;
    if (!(u->phase == 0 ? run_first(s, u, &sums) : run_again(s, u, &sums)))
        return LRR_PASS_STOP;
    u->loss = sums.loss / sums.weight;
    if (is_sum(s))
        scale_grads(s, (double)s->cfg.batch / sums.weight);
    return LRR_PASS_ON;
}

const lrr_pass_def lrr__pass_window = { .name = "window", .run = run };
