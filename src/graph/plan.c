/* plan.c -- from a graph to memory: blocks of parameters, order of gradients, and the
** start values. See graph.h; memory of activations is memory.c's. */
#include <string.h>

#include "base/dmath.h"
#include "base/halt.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/threads.h"
#include "graph/internal.h"
#include "graph/parts.h"
#include "graph/touched.h"

lrr_op_need lrr__graph_need(const lrr_graph *g, const lrr_node *node)
{
    lrr_op_need need = { .gemm = g->gemm };
    if (node->op != NULL && node->op->need != NULL)
        node->op->need(node, g->batch, &need);
    return need;
}

static void mark_kept(lrr_graph *g, lrr_node *const *outputs, int n_outputs)
{
    for (int i = 0; i < n_outputs; i++) {
        g->kept[outputs[i]->id] = true;
        if (outputs[i]->op != NULL && outputs[i]->op->is_loss)
            g->loss = outputs[i];
    }
    for (size_t i = g->n_nodes; i-- > 0;)
        for (int j = 0; g->kept[i] && j < g->node[i]->n_in; j++)
            g->kept[g->node[i]->in[j]->id] = true;
}

/* Lays out all nodes of one kind; returns the block's elements. */
static size_t lay_out(lrr_graph *g, lrr_node_kind kind, lrr_segment *segments,
                      size_t *n)
{
    size_t at = 0;
    *n = 0;
    for (size_t i = 0; i < g->n_nodes; i++) {
        const lrr_node *node = g->node[i];
        size_t count = lrr_shape_count(&node->shape);
        if (node->kind != kind)
            continue;
        segments[*n] =
            (lrr_segment){ node->name, at, count, node->shape, g->trains[i] };
        at = lrr_size_add(at, lrr_real_pad(count));
        (*n)++;
    }
    return at;
}

static void point_nodes(lrr_graph *g)
{
    size_t p = 0, b = 0;
    for (size_t i = 0; i < g->n_nodes; i++) {
        lrr_node *node = g->node[i];
        if (node->kind == LRR_NODE_PARAM) {
            /* The blocks are what optimizers and checkpoints work on. Values that are
            ** stored as another kind would be a copy, with memory of its own. */
            LRR_ASSERT(node->dtype == LRR_DTYPE_REAL &&
                       node->dy_dtype == LRR_DTYPE_REAL);
            const lrr_segment *s = &g->blocks.param_segments[p++];
            node->y = g->blocks.params + s->at;
            if (g->train && s->trains)
                node->dy = g->blocks.grads + s->at;
        } else if (node->kind == LRR_NODE_BUFFER) {
            node->y = g->blocks.buffers + g->blocks.buffer_segments[b++].at;
        }
    }
}

/* Also what an attempt without memory has left. */
static void free_blocks(lrr_graph *g)
{
    lrr__touched_free(g);
    lrr_mem_free(g->segments);
    lrr_mem_free(g->blocks.params);
    lrr_mem_free(g->blocks.buffers);
    lrr_mem_free(g->blocks.grads);
    g->segments = NULL;
    g->blocks = (lrr_blocks){ 0 };
}

static lrr_status make_blocks(lrr_graph *g, lrr_error *err)
{
    lrr_blocks *k = &g->blocks;
    lrr_status st;

    free_blocks(g);
    st = lrr_mem_new(g->n_nodes, sizeof *g->segments, "the list of parameters",
                     &g->segments, err);
    if (st != LRR_OK)
        return st;
    k->param_segments = g->segments;
    k->n_params = lay_out(g, LRR_NODE_PARAM, g->segments, &k->n_param_segments);
    k->buffer_segments = g->segments + k->n_param_segments;
    k->n_buffers = lay_out(g, LRR_NODE_BUFFER, g->segments + k->n_param_segments,
                           &k->n_buffer_segments);
    st = lrr_mem_new(k->n_params, sizeof *k->params, "the parameters", &k->params, err);
    if (st == LRR_OK)
        st = lrr_mem_new(k->n_buffers, sizeof *k->buffers, "the buffers", &k->buffers,
                         err);
    if (st == LRR_OK && g->train)
        st =
            lrr_mem_new(k->n_params, sizeof *k->grads, "the gradients", &k->grads, err);
    if (st == LRR_OK)
        point_nodes(g);
    return st;
}

