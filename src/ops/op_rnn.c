/*
** op_rnn.c -- rnn, lstm and gru: one recurrent layer in one direction (kernels/rnn.h).
**
** Inputs: x (t, in), weight_ih (gates h, in), weight_hh (gates h, h) and, or not, both
** of bias_ih, bias_hh (gates h). y is (t, h) with `sequences`, else (h): the state after
** each sample's last step; with `reverse` that is step 0.
*/
#include "base/mem.h"
#include "kernels/rnn.h"
#include "ops/ops.h"

typedef struct rnn_attr {
    bool sequences, reverse;
    bool relu; /* rnn only: max(0, .) in place of tanh */
} rnn_attr;

/* clang-format off */
#define FLAG(field)                                    \
    { .name = #field, .type = LRR_ATTR_BOOL,           \
      .offset = offsetof(rnn_attr, field), .optional = true }
/* clang-format on */

static const lrr_attr_def rnn_attrs[] = {
    FLAG(sequences),
    FLAG(reverse),
    FLAG(relu),
    { .name = NULL },
};

static const lrr_attr_def gated_attrs[] = {
    FLAG(sequences),
    FLAG(reverse),
    { .name = NULL },
};

static lrr_rnn_kind kind_of(const lrr_node *y)
{
    const rnn_attr *attr = y->attr;
    if (y->op == &lrr_op_lstm)
        return LRR_RNN_LSTM;
    if (y->op == &lrr_op_gru)
        return LRR_RNN_GRU;
    return attr->relu ? LRR_RNN_RELU : LRR_RNN_TANH;
}

static lrr_status check_weights(lrr_node *y, lrr_error *err)
{
    const lrr_shape *hh = &y->in[2]->shape;
    size_t gates = lrr_rnn_gates(kind_of(y)), in = y->in[0]->shape.d[1], h, wide;
    static const char *const name[] = { "x", "weight_ih", "weight_hh", "bias_ih",
                                        "bias_hh" };
    h = hh->rank == 2 ? hh->d[1] : 0;
    wide = gates * h;
    for (int i = 1; i < y->n_in; i++) {
        const lrr_shape want = i == 1   ? lrr_shape_of2(wide, in)
                               : i == 2 ? lrr_shape_of2(wide, h)
                                        : lrr_shape_of1(wide);
        char found[LRR_SHAPE_TEXT], wanted[LRR_SHAPE_TEXT];
        if (h == 0 || !lrr_shape_equal(&y->in[i]->shape, &want))
            return lrr_node_fail(y, err, "%s is %s, want %s", name[i],
                                 lrr_shape_text(&y->in[i]->shape, found),
                                 lrr_shape_text(&want, wanted));
    }
    return LRR_OK;
}

static lrr_status infer(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0];
    const rnn_attr *attr = y->attr;
    lrr_status st;
    if (y->n_in != 3 && y->n_in != 5)
        return lrr_node_fail(y, err, "has %d inputs, want 3 (without biases) or 5",
                             y->n_in);
    if (x->dtype != LRR_DTYPE_REAL || x->shape.rank != 2) {
        char text[LRR_SHAPE_TEXT];
        return lrr_node_fail(y, err, "input is %s of %s, want (time, features) of real",
                             lrr_shape_text(&x->shape, text), lrr_dtype_name(x->dtype));
    }
    st = check_weights(y, err);
    if (st != LRR_OK)
        return st;
    y->seq = attr->sequences && x->seq;
    y->shape = attr->sequences ? lrr_shape_of2(x->shape.d[0], y->in[2]->shape.d[1])
                               : lrr_shape_of1(y->in[2]->shape.d[1]);
    return LRR_OK;
}

static void need(const lrr_node *y, size_t batch, lrr_op_need *n)
{
    size_t t = y->in[0]->shape.d[0], in = y->in[0]->shape.d[1];
    size_t h = y->in[2]->shape.d[1];
    n->aux = lrr_rnn_aux(kind_of(y), batch, t, in, h);
    n->work = lrr_rnn_work(kind_of(y), batch, t, in, h);
}

/* Of ReLU the side of 0 of each state; the others are smooth. */
static size_t sides(const lrr_node *y, size_t batch)
{
    return kind_of(y) == LRR_RNN_RELU
               ? lrr_size_mul(batch, y->in[0]->shape.d[0] * y->in[2]->shape.d[1])
               : 0;
}

static lrr_rnn arguments(const lrr_node *y, const lrr_run *run)
{
    const lrr_node *x = y->in[0];
    const rnn_attr *attr = y->attr;
    lrr_rnn r = {
        .kind = kind_of(y),
        .gemm = run->gemm,
        .reverse = attr->reverse,
        .sequences = attr->sequences,
        .n = run->n,
        .t = lrr_node_time(x, run),
        .in = x->shape.d[1],
        .h = y->in[2]->shape.d[1],
        .len = lrr_node_len(x, run),
        .x = lrr_node_real(x),
        .w_ih = lrr_node_real(y->in[1]),
        .w_hh = lrr_node_real(y->in[2]),
        .y = lrr_node_real(y),
        .aux = y->aux,
        .work = run->work,
        .side = run->branches != LRR_BRANCHES_FREE ? y->branch : NULL,
        .hold = run->branches == LRR_BRANCHES_HOLD,
    };
    if (y->n_in == 5) {
        r.b_ih = lrr_node_real(y->in[3]);
        r.b_hh = lrr_node_real(y->in[4]);
    }
    return r;
}

static void forward(const lrr_node *y, lrr_run *run)
{
    const lrr_rnn r = arguments(y, run);
    lrr_rnn_forward(&r);
}

static void backward(const lrr_node *y, lrr_run *run)
{
    const lrr_rnn r = arguments(y, run);
    lrr_rnn_grads g = {
        .dy = lrr_node_grad(y),
        .dx = lrr_node_grad(y->in[0]),
        .dw_ih = lrr_node_grad(y->in[1]),
        .dw_hh = lrr_node_grad(y->in[2]),
        .add_x = lrr_node_adds(y, 0, run),
        .add_w_ih = lrr_node_adds(y, 1, run),
        .add_w_hh = lrr_node_adds(y, 2, run),
    };
    if (y->n_in == 5) {
        g.db_ih = lrr_node_grad(y->in[3]);
        g.db_hh = lrr_node_grad(y->in[4]);
        g.add_b_ih = lrr_node_adds(y, 3, run);
        g.add_b_hh = lrr_node_adds(y, 4, run);
    }
    lrr_rnn_backward(&r, &g);
}

static lrr_status stream(const lrr_node *y, lrr_stream_need *need, lrr_error *err)
{
    if (((const rnn_attr *)y->attr)->reverse)
        return lrr_node_fail(y, err, "reads its steps from the last to the first");
    need->carry = lrr_rnn_carry(y->in[2]->shape.d[1]);
    return LRR_OK;
}

static void step(const lrr_node *y, lrr_run *run, void *carry)
{
    const lrr_rnn r = arguments(y, run);
    lrr_rnn_step(&r, carry);
}

#define RECURRENT(id, list)            \
    const lrr_op_def lrr_op_##id = {   \
        .name = #id,                   \
        .n_in = -1,                    \
        .attr_size = sizeof(rnn_attr), \
        .attrs = list,                 \
        .branch = sides,               \
        .infer = infer,                \
        .need = need,                  \
        .forward = forward,            \
        .backward = backward,          \
        .stream = stream,              \
        .step = step,                  \
    }

RECURRENT(rnn, rnn_attrs);
RECURRENT(lstm, gated_attrs);
RECURRENT(gru, gated_attrs);
