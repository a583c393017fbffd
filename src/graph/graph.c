/* graph.c -- building: nodes, shapes, names. See graph.h. */
#include "graph/graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "graph/internal.h"
#include "graph/parts.h"
#include "graph/touched.h"

enum { NODES_MAX = 1 << 16, COUNT_MAX = 0x7fffffff };

lrr_status lrr_node_fail(const lrr_node *y, lrr_error *err, const char *fmt, ...)
{
    char text[sizeof err->msg];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return lrr_fail(err, LRR_ESHAPE, "%s: %s", y->op->name, text);
}

lrr_status lrr_graph_new(const lrr_op_def *const *ops, size_t n_ops, lrr_gemm_kind gemm,
                         lrr_graph **out, lrr_error *err)
{
    lrr_graph *g = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *g, "a graph", &g, err);
    *out = g;
    if (st == LRR_OK) {
        g->ops = ops;
        g->n_ops = n_ops;
        g->gemm = gemm;
        g->keep = LRR_GRAPH_KEEP;
        g->part_bytes = LRR_PARTS_BYTES;
        g->part_rows = LRR_PARTS_ROWS;
    }
    return st;
}

void lrr_graph_free(lrr_graph *g)
{
    if (g == NULL)
        return;
    lrr__graph_free_branches(g); /* which nodes point to */
    for (size_t i = 0; i < g->n_nodes; i++)
        lrr_mem_free(g->node[i]);
    lrr_mem_free(g->node);
    lrr__names_fini(&g->names);
    lrr_mem_free(g->init);
    lrr_mem_free(g->trains);
    lrr_mem_free(g->kept);
    lrr__touched_free(g);
    lrr_mem_free(g->segments);
    lrr_mem_free(g->blocks.params);
    lrr_mem_free(g->blocks.grads);
    lrr_mem_free(g->blocks.buffers);
    lrr__graph_free_arenas(g);
    lrr_mem_free(g->again);
    lrr_mem_free(g->work);
    lrr_mem_free(g);
}

const lrr_op_def *lrr_graph_op_find(const lrr_graph *g, const char *name)
{
    for (size_t i = 0; i < g->n_ops; i++)
        if (strcmp(g->ops[i]->name, name) == 0)
            return g->ops[i];
    return NULL;
}

static const char NODES[] = "a graph's nodes";

/* Room for one more node in all three lists. */
static lrr_status grow(lrr_graph *g, lrr_error *err)
{
    size_t cap = g->cap_nodes == 0 ? 64 : g->cap_nodes * 2;
    lrr_status st;

    if (g->n_nodes < g->cap_nodes)
        return LRR_OK;
    if (cap > NODES_MAX)
        return lrr_fail(err, LRR_EINVAL, "a network has at most %d nodes", NODES_MAX);
    st = lrr_mem_resize(&g->node, g->n_nodes, cap, sizeof *g->node, NODES, err);
    if (st == LRR_OK)
        st = lrr_mem_resize(&g->init, g->n_nodes, cap, sizeof *g->init, NODES, err);
    if (st == LRR_OK)
        st = lrr_mem_resize(&g->trains, g->n_nodes, cap, sizeof *g->trains, NODES, err);
    if (st == LRR_OK)
        g->cap_nodes = cap;
    return st;
}

/* A node with room for its inputs and attributes behind it, not yet in the graph. */
static lrr_status new_node(lrr_graph *g, lrr_node_kind kind, size_t n_in,
                           size_t attr_size, lrr_node **out, lrr_error *err)
{
    size_t in_at = lrr_size_align(sizeof(lrr_node));
    size_t attr_at = in_at + lrr_size_align(n_in * sizeof(lrr_node *));
    lrr_node *node = NULL;
    lrr_status st;

    *out = NULL;
    if (g->planned && (kind == LRR_NODE_PARAM || kind == LRR_NODE_BUFFER))
        return lrr_fail(err, LRR_EINVAL,
                        "the network is built; nothing that has "
                        "parameters can be added");
    st = grow(g, err);
    if (st == LRR_OK)
        st = lrr_mem_new(1, attr_at + attr_size, "a node", &node, err);
    if (st != LRR_OK)
        return st;
    node->kind = kind;
    node->dtype = LRR_DTYPE_REAL;
    node->dy_dtype = LRR_DTYPE_REAL;
    node->id = (int)g->n_nodes;
    node->in = (lrr_node **)(void *)((char *)node + in_at);
    node->n_in = (int)n_in;
    node->attr = attr_size > 0 ? (char *)node + attr_at : NULL;
    *out = node;
    return LRR_OK;
}

