/* session.c -- one update, and one evaluation. See session.h. */
#include "train/session.h"

#include <math.h>
#include <string.h>

#include "base/dmath.h"
#include "base/mem.h"
#include "base/threads.h"
#include "train/internal.h"

static lrr_status new_norms(lrr_session *s, lrr_error *err)
{
    const size_t n = s->blocks.n_param_segments;
    lrr_status st =
        lrr_mem_new(3 * n, sizeof(double), "gradient norms", &s->norm_sum, err);
    if (st != LRR_OK)
        return st;
    s->norm_max = s->norm_sum + n;
    s->norm_mean = s->norm_max + n;
    return LRR_OK;
}

static lrr_status new_buffers(lrr_session *s, lrr_error *err)
{
    const lrr_blocks *k = &s->blocks;
    lrr_status st = lrr_clip_new(k->param_segments, k->n_param_segments, &s->clip, err);
    if (st == LRR_OK && s->cfg.ema >= 0)
        st = lrr_ema_new(k->n_params, &s->ema, err);
    if (st == LRR_OK)
        st = lrr_mem_new(k->n_params, sizeof(lrr_real), "the best weights",
                         &s->best_params, err);
    if (st == LRR_OK)
        st = lrr_mem_new(k->n_buffers, sizeof(lrr_real), "the best statistics",
                         &s->best_buffers, err);
    if (st == LRR_OK && s->cfg.track_norms)
        st = new_norms(s, err);
    return st;
}

/* Every input has a feed that fits it. */
static lrr_status check_feeds(const lrr_session_cfg *cfg, const lrr_loader *l,
                              lrr_error *err)
{
    for (size_t i = 0; i < cfg->n_inputs; i++) {
        const lrr_node *node = cfg->input[i];
        const lrr_feed *f = lrr_loader_feed(l, node->name);
        if (f == NULL)
            return lrr_fail(err, LRR_EINVAL, "the data have nothing named '%s'",
                            node->name);
        if (f->dtype != node->dtype || f->seq != node->seq ||
            lrr_shape_count(&f->shape) != lrr_shape_count(&node->shape))
            return lrr_fail(err, LRR_EINVAL,
                            "'%s' of the data does not fit the network's input",
                            node->name);
    }
    return LRR_OK;
}

lrr_status lrr_session_new(const lrr_session_cfg *cfg, lrr_session **out,
                           lrr_error *err)
{
    lrr_session *s = NULL;
    lrr_status st;

    *out = NULL;
    if (cfg->accumulate < 1 || cfg->batch < 1)
        return lrr_fail(err, LRR_EINVAL, "accumulate and batch are 1 or more");
    if ((st = check_feeds(cfg, cfg->loader, err)) != LRR_OK)
        return st;
    st = lrr_mem_new(1, sizeof *s, "a training session", &s, err);
    if (st != LRR_OK)
        return st;
    s->cfg = *cfg;
    s->lr_scale = 1;
    s->base_lr = lrr_optim_hyper(cfg->optim, 0)[LRR_HYPER_LR];
    s->counts = lrr_graph_counts(cfg->graph, &s->n_counts);
    lrr_graph_blocks(cfg->graph, &s->blocks);
    st = new_buffers(s, err);
    if (st != LRR_OK) {
        lrr_session_free(s);
        return st;
    }
    *out = s;
    return LRR_OK;
}

void lrr_session_free(lrr_session *s)
{
    if (s == NULL)
        return;
    lrr_clip_free(s->clip);
    lrr_ema_free(s->ema);
    lrr_mem_free(s->drives);
    lrr_mem_free(s->best_params);
    lrr_mem_free(s->best_buffers);
    lrr_mem_free(s->norm_sum);
    lrr_mem_free(s->snapshot);
    lrr_mem_free(s->snapshot_numbers);
    lrr_mem_free(s);
}

lrr_status lrr_session_check(const lrr_session *s, const lrr_loader *l, lrr_error *err)
{
    if (lrr_loader_dataset(l) != lrr_loader_dataset(s->cfg.loader) ||
        lrr_loader_batch(l) > s->cfg.batch)
        return lrr_fail(err, LRR_EINVAL,
                        "the batches are not of the data that the network trains on");
    return check_feeds(&s->cfg, l, err);
}

const lrr_session_cfg *lrr_session_config(const lrr_session *s)
{
    return &s->cfg;
}

