/* touched.c -- see touched.h. */
#include "graph/touched.h"

#include <string.h>

#include "base/mem.h"
#include "graph/internal.h"

/* Whether it has users, all of which keep its list. */
static bool is_marked(const lrr_graph *g, const lrr_node *w)
{
    bool any = false;
    for (size_t i = 0; i < g->n_kept; i++)
        for (int j = 0; g->kept[i] && j < g->node[i]->n_in; j++) {
            if (g->node[i]->in[j] != w)
                continue;
            if ((g->node[i]->op->marks >> j & 1) == 0)
                return false;
            any = true;
        }
    return any;
}

static void touch_all(const lrr_graph *g, size_t p)
{
    if (g->touched[p] != NULL)
        memset(g->touched[p], 1, g->blocks.param_segments[p].shape.d[0]);
}

lrr_status lrr__touched_plan(lrr_graph *g, lrr_error *err)
{
    static const char what[] = "rows of gradients";
    const size_t n = g->blocks.n_param_segments;
    size_t p = 0;
    lrr_status st = LRR_OK;
    if (g->touched == NULL && g->train)
        st = lrr_mem_new(n, sizeof *g->touched, what, &g->touched, err);
    for (size_t i = 0; st == LRR_OK && g->train && i < g->n_nodes; i++) {
        lrr_node *w = g->node[i];
        const bool marked = w->dy != NULL && w->shape.rank > 0 && is_marked(g, w);
        if (w->kind != LRR_NODE_PARAM)
            continue;
        if (marked && !g->written && g->touched[p] == NULL)
            st = lrr_mem_new(w->shape.d[0], 1, what, &g->touched[p], err);
        if (!marked)
            touch_all(g, p);
        w->touched = marked && !g->written ? g->touched[p] : NULL;
        p++;
    }
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
