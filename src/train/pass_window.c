/* pass_window.c -- the gradient: the batches of one update, forward and backward. */
#include <math.h>

#include "base/threads.h"
#include "train/internal.h"

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

/* One batch forward and, where the loss is finite, backward. Returns that. */
static bool run_batch(lrr_session *s, uint32_t micro, lrr_step_result *out)
{
    const lrr_batch *b = lrr_loader_next(s->cfg.loader);
    lrr_run run = lrr__session_feed(s, b);

    run.train = run.statistics = true;
    run.micro = micro;
    lrr_graph_forward(s->cfg.graph, &run);
    lrr__session_add(&out->sums, run.targets, run.loss, run.count);
    s->batch = b->index + 1;
    out->epoch_end = s->batch == b->count;
    if (!isfinite(run.loss))
        return false;
    if (s->cfg.accumulate > 1)
        run.loss_scale = run.targets / (double)s->cfg.batch;
    lrr_graph_backward(s->cfg.graph, &run, NULL);
    return true;
}

static bool run(lrr_session *s, void *own, lrr_update *u)
{
    lrr_step_result *out = u->out;
    (void)own;
    for (uint32_t micro = 0; micro < s->cfg.accumulate && !out->epoch_end; micro++)
        if (!run_batch(s, micro, out))
            return false;
    if (s->cfg.accumulate > 1)
        scale_grads(s, (double)s->cfg.batch / out->sums.targets);
    return true;
}

const lrr_pass_def lrr__pass_window = { .name = "window", .run = run };
