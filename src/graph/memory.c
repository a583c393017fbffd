/*
** memory.c -- one block for all activations: which values live when, and where.
**
** Time runs over the forward calls of the kept nodes in order of making, then over the
** backward calls in reverse order, each with a time before it at which values are made
** again. A value lives from the call that writes it to the last that reads it, and twice
** where it is made again (again.h); two values may share memory when they never live at
** once. Where each is put, offsets.c says.
*/
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "graph/again.h"
#include "graph/internal.h"
#include "graph/joined.h"
#include "graph/offsets.h"

typedef enum piece_role { ROLE_Y, ROLE_DY, ROLE_AUX, ROLE_AGAIN } piece_role;

/* One piece of the block: y, dy, aux or y made again of a node. */
typedef struct piece {
    lrr_node *node;
    piece_role role;
} piece;

typedef struct plan {
    lrr_graph *g;
    size_t n;          /* nodes */
    lrr_op_need *need; /* (n) */
    bool *output;      /* (n) its y is read after forward */
    bool *reached;     /* (n) a gradient arrives at it */
    lrr_again again;   /* what is made again, and which backward call reads y first */
    size_t *read_by;   /* (n) again.read_by */
    int *consumers;    /* (n) kept operators that read it */
    size_t *last;      /* (n) and the id of the last of them */
    size_t *root_y,
        *root_dy; /* (n) whose memory it shares: its own id, or an input's */
    lrr_span **y, **dy, **second; /* (n) of a root: its span; NULL: it has none */
    size_t *alive; /* (end_of_time + 2) scratch: bytes that begin and end to be alive */
    piece *pieces;
    lrr_span *spans; /* (n_pieces) of the pieces: their lives and places */
    size_t n_pieces;
} plan;

static size_t forward_time(size_t id)
{
    return id;
}

/* Before node id's backward call, when what it reads is made again. */
static size_t again_time(const plan *p, size_t id)
{
    return p->n + 2 * (p->n - id);
}

static size_t backward_time(const plan *p, size_t id)
{
    return again_time(p, id) + 1;
}

static size_t end_of_time(const plan *p)
{
    return 3 * p->n + 2;
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

/* Which backward call is the first to read each value. */
static void find_read_by(plan *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const lrr_node *node = p->g->node[i];
        if (!p->g->kept[i] || !differentiated(p, node))
            continue;
        if (p->need[i].reads_y)
            p->read_by[i] = i + 1;
        for (int j = 0; j < node->n_in; j++)
            if ((p->need[i].reads_x >> j & 1) != 0)
                p->read_by[node->in[j]->id] = i + 1;
    }
}

/* Whether x's gradient, for which node alone has one, may be in the memory of node's. */
static bool may_have_dy(const plan *p, const lrr_node *node, const lrr_node *x)
{
    return x->kind == LRR_NODE_OP && p->consumers[x->id] == 1 &&
           x->dy_dtype == node->dy_dtype && !p->output[node->id] &&
           (p->g->loss != NULL || !p->output[x->id]);
}

/* Whether some node from id `from` on and before `to` takes x. */
static bool is_taken(const plan *p, const lrr_node *x, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        for (int j = 0; p->g->kept[i] && j < p->g->node[i]->n_in; j++)
            if (p->g->node[i]->in[j] == x)
                return true;
    return false;
}

enum {
    NEAR = 8
}; /* nodes that are looked through for it, so that a plan stays linear */

/* Both gradients of a sum are its own. Where the first is in its memory (share_in_place), and is
** read there before others add to the second (its own operator among them would read and write at
** once), the second may be there, too: of a residual sum nothing is copied, and all sums of a network
** have one place for their gradients. */
static void share_second(plan *p, const lrr_node *node)
{
    const lrr_node *x = node->in[0], *y = node->in[1];
    const size_t id = (size_t)node->id, first = (size_t)x->id;
    if (!p->need[id].dx_1_is_dy || x == y || p->root_dy[first] != id ||
        p->need[first].in_place || p->need[first].dx_in_place)
        return;
    if (y->kind == LRR_NODE_OP && y->dy_dtype == node->dy_dtype && y->id < x->id &&
        p->last[y->id] == id && id - first <= NEAR && (node->adds >> 1 & 1) == 0 &&
        !p->output[id] && !p->output[y->id] && !is_taken(p, y, first, id))
        p->root_dy[y->id] = id;
}

