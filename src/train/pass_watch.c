/*
** pass_watch.c -- a close look at single updates, in two passes: one before gradients are
** clipped, one after the weights have moved; and what was not finite. See watch.h.
**
** In other updates both passes are a comparison. A probe reads weights and gradients once, and
** nothing is allocated after the session was made.
*/
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/tree.h"
#include "train/watched.h"

/* Weights of each parameter whose movement is measured: their root mean square is that of
** all to about 5 %. */
enum { SAMPLE = 256 };

static bool wanted(const lrr_session_cfg *cfg)
{
    return cfg->watch;
}

static bool is_relu(const lrr_graph *g, const lrr_node *node)
{
    return node->kind == LRR_NODE_OP && strcmp(node->op->name, "relu") == 0 &&
           lrr_graph_needs(g, node);
}

/* Units of a node: channels of (c, h, w), else places of the last axis. */
static size_t units_of(const lrr_node *node)
{
    return node->shape.rank == 3 && !node->seq ? node->shape.d[0] : lrr_node_cols(node);
}

static lrr_status find_relus(lrr_watch *w, const lrr_graph *g, lrr_error *err)
{
    const size_t count = lrr_graph_count(g);
    size_t n = 0;
    lrr_status st;
    for (size_t i = 0; i < count; i++)
        n += is_relu(g, lrr_graph_node(g, i)) ? 1 : 0;
    st = lrr_mem_new(n, sizeof *w->relu, "a probe", &w->relu, err);
    for (size_t i = 0; st == LRR_OK && i < count; i++) {
        const lrr_node *node = lrr_graph_node(g, i);
        if (!is_relu(g, node))
            continue;
        w->relu[w->n_relu++] =
            (lrr_probe_units){ .node = node, .units = units_of(node) };
        w->n_alive = lrr_size_add(w->n_alive, units_of(node));
    }
    return st == LRR_OK ? lrr_mem_new(w->n_alive, 1, "a probe", &w->alive, err) : st;
}

static void free_watch(void *own)
{
    lrr_watch *w = own;
    lrr_mem_free(w->relu);
    lrr_mem_free(w->alive);
    lrr_mem_free(w->all);
    lrr_mem_free(w->weights);
    lrr_parts_fini(&w->parts);
    lrr_mem_free(w->sample);
    lrr_mem_free(w);
}

static size_t peers_of(const lrr_session *s)
{
    return s->shards != NULL ? lrr_shards_peers(s->shards)->n : 1;
}

static lrr_status make(lrr_session *s, void **own, lrr_error *err)
{
    const size_t n = s->blocks.n_param_segments;
    lrr_watch *w = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *w, "a probe", &w, err);
    if (st != LRR_OK)
        return st;
    st = find_relus(w, s->cfg.graph, err);
    if (st == LRR_OK && peers_of(s) > 1)
        st = lrr_mem_new(lrr_size_mul(peers_of(s), w->n_alive), 1, "a probe", &w->all,
                         err);
    if (st == LRR_OK)
        st = lrr_parts_init(&w->parts, s->blocks.param_segments, n, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *w->weights, "a probe", &w->weights, err);
    if (st == LRR_OK)
        st = lrr_mem_new(lrr_size_mul(n, SAMPLE), sizeof *w->sample, "a probe",
                         &w->sample, err);
    if (st != LRR_OK) {
        free_watch(w);
        return st;
    }
    w->course.width = 1;
    s->watch = w;
    *own = w;
    return LRR_OK;
}

/* How many weights of a parameter are in its sample, and the place of the j-th. */
static size_t sample_of(const lrr_segment *seg)
{
    return seg->n < SAMPLE ? seg->n : SAMPLE;
}

static size_t place(const lrr_segment *seg, size_t j)
{
    return seg->at + (seg->n <= SAMPLE ? j : seg->n / SAMPLE * j);
}

