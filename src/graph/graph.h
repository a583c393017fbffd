/*
** graph.h -- building a network: nodes, shapes, gradients and memory.
**
** A graph grows by lrr_graph_input, _param, _buffer and _op, each of which infers and
** checks shapes at once. lrr_graph_plan then fixes the order of work, gives every node
** its memory (parameters, gradients, buffers and activations are one block each). After
** it a graph takes no more parameters, but it may be given more operators and be planned
** again (a loss, a larger batch): parameters and buffers keep their place and values.
** Once planned, lrr_graph_forward and lrr_graph_backward neither allocate
** nor fail.
**
** Ownership: the graph owns its nodes and all memory they point to, except the values of
** inputs, which the caller sets before each run and keeps until backward is done.
** Threads: one graph, one thread at a time (operators use the pool inside).
*/
#ifndef LRR_GRAPH_GRAPH_H
#define LRR_GRAPH_GRAPH_H

#include "graph/op.h"
#include "tensor/segment.h"

typedef struct lrr_graph lrr_graph;

/* How a parameter or buffer starts. */
typedef enum lrr_init_kind {
    LRR_INIT_CONSTANT,  /* a */
    LRR_INIT_UNIFORM,   /* in [-a, a) */
    LRR_INIT_NORMAL,    /* mean 0, deviation a */
    LRR_INIT_ORTHOGONAL /* gain a; rows or columns orthonormal (Saxe et al. 2014) */
} lrr_init_kind;

typedef struct lrr_init {
    lrr_init_kind kind;
    double a;
    size_t zeros; /* the first so many elements start at 0 all the same */
} lrr_init;

/* ops (n_ops): every operator there is, handed in so that graph/ knows none. gemm: its
** matrix products, which networks side by side may have of several kinds. Errors: ENOMEM. */
lrr_status lrr_graph_new(const lrr_op_def *const *ops, size_t n_ops, lrr_gemm_kind gemm,
                         lrr_graph **out, lrr_error *err);
void lrr_graph_free(lrr_graph *g);

/* The operator of that name, or NULL. */
const lrr_op_def *lrr_graph_op_find(const lrr_graph *g, const char *name);

/* A leaf that the caller feeds. */
typedef struct lrr_input_cfg {
    const char *name; /* what feeds it: "x", "y"; "" where the caller knows the node */
    lrr_dtype dtype;
    lrr_shape shape; /* of one sample; sequences: (longest, rest...) */
    bool seq;
    int axis;        /* with seq: 0..LRR_AXES_MAX - 1 */
    bool wants_grad; /* its gradient is kept after backward (a layer used alone) */
} lrr_input_cfg;

/* Errors: ENOMEM, EINVAL (a name too long, no such axis), ESHAPE. */
lrr_status lrr_graph_input(lrr_graph *g, const lrr_input_cfg *cfg, lrr_node **out,
                           lrr_error *err);

/* A parameter or buffer. Names are unique. Values are drawn from (seed, name) in
** lrr_graph_init, so that adding a layer does not change the others' start. */
lrr_status lrr_graph_param(lrr_graph *g, const char *name, const lrr_shape *shape,
                           lrr_init init, bool trains, lrr_node **out, lrr_error *err);
lrr_status lrr_graph_buffer(lrr_graph *g, const char *name, const lrr_shape *shape,
                            double fill, lrr_node **out, lrr_error *err);

/* attr: op->attr_size bytes, copied. Errors: ESHAPE, EINVAL (from infer), ENOMEM. */
lrr_status lrr_graph_op(lrr_graph *g, const lrr_op_def *op, lrr_node *const *in,
                        int n_in, const void *attr, lrr_node **out, lrr_error *err);

/*
** Keeps what leads to `outputs` (n_outputs), whose values stay readable
** after forward; the loss, if there is one, is an output like any other. With train,
** gradients of all that want one. batch: the largest number of samples in a run.
** Errors: ENOMEM (with what was asked for), EINVAL (no output); then it has no plan, and
** may be planned again.
*/
lrr_status lrr_graph_plan(lrr_graph *g, lrr_node *const *outputs, int n_outputs,
                          size_t batch, bool train, lrr_error *err);

/* Plans to come keep from forward to backward what fits into so many bytes of activations;
** where more were needed, backward makes again what it can (graph/again.h): first what costs a
** pass, then products, and of both those of the first layers first, as many as it takes. The
** results are the same bits. Without it: LRR_GRAPH_KEEP. */
#define LRR_GRAPH_KEEP ((size_t)192 << 20)
void lrr_graph_keep(lrr_graph *g, size_t bytes);

/* Draws all parameters anew from seed; buffers get their fill. After the plan. Errors:
** ENOMEM (orthogonal needs scratch), EINVAL (interrupted: halt.h). */
lrr_status lrr_graph_init(lrr_graph *g, uint64_t seed, lrr_error *err);

/* Makes room for the branches of this plan's operators (lrr_run.branches), until the next
** plan. A second call does nothing. Errors: ENOMEM; EINVAL, with the operator's name (one
** that knows of no branches: what it does at held ones would be wrong without a word). */
lrr_status lrr_graph_branches(lrr_graph *g, lrr_error *err);

/* y of every node, in order. run's n, axis, train, branches, seed, step, micro, loss_scale
** are the caller's to set; gemm and work are set here. */
void lrr_graph_forward(lrr_graph *g, lrr_run *run);

/* Forward's second half: only after a forward with the same run. Starts from the loss
** node's gradient (run->loss_scale), or from the dy of `from` that the caller filled. */
void lrr_graph_backward(lrr_graph *g, lrr_run *run, const lrr_node *from);

/* The blocks: params and grads (n_params elements, same layout), buffers. Padding stays
** zero. grads is NULL in a plan without train. */
typedef struct lrr_blocks {
    lrr_real *params, *grads, *buffers;
    size_t n_params, n_buffers;
    const lrr_segment *param_segments, *buffer_segments;
    size_t n_param_segments, n_buffer_segments;
    /* (n_param_segments) of each row (of shape.d[0]): 0, all its gradient is 0; NULL: any may be
    ** other than 0, as where there is no list of lists. */
    const uint8_t *const *touched;
} lrr_blocks;

void lrr_graph_blocks(const lrr_graph *g, lrr_blocks *out);

/* From now on others may write to gradients at any time. */
void lrr_graph_grads_written(lrr_graph *g);

/* The batch it was planned for; 0 before that. The loss among the outputs, or NULL. */
size_t lrr_graph_batch(const lrr_graph *g);
lrr_node *lrr_graph_loss(const lrr_graph *g);

/* How often it was planned, tries that failed among them: what was found out about a plan
** holds as long as this stays. */
uint64_t lrr_graph_plans(const lrr_graph *g);

/* The (*n) names of what that loss counts (lrr_op_def.counts). */
const char *const *lrr_graph_counts(const lrr_graph *g, size_t *n);

/* True where the plan needs the node. */
bool lrr_graph_needs(const lrr_graph *g, const lrr_node *node);

/* True where every input that the plan needs has values. */
bool lrr_graph_is_fed(const lrr_graph *g);

/* Nodes in order of making, 0..count-1, and bytes by purpose, for `lrrun plan`. */
size_t lrr_graph_count(const lrr_graph *g);
lrr_node *lrr_graph_node(const lrr_graph *g, size_t id);
typedef struct lrr_graph_memory {
    size_t params, grads, buffers, activations, work;
    size_t again,
        all_kept; /* values that backward makes again; activations without that */
} lrr_graph_memory;
void lrr_graph_memory_used(const lrr_graph *g, lrr_graph_memory *out);

#endif
