/* test_branches.c -- branches of operators: room for them, and who says nothing of its own. */
#include <string.h>

#include "check.h"
#include "graph/graph.h"
#include "kernels/simd.h"
#include "ops/ops.h"

enum { BATCH = 4, WIDTH = 3 };

static lrr_op_def silent; /* relu that says nothing of its branches */

/* What `op` makes of an input, planned. */
static lrr_node *build(lrr_graph *g, const lrr_op_def *op, lrr_node **x)
{
    lrr_error err;
    lrr_input_cfg in = { "x", LRR_DTYPE_REAL, lrr_shape_of1(WIDTH), false, 0, true };
    lrr_node *y = NULL;
    CHECK(lrr_graph_input(g, &in, x, &err) == LRR_OK);
    CHECK(lrr_graph_op(g, op, x, 1, NULL, &y, &err) == LRR_OK);
    CHECK(lrr_graph_plan(g, &y, 1, BATCH, true, &err) == LRR_OK);
    return y;
}

static void held_sides_stay_until_they_are_kept_anew(void)
{
    lrr_error err;
    lrr_graph *g;
    lrr_node *x, *y;
    lrr_real at[WIDTH] = { 1, -2, 3 }, away[WIDTH] = { -1, 5, 4 };
    lrr_run run = { .n = 1, .branches = LRR_BRANCHES_KEEP };

    CHECK(lrr_graph_new(lrr_ops, lrr_ops_count, LRR_GEMM_BLAS, &g, &err) == LRR_OK);
    y = build(g, &lrr_op_relu, &x);
    CHECK(y->branch == NULL);
    CHECK(lrr_graph_branches(g, &err) == LRR_OK && y->branch != NULL);
    x->y = at;
    lrr_graph_forward(g, &run);
    CHECK(lrr_node_real(y)[0] == 1 && lrr_node_real(y)[1] == 0);
    x->y = away;
    run.branches = LRR_BRANCHES_HOLD;
    lrr_graph_forward(g, &run);
    CHECK(lrr_node_real(y)[0] == -1 && lrr_node_real(y)[1] == 0 &&
          lrr_node_real(y)[2] == 4);
    run.branches = LRR_BRANCHES_FREE;
    lrr_graph_forward(g, &run);
    CHECK(lrr_node_real(y)[0] == 0 && lrr_node_real(y)[1] == 5);
    run.branches = LRR_BRANCHES_HOLD;
    lrr_graph_forward(g, &run);
    CHECK(lrr_node_real(y)[0] == -1 && lrr_node_real(y)[1] == 0);
    CHECK(lrr_graph_plan(g, &y, 1, BATCH, true, &err) == LRR_OK);
    CHECK(y->branch == NULL); /* another plan, perhaps another batch */
    lrr_graph_free(g);
}

static void an_operator_that_knows_no_branches_is_refused(void)
{
    const lrr_op_def *ops[] = { &silent };
    lrr_error err;
    lrr_graph *g;
    lrr_node *x;

    silent = lrr_op_relu;
    silent.name = "silent";
    silent.branch = NULL;
    CHECK(lrr_graph_new(ops, 1, LRR_GEMM_BLAS, &g, &err) == LRR_OK);
    build(g, &silent, &x);
    CHECK(lrr_graph_branches(g, &err) == LRR_EINVAL);
    CHECK(strstr(err.msg, "silent: ") == err.msg);
    lrr_graph_free(g);
}

static void every_operator_says_where_it_is_smooth(void)
{
    for (size_t i = 0; i < lrr_ops_count; i++)
        CHECK(lrr_ops[i]->smooth != (lrr_ops[i]->branch != NULL));
}

int main(void)
{
    lrr_simd_choose();
    held_sides_stay_until_they_are_kept_anew();
    an_operator_that_knows_no_branches_is_refused();
    every_operator_says_where_it_is_smooth();
    printf("%d faults\n", faults);
    return faults != 0;
}
