/* lanes.c -- see lanes.h. */
#include "graph/lanes.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "base/tree.h"
#include "graph/internal.h"
#include "graph/joined.h"
#include "graph/touched.h"

enum { MOST = 8 };

/* Where a lane goes through: the graph's nodes, of which activations and gradients are its own. */
typedef struct slot {
    lrr_node *node;  /* (n_kept) by id */
    char *arena;     /* the first slot's is the graph's */
    lrr_real *grads; /* (n_params) as the graph's */
    char *work;
} slot;

struct lrr_lanes {
    lrr_graph *g;
    size_t batch, part;
    size_t most;    /* lanes of a batch */
    size_t n_slots; /* lanes under way at once */
    slot slots[MOST];
    lrr_node *nodes;
    lrr_node **inputs; /* lists of their inputs */
    lrr_real *grads;
    char *memory; /* arenas and work of all but the first slot */
    lrr_run *parts;
    size_t n_parts, bytes;
    /* Of the batch at hand. */
    const lrr_run *run;
    const lrr_part_look *look;
    double whole;
    size_t lanes, first; /* its lanes, and that in the first slot */
};

static void drop(lrr_lanes *l)
{
    lrr_mem_free(l->nodes);
    lrr_mem_free(l->inputs);
    lrr_mem_free(l->grads);
    lrr_mem_free(l->memory);
    l->nodes = NULL;
    l->inputs = NULL;
    l->grads = NULL;
    l->memory = NULL;
    l->bytes = 0;
}

void lrr_lanes_free(lrr_lanes *l)
{
    if (l == NULL)
        return;
    drop(l);
    lrr_mem_free(l->parts);
    lrr_mem_free(l);
}

size_t lrr_lanes_bytes(const lrr_lanes *l)
{
    return l->bytes;
}

static size_t count_parts(const lrr_lanes *l, size_t samples)
{
    return (samples + l->part - 1) / l->part;
}

static size_t most_lanes(const lrr_graph *g, size_t parts)
{
    const size_t grads = lrr_size_mul(g->blocks.n_params, sizeof *g->blocks.grads);
    const size_t much = lrr_size_mul(g->all_bytes, parts) / 4;
    size_t most = MOST;
    while (most > 1 && (most > parts || lrr_size_mul(most, grads) > much))
        most /= 2;
    return most;
}

/* Bytes of a slot but the first. */
static size_t slot_bytes(const lrr_graph *g)
{
    return lrr_size_add(lrr_size_align(g->arena_bytes), lrr_size_align(g->work_bytes));
}

static void *moved(const lrr_graph *g, const slot *to, void *p)
{
    const uintptr_t at = (uintptr_t)p - (uintptr_t)g->arena; /* huge before it */
    return p != NULL && at < g->arena_bytes ? to->arena + at : p;
}

static void make_nodes(const lrr_graph *g, slot *to, lrr_node **inputs)
{
    lrr__graph_copy_nodes(g, to->node, inputs);
    for (size_t i = 0; i < g->n_kept; i++) {
        const lrr_node *from = g->node[i];
        lrr_node *node = &to->node[i];
        node->y = moved(g, to, from->y);
        node->dy = moved(g, to, from->dy);
        node->aux = moved(g, to, from->aux);
        if (from->kind == LRR_NODE_PARAM && from->dy != NULL)
            node->dy = to->grads + ((lrr_real *)from->dy - g->blocks.grads);
    }
}

static lrr_status new_block(lrr_lanes *l, size_t n, size_t size, void *out,
                            lrr_error *err)
{
    l->bytes = lrr_size_add(l->bytes, lrr_size_mul(n, size));
    return lrr_mem_new(n, size, "parts of a batch side by side", out, err);
}

lrr_status lrr_lanes_renew(lrr_lanes *l, lrr_error *err)
{
    const lrr_graph *g = l->g;
    const size_t threads = g->work_threads < 1 ? 1 : g->work_threads,
                 params = g->blocks.n_params;
    size_t inputs = 0;
    lrr_status st;

    drop(l);
    /* A plan for more than a part has larger arenas. */
    l->n_slots = g->batch > l->part ? 1 : threads < l->most ? threads : l->most;
    for (size_t i = 0; i < g->n_kept; i++)
        inputs += (size_t)g->node[i]->n_in;
    st = new_block(l, lrr_size_mul(l->n_slots, g->n_kept), sizeof *l->nodes, &l->nodes,
                   err);
    if (st == LRR_OK)
        st = new_block(l, lrr_size_mul(l->n_slots, inputs), sizeof(lrr_node *),
                       &l->inputs, err);
    if (st == LRR_OK)
        st = new_block(l, lrr_size_mul(l->n_slots, params), sizeof *l->grads, &l->grads,
                       err);
    if (st == LRR_OK)
        st = new_block(l, l->n_slots - 1, slot_bytes(g), &l->memory, err);
    for (size_t i = 0; st == LRR_OK && i < l->n_slots; i++) {
        slot *s = &l->slots[i];
        char *own = l->memory + (i > 0 ? i - 1 : 0) * slot_bytes(g);
        s->node = l->nodes + i * g->n_kept;
        s->grads = l->grads + i * params;
        s->arena = i == 0 ? g->arena : own;
        s->work = i == 0 ? g->work : own + lrr_size_align(g->arena_bytes);
        make_nodes(g, s, l->inputs + i * inputs);
    }
    if (st != LRR_OK)
        drop(l);
    return st;
}

