/* op_activation.c -- activations of each element, and softmax over the last axis. */
#include "base/mem.h"
#include "graph/op.h"
#include "kernels/simd.h"
#include "ops/span.h"

/* The constant of leaky_relu (slope) or elu (alpha); other functions have none. */
typedef struct attr {
    double a;
} attr;

static lrr_status infer_real(lrr_node *y, lrr_error *err)
{
    if (y->in[0]->dtype != LRR_DTYPE_REAL)
        return lrr_node_fail(y, err, "input holds tokens, want numbers");
    y->shape = y->in[0]->shape;
    return LRR_OK;
}

static void need_x(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    (void)y;
    (void)batch;
    need->reads_x = 1;
    need->dx_in_place = true;
    need->again = LRR_AGAIN_PASS;
}

static void need_y(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    (void)y;
    (void)batch;
    need->reads_y = true;
    need->in_place = true;
    need->again = LRR_AGAIN_PASS;
}

static lrr_real constant(const lrr_node *y)
{
    return y->attr != NULL ? (lrr_real)((const attr *)y->attr)->a : 0;
}

/* gelu's slope costs little beside its value, as much as both without it. */
static void need_slope(const lrr_node *y, size_t batch, lrr_op_need *need)
{
    need_x(y, batch, need);
    need->slope_over_x = true;
}

static void sloped_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    (void)run;
    lrr_k->gelu_sloped(lrr_node_real(y->in[0]) + from, lrr_node_real(y) + from,
                       to - from);
}

static void sloped_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    const lrr_real *dy = lrr_node_grad(y) + from,
                   *slope = lrr_node_real(y->in[0]) + from;
    lrr_real *dx = lrr_node_grad(y->in[0]) + from;
    if (lrr_node_adds(y, 0, run))
        lrr_k->mul_add(dy, slope, dx, to - from);
    else
        lrr_k->mul(dy, slope, dx, to - from);
}

#define READS_0 lrr_node_real(y)
#define READS_1 lrr_node_real(y->in[0])
#define NEED_0  need_y
#define NEED_1  need_x

#define FUNCTIONS(_, f, reads, cost)                                                \
    static void f##_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)   \
    {                                                                               \
        (void)run;                                                                  \
        lrr_k->f##_forward(lrr_node_real(y->in[0]) + from, lrr_node_real(y) + from, \
                           to - from, constant(y));                                 \
    }                                                                               \
    static void f##_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)   \
    {                                                                               \
        lrr_k->f##_backward(READS_##reads + from, lrr_node_grad(y) + from,          \
                            lrr_node_grad(y->in[0]) + from, to - from, constant(y), \
                            lrr_node_adds(y, 0, run));                              \
    }                                                                               \
    static void f##_spread(const lrr_node *y, lrr_run *run, lrr_span_fn some)       \
    {                                                                               \
        lrr__span_elements(y, run, lrr_node_count(y, run), cost, some);             \
    }

LRR_ACTIVATION_BENT_MAP(FUNCTIONS, )
LRR_ACTIVATION_SMOOTH_MAP(FUNCTIONS, )

#define SMOOTH(_, f, reads, cost)                                               \
    static void f##_forward(const lrr_node *y, lrr_run *run)                    \
    {                                                                           \
        f##_spread(y, run, y->slope ? sloped_some : f##_some);                  \
    }                                                                           \
    static void f##_backward(const lrr_node *y, lrr_run *run)                   \
    {                                                                           \
        if (y->in[0]->dy == NULL)                                               \
            return;                                                             \
        if (y->slope)                                                           \
            lrr__span_elements(y, run, lrr_node_count(y, run), 2, sloped_back); \
        else                                                                    \
            f##_spread(y, run, f##_back);                                       \
    }

LRR_ACTIVATION_SMOOTH_MAP(SMOOTH, )

/* The side of 0 that each element is on. */
static size_t sides(const lrr_node *y, size_t batch)
{
    return lrr_size_mul(batch, lrr_shape_count(&y->shape));
}

/* Before forward: y may be x's memory. */
static void keep_sides(const lrr_node *y, size_t from, size_t to)
{
    lrr_k->sides(lrr_node_real(y->in[0]) + from, (uint8_t *)y->branch + from,
                 to - from);
}