/* Lets operators work in their input's memory where nobody else needs it. */
static void share_in_place(plan *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const lrr_node *node = p->g->node[i];
        const lrr_node *x = node->n_in > 0 ? node->in[0] : NULL;
        p->root_y[i] = p->root_dy[i] = i;
        if (!p->g->kept[i] || x == NULL || x->kind != LRR_NODE_OP ||
            p->consumers[x->id] != 1)
            continue;
        if (p->need[i].in_place && x->dtype == node->dtype && !p->output[x->id] &&
            p->read_by[x->id] == 0)
            p->root_y[i] = p->root_y[x->id];
        /* Without a loss, an output's dy is there before backward, which adds to it. */
        if ((p->need[i].in_place || p->need[i].dx_in_place) && may_have_dy(p, node, x))
            p->root_dy[x->id] = i; /* settled below, outputs first */
        share_second(p, node);
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

/* The piece that y is in during backward. */
static lrr_span *span_back(const plan *p, size_t i)
{
    return p->again.before[i] > 0 ? p->second[p->root_y[i]] : span_y(p, i);
}

/* What is made at the lead's time in forward, and read at its time in backward. */
static void live_joined(const plan *p, const lrr_node *node, lrr_span *made,
                        lrr_span *read)
{
    if (node->lead == NULL)
        return;
    stretch(made, forward_time((size_t)node->lead->id));
    if (differentiated(p, node))
        stretch(read, backward_time(p, (size_t)node->lead->id));
}

/* How long node i keeps its own values. */
static void live_own(const plan *p, size_t i)
{
    const lrr_node *node = p->g->node[i];
    stretch(span_y(p, i), forward_time(i));
    if (p->output[i])
        stretch(span_y(p, i), end_of_time(p));
    if (differentiated(p, node) && p->need[i].reads_y)
        stretch(span_back(p, i), backward_time(p, i));
    stretch(span_dy(p, i), backward_time(p, i));
    live_joined(p, node, span_y(p, i), span_dy(p, i));
    if (node->kind == LRR_NODE_INPUT)
        stretch(span_dy(p, i), end_of_time(p));
    if (p->output[i] && p->g->loss == NULL)
        stretch(span_dy(p, i), 0); /* filled by the caller before backward */
    else if (p->output[i])
        stretch(span_dy(p, i), again_time(p, p->n)); /* or where it begins there */
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
            stretch(span_back(p, x), backward_time(p, i));
        stretch(span_dy(p, x), backward_time(p, i));
    }
}

/* That node i is made again, and what it is made of is there. */
static void live_again(const plan *p, size_t i)
{
    const lrr_node *node = p->g->node[i];
    const size_t time = again_time(p, p->again.before[i] - 1);
    stretch(span_back(p, i), time);
    for (int j = 0; j < node->n_in; j++)
        stretch(span_back(p, (size_t)node->in[j]->id), time);
}

static lrr_span *add_piece(plan *p, lrr_node *node, piece_role role, size_t bytes)
{
    lrr_span *x = &p->spans[p->n_pieces];
    *x = (lrr_span){ .bytes = bytes, .from = SIZE_MAX };
    p->pieces[p->n_pieces++] = (piece){ node, role };
    return x;
}

/* Whether what is made again of node i may become its gradient's memory: the one who reads it
** has read it when he writes that. */
static bool is_written_over(const plan *p, size_t i)
{
    const lrr_node *x = p->g->node[i], *y = p->g->node[p->again.read_by[i] - 1];
    return p->consumers[i] == 1 && y != x && y->in[0] == x && has_dy(p, x) &&
           p->need[y->id].dx_over_x && (y->adds & 1) == 0 && !p->need[i].reads_y &&
           p->root_dy[i] == i && x->dtype == x->dy_dtype;
}

static void add_second_piece(plan *p, size_t i)
{
    lrr_node *node = p->g->node[i];
    lrr_span **second = &p->second[p->root_y[i]];
    if (p->again.read_by[i] > 0 && is_written_over(p, i))
        *second = p->dy[i];
    else if (*second == NULL)
        *second = add_piece(p, node, ROLE_AGAIN, node_bytes(p, node, node->dtype));
}