lrr_status lrr_lanes_new(lrr_graph *g, size_t batch, size_t part, lrr_lanes **out,
                         lrr_error *err)
{
    lrr_lanes *l = NULL;
    lrr_status st;

    *out = NULL;
    LRR_ASSERT(g->planned && g->train && part >= 1);
    if (most_lanes(g, (batch + part - 1) / part) < 2)
        return LRR_OK;
    st = lrr_mem_new(1, sizeof *l, "parts of a batch side by side", &l, err);
    if (st != LRR_OK)
        return st;
    *l = (lrr_lanes){ .g = g, .batch = batch, .part = part };
    l->most = most_lanes(g, count_parts(l, batch));
    st = lrr_mem_new(count_parts(l, batch), sizeof *l->parts,
                     "parts of a batch side by side", &l->parts, err);
    if (st == LRR_OK)
        st = lrr_lanes_renew(l, err);
    if (st != LRR_OK) {
        lrr_lanes_free(l);
        return st;
    }
    *out = l;
    return LRR_OK;
}

/* ---- a batch ---- */

/* The run of part `at`, whose samples the slot's inputs become. */
static lrr_run *feed(lrr_lanes *l, slot *s, size_t at, bool fresh)
{
    const lrr_graph *g = l->g;
    lrr_run *run = &l->parts[at];
    const size_t from = at * l->part, left = l->run->n - from;

    *run = *l->run;
    run->n = left < l->part ? left : l->part;
    run->first = from;
    lrr__graph_set_joined(g, run);
    run->work = s->work;
    run->fresh = fresh;
    for (size_t k = 0; k < LRR_AXES_MAX; k++)
        if (run->axis[k].len != NULL)
            run->axis[k].len += from;
    for (size_t i = 0; i < g->n_kept; i++) {
        const lrr_node *x = g->node[i];
        if (!g->kept[i] || x->kind != LRR_NODE_INPUT)
            continue;
        const size_t before = lrr_node_count(x, l->run) / l->run->n * from;
        s->node[i].y = (char *)x->y + lrr_dtype_bytes(x->dtype, before);
    }
    return run;
}

static void forward(const lrr_graph *g, const slot *s, lrr_run *run)
{
    for (size_t i = 0; i < g->n_again; i++)
        s->node[g->again[i].node->id].y = moved(g, s, g->again[i].first);
    for (size_t i = 0; i < g->n_kept; i++)
        if (g->kept[i] && g->node[i]->kind == LRR_NODE_OP)
            lrr__forward(&s->node[i], run);
}

static void backward(const lrr_graph *g, const slot *s, lrr_run *run)
{
    size_t at = 0;
    for (size_t i = g->n_kept; i-- > 0;) {
        lrr_node *node = &s->node[i];
        for (; at < g->n_again && g->again[at].before >= i; at++) {
            lrr_node *made = &s->node[g->again[at].node->id];
            made->y = moved(g, s, g->again[at].second);
            lrr__forward(made, run);
        }
        if (node->kind == LRR_NODE_OP && (node->dy != NULL || g->node[i] == g->loss))
            lrr__backward(node, run);
    }
}

static void run_lane(void *arg, size_t i)
{
    lrr_lanes *l = arg;
    slot *s = &l->slots[i];
    const size_t lane = l->first + i, from = lrr_tree_cut(l->n_parts, l->lanes, lane),
                 to = lrr_tree_cut(l->n_parts, l->lanes, lane + 1);
    for (size_t at = from; at < to; at++) {
        lrr_run *run = feed(l, s, at, at == from);
        forward(l->g, s, run);
        if (!isfinite(run->loss))
            continue;
        if (l->look != NULL)
            l->look->f(l->look->ud, run);
        run->loss_scale = run->weight / l->whole;
        backward(l->g, s, run);
    }
}

typedef struct add_job {
    const lrr_lanes *l;
    size_t n, chunks; /* slots to be added, pieces of the gradients */
    bool writes;      /* there is nothing that they are added to */
} add_job;

static void add_chunk(void *arg, size_t i)
{
    const add_job *job = arg;
    const lrr_blocks *b = &job->l->g->blocks;
    const size_t from = lrr_chunk_at(b->n_params, job->chunks, i),
                 n = lrr_chunk_at(b->n_params, job->chunks, i + 1) - from;
    lrr_real *to = b->grads + from;
    for (size_t k = 0; k < job->n; k++) {
        const lrr_real *of = job->l->slots[k].grads + from;
        if (k == 0 && job->writes)
            memcpy(to, of, n * sizeof *to);
        else
            for (size_t j = 0; j < n; j++)
                to[j] += of[j];
    }
}

static void add_up(const lrr_lanes *l, size_t n, bool writes)
{
    add_job job = { l, n, lrr_chunks(l->g->blocks.n_params, 1 << 13, 512), writes };
    lrr_parallel(job.chunks, add_chunk, &job);
}

void lrr_lanes_run(lrr_lanes *l, const lrr_run *run, double whole,
                   const lrr_part_look *look)
{
    const size_t slots = look != NULL ? 1 : l->n_slots;
    LRR_ASSERT(run->n >= 1 && run->n <= l->batch);
    l->run = run;
    l->look = look;
    l->whole = whole;
    l->n_parts = count_parts(l, run->n);
    l->lanes = l->n_parts < l->most ? l->n_parts : l->most;
    for (l->first = 0; l->first < l->lanes; l->first += slots) {
        const size_t left = l->lanes - l->first, n = left < slots ? left : slots;
        lrr_parallel(n, run_lane, l);
        add_up(l, n, l->first == 0 && run->micro == 0);
    }
    lrr__touched_all(l->g);
}

const lrr_run *lrr_lanes_part(const lrr_lanes *l, size_t i)
{
    return i < l->n_parts ? &l->parts[i] : NULL;
}
