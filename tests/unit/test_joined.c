/*
** test_joined.c -- operators that another one leads give the bits of everybody on his own, which
** a run that keeps branches has: batchnorm alone, with a ReLU behind it, and with a pool, or the
** mean of each plane, behind that.
*/
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "check.h"
#include "graph/graph.h"
#include "kernels/simd.h"
#include "ops/ops.h"
#include "ops/pool_window.h"

enum { BATCH = 3, CHANNELS = 5, MOST = 1 << 21 };

/* As op_batchnorm.c has it. */
typedef struct norm_attr {
    double momentum, eps, hold;
    bool alone;
} norm_attr;

enum { NORM, RELU, POOL, MEAN, MORE };

/* x, tanh, batchnorm, what `more` says (of the pools behind a ReLU), and tanh. */
typedef struct net {
    lrr_graph *g;
    lrr_node *x, *norm, *relu, *last;
    size_t side, batch;
} net;

static lrr_node *make(lrr_graph *g, const lrr_op_def *op, lrr_node **in, int n,
                      const void *attr)
{
    lrr_error err;
    lrr_node *y = NULL;
    CHECK(lrr_graph_op(g, op, in, n, attr, &y, &err) == LRR_OK);
    return y;
}

static net build(size_t side, size_t batch, int more, bool shown)
{
    const norm_attr norm = { .momentum = 0.1, .eps = 1e-5 };
    const lrr__pool_attr pool = { 2, 2, 2, 2, 0, 0 };
    const lrr_shape c = lrr_shape_of1(CHANNELS);
    const lrr_init draw = { LRR_INIT_UNIFORM, 1, 0 };
    lrr_input_cfg in = { .name = "x",
                         .dtype = LRR_DTYPE_REAL,
                         .shape = lrr_shape_of3(CHANNELS, side, side),
                         .wants_grad = true };
    lrr_error err;
    net n = { .side = side, .batch = batch };
    lrr_node *of[5], *outputs[2];

    CHECK(lrr_graph_new(lrr_ops, lrr_ops_count, LRR_GEMM_BLAS, &n.g, &err) == LRR_OK);
    CHECK(lrr_graph_input(n.g, &in, &n.x, &err) == LRR_OK);
    of[0] = make(n.g, &lrr_op_tanh, &n.x, 1, NULL);
    CHECK(lrr_graph_param(n.g, "w", &c, draw, true, &of[1], &err) == LRR_OK);
    CHECK(lrr_graph_param(n.g, "b", &c, draw, true, &of[2], &err) == LRR_OK);
    CHECK(lrr_graph_buffer(n.g, "mean", &c, 0, &of[3], &err) == LRR_OK);
    CHECK(lrr_graph_buffer(n.g, "var", &c, 1, &of[4], &err) == LRR_OK);
    n.norm = n.last = make(n.g, &lrr_op_batchnorm, of, 5, &norm);
    if (more >= RELU)
        n.relu = n.last = make(n.g, &lrr_op_relu, &n.last, 1, NULL);
    if (more == POOL)
        n.last = make(n.g, &lrr_op_maxpool2d, &n.last, 1, &pool);
    if (more == MEAN)
        n.last = make(n.g, &lrr_op_global_avgpool, &n.last, 1, NULL);
    outputs[0] = n.last = make(n.g, &lrr_op_tanh, &n.last, 1, NULL);
    outputs[1] = n.norm;
    CHECK(lrr_graph_plan(n.g, outputs, shown ? 2 : 1, batch, true, &err) == LRR_OK);
    CHECK(lrr_graph_branches(n.g, &err) == LRR_OK);
    return n;
}

/* All that a step of it comes to, in a row. */
static size_t step(net *n, lrr_branches branches, lrr_real *all)
{
    static lrr_real x[MOST];
    const size_t count = n->batch * lrr_shape_count(&n->x->shape);
    lrr_run run = { .n = n->batch,
                    .train = true,
                    .statistics = true,
                    .loss_scale = 1,
                    .branches = branches };
    lrr_blocks k;
    lrr_error err;
    size_t at = 0;

    CHECK(count <= MOST && lrr_graph_init(n->g, 7, &err) == LRR_OK);
    srand(5);
    for (size_t i = 0; i < count; i++)
        x[i] = (lrr_real)(rand() % 2001 - 1000) / 700;
    n->x->y = x;
    lrr_graph_forward(n->g, &run);
    const size_t made = lrr_node_count(n->last, &run);
    for (size_t i = 0; i < made; i++)
        lrr_node_grad(n->last)[i] = (lrr_real)(rand() % 2001 - 1000) / 1000;
    memcpy(all, n->last->y, made * sizeof *all);
    at += made;
    lrr_graph_backward(n->g, &run, n->last);
    lrr_graph_blocks(n->g, &k);
    memcpy(all + at, n->x->dy, count * sizeof *all);
    at += count;
    memcpy(all + at, k.grads, k.n_params * sizeof *all);
    at += k.n_params;
    memcpy(all + at, k.buffers, k.n_buffers * sizeof *all);
    return at + k.n_buffers;
}

static void led_or_alone_the_bits_are_the_same(size_t side, size_t batch, int more)
{
    static lrr_real one[2 * MOST + 4096], two[2 * MOST + 4096];
    net n = build(side, batch, more, false);
    const size_t count = step(&n, LRR_BRANCHES_FREE, one);
    bool moved = false;

    CHECK((n.norm->then != NULL) == (more >= RELU));
    CHECK(more < POOL || n.relu->then != NULL);
    CHECK(step(&n, LRR_BRANCHES_KEEP, two) == count);
    CHECK(memcmp(one, two, count * sizeof *one) == 0);
    for (size_t i = 0; i < count; i++)
        moved = moved || one[i] != one[0];
    CHECK(moved);
    lrr_graph_free(n.g);
}

static void who_is_looked_at_leads_nobody(void)
{
    net n = build(6, BATCH, POOL, true);
    CHECK(n.norm->then == NULL && n.relu->lead == NULL);
    lrr_graph_free(n.g);
}

int main(void)
{
    lrr_simd_choose();
    for (int more = NORM; more < MORE; more++) {
        led_or_alone_the_bits_are_the_same(6, BATCH, more);
        led_or_alone_the_bits_are_the_same(7, BATCH, more);
        led_or_alone_the_bits_are_the_same(8, BATCH, more);
    }
    for (int more = RELU; more < MORE; more++) /* past the caches */
        led_or_alone_the_bits_are_the_same(64, 64, more);
    who_is_looked_at_leads_nobody();
    printf("%d faults\n", faults);
    return faults != 0;
}
