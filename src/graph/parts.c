/* parts.c -- see parts.h. */
#include "graph/parts.h"

#include "base/mem.h"
#include "graph/internal.h"

/* Positions of a sample in what may go in parts; 0: the batch may not. */
static size_t rows_of(const lrr_graph *g)
{
    size_t rows = 0;
    for (size_t i = 0; i < g->n_kept; i++) {
        const lrr_node *node = g->node[i];
        if (!g->kept[i] || node->op == NULL)
            continue;
        if (node->op->over != NULL && !node->op->is_loss)
            return 0;
        if (node->op->in_parts && node->shape.d[0] > rows)
            rows = node->shape.d[0];
    }
    return rows;
}

lrr_status lrr__graph_choose_part(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                                  size_t *part, lrr_error *err)
{
    const size_t rows = g->loss != NULL ? rows_of(g) : 0;
    lrr_status st = LRR_OK;
    while (st == LRR_OK && rows > 0 && *part > 1) {
        const size_t half = (*part + 1) / 2;
        size_t bytes = 0;
        if (lrr_size_mul(half, rows) < g->part_rows)
            break;
        st = lrr__graph_measure(g, outputs, n_outputs, *part, &bytes, err);
        if (bytes <= g->part_bytes)
            break;
        *part = half;
    }
    return st;
}
