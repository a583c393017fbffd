/* op_swiglu.c -- y = silu(gate) up, of two inputs of one shape (Shazeer 2020, arXiv
** 2002.05202): the middle of nn.swiglu, whose three matrices are linear operators. */
#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/span.h"

enum { GATE, UP, INPUTS };
enum { COST = 8 };

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *a = y->in[GATE], *b = y->in[UP];
    char at[LRR_SHAPE_TEXT], bt[LRR_SHAPE_TEXT];
    if (!lrr_shape_equal(&a->shape, &b->shape) || a->seq != b->seq ||
        (a->seq && a->axis != b->axis))
        return lrr_node_fail(
            y, err, "gate is %s%s, up is %s%s: want one shape",
            lrr_shape_text(&a->shape, at), a->seq ? " (a sequence)" : "",
            lrr_shape_text(&b->shape, bt), b->seq ? " (a sequence)" : "");
    y->shape = a->shape;
    return LRR_OK;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    (void)y;
    (void)batch;
    need->reads_x = 1 << GATE | 1 << UP;
    need->again = LRR_AGAIN_PASS;
}

static void forward_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    (void)run;
    lrr_k->swiglu_forward(lrr_node_real(y->in[GATE]) + from,
                          lrr_node_real(y->in[UP]) + from, lrr_node_real(y) + from,
                          to - from);
}

static void back_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr_real *gate = lrr_node_real(y->in[GATE]) + from;
    const lrr_real *dy = lrr_node_grad(y) + from;
    if (y->in[GATE]->dy != NULL)
        lrr_k->swiglu_gate_back(gate, lrr_node_real(y->in[UP]) + from, dy,
                                lrr_node_grad(y->in[GATE]) + from, to - from,
                                lrr_node_adds(y, GATE, run));
    if (y->in[UP]->dy != NULL)
        lrr_k->swiglu_up_back(gate, dy, lrr_node_grad(y->in[UP]) + from, to - from,
                              lrr_node_adds(y, UP, run));
}

static void forward(const lrr_node *y, lrr_run *run)
{
    lrr__span_elements(y, run, lrr_node_count(y, run), COST, forward_some);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    lrr__span_elements(y, run, lrr_node_count(y, run), 2 * COST, back_some);
}

const lrr_op_def lrr_op_swiglu = { .name = "swiglu",
                                   .n_in = INPUTS,
                                   .sequences = true,
                                   .smooth = true,
                                   .infer = infer,
                                   .need = need,
                                   .forward = forward,
                                   .backward = backward,
                                   .stream = lrr_stream_each };
