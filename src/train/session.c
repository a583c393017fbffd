/* session.c -- one update, and one evaluation. See session.h; what an update does is in
** the passes, pass_*.c. */
#include "train/session.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/tree.h"
#include "train/watched.h"

/* Of each batch the samples of the shards that are computed here are all that is made. */
static void take_rows(const lrr_session *s, lrr_loader *l)
{
    size_t from, to;
    if (l == NULL || s->shards == NULL)
        return;
    lrr_shards_here(s->shards, s->cfg.shards, &from, &to); /* one sample for each */
    lrr_loader_take_rows(l, s->cfg.shards, from, to);
}

static lrr_status new_parts(lrr_session *s, lrr_error *err)
{
    const lrr_blocks *k = &s->blocks;
    lrr_status st = lrr_mem_new(k->n_params, sizeof *s->best_params, "the best weights",
                                &s->best_params, err);
    if (st == LRR_OK)
        st = lrr_mem_new(k->n_buffers, sizeof *s->best_buffers, "the best statistics",
                         &s->best_buffers, err);
    if (st == LRR_OK && s->cfg.shards > 1)
        st = lrr_shards_new(s->cfg.graph, s->cfg.shards, s->cfg.peers, &s->shards, err);
    if (st == LRR_OK && s->cfg.part < s->cfg.batch)
        st = lrr_lanes_new(s->cfg.graph, s->cfg.batch, s->cfg.part, &s->lanes, err);
    if (st == LRR_OK)
        st = lrr__state_new(s, err);
    if (st == LRR_OK)
        st = lrr__passes_new(s, err);
    return st != LRR_OK ? st : lrr__statistics_new(s, err);
}

/* Same numbers, and of sequences as many steps: run->axis is what the feed has. */
static bool fits(const lrr_feed *f, const lrr_node *node)
{
    return f->dtype == node->dtype && f->seq == node->seq &&
           lrr_shape_count(&f->shape) == lrr_shape_count(&node->shape) &&
           (!f->seq || f->shape.d[0] == node->shape.d[0]);
}