static lrr_status make_work(lrr_graph *g, lrr_error *err)
{
    lrr_status st = lrr_threads_begin(err);
    if (st != LRR_OK)
        return st;
    for (size_t i = 0; i < g->n_nodes; i++) {
        lrr_op_need need = lrr__graph_need(g, g->node[i]);
        size_t shared = lrr_size_align(need.work);
        size_t each = lrr_size_align(need.work_thread);
        if (!g->kept[i])
            continue;
        g->work_bytes = shared > g->work_bytes ? shared : g->work_bytes;
        g->work_thread_bytes =
            each > g->work_thread_bytes ? each : g->work_thread_bytes;
    }
    g->work_threads = lrr_threads_count();
    return lrr_mem_new(1,
                       lrr_size_add(g->work_bytes, lrr_size_mul(g->work_thread_bytes,
                                                                g->work_threads)),
                       "scratch memory", &g->work, err);
}

/* Undoes an earlier plan, all but the blocks of parameters and buffers. Gradients are 0
** again: the next plan may have none for a parameter that this one had. */
static void forget_run(lrr_graph *g)
{
    lrr__graph_free_branches(g);
    lrr_mem_free(g->kept);
    lrr_mem_free(g->work);
    lrr_mem_free(g->again);
    g->kept = NULL;
    g->again = NULL;
    g->n_again = g->all_bytes = 0;
    g->n_kept = 0;
    g->arena = NULL; /* stays in g->arenas: a script may hold a view of it */
    g->work = NULL;
    g->arena_bytes = g->work_bytes = g->work_thread_bytes = g->work_threads = 0;
    g->batch = 0;
    g->loss = NULL;
    if (g->blocks.grads != NULL)
        memset(g->blocks.grads, 0, g->blocks.n_params * sizeof *g->blocks.grads);
    for (size_t i = 0; i < g->n_nodes; i++) {
        lrr_node *node = g->node[i];
        node->adds = 0;
        node->aux = NULL;
        node->lead = node->then = NULL;
        if (node->kind == LRR_NODE_OP || node->kind == LRR_NODE_INPUT) {
            node->y = NULL;
            node->dy = NULL;
        }
    }
}

static lrr_status make_plan(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                            size_t batch, bool train, bool parts, lrr_error *err)
{
    lrr_status st;

    if (n_outputs < 1 || batch < 1)
        return lrr_fail(err, LRR_EINVAL, "a plan needs an output and a batch");
    if (g->planned && g->train != train)
        return lrr_fail(err, LRR_EINVAL, "a network for training stays one");
    forget_run(g);
    g->plans++;
    st = lrr_mem_new(g->n_nodes, sizeof *g->kept, "a plan", &g->kept, err);
    if (st != LRR_OK)
        return st;
    g->n_kept = g->n_nodes;
    g->batch = batch;
    g->train = train;
    mark_kept(g, outputs, n_outputs);
    if (!g->planned)
        st = make_blocks(g, err);
    g->planned = st == LRR_OK;
    if (st == LRR_OK)
        st = lrr__touched_plan(g, err);
    if (st == LRR_OK && parts)
        st = lrr__graph_choose_part(g, outputs, n_outputs, &g->batch, err);
    if (st == LRR_OK)
        st = lrr__graph_assign(g, outputs, n_outputs, err);
    if (st == LRR_OK)
        st = make_work(g, err);
    if (st != LRR_OK)
        forget_run(g);
    return st;
}

lrr_status lrr_graph_plan(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                          size_t batch, bool train, lrr_error *err)
{
    return make_plan(g, outputs, n_outputs, batch, train, false, err);
}

lrr_status lrr_graph_plan_parts(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                                size_t batch, lrr_error *err)
{
    return make_plan(g, outputs, n_outputs, batch, true, true, err);
}

/* Rows that are taken from another between two looks whether to go on. */
enum { ROWS_LOOK = 256 };