static void append(lrr_graph *g, lrr_node *node)
{
    g->node[g->n_nodes++] = node;
}

/* Every buffer's count has to fit BLAS's 32-bit sizes. */
static lrr_status check_count(const lrr_shape *shape, const char *what, lrr_error *err)
{
    if (lrr_shape_count(shape) > COUNT_MAX) {
        char text[LRR_SHAPE_TEXT];
        return lrr_fail(err, LRR_ESHAPE, "%s is %s: more than 2^31 - 1 values", what,
                        lrr_shape_text(shape, text));
    }
    return LRR_OK;
}

static lrr_status check_name(const char *name, lrr_error *err)
{
    if (strlen(name) >= LRR_NAME_MAX)
        return lrr_fail(err, LRR_EINVAL, "the name '%.80s' is longer than %d bytes",
                        name, LRR_NAME_MAX - 1);
    return LRR_OK;
}

lrr_status lrr_graph_input(lrr_graph *g, const lrr_input_cfg *cfg, lrr_node **out,
                           lrr_error *err)
{
    lrr_node *node;
    lrr_status st = check_count(&cfg->shape, "the input", err);
    *out = NULL;
    if (st == LRR_OK)
        st = check_name(cfg->name, err);
    if (st == LRR_OK && cfg->seq && (cfg->axis < 0 || cfg->axis >= LRR_AXES_MAX))
        st = lrr_fail(err, LRR_EINVAL, "a network has at most %d time axes",
                      LRR_AXES_MAX);
    if (st == LRR_OK && cfg->seq && cfg->shape.rank < 1)
        st = lrr_fail(err, LRR_EINVAL, "a sequence has no axis of steps");
    if (st == LRR_OK)
        st = new_node(g, LRR_NODE_INPUT, 0, 0, &node, err);
    if (st != LRR_OK)
        return st;
    memcpy(node->name, cfg->name, strlen(cfg->name) + 1);
    node->shape = cfg->shape;
    node->dtype = cfg->dtype;
    node->seq = cfg->seq;
    node->axis = cfg->seq ? cfg->axis : 0;
    node->wants_grad = cfg->wants_grad && cfg->dtype == LRR_DTYPE_REAL;
    append(g, node);
    *out = node;
    return LRR_OK;
}

/* A parameter or a buffer. */
static lrr_status new_state(lrr_graph *g, lrr_node_kind kind, const char *name,
                            const lrr_shape *shape, lrr_node **out, lrr_error *err)
{
    lrr_status st = check_count(shape, name, err);
    *out = NULL;
    if (st == LRR_OK)
        st = check_name(name, err);
    if (st != LRR_OK)
        return st;
    if (lrr__names_find(&g->names, name) != NULL)
        return lrr_fail(err, LRR_EINVAL, "two parameters are named '%s'", name);
    st = lrr__names_room(&g->names, err);
    if (st == LRR_OK)
        st = new_node(g, kind, 0, 0, out, err);
    if (st != LRR_OK)
        return st;
    LRR_ASSERT(*out != NULL);
    memcpy((*out)->name, name, strlen(name) + 1);
    (*out)->shape = *shape;
    lrr__names_add(&g->names, *out);
    return LRR_OK;
}

lrr_status lrr_graph_param(lrr_graph *g, const char *name, const lrr_shape *shape,
                           lrr_init init, bool trains, lrr_node **out, lrr_error *err)
{
    lrr_status st = new_state(g, LRR_NODE_PARAM, name, shape, out, err);
    if (st != LRR_OK)
        return st;
    LRR_ASSERT(*out != NULL);
    (*out)->wants_grad = trains;
    g->init[g->n_nodes] = init;
    g->trains[g->n_nodes] = trains;
    append(g, *out);
    return LRR_OK;
}

