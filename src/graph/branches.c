/* branches.c -- memory for the branches that operators take. See branches.h and graph.h. */
#include "graph/branches.h"

#include "base/mem.h"
#include "graph/internal.h"

/* Bytes of node i's branches; SIZE_MAX where there are too many. */
static size_t bytes_of(const lrr_graph *g, size_t i)
{
    const lrr_node *node = g->node[i];
    if (!g->kept[i] || node->kind != LRR_NODE_OP || node->op->branch == NULL)
        return 0;
    return lrr_size_align(node->op->branch(node, g->batch));
}

static lrr_status check(const lrr_graph *g, lrr_error *err)
{
    LRR_ASSERT(g->planned);
    for (size_t i = 0; i < g->n_kept; i++) {
        const lrr_op_def *op = g->node[i]->op;
        if (g->kept[i] && op != NULL && !op->smooth && op->branch == NULL)
            return lrr_fail(err, LRR_EINVAL,
                            "%s: this operator does not say where it is not smooth",
                            op->name);
    }
    return LRR_OK;
}

lrr_status lrr_graph_branches(lrr_graph *g, lrr_error *err)
{
    size_t bytes = 0;
    char *at = NULL;
    lrr_status st;

    if (g->branches != NULL)
        return LRR_OK;
    if ((st = check(g, err)) != LRR_OK)
        return st;
    for (size_t i = 0; i < g->n_kept; i++)
        bytes = lrr_size_add(bytes, bytes_of(g, i));
    st = lrr_mem_new(bytes, 1, "branches of a network", &at, err);
    if (st != LRR_OK)
        return st;
    g->branches = at;
    for (size_t i = 0; i < g->n_kept; i++) {
        const size_t own = bytes_of(g, i);
        g->node[i]->branch = own > 0 ? at : NULL;
        at += own;
    }
    return LRR_OK;
}

void lrr__graph_free_branches(lrr_graph *g)
{
    lrr_mem_free(g->branches);
    g->branches = NULL;
    for (size_t i = 0; i < g->n_nodes; i++)
        g->node[i]->branch = NULL;
}
