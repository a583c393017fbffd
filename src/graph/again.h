/* again.h -- which values backward makes again instead of keeping them from forward.
**
** An operator whose need.again says so gives the same bits from the same inputs at any time of
** a run. Its y may then end with its last reader in forward; before the first backward call
** that reads it, another forward call of its node makes it again, in other memory. What it is
** made of has to be there at that time: read by a later backward call anyway, or made again
** before it. */
#ifndef LRR_GRAPH_AGAIN_H
#define LRR_GRAPH_AGAIN_H

#include "graph/graph.h"

/* What is known of a plan's nodes, each (n), and what follows. */
typedef struct lrr_again {
    const lrr_graph *g;
    size_t n;
    const lrr_op_need *need;
    const size_t
        *read_by; /* 1 + the last node whose backward call reads y; 0: none does */
    const bool *output; /* y is read after forward */
    lrr_again_cost
        *cost; /* the dearest of what is to be called for y; NEVER: it is kept */
    size_t
        *before; /* 1 + the node before whose backward call y is made again; 0: kept */
} lrr_again;

/* Fills cost. */
void lrr__again_costs(lrr_again *a);

/* How many values that backward reads cost that much. */
size_t lrr__again_count(const lrr_again *a, lrr_again_cost cost);

/* Fills before, and with it lrr_node.slope: of what backward reads the first count[cost] values of each cost are made
** again, but for NEVER. */
void lrr__again_resolve(lrr_again *a, const size_t count[LRR_AGAIN_COSTS]);

/* A value made again in a plan: lrr_graph.again lists them in the order of backward. */
struct lrr_made {
    lrr_node *node;
    size_t before;
    void *first, *second; /* memory of y in forward, and from when it is made again */
};

/* Forward begins: all y are where forward puts them. */
void lrr__again_rewind(const lrr_graph *g);

/* The next value to be made again before node `before`'s backward call; its y already points to
** where it goes. NULL: no more. *at counts, from 0 when backward begins. */
const lrr_node *lrr__again_next(const lrr_graph *g, size_t before, size_t *at);

#endif