lrr_status lrr_graph_buffer(lrr_graph *g, const char *name, const lrr_shape *shape,
                            double fill, lrr_node **out, lrr_error *err)
{
    lrr_status st = new_state(g, LRR_NODE_BUFFER, name, shape, out, err);
    if (st != LRR_OK)
        return st;
    g->init[g->n_nodes] = (lrr_init){ LRR_INIT_CONSTANT, fill, 0 };
    append(g, *out);
    return LRR_OK;
}

static bool any_wants_grad(const lrr_node *y)
{
    for (int i = 0; i < y->n_in; i++)
        if (y->in[i]->wants_grad)
            return true;
    return false;
}

static lrr_status check_attr(const lrr_node *y, const lrr_attr_def *a, lrr_error *err)
{
    const char *at = (const char *)y->attr + a->offset;
    lrr_attr_list list = { 0 };
    double x;
    if (a->type == LRR_ATTR_REAL) {
        memcpy(&x, at, sizeof x);
        list = (lrr_attr_list){ 1, &x };
    } else if (a->type == LRR_ATTR_LIST) {
        memcpy(&list, at, sizeof list);
    }
    for (size_t i = 0; i < list.n; i++)
        if (!lrr_range_has(&a->range, list.at[i]))
            return lrr_range_fail(&a->range, y->op->name, a->name, list.at[i], err);
    return LRR_OK;
}

static lrr_status check_attrs(const lrr_node *y, lrr_error *err)
{
    const lrr_attr_def *a = y->op->attrs;
    lrr_status st = LRR_OK;
    for (; st == LRR_OK && a != NULL && a->name != NULL; a++) {
        LRR_ASSERT(y->attr != NULL);
        st = check_attr(y, a, err);
    }
    return st;
}

/* Room for op's attributes and, behind them, the numbers of those that are lists. */
static size_t attr_room(const lrr_op_def *op, const void *attr)
{
    size_t room = lrr_size_align(op->attr_size);
    const lrr_attr_def *a = op->attr_size > 0 ? op->attrs : NULL;
    for (; a != NULL && a->name != NULL; a++) {
        lrr_attr_list list;
        if (a->type != LRR_ATTR_LIST)
            continue;
        memcpy(&list, (const char *)attr + a->offset, sizeof list);
        room = lrr_size_add(room, lrr_size_mul(list.n, sizeof *list.at));
    }
    return room;
}

static void copy_attrs(lrr_node *y, const void *attr)
{
    char *room = (char *)y->attr + lrr_size_align(y->op->attr_size);
    memcpy(y->attr, attr, y->op->attr_size);
    for (const lrr_attr_def *a = y->op->attrs; a != NULL && a->name != NULL; a++) {
        lrr_attr_list list;
        if (a->type != LRR_ATTR_LIST)
            continue;
        memcpy(&list, (const char *)attr + a->offset, sizeof list);
        if (list.n > 0)
            memcpy(room, list.at, list.n * sizeof *list.at);
        list.at = (const double *)(const void *)room;
        memcpy((char *)y->attr + a->offset, &list, sizeof list);
        room += list.n * sizeof *list.at;
    }
}

/* Kernels are handed an input's memory as what the operator takes it for. */
static lrr_status check_inputs(const lrr_node *y, lrr_error *err)
{
    for (int i = 0; i < y->n_in; i++) {
        if (y->in[i]->dtype != LRR_DTYPE_REAL &&
            (i >= 32 || (y->op->other_kinds >> i & 1) == 0))
            return lrr_node_fail(y, err, "input %d is %s, want real", i + 1,
                                 lrr_dtype_name(y->in[i]->dtype));
        if (i > 0 && y->in[i]->seq && !y->op->sequences)
            return lrr_node_fail(y, err, "input %d is a sequence", i + 1);
    }
    return LRR_OK;
}

