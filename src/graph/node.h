/*
** node.h -- a node of a graph, and one pass over its nodes: what operators compute on.
**
** A node is a value: an input, a parameter, a buffer (running statistics), or what an operator makes
** of other nodes. Its shape is that of ONE SAMPLE; the batch stands in front of it in memory: y is
** (run->n, shape...). Parameters and buffers have none.
**
** Sequences: in a node with `seq` set, shape.d[0] is the longest length there is, while the batch at
** hand has t = lrr_node_time steps, and y is (run->n, t, rest...) without gaps. Nodes of one `axis`
** have the same steps and lengths (lrr_node_len); an encoder and a decoder have two axes. What stands
** in y past a sample's length is undefined, but finite where inputs are there (a loader's are 0):
** gradients of weights multiply it by 0. Who mixes steps must not read it, and writes 0 there in backward.
*/
#ifndef LRR_GRAPH_NODE_H
#define LRR_GRAPH_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/gemm_kind.h"
#include "base/real.h"
#include "graph/branches.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

#define LRR_NAME_MAX  64
#define LRR_AXES_MAX  4
#define LRR_COUNT_MAX 8 /* sums that a loss counts besides itself, at most */
typedef struct lrr_op_def lrr_op_def; /* graph/op.h */
typedef struct lrr_node lrr_node;

/* One time axis in the batch at hand. */
typedef struct lrr_axis {
    size_t t; /* steps: those of the longest sample; 0: there is no such axis */
    const int32_t *len; /* (n) lengths, 0..t; NULL: all are t */
} lrr_axis;

/* One pass over the graph: what is the same for all operators. */
typedef struct lrr_run {
    size_t n; /* samples in this batch, 1..the plan's batch */
    lrr_axis axis[LRR_AXES_MAX];
    lrr_gemm_kind gemm; /* matrix products: the graph's, set by lrr_graph_forward */
    bool train;         /* dropout drops, batchnorm uses the batch's statistics */
    bool statistics;    /* with train: running statistics move; not in a second run */
    bool streams;       /* one sample, whose steps come in pieces: graph/stream.h */
    size_t at;          /* steps that came before this run's; 0 in all but streams */
    lrr_branches branches; /* all but FREE want lrr_graph_branches first */
    uint64_t seed;         /* of the run: dropout */
    uint64_t step;         /* updates done so far: dropout's counter */
    uint32_t micro;        /* which batch of an accumulated step, from 0 */
    double loss_scale;     /* of the loss's gradient: share of the accumulated step */
    size_t first; /* of a shard, or part of a batch: its first sample's place */
    bool whole;   /* lrr_over's sums of the batch are there */
    bool fresh;   /* gradients of parameters are written in any micro and part */
    double *sums; /* what lrr_over.part fills */
    bool again;   /* work is as the same operator left it, of other samples */
    bool joined;  /* operators do the work of those that they lead (graph/joined.h) */
    void *work;   /* need.work bytes, undefined contents */
    void *work_thread[64]; /* need.work_thread bytes for each lrr_threads_self() */
    double loss, weight, targets; /* the loss's: mean, sum of weights, how many */
    double count[LRR_COUNT_MAX];  /* sums over the targets of what op->counts names */
} lrr_run;

typedef enum lrr_node_kind {
    LRR_NODE_INPUT,
    LRR_NODE_PARAM,
    LRR_NODE_BUFFER, /* state that is no parameter: running mean and variance */
    LRR_NODE_OP
} lrr_node_kind;

struct lrr_node {
    lrr_node_kind kind;
    const lrr_op_def *op; /* NULL unless kind is OP */
    int id;               /* place in the graph, from 0; also counts dropout streams */
    char name[LRR_NAME_MAX]; /* "3.linear.weight"; fed inputs: "x"; operators: "" */
    int n_in;
    lrr_node **in;
    void *attr; /* op's attribute struct */
    lrr_shape shape;
    lrr_dtype dtype, dy_dtype; /* of the numbers in y, and in dy */
    bool seq;
    int axis;        /* with seq: its place in run->axis */
    bool wants_grad; /* a parameter that trains, or depends on one */
    /* Set by the plan. */
    void *y;               /* values; inputs: set before each run */
    void *dy;              /* gradient of y; NULL where nobody wants it */
    uint8_t *touched;      /* of a parameter: graph/touched.h; or NULL */
    void *aux;             /* need.aux bytes */
    void *branch;          /* op->branch bytes; NULL before lrr_graph_branches */
    uint32_t adds;         /* bit i: backward adds to in[i]->dy, else it writes */
    bool slope;            /* forward leaves in in[0]->y what dy is multiplied by */
    lrr_node *lead, *then; /* graph/joined.h; NULL: it goes alone, or is the last */
};

/* True when backward must add to in[i]->dy rather than overwrite it. */
static inline bool lrr_node_adds(const lrr_node *y, int i, const lrr_run *run)
{
    const bool more = (run->micro > 0 || run->first > 0) && !run->fresh;
    return (y->adds >> i & 1) != 0 || (more && y->in[i]->kind == LRR_NODE_PARAM);
}

/* The one way to what kernels compute with; another kind of number stops here. */
static inline lrr_real *lrr_node_real(const lrr_node *x)
{
    LRR_ASSERT(x->dtype == LRR_DTYPE_REAL);
    return (lrr_real *)x->y;
}

static inline const int32_t *lrr_node_ids(const lrr_node *x)
{
    LRR_ASSERT(x->dtype == LRR_DTYPE_I32);
    return (const int32_t *)x->y;
}

static inline lrr_real *lrr_node_grad(const lrr_node *x)
{
    LRR_ASSERT(x->dy_dtype == LRR_DTYPE_REAL);
    return (lrr_real *)x->dy;
}

/* x's first axis in this run: the batch's steps where it is a sequence. */
static inline size_t lrr_node_time(const lrr_node *x, const lrr_run *run)
{
    return x->seq ? run->axis[x->axis].t : x->shape.d[0];
}

/* (n) lengths of x's samples; NULL: x is no sequence, or all are of full length. */
static inline const int32_t *lrr_node_len(const lrr_node *x, const lrr_run *run)
{
    return x->seq ? run->axis[x->axis].len : NULL;
}

/* Elements of x in this run, time as in the batch at hand; parameters' have no batch. */
static inline size_t lrr_node_count(const lrr_node *x, const lrr_run *run)
{
    size_t n = x->kind == LRR_NODE_PARAM || x->kind == LRR_NODE_BUFFER ? 1 : run->n;
    for (int i = 0; i < x->shape.rank; i++)
        n *= i == 0 ? lrr_node_time(x, run) : x->shape.d[i];
    return n;
}

/* Elements over the last axis: rows = count / cols; without axes 1. */
static inline size_t lrr_node_cols(const lrr_node *x)
{
    return x->shape.rank == 0 ? 1 : x->shape.d[x->shape.rank - 1];
}

#endif
