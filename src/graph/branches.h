/*
** branches.h -- which branches of its operators a run takes.
**
** Where an operator is not smooth it takes one of several branches, element by element: the
** side of 0 (ReLU and its kin), which value of a window (maximum), the side of the target
** (absolute errors). Differences of gradients at two points that lie on different branches
** are no derivative, however near the points are; so whoever takes them has the branches of
** one point kept, and held at the others. Statistics of a batch are smooth and stay free.
**
** Room for them is made by lrr_graph_branches (graph.h).
*/
#ifndef LRR_GRAPH_BRANCHES_H
#define LRR_GRAPH_BRANCHES_H

typedef enum lrr_branches {
    LRR_BRANCHES_FREE, /* each pass takes its own, and keeps none */
    LRR_BRANCHES_KEEP, /* likewise, and node->branch gets them */
    LRR_BRANCHES_HOLD  /* forward and backward take those in node->branch */
} lrr_branches;

#endif