/* One y and one dy piece for each root, one aux piece for each node, and one for what is made
** again. Those that share memory are as large; the last of them may take its gradient's. */
static void make_pieces(plan *p)
{
    p->n_pieces = 0;
    for (size_t i = 0; i < p->n; i++) {
        lrr_node *node = p->g->node[i];
        p->y[i] = p->dy[i] = p->second[i] = NULL;
        if (!p->g->kept[i])
            continue;
        if (node->kind == LRR_NODE_OP && p->root_y[i] == i)
            p->y[i] = add_piece(p, node, ROLE_Y, node_bytes(p, node, node->dtype));
        if (has_dy(p, node) && p->root_dy[i] == i)
            p->dy[i] = add_piece(p, node, ROLE_DY, node_bytes(p, node, node->dy_dtype));
        if (p->need[i].aux > 0) {
            lrr_span *aux =
                add_piece(p, node, ROLE_AUX, lrr_size_align(p->need[i].aux));
            stretch(aux, forward_time(i));
            live_joined(p, node, aux, aux);
            if (differentiated(p, node))
                stretch(aux, backward_time(p, i));
            else if (p->again.before[i] > 0) /* which writes it once more, for nobody */
                stretch(aux, again_time(p, p->again.before[i] - 1));
        }
    }
    for (size_t i = p->n; i-- > 0;)
        if (p->again.before[i] > 0)
            add_second_piece(p, i);
}

/* A piece lives as long as all that share it. */
static void find_lives(plan *p)
{
    make_pieces(p);
    for (size_t i = 0; i < p->n; i++)
        if (p->g->kept[i]) {
            live_own(p, i);
            live_inputs(p, i);
            if (p->again.before[i] > 0)
                live_again(p, i);
        }
}

/* The most bytes that are alive at once with what `count` says made again; SIZE_MAX: more than
** there can be. */
static size_t most_alive(plan *p, const size_t count[LRR_AGAIN_COSTS])
{
    size_t alive = 0, most = 0;
    lrr__again_resolve(&p->again, count);
    find_lives(p);
    memset(p->alive, 0, (end_of_time(p) + 2) * sizeof *p->alive);
    for (size_t i = 0; i < p->n_pieces; i++) {
        const lrr_span *x = &p->spans[i];
        if (x->bytes > LRR_SPAN_MAX)
            return SIZE_MAX;
        p->alive[x->from] += x->bytes;
        p->alive[x->to + 1] -= x->bytes; /* below 0, it comes back in the sum */
    }
    for (size_t i = 0; i <= end_of_time(p); i++) {
        alive += p->alive[i];
        most = alive > most ? alive : most;
    }
    return most;
}

/* count[cost] becomes the least that brings the activations down to what may be kept, or as far
** as `most` does. Returns what they are then. */
static size_t choose_count(plan *p, lrr_again_cost cost, size_t most,
                           size_t count[LRR_AGAIN_COSTS])
{
    size_t low = 0, high = most, goal;
    count[cost] = most;
    goal = most_alive(p, count);
    goal = goal > p->g->keep ? goal : p->g->keep;
    while (low < high) {
        count[cost] = low + (high - low) / 2;
        if (most_alive(p, count) <= goal)
            high = count[cost];
        else
            low = count[cost] + 1;
    }
    count[cost] = low;
    return most_alive(p, count);
}

/* Settles which values are made again, and with it the lives of all. Products only where passes
** are not enough; then fewer of these may do. */
static void choose_again(plan *p)
{
    size_t count[LRR_AGAIN_COSTS] = { 0 }, passes, products;
    lrr__again_costs(&p->again);
    passes = lrr__again_count(&p->again, LRR_AGAIN_PASS);
    products = lrr__again_count(&p->again, LRR_AGAIN_PRODUCT);
    p->g->all_bytes = most_alive(p, count);
    if (p->g->loss == NULL || !p->g->train || p->g->all_bytes <= p->g->keep ||
        p->g->all_bytes == SIZE_MAX ||
        choose_count(p, LRR_AGAIN_PASS, passes, count) <= p->g->keep)
        return;
    count[LRR_AGAIN_PASS] = passes;
    choose_count(p, LRR_AGAIN_PRODUCT, products, count);
    choose_count(p, LRR_AGAIN_PASS, passes, count);
}

static int by_backward(const void *a, const void *b)
{
    const struct lrr_made *x = a, *y = b;
    if (x->before != y->before)
        return x->before > y->before ? -1 : 1;
    return x->node->id < y->node->id ? -1 : 1;
}