/* Every input has a feed that fits it, and batches are no larger than the cfg says. place:
** (n_inputs) where the feeds stand. */
static lrr_status check_loader(const lrr_session_cfg *cfg, const lrr_loader *l,
                               size_t *place, lrr_error *err)
{
    if (lrr_loader_dataset(l) != lrr_loader_dataset(cfg->loader) ||
        lrr_loader_batch(l) > cfg->batch)
        return lrr_fail(err, LRR_EINVAL,
                        "the batches are not of the data that the network trains on");
    for (size_t i = 0; i < cfg->n_inputs; i++) {
        const lrr_node *node = cfg->input[i];
        const lrr_feed *f = lrr_loader_feed(l, node->name, &place[i]);
        if (f == NULL)
            return lrr_fail(err, LRR_EINVAL, "the data have nothing named '%s'",
                            node->name);
        if (!fits(f, node))
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
    size_t place[LRR_FEEDS_MAX] = { 0 };

    *out = NULL;
    if (cfg->accumulate < 1 || cfg->batch < 1)
        return lrr_fail(err, LRR_EINVAL, "accumulate and batch are 1 or more");
    if (cfg->shards > 1 && cfg->part != 0 && cfg->part < cfg->batch)
        return lrr_fail(err, LRR_EINVAL, "a batch goes in shards or in parts");
    if (cfg->shards < 1 || cfg->shards > LRR_TREE_MAX)
        return lrr_fail(err, LRR_EINVAL, "shards are %zu, want 1 to %d", cfg->shards,
                        LRR_TREE_MAX);
    if ((st = check_loader(cfg, cfg->loader, place, err)) != LRR_OK)
        return st;
    st = lrr_mem_new(1, sizeof *s, "a training session", &s, err);
    if (st != LRR_OK)
        return st;
    s->cfg = *cfg;
    if (s->cfg.part == 0 || s->cfg.part > cfg->batch)
        s->cfg.part = cfg->batch;
    memcpy(s->place, place, sizeof place);
    s->lr_scale = 1;
    s->base_lr = lrr_optim_hyper(cfg->optim, 0)[LRR_HYPER_LR];
    s->counts = lrr_graph_counts(cfg->graph, &s->n_counts);
    lrr_graph_blocks(cfg->graph, &s->blocks);
    st = new_parts(s, err);
    if (st != LRR_OK) {
        lrr_session_free(s);
        return st;
    }
    s->cfg.peers = NULL; /* the shards have them */
    take_rows(s, cfg->loader);
    take_rows(s, cfg->statistics);
    *out = s;
    return LRR_OK;
}

void lrr_session_free(lrr_session *s)
{
    if (s == NULL)
        return;
    lrr__passes_free(s);
    lrr__statistics_free(s);
    lrr_average_free(s->mean);
    lrr_shards_free(s->shards);
    lrr_lanes_free(s->lanes);
    lrr_mem_free(s->evaluated.of);
    lrr__state_free(s);
    for (size_t i = 0; i < s->n_drives; i++)
        lrr_schedule_free(s->drives[i].schedule);
    lrr_mem_free(s->drives);
    lrr_mem_free(s->best_params);
    lrr_mem_free(s->best_buffers);
    lrr_mem_free(s);
}

lrr_status lrr_session_check(lrr_session *s, const lrr_loader *l, lrr_error *err)
{
    size_t place[LRR_FEEDS_MAX] = { 0 };
    lrr_status st = check_loader(&s->cfg, l, place, err);
    if (st == LRR_OK && memcmp(place, s->place, sizeof place) != 0)
        return lrr_fail(err, LRR_EINVAL, "the batches are in another order");
    return st == LRR_OK ? lrr__evaluate_reserve(s, lrr_loader_count(l), err) : st;
}

static bool is_fed(const lrr_session_cfg *cfg, const lrr_node *node)
{
    for (size_t i = 0; i < cfg->n_inputs; i++)
        if (cfg->input[i] == node)
            return true;
    return false;
}

/* Whether the session feeds every input that its network needs. */
static bool feeds_all(const lrr_session_cfg *cfg)
{
    for (size_t i = 0; i < lrr_graph_count(cfg->graph); i++) {
        const lrr_node *node = lrr_graph_node(cfg->graph, i);
        if (node->kind == LRR_NODE_INPUT && !is_fed(cfg, node) &&
            lrr_graph_needs(cfg->graph, node))
            return false;
    }
    return true;
}

/* Looked through once for each plan: a step asks. */
bool lrr_session_ready(lrr_session *s)
{
    const lrr_graph *g = s->cfg.graph;
    lrr_error err;
    if (lrr_graph_plans(g) == s->ready_plan)
        return true;
    if (lrr_graph_loss(g) == NULL || lrr_graph_batch(g) < s->cfg.part ||
        !feeds_all(&s->cfg))
        return false;
    if (s->shards != NULL && lrr_shards_renew(s->shards, &err) != LRR_OK)
        return false;
    if (s->lanes != NULL && lrr_lanes_renew(s->lanes, &err) != LRR_OK)
        return false;
    s->ready_plan = lrr_graph_plans(g);
    return true;
}

const lrr_session_cfg *lrr_session_config(const lrr_session *s)
{
    return &s->cfg;
}

void lrr__session_add(lrr_sums *sums, double loss, const lrr_sums *of)
{
    sums->loss += loss * of->weight;
    sums->weight += of->weight;
    sums->targets += of->targets;
    for (size_t i = 0; i < LRR_COUNT_MAX; i++)
        sums->count[i] += of->count[i];
}

void lrr__session_add_run(lrr_sums *sums, const lrr_run *run)
{
    lrr_sums one = { .weight = run->weight, .targets = run->targets };
    memcpy(one.count, run->count, sizeof one.count);
    lrr__session_add(sums, run->loss, &one);
}

static void add_sums(lrr_session *s, const lrr_step_result *r)
{
    lrr__session_add(&s->sums, r->loss, &r->sums);
    s->sums.grad_norm += r->grad_norm;
    s->sums.steps += 1;
}

void lrr_session_step(lrr_session *s, lrr_step_result *out)
{
    lrr_update u = { .out = out, .scale = 1 };

    s->statistics.known = false;
    *out = (lrr_step_result){ .grad_norm = (double)NAN };
    if (s->watch != NULL)
        lrr__watch_begin(s);
    lrr__drives_apply(s);
    out->lr = lrr_optim_hyper(s->cfg.optim, 0)[LRR_HYPER_LR];
    out->finite = lrr__passes_run(s, &u);
    out->loss = out->sums.loss / out->sums.weight;
    if (!out->finite) {
        if (s->watch != NULL && lrr_loader_failure(s->cfg.loader) == NULL)
            lrr__watch_odd(s, &u);
        return;
    }
    s->steps++;
    add_sums(s, out);
    if (s->watch != NULL)
        lrr__course_add(&s->watch->course, out, u.scale < 1);
    if (out->epoch_end) {
        s->epoch++;
        s->batch = 0;
    }
}

size_t lrr_session_shard_bytes(const lrr_session *s)
{
    return s->shards == NULL ? 0 : lrr_shards_bytes(s->shards);
}

size_t lrr_session_lane_bytes(const lrr_session *s)
{
    return s->lanes == NULL ? 0 : lrr_lanes_bytes(s->lanes);
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

const lrr_sums *lrr_session_sums(const lrr_session *s)
{
    return &s->sums;
}

void lrr_session_reset_sums(lrr_session *s)
{
    s->sums = (lrr_sums){ 0 };
    lrr__collectors_reset(&s->in_training);
}
