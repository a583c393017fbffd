/* touched.c -- see touched.h. */
#include "graph/touched.h"

#include <string.h>

#include "base/mem.h"
#include "graph/internal.h"

/* What a node's users do with its gradient: keep its list, or not. */
enum { KEEPS = 1, SPOILS = 2 };

/* users (n_nodes) += what those in the plan do, in one pass: networks have thousands of nodes. */
static void find_users(const lrr_graph *g, uint8_t *users)
{
    for (size_t i = 0; i < g->n_kept; i++) {
        const lrr_node *y = g->node[i];
        for (int j = 0; g->kept[i] && j < y->n_in; j++)
            users[y->in[j]->id] |= (y->op->marks >> j & 1) != 0 ? KEEPS : SPOILS;
    }
}

static void touch_all(const lrr_graph *g, size_t p)
{
    if (g->touched[p] != NULL)
        memset(g->touched[p], 1, g->blocks.param_segments[p].shape.d[0]);
}

lrr_status lrr__touched_plan(lrr_graph *g, lrr_error *err)
{
    static const char what[] = "rows of gradients";
    size_t p = 0;
    uint8_t *users = NULL;
    lrr_status st = LRR_OK;
    if (g->train)
        st = lrr_mem_new(g->n_nodes, sizeof *users, what, &users, err);
    if (st == LRR_OK && g->touched == NULL && g->train)
        st = lrr_mem_new(g->blocks.n_param_segments, sizeof *g->touched, what,
                         &g->touched, err);
    if (st == LRR_OK && g->train)
        find_users(g, users);
    for (size_t i = 0; st == LRR_OK && g->train && i < g->n_nodes; i++) {
        lrr_node *w = g->node[i];
        const bool marked = w->dy != NULL && w->shape.rank > 0 && users[w->id] == KEEPS;
        if (w->kind != LRR_NODE_PARAM)
            continue;
        if (marked && !g->written && g->touched[p] == NULL)
            st = lrr_mem_new(w->shape.d[0], 1, what, &g->touched[p], err);
        if (!marked)
            touch_all(g, p);
        w->touched = marked && !g->written ? g->touched[p] : NULL;
        p++;
    }
    lrr_mem_free(users);
    g->blocks.touched = (const uint8_t *const *)g->touched;
    return st;
}

void lrr__touched_all(const lrr_graph *g)
{
    for (size_t p = 0; g->touched != NULL && p < g->blocks.n_param_segments; p++)
        touch_all(g, p);
}

void lrr_graph_grads_written(lrr_graph *g)
{
    g->written = true;
    lrr__touched_all(g);
    for (size_t i = 0; i < g->n_nodes; i++)
        g->node[i]->touched = NULL;
}

void lrr__touched_free(lrr_graph *g)
{
    for (size_t p = 0; g->touched != NULL && p < g->blocks.n_param_segments; p++)
        lrr_mem_free(g->touched[p]);
    lrr_mem_free(g->touched);
    g->touched = NULL;
}
