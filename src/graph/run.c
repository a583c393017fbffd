/* run.c -- forward and backward over a planned graph. See graph.h. */
#include "base/threads.h"
#include "graph/internal.h"
#include "graph/joined.h"

void lrr__graph_set_own(const lrr_graph *g, lrr_run *run)
{
    LRR_ASSERT(g->planned && run->n >= 1 && run->n <= g->batch);
    LRR_ASSERT(lrr_threads_count() <= g->work_threads);
    LRR_ASSERT(run->branches == LRR_BRANCHES_FREE || g->branches != NULL);
    run->gemm = g->gemm;
    run->joined = false;
    run->work = g->work;
    for (size_t i = 0; i < g->work_threads; i++)
        run->work_thread[i] = g->work + g->work_bytes + i * g->work_thread_bytes;
}

void lrr__graph_set_joined(const lrr_graph *g, lrr_run *run)
{
    lrr__graph_set_own(g, run);
    run->joined = run->branches == LRR_BRANCHES_FREE;
}

void lrr_graph_forward(lrr_graph *g, lrr_run *run)
{
    lrr__graph_set_joined(g, run);
    lrr__again_rewind(g);
    for (size_t i = 0; i < g->n_kept; i++)
        if (g->kept[i] && g->node[i]->kind == LRR_NODE_OP)
            lrr__forward(g->node[i], run);
}

void lrr_graph_backward(lrr_graph *g, lrr_run *run, const lrr_node *from)
{
    size_t last = g->n_kept, at = 0;
    const lrr_node *made;
    LRR_ASSERT(g->train && (g->loss != NULL || from != NULL));
    lrr__graph_set_joined(g, run);
    if (from != NULL)
        last = (size_t)from->id + 1;
    while (last-- > 0) {
        const lrr_node *node = g->node[last];
        while ((made = lrr__again_next(g, last, &at)) != NULL)
            lrr__forward(made, run);
        if (node->kind == LRR_NODE_OP && (node->dy != NULL || node == g->loss))
            lrr__backward(node, run);
    }
}
