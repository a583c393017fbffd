/* internal.h -- the inside of lrr_graph, for the files of graph/ alone. */
#ifndef LRR_GRAPH_INTERNAL_H
#define LRR_GRAPH_INTERNAL_H

#include "graph/again.h"
#include "graph/graph.h"
#include "graph/names.h"

struct lrr_graph {
    const lrr_op_def *const *ops;
    size_t n_ops;
    lrr_gemm_kind gemm;
    lrr_node **node; /* (n_nodes) in order of making, which is a topological order */
    size_t n_nodes, cap_nodes;
    lrr_names names; /* of parameters and buffers */
    lrr_init *init;  /* (cap_nodes) how parameters and buffers start */
    bool *trains;    /* (cap_nodes) parameters */

    bool planned, train;
    uint64_t plans; /* how often lrr_graph_plan was called */
    size_t batch;
    bool *kept;     /* (n_kept) leads to an output */
    size_t n_kept;  /* nodes at the time of the plan; later ones are in no run */
    lrr_node *loss; /* the loss among the outputs, or NULL */
    lrr_blocks blocks;
    lrr_segment *segments; /* parameters' first, then buffers' */
    uint8_t **touched;     /* (n_param_segments) lists of touched.h; or NULL */
    bool written;          /* there are to be none */
    struct arena *arenas;  /* all blocks of activations, the last first (memory.c) */
    char *arena;           /* activations, gradients of activations, aux */
    size_t arena_bytes;
    size_t part_bytes, part_rows; /* lrr_graph_parts' */
    size_t keep;                  /* lrr_graph_keep's */
    struct lrr_made *again;       /* (n_again) values that backward makes again */
    size_t n_again, all_bytes;    /* activations as they were if all were kept */
    char
        *branches; /* of all kept nodes; NULL: there is no room for them (branches.c) */
    char *work;
    size_t work_bytes, work_thread_bytes, work_threads;
};

/* Assigns memory of activations to all kept nodes (memory.c). Errors: ENOMEM. */
lrr_status lrr__graph_assign(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                             lrr_error *err);

/* parts.c: *part, a batch's samples before, becomes how many of them go through the network at
** once; all that is planned is what is kept. */
lrr_status lrr__graph_choose_part(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                                  size_t *part, lrr_error *err);

/* memory.c: activations if all were kept, of so many samples; of a graph as before. */
lrr_status lrr__graph_measure(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                              size_t batch, size_t *bytes, lrr_error *err);

/* Forgets the branches (branches.c). */
void lrr__graph_free_branches(lrr_graph *g);

/* A block of g->arena_bytes zeros as g->arena (arena.c). Errors: ENOMEM. */
lrr_status lrr__graph_new_arena(lrr_graph *g, lrr_error *err);

void lrr__graph_free_arenas(lrr_graph *g);

/* Gives a run what it has from its graph (run.c). */
void lrr__graph_set_own(const lrr_graph *g, lrr_run *run);

/* The same, and operators lead others (joined.h) where nobody asks for branches. */
void lrr__graph_set_joined(const lrr_graph *g, lrr_run *run);

/* to (n_kept) = the nodes of the plan, that refer to each other as those do; inputs: room for all
** their lists of inputs, one after another. Values are where they were. */
void lrr__graph_copy_nodes(const lrr_graph *g, lrr_node *to, lrr_node **inputs);

/* need of an operator's node for this plan; zero for leaves. */
lrr_op_need lrr__graph_need(const lrr_graph *g, const lrr_node *node);

#endif