/* The list that backward goes by; after point_nodes. */
static lrr_status list_again(plan *p, lrr_error *err)
{
    lrr_graph *g = p->g;
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        n += p->again.before[i] > 0;
    if (n == 0)
        return LRR_OK;
    lrr_status st = lrr_mem_new(n, sizeof *g->again, "a plan", &g->again, err);
    if (st != LRR_OK)
        return st;
    for (size_t i = 0; i < p->n; i++)
        if (p->again.before[i] > 0)
            g->again[g->n_again++] =
                (struct lrr_made){ g->node[i], p->again.before[i] - 1, g->node[i]->y,
                                   g->arena + p->second[p->root_y[i]]->at };
    qsort(g->again, n, sizeof *g->again, by_backward);
    return LRR_OK;
}

static void point_nodes(plan *p)
{
    lrr_graph *g = p->g;
    for (size_t i = 0; i < p->n_pieces; i++) {
        const piece *x = &p->pieces[i];
        char *at = g->arena + p->spans[i].at;
        if (x->role == ROLE_Y)
            x->node->y = at;
        else if (x->role == ROLE_DY)
            x->node->dy = at;
        else if (x->role == ROLE_AUX)
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
        for (int j = 0; j < p->g->node[i]->n_in; j++) {
            p->consumers[p->g->node[i]->in[j]->id]++;
            p->last[p->g->node[i]->in[j]->id] = i;
        }
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
        st = lrr_mem_new(p->n, sizeof *p->read_by, what, &p->read_by, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->again.cost, what, &p->again.cost, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->again.before, what, &p->again.before, err);
    if (st == LRR_OK)
        st = lrr_mem_new(end_of_time(p) + 2, sizeof *p->alive, what, &p->alive, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->consumers, what, &p->consumers, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->last, what, &p->last, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->root_y, what, &p->root_y, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof *p->root_dy, what, &p->root_dy, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof(lrr_span *), what, &p->y, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof(lrr_span *), what, &p->dy, err);
    if (st == LRR_OK)
        st = lrr_mem_new(p->n, sizeof(lrr_span *), what, &p->second, err);
    if (st == LRR_OK)
        st = lrr_mem_new(4 * p->n, sizeof *p->pieces, what, &p->pieces, err);
    if (st == LRR_OK)
        st = lrr_mem_new(4 * p->n, sizeof *p->spans, what, &p->spans, err);
    return st;
}

static lrr_status begin_plan(plan *p, lrr_graph *g, lrr_node *const *outputs,
                             int n_outputs, lrr_error *err)
{
    lrr_status st;
    *p = (plan){ .g = g, .n = g->n_nodes };
    st = new_lists(p, err);
    if (st != LRR_OK)
        return st;
    count_uses(p, outputs, n_outputs);
    order_gradients(p, outputs, n_outputs);
    lrr__join(g, p->consumers, p->last, p->output);
    find_read_by(p);
    share_in_place(p);
    p->again.g = g;
    p->again.n = p->n;
    p->again.need = p->need;
    p->again.read_by = p->read_by;
    p->again.output = p->output;
    return LRR_OK;
}

static void end_plan(plan *p)
{
    lrr_mem_free(p->need);
    lrr_mem_free(p->output);
    lrr_mem_free(p->reached);
    lrr_mem_free(p->read_by);
    lrr_mem_free(p->again.cost);
    lrr_mem_free(p->again.before);
    lrr_mem_free(p->alive);
    lrr_mem_free(p->consumers);
    lrr_mem_free(p->last);
    lrr_mem_free(p->root_y);
    lrr_mem_free(p->root_dy);
    lrr_mem_free(p->y);
    lrr_mem_free(p->dy);
    lrr_mem_free(p->second);
    lrr_mem_free(p->pieces);
    lrr_mem_free(p->spans);
}

lrr_status lrr__graph_assign(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                             lrr_error *err)
{
    plan p;
    lrr_status st = begin_plan(&p, g, outputs, n_outputs, err);

    if (st == LRR_OK) {
        choose_again(&p);
        st = lrr__offsets(p.spans, p.n_pieces, &g->arena_bytes, err);
    }
    if (st == LRR_OK)
        st = lrr__graph_new_arena(g, err);
    if (st == LRR_OK)
        point_nodes(&p);
    if (st == LRR_OK)
        st = list_again(&p, err);
    end_plan(&p);
    return st;
}

lrr_status lrr__graph_measure(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                              size_t batch, size_t *bytes, lrr_error *err)
{
    static const size_t none[LRR_AGAIN_COSTS];
    const size_t planned = g->batch;
    plan p;
    lrr_status st;

    g->batch = batch;
    st = begin_plan(&p, g, outputs, n_outputs, err);
    if (st == LRR_OK)
        *bytes = most_alive(&p, none);
    end_plan(&p);
    g->batch = planned;
    return st;
}