lrr_status lrr_session_drive(lrr_session *s, double *to, lrr_schedule *schedule,
                             const lrr_schedule_clock *clock, lrr_error *err)
{
    if (s->n_drives == s->cap_drives) {
        size_t cap = s->cap_drives * 2 + 8;
        drive *more = NULL;
        lrr_status st = lrr_mem_new(cap, sizeof *more, "schedules", &more, err);
        if (st != LRR_OK)
            return st;
        if (s->n_drives > 0)
            memcpy(more, s->drives, s->n_drives * sizeof *more);
        lrr_mem_free(s->drives);
        s->drives = more;
        s->cap_drives = cap;
    }
    s->drives[s->n_drives++] = (drive){ to, schedule, *clock };
    return LRR_OK;
}

void lrr_session_undrive(lrr_session *s)
{
    lrr_optim *o = s->cfg.optim;

    if (s->n_drives == 0 || s->drives[--s->n_drives].to != NULL)
        return;
    for (size_t g = 0; g < lrr_optim_groups(o); g++)
        lrr_optim_hyper(o, g)[LRR_HYPER_LR] = lrr_optim_base(o, g)[LRR_HYPER_LR];
}

double *lrr_session_number(lrr_session *s, const char *name)
{
    const struct {
        const char *name;
        double *at;
    } numbers[] = {
        { "clip.norm", &s->cfg.clip.norm },
        { "clip.value", &s->cfg.clip.value },
        { "clip.tensor_norm", &s->cfg.clip.tensor_norm },
        { "clip.agc", &s->cfg.clip.agc },
        { "ema", &s->cfg.ema },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(numbers[i].name, name) == 0)
            return numbers[i].at;
    return NULL;
}

/* A rate of a group of its own is cut like the others. */
static bool is_rate(const lrr_session *s, const double *to)
{
    for (size_t g = 0; g < lrr_optim_groups(s->cfg.optim); g++)
        if (to == &lrr_optim_hyper(s->cfg.optim, g)[LRR_HYPER_LR])
            return true;
    return false;
}

static void apply_drives(lrr_session *s)
{
    if (s->lr_scale < 1) /* for recipes without a schedule: theirs overrides it below */
        lrr_optim_set_lr(s->cfg.optim, s->base_lr * s->lr_scale);
    for (size_t i = 0; i < s->n_drives; i++) {
        const drive *d = &s->drives[i];
        double value = lrr_schedule_at(d->schedule, s->steps, &d->clock);
        if (d->to == NULL)
            lrr_optim_set_lr(s->cfg.optim, value * s->lr_scale);
        else
            *d->to = is_rate(s, d->to) ? value * s->lr_scale : value;
    }
}

void lrr_session_cut_lr(lrr_session *s, double factor)
{
    s->lr_scale *= factor;
}

static lrr_run run_of(const lrr_session *s, const lrr_batch *b)
{
    return (
        lrr_run){ .n = b->n, .seed = s->cfg.seed, .step = s->steps, .loss_scale = 1 };
}

/* Points the inputs at the batch, and the run at its lengths. Copied as pointers because a
** node's values are not const, though inputs' are read only. */
static void feed(const lrr_session *s, const lrr_batch *b, lrr_run *run)
{
    for (size_t i = 0; i < s->cfg.n_inputs; i++) {
        lrr_node *node = s->cfg.input[i];
        const lrr_feed *f = lrr_batch_find(b, node->name);
        memcpy(&node->y, &f->data, sizeof f->data);
        if (f->seq)
            run->axis[node->axis] = (lrr_axis){ f->t, f->len };
    }
}

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

/* Adds what stands for `targets` targets: their mean loss, and counts. */
static void add_to(lrr_sums *sums, double targets, double loss, const double *count)
{
    sums->loss += loss * targets;
    sums->targets += targets;
    for (size_t i = 0; i < LRR_COUNT_MAX; i++)
        sums->count[i] += count[i];
}

/* One batch forward and, where the loss is finite, backward. Returns that. */
static bool run_batch(lrr_session *s, uint32_t micro, lrr_step_result *out)
{
    const lrr_batch *b = lrr_loader_next(s->cfg.loader);
    lrr_run run = run_of(s, b);

    run.train = true;
    run.micro = micro;
    feed(s, b, &run);
    lrr_graph_forward(s->cfg.graph, &run);
    add_to(&out->sums, run.targets, run.loss, run.count);
    s->batch = b->index + 1;
    out->epoch_end = s->batch == b->count;
    if (!isfinite(run.loss))
        return false;
    if (s->cfg.accumulate > 1)
        run.loss_scale = run.targets / (double)s->cfg.batch;
    lrr_graph_backward(s->cfg.graph, &run, NULL);
    return true;
}

