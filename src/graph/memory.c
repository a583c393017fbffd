/*
** memory.c -- one block for all activations: which values live when, and where.
**
** Time runs over the forward calls of the kept nodes in order of making, then over the
** backward calls in reverse order. A value lives from the call that writes it to the
** last that reads it; two values may share memory when they never live at once. Where
** each is put, offsets.c says.
*/
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "graph/internal.h"
#include "graph/offsets.h"

/* One piece of the block: y, dy or aux of a node. */
typedef struct piece {
    lrr_node *node;
    enum { PIECE_Y, PIECE_DY, PIECE_AUX } role;
} piece;

typedef struct plan {
    lrr_graph *g;
    size_t n;          /* nodes */
    lrr_op_need *need; /* (n) */
    bool *output;      /* (n) its y is read after forward */
    bool *reached;     /* (n) a gradient arrives at it */
    bool *read_back; /* (n) a backward call of a node that it is an input of reads y */
    int *consumers;  /* (n) kept operators that read it */
    size_t *root_y,
        *root_dy;       /* (n) whose memory it shares: its own id, or an input's */
    lrr_span **y, **dy; /* (n) of a root: its span; NULL: it has none */
    piece *pieces;
    lrr_span *spans; /* (n_pieces) of the pieces: their lives and places */
    size_t n_pieces;
} plan;

static size_t forward_time(size_t id)
{
    return id;
}

static size_t backward_time(const plan *p, size_t id)
{
    return 2 * p->n - id;
}

static size_t end_of_time(const plan *p)
{
    return 2 * p->n + 1;
}

static bool differentiated(const plan *p, const lrr_node *node)
{
    return p->g->train && node->wants_grad && p->reached[node->id];
}

/* Which nodes a gradient arrives at, and whether a backward call writes or adds. */
static void order_gradients(plan *p, lrr_node *const *outputs, int n_outputs)
{
    lrr_graph *g = p->g;
    if (!g->train)
        return;
    if (g->loss != NULL)
        p->reached[g->loss->id] = true;
    else
        for (int i = 0; i < n_outputs; i++)
            p->reached[outputs[i]->id] = true;
    for (size_t i = p->n; i-- > 0;) {
        lrr_node *node = g->node[i];
        if (node->kind != LRR_NODE_OP || !differentiated(p, node))
            continue;
        for (int j = 0; j < node->n_in; j++) {
            lrr_node *x = node->in[j];
            if (!x->wants_grad)
                continue;
            if (p->reached[x->id])
                node->adds |= (uint32_t)1 << j;
            p->reached[x->id] = true;
        }
    }
}

/* Which values backward reads besides their own node's. */
static void find_read_back(plan *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const lrr_node *node = p->g->node[i];
        for (int j = 0; p->g->kept[i] && j < node->n_in; j++)
            if (differentiated(p, node) && (p->need[i].reads_x >> j & 1) != 0)
                p->read_back[node->in[j]->id] = true;
    }
}

static bool backward_reads_y(const plan *p, const lrr_node *x)
{
    return p->read_back[x->id] || (differentiated(p, x) && p->need[x->id].reads_y);
}

/* Lets operators work in their input's memory where nobody else needs it. */
static void share_in_place(plan *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const lrr_node *node = p->g->node[i];
        const lrr_node *x = node->n_in > 0 ? node->in[0] : NULL;
        p->root_y[i] = p->root_dy[i] = i;
        if (!p->g->kept[i] || x == NULL || !p->need[i].in_place ||
            x->kind != LRR_NODE_OP || p->consumers[x->id] != 1)
            continue;
        if (x->dtype == node->dtype && !p->output[x->id] && !backward_reads_y(p, x))
            p->root_y[i] = p->root_y[x->id];
        /* Without a loss, an output's dy is there before backward, which adds to it. */
        if (x->dy_dtype == node->dy_dtype && !p->output[i] &&
            (p->g->loss != NULL || !p->output[x->id]))
            p->root_dy[x->id] = i; /* settled below, outputs first */
    }
    /* dx in dy's memory: follow from each node to the last of its chain. */
    for (size_t i = p->n; i-- > 0;)
        if (p->root_dy[i] != i)
            p->root_dy[i] = p->root_dy[p->root_dy[i]];
}

