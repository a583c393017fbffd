/*
** op.h -- the contract between the graph and its operators.
** An operator makes a node (graph/node.h) of other nodes. It is one lrr_op_def in one file of ops/,
** one line of op_map.h and one row of tests/spec/ops/cases.lua; nothing else knows it.
**
** Batch size and time are known only in a call; everything else is settled in infer. forward and
** backward cannot fail, do not allocate, do not block, and give the same bits for any number of
** threads: work is cut by shape (base/threads.h).
*/
#ifndef LRR_GRAPH_OP_H
#define LRR_GRAPH_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/range.h"
#include "graph/node.h"

/* What it costs to compute y again in backward, with the same bits (graph/again.h). */
typedef enum lrr_again_cost {
    LRR_AGAIN_NEVER,   /* it cannot be: forward moves something besides y and aux */
    LRR_AGAIN_PASS,    /* about a pass over it */
    LRR_AGAIN_PRODUCT, /* a product of matrices */
    LRR_AGAIN_COSTS
} lrr_again_cost;

/* What a node needs at run time; see lrr_op_def.need. All sizes for the largest batch. */
typedef struct lrr_op_need {
    lrr_gemm_kind gemm; /* the graph's, given */
    size_t aux;         /* bytes kept from forward to backward (a mask, gate values) */
    size_t work;        /* bytes of scratch, shared by all nodes */
    size_t work_thread; /* bytes of scratch of each thread, likewise */
    uint32_t reads_x;   /* bit i: backward reads in[i]->y */
    bool reads_y;       /* backward reads y */
    bool in_place;      /* y may be in[0]'s memory, dx[0] dy's: as large, bit 0 clear */
    bool dx_in_place;   /* dx[0] may be dy's memory, of the same size */
    bool dx_1_is_dy;    /* dx[1] may be dy's memory, as dx[0] may at once, and is dy */
    bool dx_over_x;     /* dx[0] may be in[0]->y's, which is all read before */
    bool slope_over_x; /* both calls go by y->slope, where nobody else reads in[0]->y */
    lrr_again_cost again;
} lrr_op_need;

/* What a node keeps of the steps before in a stream (graph/stream.h). */
typedef struct lrr_stream_need {
    size_t carry; /* bytes, 0 to begin with; for a sequence of in[0]->shape.d[0] */
    bool bounded; /* no more steps than that can be looked back at, or told apart */
} lrr_stream_need;

typedef enum lrr_attr_type {
    LRR_ATTR_INT,
    LRR_ATTR_REAL,
    LRR_ATTR_BOOL,
    LRR_ATTR_LIST
} lrr_attr_type;

/* Numbers of an attribute; they are the node's, which copies them. n 0: none. */
typedef struct lrr_attr_list {
    size_t n;
    const double *at; /* (n) */
} lrr_attr_list;

/* A named field of an operator's attribute struct: int64_t, double, bool or lrr_attr_list.
** REAL fields may be driven by a schedule: forward reads them in each call. A missing
** attribute is an error unless `optional`, in which case the field stays 0. A REAL one has a
** range, and so have the numbers of a LIST. */
typedef struct lrr_attr_def {
    const char *name; /* NULL ends the list */
    lrr_attr_type type;
    size_t offset;
    bool optional;
    lrr_range range;
} lrr_attr_def;

/* What an operator takes of the whole batch in training, where that comes in shards (graph/shards.h):
** sums over the samples, in stages, each of which may go by the one before. With run->whole,
** forward and backward go by these and do only what each sample needs. */
typedef struct lrr_over {
    int forward, backward; /* stages before each; backward's are numbered on */
    /* Sums of a stage; 0: this run needs none, and is one as without shards. */
    size_t (*count)(const lrr_node *y, const lrr_run *run);
    /* run->sums (count, zeros) = those of the samples at hand; in the first stage of backward
    ** also all that their parameters' gradients get. */
    void (*part)(const lrr_node *y, lrr_run *run, int stage);
    /* Sums of a stage behind backward's that nobody waits for, as of running statistics: it is
    ** made after all forwards, and travels with the loss. NULL: there are none. */
    size_t (*left)(const lrr_node *y, const lrr_run *run);
    /* Takes those of the batch. With run->statistics this is the one call, of those for all
    ** shards, in which running statistics move. */
    void (*whole)(const lrr_node *y, lrr_run *run, int stage, const double *sums);
} lrr_over;