/* In lanes, so that one sum need not wait for the one before. */
static double square_sum(const lrr_real *x, size_t n)
{
    enum { LANES = 8 };
    double lane[LANES] = { 0 }, sum = 0;
    size_t k = 0;
    for (; k + LANES <= n; k += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += (double)x[k + l] * (double)x[k + l];
    for (; k < n; k++)
        sum += (double)x[k] * (double)x[k];
    for (size_t l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

/* The norm of each parameter, which the sums of a pass over all of them leave. Frozen ones are not
** in it, but their weights have norms. */
static double norm_of(const lrr_watch *w, const lrr_segment *seg, size_t i,
                      const lrr_real *block)
{
    return sqrt(seg->trains ? w->parts.total[i] : square_sum(block + seg->at, seg->n));
}

static void sample_weights(lrr_watch *w, const lrr_segment *seg, size_t i,
                           const lrr_real *params)
{
    double sum = 0;
    for (size_t j = 0; j < sample_of(seg); j++) {
        const lrr_real x = params[place(seg, j)];
        w->sample[i * SAMPLE + j] = x;
        sum += (double)x * (double)x;
    }
    w->weights[i].weight = sqrt(sum);
}

/* The gradient's norms, and the weights as they are before the update. */
static lrr_pass_end look(lrr_session *s, void *own, lrr_update *u)
{
    const lrr_blocks *k = &s->blocks;
    lrr_watch *w = own;
    if (!w->probing || u->phase > 0)
        return LRR_PASS_ON;
    w->gradient = lrr_parts_square_sum(&w->parts, k->grads, k->touched);
    for (size_t i = 0; i < k->n_param_segments; i++)
        w->weights[i] = (lrr_probe_weights){ .gradient = k->param_segments[i].trains
                                                             ? sqrt(w->parts.total[i])
                                                             : 0 };
    lrr_parts_square_sum(&w->parts, k->params, NULL);
    for (size_t i = 0; i < k->n_param_segments; i++) {
        w->weights[i].norm = norm_of(w, &k->param_segments[i], i, k->params);
        sample_weights(w, &k->param_segments[i], i, k->params);
    }
    return LRR_PASS_ON;
}

/* How far they have moved, and what clipping has left of the gradient. */
static lrr_pass_end compare(lrr_session *s, void *own, lrr_update *u)
{
    lrr_watch *w = s->watch;
    double left;
    (void)own;
    if (!w->probing)
        return LRR_PASS_ON;
    left = lrr_parts_square_sum(&w->parts, s->blocks.grads, s->blocks.touched);
    for (size_t i = 0; i < s->blocks.n_param_segments; i++) {
        const lrr_segment *seg = &s->blocks.param_segments[i];
        double moved = 0;
        for (size_t j = 0; j < sample_of(seg); j++) {
            const double d = (double)s->blocks.params[place(seg, j)] -
                             (double)w->sample[i * SAMPLE + j];
            moved += d * d;
        }
        w->weights[i].update = sqrt(moved);
    }
    w->kept =
        u->phase == 0 && w->gradient > 0 ? sqrt(left / w->gradient) * u->scale : 1;
    w->done = true;
    return LRR_PASS_ON;
}

void lrr__watch_begin(lrr_session *s)
{
    lrr_watch *w = s->watch;
    w->probing = s->steps + 1 == w->probe_at;
    w->done = false;
    if (!w->probing)
        return;
    memset(w->alive, 0, w->n_alive);
    w->samples = 0;
}

/* Marks units of x (n, units, each) or, with each == 1, (rows, units) that are not 0. */
static void mark(uint8_t *alive, const lrr_real *x, size_t rows, size_t units,
                 size_t each)
{
    for (size_t u = 0; u < units; u++)
        for (size_t r = 0; r < rows && !alive[u]; r++) {
            const lrr_real *at = x + (r * units + u) * each;
            for (size_t k = 0; k < each && !alive[u]; k++)
                alive[u] = at[k] > 0;
        }
}

/* Who has what a ReLU gave: where others do its work and that of a pool behind it, only the pool has
** (graph/joined.h), whose maximum or mean is 0 where all that it sees is. */
static const lrr_node *written(const lrr_node *relu, const lrr_run *run)
{
    return run->joined && relu->lead != NULL && relu->then != NULL ? relu->then : relu;
}

void lrr__watch_units(lrr_session *s, const lrr_run *run, size_t from, size_t to)
{
    lrr_watch *w = s->watch;
    uint8_t *alive = w->alive;
    for (size_t i = 0; i < w->n_relu; i++) {
        const lrr_node *node = written(w->relu[i].node, run);
        const size_t units = w->relu[i].units, n = lrr_node_count(node, run) / run->n;
        const bool is_image = node->shape.rank == 3 && !node->seq;
        const size_t each = is_image ? node->shape.d[1] * node->shape.d[2] : 1;
        if (n > 0)
            mark(alive, lrr_node_real(node) + n * from,
                 (to - from) * (n / units / each), units, each);
        alive += units;
    }
}

/* A unit is alive that is alive with one of the peers. */
static void join_units(lrr_watch *w, const lrr_peers *peers)
{
    size_t at[LRR_TREE_MAX + 1];

    LRR_ASSERT(peers->n <= LRR_TREE_MAX);
    for (size_t p = 0; p <= peers->n; p++)
        at[p] = p * w->n_alive;
    memcpy(w->all + at[peers->self], w->alive, w->n_alive);
    peers->fill(peers->ud, w->all, at);
    for (size_t i = 0; i < peers->n * w->n_alive; i++)
        w->alive[i % w->n_alive] |= w->all[i];
}

void lrr__watch_looked(lrr_session *s, size_t samples)
{
    if (peers_of(s) > 1 && s->watch->n_alive > 0)
        join_units(s->watch, lrr_shards_peers(s->shards));
    s->watch->samples += (double)samples;
}

void lrr_session_probe_at(lrr_session *s, uint64_t step)
{
    if (s->watch != NULL)
        s->watch->probe_at = step;
}

bool lrr_session_probe(lrr_session *s, lrr_probe *out)
{
    lrr_watch *w = s->watch;
    const uint8_t *alive;
    if (w == NULL || !w->done)
        return false;
    alive = w->alive;
    for (size_t i = 0; i < w->n_relu; i++) {
        w->relu[i].dead = 0;
        for (size_t u = 0; u < w->relu[i].units; u++)
            w->relu[i].dead += *alive++ == 0 ? 1 : 0;
    }
    *out = (lrr_probe){ w->weights, w->relu, w->n_relu, w->samples, w->kept };
    return true;
}

/* The batch that was at work comes again. What one batch alone does not show, a gradient
** that several made, is not found. */
void lrr__watch_odd(lrr_session *s, const lrr_update *u)
{
    const uint32_t last = u->n_batches - 1;
    const lrr_batch *b = u->last[last % 2];
    lrr_odd *odd = &s->watch->odd;
    lrr_loader_complete(s->cfg.loader, b);
    for (size_t from = 0, n; from < b->n; from += n) {
        n = lrr__session_part(s, b, from);
        lrr_run run = lrr__session_feed_part(s, b, from, n);
        run.train = true;
        run.micro = last;
        lrr_graph_find_odd(s->cfg.graph, &run, odd);
        if (odd->kind != LRR_ODD_NONE)
            break;
    }
}

const lrr_odd *lrr_session_odd(const lrr_session *s)
{
    return s->watch != NULL ? &s->watch->odd : NULL;
}

const lrr_pass_def lrr__pass_watch = {
    .name = "watch", .wanted = wanted, .make = make, .free = free_watch, .run = look
};
const lrr_pass_def lrr__pass_moved = { .name = "moved",
                                       .wanted = wanted,
                                       .run = compare };