/* Bytes of as many numbers of a kind as the node has in the largest batch. */
static size_t node_bytes(const plan *p, const lrr_node *node, lrr_dtype dtype)
{
    size_t n = lrr_size_mul(lrr_shape_count(&node->shape), p->g->batch);
    return lrr_size_align(lrr_dtype_bytes(dtype, n));
}

/* x is alive at that time; NULL: it is not in the block. */
static void stretch(lrr_span *x, size_t time)
{
    if (x == NULL)
        return;
    x->from = time < x->from ? time : x->from;
    x->to = time > x->to ? time : x->to;
}

static bool has_dy(const plan *p, const lrr_node *node)
{
    return differentiated(p, node) && node != p->g->loss &&
           (node->kind == LRR_NODE_OP || node->kind == LRR_NODE_INPUT);
}

/* The piece that node i's y, or dy, is in; NULL: it is not in the block. */
static lrr_span *span_y(const plan *p, size_t i)
{
    return p->y[p->root_y[i]];
}

static lrr_span *span_dy(const plan *p, size_t i)
{
    return has_dy(p, p->g->node[i]) ? p->dy[p->root_dy[i]] : NULL;
}

/* How long node i keeps its own values. */
static void live_own(const plan *p, size_t i)
{
    const lrr_node *node = p->g->node[i];
    stretch(span_y(p, i), forward_time(i));
    if (p->output[i])
        stretch(span_y(p, i), end_of_time(p));
    if (differentiated(p, node) && p->need[i].reads_y)
        stretch(span_y(p, i), backward_time(p, i));
    stretch(span_dy(p, i), backward_time(p, i));
    if (node->kind == LRR_NODE_INPUT)
        stretch(span_dy(p, i), end_of_time(p));
    if (p->output[i] && p->g->loss == NULL)
        stretch(span_dy(p, i), 0); /* filled by the caller before backward */
}

/* How long node i keeps what it is fed by. */
static void live_inputs(const plan *p, size_t i)
{
    const lrr_node *node = p->g->node[i];
    for (int j = 0; j < node->n_in; j++) {
        const size_t x = (size_t)node->in[j]->id;
        stretch(span_y(p, x), forward_time(i));
        if (!differentiated(p, node))
            continue;
        if ((p->need[i].reads_x >> j & 1) != 0)
            stretch(span_y(p, x), backward_time(p, i));
        stretch(span_dy(p, x), backward_time(p, i));
    }
}

static lrr_span *add_piece(plan *p, lrr_node *node, int role, size_t bytes)
{
    lrr_span *x = &p->spans[p->n_pieces];
    *x = (lrr_span){ .bytes = bytes, .from = SIZE_MAX };
    p->pieces[p->n_pieces].node = node;
    p->pieces[p->n_pieces].role = role == 0   ? PIECE_Y
                                  : role == 1 ? PIECE_DY
                                              : PIECE_AUX;
    p->n_pieces++;
    return x;
}

/* One y and one dy piece for each root, and one aux piece for each node. */
static void make_pieces(plan *p)
{
    for (size_t i = 0; i < p->n; i++) {
        lrr_node *node = p->g->node[i];
        if (!p->g->kept[i])
            continue;
        if (node->kind == LRR_NODE_OP && p->root_y[i] == i)
            p->y[i] = add_piece(p, node, 0, node_bytes(p, node, node->dtype));
        if (has_dy(p, node) && p->root_dy[i] == i)
            p->dy[i] = add_piece(p, node, 1, node_bytes(p, node, node->dy_dtype));
        if (p->need[i].aux > 0) {
            lrr_span *aux = add_piece(p, node, 2, lrr_size_align(p->need[i].aux));
            stretch(aux, forward_time(i));
            if (differentiated(p, node))
                stretch(aux, backward_time(p, i));
        }
    }
}

/* A piece lives as long as all that share it. */
static void find_lives(plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->g->kept[i]) {
            live_own(p, i);
            live_inputs(p, i);
        }
}