struct lrr_op_def {
    const char *name; /* as in Lua, in messages and in gradient-check rows */
    int n_in;         /* inputs; -1: one or more */
    size_t attr_size; /* of the attribute struct; 0: none */
    const lrr_attr_def *attrs;
    bool is_loss; /* y is () and run->loss; in[0] predictions, in[1] targets */
    /* Losses: names of what forward counts in run->count, in order, LRR_COUNT_MAX at most
    ** ("correct"); a metric of lua/lrrun/metrics/ reads such a sum by its name. NULL ends
    ** the list; NULL instead of a list: nothing. */
    const char *const *counts;
    /* Bit i: infer sees to the kind of number of in[i]; all other inputs have to be REAL,
    ** which the graph sees to. */
    uint32_t other_kinds;
    /* Inputs behind the first may be sequences, which infer sees to; without it none is,
    ** which the graph sees to: a weight has all its rows in every batch. */
    bool sequences;
    /* What of it is not smooth where its derivative is taken (lrr_branches): bytes of
    ** y->branch for `batch` samples, which forward fills with run->branches KEEP, and which
    ** both forward and backward go by with HOLD. 0: this node is smooth. NULL: nothing is
    ** said, and the graph refuses to keep branches, unless the operator is `smooth` always. */
    size_t (*branch)(const lrr_node *y, size_t batch);
    bool smooth;
    /* Sets y->shape, y->dtype (REAL by default), y->seq and y->axis (default: in[0]'s)
    ** from inputs and attributes, all of which it checks; the only place that may fail. */
    lrr_status (*infer)(lrr_node *y, lrr_error *err);
    /* Fills need for a plan of `batch` samples; NULL: all zero. */
    void (*need)(const lrr_node *y, size_t batch, lrr_op_need *need);
    void (*forward)(const lrr_node *y, lrr_run *run);
    /* For each input i with in[i]->dy not NULL: writes its gradient, or adds to it when
    ** lrr_node_adds(y, i, run). NULL: not differentiable. */
    void (*backward)(const lrr_node *y, lrr_run *run);
    /* Streams (graph/stream.h), where steps of a sequence come a few at a time: run's axis has
    ** the new ones, of which run->at came before. lrr_stream_each: what forward makes of the
    ** new steps alone is right, evaluation meant. Else it fills need (all 0), or fails with
    ** ESHAPE and why where y hangs on steps to come; and `step` is called in forward's place
    ** with need.carry bytes that are y's from step to step, unless it is NULL, and forward goes
    ** by run->at. NULL: nothing is said, and there is no stream. */
    lrr_status (*stream)(const lrr_node *y, lrr_stream_need *need, lrr_error *err);
    void (*step)(const lrr_node *y, lrr_run *run, void *carry);
    const lrr_over *over; /* NULL: a sample's values hang on no other sample */
    bool in_parts;        /* batches for it may go in parts (graph/parts.h) */
    uint32_t marks;       /* bit i: backward keeps in[i]->touched (graph/touched.h) */
    bool (*leads)(const lrr_node *y, const lrr_node *next); /* graph/joined.h */
};

/* See stream. */
lrr_status lrr_stream_each(const lrr_node *y, lrr_stream_need *need, lrr_error *err);

/* The REAL attribute of that name, and its value, for a schedule to drive; NULL without. */
const lrr_attr_def *lrr_op_attr_real(const lrr_op_def *op, const char *name);
double *lrr_node_attr_real(const lrr_node *node, const char *name);

/* For infer: fills err, the operator's name in front ("linear: ..."), and returns ESHAPE. */
lrr_status lrr_node_fail(const lrr_node *y, lrr_error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
