/* ops.h -- all operators, for lrr_graph_new. */
#ifndef LRR_OPS_OPS_H
#define LRR_OPS_OPS_H

#include "graph/op.h"
#include "graph/op_map.h"

#define X(name) extern const lrr_op_def lrr_op_##name;
LRR_OP_MAP(X)
#undef X

extern const lrr_op_def *const lrr_ops[];
extern const size_t lrr_ops_count;

#endif
