/*
** joined.h -- operators that others lead: one pass over memory for several of them.
**
** An operator that says so (lrr_op_def.leads) does the work of the one that alone takes its
** value, and of the one that alone takes that, in its own calls: node->then is the next it
** leads, and lead of these is who leads them. With run->joined their own calls are left out,
** and what lies between the first and the last need not be written, in backward either. All
** else is as without it, down to the bits. A run that keeps or holds branches, or looks at each
** value, has everybody do his own.
*/
#ifndef LRR_GRAPH_JOINED_H
#define LRR_GRAPH_JOINED_H

#include <stdbool.h>
#include <stddef.h>

#include "graph/op.h"

struct lrr_graph;

/* Sets lead and then of a plan's nodes; consumers, last and output of each (n) as memory.c has
** them: how many take it, the last of them, and whether it is read after forward. */
void lrr__join(const struct lrr_graph *g, const int *consumers, const size_t *last,
               const bool *output);

/* An operator's calls, if its lead does not see to them. */
static inline void lrr__forward(const lrr_node *y, lrr_run *run)
{
    if (!run->joined || y->lead == NULL)
        y->op->forward(y, run);
}

static inline void lrr__backward(const lrr_node *y, lrr_run *run)
{
    if (!run->joined || y->lead == NULL)
        y->op->backward(y, run);
}

#endif