/* q (rows, cols), rows <= cols: rows made orthonormal by modified Gram and Schmidt,
** twice, which keeps them orthogonal to rounding (Giraud et al. 2005). */
static lrr_status orthonormal_rows(double *q, size_t rows, size_t cols, lrr_error *err)
{
    size_t looked = 0;
    for (size_t i = 0; i < rows; i++) {
        double norm = 0;
        for (size_t pass = 0; pass < 2; pass++)
            for (size_t j = 0; j < i; j++) {
                double dot = 0;
                if (++looked % ROWS_LOOK == 0 && lrr_halt_check(err) != LRR_OK)
                    return LRR_EINVAL;
                for (size_t c = 0; c < cols; c++)
                    dot += q[i * cols + c] * q[j * cols + c];
                for (size_t c = 0; c < cols; c++)
                    q[i * cols + c] -= dot * q[j * cols + c];
            }
        for (size_t c = 0; c < cols; c++)
            norm += q[i * cols + c] * q[i * cols + c];
        norm = lrr_dsqrt(norm);
        for (size_t c = 0; c < cols; c++)
            q[i * cols + c] /= norm;
    }
    return LRR_OK;
}

static lrr_status fill_orthogonal(lrr_key key, lrr_real *x, const lrr_shape *shape,
                                  double gain, lrr_error *err)
{
    size_t n = lrr_shape_count(shape);
    size_t rows = shape->rank > 0 ? shape->d[0] : 1, cols = n / rows;
    bool flip = rows > cols; /* then the columns are made orthonormal */
    size_t r = flip ? cols : rows, c = flip ? rows : cols;
    double *q = NULL;
    lrr_status st = lrr_mem_new(n, sizeof *q, "an orthogonal start", &q, err);
    if (st != LRR_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        q[i] = lrr_rng_normal(key, i, 0);
    st = orthonormal_rows(q, r, c, err);
    for (size_t i = 0; st == LRR_OK && i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            x[i * cols + j] = (lrr_real)(gain * (flip ? q[j * c + i] : q[i * c + j]));
    lrr_mem_free(q);
    return st;
}

/* x (n) that is drawn, in chunks, each of which looks whether it is to end. */
typedef struct draw {
    lrr_key key;
    lrr_init init;
    lrr_real *x;
    size_t n, chunks;
} draw;

static void draw_chunk(void *arg, size_t chunk)
{
    const draw *d = arg;
    const size_t from = lrr_chunk_at(d->n, d->chunks, chunk);
    const size_t to = lrr_chunk_at(d->n, d->chunks, chunk + 1);
    if (lrr_halt_check(NULL) != LRR_OK)
        return; /* it stays so: who began this says it */
    if (d->init.kind == LRR_INIT_UNIFORM)
        lrr_rng_fill_uniform(d->key, d->x, from, to, -d->init.a, d->init.a);
    else if (d->init.kind == LRR_INIT_NORMAL)
        lrr_rng_fill_normal(d->key, d->x, from, to, 0, d->init.a);
    else
        for (size_t i = from; i < to; i++)
            d->x[i] = (lrr_real)d->init.a;
}

/* Draws x, the node's place in its block. */
static lrr_status fill(const lrr_node *node, lrr_real *x, lrr_init init, uint64_t seed,
                       lrr_error *err)
{
    draw d = { .key = lrr_rng_key(seed, LRR_STREAM_INIT, lrr__name_hash(node->name)),
               .init = init,
               .x = x,
               .n = lrr_shape_count(&node->shape) };
    lrr_status st;

    if (init.kind == LRR_INIT_ORTHOGONAL) {
        st = fill_orthogonal(d.key, x, &node->shape, init.a, err);
    } else {
        d.chunks = lrr_chunks(d.n, LRR_HALT_EVERY, SIZE_MAX);
        lrr_parallel(d.chunks, draw_chunk, &d);
        st = lrr_halt_check(err);
    }
    for (size_t i = 0; i < d.n && i < init.zeros; i++)
        x[i] = 0;
    return st;
}

lrr_status lrr_graph_init(lrr_graph *g, uint64_t seed, lrr_error *err)
{
    const lrr_blocks *k = &g->blocks;
    size_t p = 0, b = 0;
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < g->n_nodes; i++) {
        const lrr_node *node = g->node[i];
        if (node->kind == LRR_NODE_PARAM)
            st = fill(node, k->params + k->param_segments[p++].at, g->init[i], seed,
                      err);
        else if (node->kind == LRR_NODE_BUFFER)
            st = fill(node, k->buffers + k->buffer_segments[b++].at, g->init[i], seed,
                      err);
    }
    return st;
}