/* All batches of one update; true where every loss was finite. */
static bool run_window(lrr_session *s, lrr_step_result *out)
{
    for (uint32_t micro = 0; micro < s->cfg.accumulate && !out->epoch_end; micro++)
        if (!run_batch(s, micro, out))
            return false;
    if (s->cfg.accumulate > 1)
        scale_grads(s, (double)s->cfg.batch / out->sums.targets);
    return true;
}

static void add_norms(lrr_session *s)
{
    for (size_t i = 0; i < s->blocks.n_param_segments; i++) {
        const lrr_segment *seg = &s->blocks.param_segments[i];
        double sum = 0;
        for (size_t k = 0; k < seg->n; k++) {
            double g = (double)s->blocks.grads[seg->at + k];
            sum += g * g;
        }
        sum = lrr_dsqrt(sum);
        s->norm_sum[i] += sum;
        if (!(sum <= s->norm_max[i]))
            s->norm_max[i] = sum;
    }
    s->norm_steps++;
}

static void add_sums(lrr_session *s, const lrr_step_result *r)
{
    add_to(&s->sums, r->sums.targets, r->loss, r->sums.count);
    s->sums.grad_norm += r->grad_norm;
    s->sums.steps += 1;
}

void lrr_session_step(lrr_session *s, lrr_step_result *out)
{
    double scale = 1;

    *out = (lrr_step_result){ .grad_norm = (double)NAN };
    apply_drives(s);
    out->lr = lrr_optim_hyper(s->cfg.optim, 0)[LRR_HYPER_LR];
    out->finite = run_window(s, out);
    out->loss = out->sums.loss / out->sums.targets;
    if (out->finite) {
        if (s->norm_sum != NULL)
            add_norms(s);
        out->grad_norm = lrr_clip_apply(s->clip, &s->cfg.clip, s->blocks.params,
                                        s->blocks.grads, &scale);
        out->finite = isfinite(out->grad_norm);
    }
    if (!out->finite)
        return;
    lrr_optim_step(s->cfg.optim, s->blocks.params, s->blocks.grads, scale);
    if (s->ema != NULL)
        lrr_ema_update(s->ema, s->blocks.params, s->cfg.ema);
    s->steps++;
    add_sums(s, out);
    if (out->epoch_end) {
        s->epoch++;
        s->batch = 0;
    }
}

uint64_t lrr_session_steps(const lrr_session *s)
{
    return s->steps;
}

uint64_t lrr_session_epoch(const lrr_session *s)
{
    return s->epoch;
}

size_t lrr_session_steps_per_epoch(const lrr_session *s)
{
    size_t n = lrr_loader_count(s->cfg.loader);
    return (n + s->cfg.accumulate - 1) / s->cfg.accumulate;
}

lrr_sums *lrr_session_sums(lrr_session *s)
{
    return &s->sums;
}

static void swap_average(lrr_session *s)
{
    if (s->ema != NULL)
        lrr_ema_swap(s->ema, s->blocks.params);
}

void lrr_session_evaluate(lrr_session *s, lrr_loader *loader, lrr_sums *out)
{
    const size_t count = lrr_loader_count(loader);

    *out = (lrr_sums){ 0 };
    swap_average(s);
    for (size_t i = 0; i < count; i++) {
        const lrr_batch *b = lrr_loader_next(loader);
        lrr_run run = run_of(s, b);
        feed(s, b, &run);
        lrr_graph_forward(s->cfg.graph, &run);
        add_to(out, run.targets, run.loss, run.count);
    }
    swap_average(s);
}

const double *lrr_session_norms_mean(lrr_session *s)
{
    for (size_t i = 0; i < s->blocks.n_param_segments && s->norm_mean != NULL; i++)
        s->norm_mean[i] = s->norm_steps > 0 ? s->norm_sum[i] / s->norm_steps : 0;
    return s->norm_mean;
}

const double *lrr_session_norms_max(const lrr_session *s)
{
    return s->norm_max;
}

void lrr_session_norms_reset(lrr_session *s)
{
    if (s->norm_sum != NULL)
        memset(s->norm_sum, 0, 3 * s->blocks.n_param_segments * sizeof(double));
    s->norm_steps = 0;
}