lrr_status lrr_graph_op(lrr_graph *g, const lrr_op_def *op, lrr_node *const *in,
                        int n_in, const void *attr, lrr_node **out, lrr_error *err)
{
    lrr_node *node;
    lrr_status st;

    *out = NULL;
    if (op->n_in >= 0 ? n_in != op->n_in : n_in < 1)
        return lrr_fail(err, LRR_EINVAL, "%s: %d inputs, want %d", op->name, n_in,
                        op->n_in < 0 ? 1 : op->n_in);
    st = new_node(g, LRR_NODE_OP, (size_t)n_in,
                  op->attr_size > 0 ? attr_room(op, attr) : 0, &node, err);
    if (st != LRR_OK)
        return st;
    node->op = op;
    for (int i = 0; i < n_in; i++)
        node->in[i] = in[i];
    if (op->attr_size > 0)
        copy_attrs(node, attr);
    node->seq = in[0]->seq;
    node->axis = in[0]->axis;
    st = check_attrs(node, err);
    if (st == LRR_OK)
        st = op->infer(node, err);
    if (st == LRR_OK)
        st = check_inputs(node, err);
    if (st == LRR_OK)
        st = check_count(&node->shape, op->name, err);
    if (st != LRR_OK) {
        lrr_mem_free(node);
        return st;
    }
    node->wants_grad = op->backward != NULL && any_wants_grad(node);
    append(g, node);
    *out = node;
    return LRR_OK;
}

const lrr_attr_def *lrr_op_attr_real(const lrr_op_def *op, const char *name)
{
    for (const lrr_attr_def *a = op->attrs; a != NULL && a->name != NULL; a++)
        if (a->type == LRR_ATTR_REAL && strcmp(a->name, name) == 0)
            return a;
    return NULL;
}

double *lrr_node_attr_real(const lrr_node *node, const char *name)
{
    const lrr_attr_def *a = node->op == NULL ? NULL : lrr_op_attr_real(node->op, name);
    return a == NULL ? NULL : (double *)(void *)((char *)node->attr + a->offset);
}

static lrr_node *counterpart(lrr_node *to, const lrr_node *of)
{
    return of != NULL ? &to[of->id] : NULL;
}

void lrr__graph_copy_nodes(const lrr_graph *g, lrr_node *to, lrr_node **inputs)
{
    for (size_t i = 0; i < g->n_kept; i++) {
        const lrr_node *from = g->node[i];
        to[i] = *from;
        to[i].touched = NULL;
        to[i].in = inputs;
        for (int j = 0; j < from->n_in; j++)
            *inputs++ = counterpart(to, from->in[j]);
        to[i].lead = counterpart(to, from->lead);
        to[i].then = counterpart(to, from->then);
    }
}

size_t lrr_graph_count(const lrr_graph *g)
{
    return g->n_nodes;
}

lrr_node *lrr_graph_node(const lrr_graph *g, size_t id)
{
    LRR_ASSERT(id < g->n_nodes);
    return g->node[id];
}

void lrr_graph_parts(lrr_graph *g, size_t bytes, size_t rows)
{
    g->part_bytes = bytes;
    g->part_rows = rows;
}

void lrr_graph_keep(lrr_graph *g, size_t bytes)
{
    g->keep = bytes;
}

size_t lrr_graph_batch(const lrr_graph *g)
{
    return g->batch;
}

uint64_t lrr_graph_plans(const lrr_graph *g)
{
    return g->plans;
}

bool lrr_graph_needs(const lrr_graph *g, const lrr_node *node)
{
    return (size_t)node->id < g->n_kept && g->kept[node->id];
}

bool lrr_graph_is_fed(const lrr_graph *g)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->node[i]->kind == LRR_NODE_INPUT && g->node[i]->y == NULL &&
            lrr_graph_needs(g, g->node[i]))
            return false;
    return true;
}

lrr_node *lrr_graph_loss(const lrr_graph *g)
{
    return g->loss;
}

const char *const *lrr_graph_counts(const lrr_graph *g, size_t *n)
{
    const char *const *names = g->loss != NULL ? g->loss->op->counts : NULL;
    *n = 0;
    while (names != NULL && names[*n] != NULL)
        ++*n;
    LRR_ASSERT(*n <= LRR_COUNT_MAX);
    return names;
}

void lrr_graph_blocks(const lrr_graph *g, lrr_blocks *out)
{
    *out = g->blocks;
}

void lrr_graph_memory_used(const lrr_graph *g, lrr_graph_memory *out)
{
    out->params = g->blocks.n_params * sizeof *g->blocks.params;
    out->grads = g->blocks.grads != NULL ? out->params : 0;
    out->buffers = g->blocks.n_buffers * sizeof *g->blocks.buffers;
    out->activations = g->arena_bytes;
    out->again = g->n_again;
    out->all_kept = g->all_bytes;
    out->work = g->work_bytes + g->work_thread_bytes * g->work_threads;
}