#define BENT(_, f, reads, cost)                                                        \
    static void f##_keep(const lrr_node *y, lrr_run *run, size_t from, size_t to)      \
    {                                                                                  \
        keep_sides(y, from, to);                                                       \
        f##_some(y, run, from, to);                                                    \
    }                                                                                  \
    static void f##_hold(const lrr_node *y, lrr_run *run, size_t from, size_t to)      \
    {                                                                                  \
        (void)run;                                                                     \
        lrr_k->f##_held((const uint8_t *)y->branch + from,                             \
                        lrr_node_real(y->in[0]) + from, lrr_node_real(y) + from,       \
                        to - from, constant(y));                                       \
    }                                                                                  \
    static void f##_hold_back(const lrr_node *y, lrr_run *run, size_t from, size_t to) \
    {                                                                                  \
        lrr_k->f##_held_back((const uint8_t *)y->branch + from, READS_##reads + from,  \
                             lrr_node_grad(y) + from, lrr_node_grad(y->in[0]) + from,  \
                             to - from, constant(y), lrr_node_adds(y, 0, run));        \
    }                                                                                  \
    static void f##_forward(const lrr_node *y, lrr_run *run)                           \
    {                                                                                  \
        f##_spread(y, run,                                                             \
                   run->branches == LRR_BRANCHES_FREE   ? f##_some                     \
                   : run->branches == LRR_BRANCHES_KEEP ? f##_keep                     \
                                                        : f##_hold);                   \
    }                                                                                  \
    static void f##_backward(const lrr_node *y, lrr_run *run)                          \
    {                                                                                  \
        if (y->in[0]->dy != NULL)                                                      \
            f##_spread(y, run,                                                         \
                       run->branches == LRR_BRANCHES_HOLD ? f##_hold_back : f##_back); \
    }

LRR_ACTIVATION_BENT_MAP(BENT, )

/* From 0: below it the sign of y would not tell that of x, which backward relies on. */
static const lrr_attr_def slope[] = {
    { .name = "slope",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, a),
      .range = LRR_FROM(0) },
    { .name = NULL },
};
static const lrr_attr_def alpha[] = {
    { .name = "alpha",
      .type = LRR_ATTR_REAL,
      .offset = offsetof(attr, a),
      .range = LRR_FROM(0) },
    { .name = NULL },
};

#define PLAIN(f, need_fn)                                     \
    const lrr_op_def lrr_op_##f = { .name = #f,               \
                                    .n_in = 1,                \
                                    .smooth = true,           \
                                    .infer = infer_real,      \
                                    .need = need_fn,          \
                                    .forward = f##_forward,   \
                                    .backward = f##_backward, \
                                    .stream = lrr_stream_each }
#define WITH_BEND(f, attr_bytes, attr_list)                   \
    const lrr_op_def lrr_op_##f = { .name = #f,               \
                                    .n_in = 1,                \
                                    .attr_size = attr_bytes,  \
                                    .attrs = attr_list,       \
                                    .branch = sides,          \
                                    .infer = infer_real,      \
                                    .need = need_y,           \
                                    .forward = f##_forward,   \
                                    .backward = f##_backward, \
                                    .stream = lrr_stream_each }

WITH_BEND(relu, 0, NULL);
WITH_BEND(leaky_relu, sizeof(attr), slope);
WITH_BEND(elu, sizeof(attr), alpha);
WITH_BEND(selu, 0, NULL);
PLAIN(gelu, need_slope);
PLAIN(silu, need_x);
PLAIN(tanh, need_y);
PLAIN(sigmoid, need_y);
PLAIN(softplus, need_x);

/* Softmax: rows of the last axis. */

static lrr_status infer_softmax(lrr_node *y, lrr_error *err)
{
    const lrr_node *x = y->in[0];
    char text[LRR_SHAPE_TEXT];
    if (x->shape.rank < 1 || (x->seq && x->shape.rank < 2))
        return lrr_node_fail(y, err, "input is %s, want a last axis of classes",
                             lrr_shape_text(&x->shape, text));
    return infer_real(y, err);
}

static void softmax_some(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t cols = lrr_node_cols(y);
    (void)run;
    lrr_k->softmax_forward(lrr_node_real(y->in[0]) + from * cols,
                           lrr_node_real(y) + from * cols, NULL, NULL, to - from, cols);
}

static void softmax_back(const lrr_node *y, lrr_run *run, size_t from, size_t to)
{
    size_t cols = lrr_node_cols(y), at = from * cols;
    lrr_k->softmax_backward(lrr_node_real(y) + at, lrr_node_grad(y) + at,
                            lrr_node_grad(y->in[0]) + at, to - from, cols,
                            lrr_node_adds(y, 0, run));
}

static void softmax_forward(const lrr_node *y, lrr_run *run)
{
    size_t cols = lrr_node_cols(y);
    lrr__span_rows(y, run, lrr_node_count(y, run) / cols, 8 * cols, softmax_some);
}

static void softmax_backward(const lrr_node *y, lrr_run *run)
{
    size_t cols = lrr_node_cols(y);
    if (y->in[0]->dy != NULL)
        lrr__span_rows(y, run, lrr_node_count(y, run) / cols, 2 * cols, softmax_back);
}

const lrr_op_def lrr_op_softmax = {
    .name = "softmax",
    .n_in = 1,
    .smooth = true,
    .infer = infer_softmax,
    .need = need_y,
    .forward = softmax_forward,
    .backward = softmax_backward,
    .stream = lrr_stream_each,
};
