/* ops.c -- see ops.h. */
#include "ops/ops.h"

const lrr_op_def *const lrr_ops[] = {
#define X(name) &lrr_op_##name,
    LRR_OP_MAP(X)
#undef X
};

const size_t lrr_ops_count = sizeof lrr_ops / sizeof *lrr_ops;
