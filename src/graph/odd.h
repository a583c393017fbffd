/*
** odd.h -- what is not finite first in a run over a graph: to say why a training ended.
*/
#ifndef LRR_GRAPH_ODD_H
#define LRR_GRAPH_ODD_H

#include "graph/graph.h"

typedef enum lrr_odd_kind {
    LRR_ODD_NONE,
    LRR_ODD_PARAMETER, /* or running statistics, before anything was computed */
    LRR_ODD_INPUT,
    LRR_ODD_OUTPUT, /* of an operator */
    LRR_ODD_LOSS,
    LRR_ODD_GRADIENT /* of a parameter, or of an operator's output */
} lrr_odd_kind;

typedef struct lrr_odd {
    lrr_odd_kind kind;
    const lrr_node *node; /* whose; NULL with NONE */
    bool is_nan;          /* else it was infinite */
    /* Largest finite sizes in the batch: of inputs, of targets, of what the loss is given
    ** (0 where it was not reached). */
    double inputs, targets, outputs;
} lrr_odd;

/* Runs the batch that `run` describes and that inputs hold forward and backward, slowly,
** and stops at the first number that is not finite. run: as for a training's forward, with
** statistics unset, so that nothing but activations and gradients is written. The graph has
** a loss. Cannot fail. */
void lrr_graph_find_odd(lrr_graph *g, lrr_run *run, lrr_odd *out);

#endif
