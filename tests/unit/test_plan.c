/*
** test_plan.c -- what a plan costs for each node does not grow with the network: a chain of thousands
** of layers with weights, in the plans that training, evaluation and smaller memory take.
**
** Processor time, the least of a few, of two chains one 16 times as long as the other: a plan that
** looks at all nodes for each one would take some 16 times as long for a node. Caches that the longer
** chain leaves cost a factor of 2.
*/
#include <float.h>
#include <stdio.h>
#include <time.h>

#include "check.h"
#include "graph/graph.h"
#include "graph/parts.h"
#include "kernels/simd.h"
#include "ops/ops.h"

enum { WIDTH = 2, BATCH = 2, SHORT = 500, TIMES = 16, TRIES = 5 };

typedef struct chain {
    size_t layers;
    lrr_graph *g;
    lrr_node *y;
} chain;

static chain chain_of(size_t layers)
{
    const lrr_shape shape = lrr_shape_of2(WIDTH, WIDTH);
    const lrr_init init = { 0 };
    lrr_input_cfg in = { "x", LRR_DTYPE_REAL, lrr_shape_of1(WIDTH), false, 0, true };
    chain c = { .layers = layers };
    lrr_error err;
    CHECK(lrr_graph_new(lrr_ops, lrr_ops_count, LRR_GEMM_FUSED, &c.g, &err) == LRR_OK);
    CHECK(lrr_graph_input(c.g, &in, &c.y, &err) == LRR_OK);
    for (size_t i = 0; i < layers; i++) {
        char name[40];
        lrr_node *pair[] = { c.y, NULL };
        snprintf(name, sizeof name, "%zu.weight", i);
        CHECK(lrr_graph_param(c.g, name, &shape, init, true, &pair[1], &err) == LRR_OK);
        CHECK(lrr_graph_op(c.g, &lrr_op_linear, pair, 2, NULL, &c.y, &err) == LRR_OK);
        pair[0] = c.y;
        CHECK(lrr_graph_op(c.g, &lrr_op_relu, pair, 1, NULL, &c.y, &err) == LRR_OK);
    }
    return c;
}

/* Seconds for a layer. */
static double cost(const chain *c, bool parts)
{
    double best = DBL_MAX;
    for (int i = 0; i < TRIES; i++) {
        lrr_error err;
        const clock_t began = clock();
        CHECK((parts ? lrr_graph_plan_parts(c->g, &c->y, 1, BATCH, &err)
                     : lrr_graph_plan(c->g, &c->y, 1, BATCH, true, &err)) == LRR_OK);
        const double took = (double)(clock() - began) / CLOCKS_PER_SEC;
        best = took < best ? took : best;
    }
    return best / (double)c->layers;
}

static void check_growth(size_t keep, bool parts)
{
    chain few = chain_of(SHORT), many = chain_of(SHORT * TIMES);
    if (keep > 0) {
        lrr_graph_keep(few.g, keep);
        lrr_graph_keep(many.g, keep);
    }
    const double a = cost(&few, parts), b = cost(&many, parts);
    CHECK(b < a * TIMES / 3);
    if (b >= a * TIMES / 3)
        printf("%zu %d: %g and %g us for a layer\n", keep, parts, a * 1e6, b * 1e6);
    lrr_graph_free(few.g);
    lrr_graph_free(many.g);
}

int main(void)
{
    lrr_simd_choose();
    check_growth(0, false);
    check_growth(0, true);
    check_growth(1 << 14, false);
    printf("%d faults\n", faults);
    return faults != 0;
}