static void point_nodes(plan *p)
{
    lrr_graph *g = p->g;
    for (size_t i = 0; i < p->n_pieces; i++) {
        const piece *x = &p->pieces[i];
        char *at = g->arena + p->spans[i].at;
        if (x->role == PIECE_Y)
            x->node->y = at;
        else if (x->role == PIECE_DY)
            x->node->dy = at;
        else
            x->node->aux = at;
    }
    for (size_t i = 0; i < p->n; i++) {
        lrr_node *node = g->node[i];
        if (g->kept[i] && node->kind == LRR_NODE_OP)
            node->y = g->node[p->root_y[i]]->y;
        if (g->kept[i] && has_dy(p, node))
            node->dy = g->node[p->root_dy[i]]->dy;
    }
}

static void count_uses(plan *p, lrr_node *const *outputs, int n_outputs)
{
    for (int i = 0; i < n_outputs; i++)
        p->output[outputs[i]->id] = true;
    for (size_t i = 0; i < p->n; i++) {
        if (!p->g->kept[i])
            continue;
        p->need[i] = lrr__graph_need(p->g, p->g->node[i]);
        for (int j = 0; j < p->g->node[i]->n_in; j++)
            p->consumers[p->g->node[i]->in[j]->id]++;
    }
}

static lrr_status new_lists(plan *p, lrr_error *err)
{
    const char *what = "a memory plan";
    lrr_status st = lrr_mem_new(p->n, sizeof *p->need, what, &p->need, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->output, what, &p->output, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->reached, what, &p->reached, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->read_back, what, &p->read_back, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->consumers, what, &p->consumers, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->root_y, what, &p->root_y, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->root_dy, what, &p->root_dy, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof(lrr_span *), what, &p->y, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof(lrr_span *), what, &p->dy, err);
    if (st == LRR_OK)
        st = lrr_mem_new(3 * p->n, sizeof *p->pieces, what, &p->pieces, err);
    if (st == LRR_OK)
        st = lrr_mem_new(3 * p->n, sizeof *p->spans, what, &p->spans, err);
    return st;
}

/* A block of activations. All live as long as the graph: scripts hold views of them, and a
** view must never dangle. Those of an earlier plan that fits into its last block see the
** new plan's values, as they see each new forward's. */
struct arena {
    struct arena *before;
    size_t bytes; /* behind the header, which is LRR_ALIGN long */
};

static lrr_status new_arena(lrr_graph *g, lrr_error *err)
{
    struct arena *a = g->arenas;
    if (a == NULL || a->bytes < g->arena_bytes) {
        lrr_status st = lrr_mem_new(1, lrr_size_add(g->arena_bytes, LRR_ALIGN),
                                    "activations", &a, err);
        if (st != LRR_OK)
            return st;
        *a = (struct arena){ g->arenas, g->arena_bytes };
        g->arenas = a;
    }
    g->arena = (char *)a + LRR_ALIGN;
    memset(g->arena, 0, g->arena_bytes);
    return LRR_OK;
}

void lrr__graph_free_arenas(lrr_graph *g)
{
    while (g->arenas != NULL) {
        struct arena *a = g->arenas;
        g->arenas = a->before;
        lrr_mem_free(a);
    }
}

lrr_status lrr__graph_assign(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                             lrr_error *err)
{
    plan p = { .g = g, .n = g->n_nodes };
    lrr_status st = new_lists(&p, err);

    if (st == LRR_OK) {
        count_uses(&p, outputs, n_outputs);
        order_gradients(&p, outputs, n_outputs);
        find_read_back(&p);
        share_in_place(&p);
        make_pieces(&p);
        find_lives(&p);
        st = lrr__offsets(p.spans, p.n_pieces, &g->arena_bytes, err);
    }
    if (st == LRR_OK)
        st = new_arena(g, err);
    if (st == LRR_OK)
        point_nodes(&p);
    lrr_mem_free(p.need);
    lrr_mem_free(p.output);
    lrr_mem_free(p.reached);
    lrr_mem_free(p.read_back);
    lrr_mem_free(p.consumers);
    lrr_mem_free(p.root_y);
    lrr_mem_free(p.root_dy);
    lrr_mem_free(p.y);
    lrr_mem_free(p.dy);
    lrr_mem_free(p.pieces);
    lrr_mem_free(p.spans);
    return st;
}
