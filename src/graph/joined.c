/* joined.c -- see joined.h. */
#include "graph/joined.h"

#include "graph/internal.h"

void lrr__join(const struct lrr_graph *g, const int *consumers, const size_t *last,
               const bool *output)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        g->node[i]->lead = g->node[i]->then = NULL;
    for (size_t i = 0; i < g->n_nodes; i++) {
        lrr_node *lead = g->node[i], *at = lead;
        if (!g->kept[i] || lead->op == NULL || lead->op->leads == NULL)
            continue;
        while (consumers[at->id] == 1 && !output[at->id]) {
            lrr_node *next = g->node[last[at->id]];
            if (next->in[0] != at || !lead->op->leads(lead, next))
                break;
            next->lead = lead;
            at->then = next;
            at = next;
        }
    }
}
