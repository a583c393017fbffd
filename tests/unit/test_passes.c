/*
** test_passes.c -- what training promises to optimizers that take several gradients for an
** update, or evaluate other weights than they train: the same batches and masks again,
** statistics that move once, weights that come back to the bit.
**
** The optimizers here are the test's own; a network of a linear layer, batchnorm, dropout
** and another linear layer trains on moons.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "check.h"
#include "kernels/simd.h"
#include "ops/ops.h"
#include "optim/def.h"
#include "optim/phases.h"
#include "readers/synthetic.h"
#include "train/state.h"
#include "train/weights.h"

enum { SAMPLES = 50, BATCH = 8, UNITS = 6, CLASSES = 2 };

static double distance; /* that `away` moves every weight */
static bool everything; /* sessions keep an average and norms too */

static size_t no_states(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    (void)names;
    return 0;
}

static size_t one_state(const lrr_optim_flags *f, const char *names[LRR_STATES_MAX])
{
    (void)f;
    names[0] = "other";
    return 1;
}

static void set_rate(const lrr_optim_now *now, lrr_optim_k *k)
{
    k->lr = (lrr_real)now->h[LRR_HYPER_LR];
    now->scalar[0] += now->k;
}

static void plain_rate(const lrr_optim_now *now, lrr_optim_k *k)
{
    k->lr = (lrr_real)now->h[LRR_HYPER_LR];
}

static lrr_optim_kernel sgd(const lrr_optim_flags *f)
{
    (void)f;
    return lrr_k->optim_sgd;
}

static void away_kernel LRR_OPTIM_ARGS
{
    (void)g;
    (void)s;
    for (size_t i = 0; i < n; i++)
        x[i] += k->a;
}

static lrr_optim_kernel away(const lrr_optim_flags *f)
{
    (void)f;
    return away_kernel;
}

static double add_squares(const lrr_real *x, const lrr_real *g, size_t n)
{
    (void)x;
    return lrr_k->optim_square_sum(g, n);
}

static lrr_optim_sum sum_squares(const lrr_optim_flags *f)
{
    (void)f;
    return add_squares;
}

static void away_by(const lrr_optim_now *now, lrr_optim_k *k)
{
    CHECK(now->sum > 0 && now->k >= 1);
    k->a = (lrr_real)distance;
}

static void keep_kernel LRR_OPTIM_ARGS
{
    (void)k;
    (void)g;
    memcpy(s[0], x, n * sizeof *x);
}

static lrr_optim_kernel keep(const lrr_optim_flags *f)
{
    (void)f;
    return keep_kernel;
}

static void shift_by_one(const lrr_optim_now *now, lrr_optim_k *k)
{
    (void)now;
    k->a = 1;
}

static const lrr_optim_stage moves[] = { { sum_squares, away_by, away },
                                         { sum_squares, away_by, away } };
static const lrr_optim_stage shift = { NULL, shift_by_one, away };
static const lrr_optim_stage take = { NULL, NULL, keep };
static const char *const scalars[] = { "rounds", NULL };

static const lrr_optim_def plain_def = {
    .name = "plain", .states = no_states, .prepare = plain_rate, .kernel = sgd
};
static const lrr_optim_def three_def = { .name = "three",
                                         .scalars = scalars,
                                         .states = no_states,
                                         .prepare = set_rate,
                                         .kernel = sgd,
                                         .moves = moves,
                                         .n_moves = 2 };
static const lrr_optim_def elsewhere_def = { .name = "elsewhere",
                                             .states = one_state,
                                             .prepare = plain_rate,
                                             .kernel = sgd,
                                             .evaluate = &shift,
                                             .settle = &take };

static const lrr_optim_pair plain = { &plain_def, NULL }, three = { &three_def, NULL },
                            around = { &plain_def, &three_def },
                            elsewhere = { &elsewhere_def, NULL };

typedef struct world {
    lrr_graph *graph;
    lrr_dataset *data;
    lrr_loader *loader;
    lrr_optim *optim;
    lrr_session *session;
    lrr_blocks blocks;
} world;

static lrr_status add_op(lrr_graph *g, const char *name, lrr_node *const *in, int n_in,
                         const double *reals, lrr_node **out, lrr_error *err)
{
    const lrr_op_def *op = lrr_graph_op_find(g, name);
    char attr[64] = { 0 };
    for (size_t i = 0; reals != NULL && op->attrs[i].name != NULL; i++)
        if (op->attrs[i].type == LRR_ATTR_REAL)
            memcpy(attr + op->attrs[i].offset, &reals[i], sizeof *reals);
    return lrr_graph_op(g, op, in, n_in, attr, out, err);
}

static lrr_status add_linear(lrr_graph *g, const char *name, size_t units, size_t n_in,
                             lrr_node **x, lrr_error *err)
{
    lrr_shape shape = { .rank = 2, .d = { units, n_in } };
    lrr_node *in[2] = { *x, NULL };
    lrr_status st = lrr_graph_param(
        g, name, &shape, (lrr_init){ LRR_INIT_UNIFORM, 0.5, 0 }, true, &in[1], err);
    return st != LRR_OK ? st : add_op(g, "linear", in, 2, NULL, x, err);
}

static lrr_status add_batchnorm(lrr_graph *g, lrr_node **x, lrr_error *err)
{
    static const double numbers[] = { 0.1, 1e-5 };
    const lrr_shape shape = lrr_shape_of1(UNITS);
    lrr_node *in[5] = { *x };
    lrr_status st = lrr_graph_param(
        g, "scale", &shape, (lrr_init){ LRR_INIT_CONSTANT, 1, 0 }, true, &in[1], err);
    if (st == LRR_OK)
        st = lrr_graph_param(g, "shift", &shape, (lrr_init){ LRR_INIT_CONSTANT, 0, 0 },
                             true, &in[2], err);
    if (st == LRR_OK)
        st = lrr_graph_buffer(g, "mean", &shape, 0, &in[3], err);
    if (st == LRR_OK)
        st = lrr_graph_buffer(g, "variance", &shape, 1, &in[4], err);
    return st != LRR_OK ? st : add_op(g, "batchnorm", in, 5, numbers, x, err);
}

static lrr_status build(world *w, lrr_session_cfg *cfg, lrr_error *err)
{
    static const double rate[] = { 0.25, 0 }, smoothing[] = { 0 };
    const lrr_input_cfg x = { .name = "x",
                              .dtype = LRR_DTYPE_REAL,
                              .shape = lrr_shape_of1(2) };
    const lrr_input_cfg y = { .name = "y", .dtype = LRR_DTYPE_I32 };
    lrr_graph *g = w->graph;
    lrr_node *at, *in[2], *loss;
    lrr_status st = lrr_graph_input(g, &x, &cfg->input[0], err);
    if (st == LRR_OK)
        st = lrr_graph_input(g, &y, &cfg->input[1], err);
    at = cfg->input[0];
    if (st == LRR_OK)
        st = add_linear(g, "first", UNITS, 2, &at, err);
    if (st == LRR_OK)
        st = add_batchnorm(g, &at, err);
    in[0] = at;
    if (st == LRR_OK)
        st = add_op(g, "dropout", in, 1, rate, &at, err);
    if (st == LRR_OK)
        st = add_linear(g, "second", CLASSES, UNITS, &at, err);
    in[0] = at;
    in[1] = cfg->input[1];
    if (st == LRR_OK)
        st = add_op(g, "cross_entropy", in, 2, smoothing, &loss, err);
    if (st == LRR_OK)
        st = lrr_graph_plan(g, &loss, 1, BATCH, true, err);
    return st != LRR_OK ? st : lrr_graph_init(g, 1, err);
}

static void close_world(world *w)
{
    lrr_session_free(w->session);
    lrr_optim_free(w->optim);
    lrr_loader_free(w->loader);
    lrr_dataset_free(w->data);
    lrr_graph_free(w->graph);
    *w = (world){ 0 };
}

/* A session of that optimizer, everything else alike. False: no memory; nothing is held. */
static bool open_world(world *w, lrr_optim_pair pair, size_t accumulate)
{
    const lrr_synthetic_cfg moons = { .n = SAMPLES, .classes = 2, .noise = 0.1 };
    const lrr_split_cfg split = { .seed = 1 };
    const lrr_loader_cfg batches = { .batch = BATCH, .seed = 3, .shuffle = true };
    static double row[1][LRR_HYPER_COUNT];
    lrr_optim_cfg optim = { .name = pair.def->name, .n_groups = 1 };
    lrr_session_cfg cfg = { .n_inputs = 2,
                            .batch = BATCH,
                            .accumulate = accumulate,
                            .shards = 1,
                            .seed = 5,
                            .clip = { .norm = 0.5 } };
    lrr_error err;
    bool ok;
    row[0][LRR_HYPER_LR] = 0.1;
    optim.groups = (const double(*)[LRR_HYPER_COUNT])row;
    *w = (world){ 0 };
    ok = lrr_graph_new(lrr_ops, lrr_ops_count, LRR_GEMM_PORTABLE, &w->graph, &err) ==
             LRR_OK &&
         build(w, &cfg, &err) == LRR_OK &&
         lrr_moons_new(&moons, &w->data, &err) == LRR_OK &&
         lrr_dataset_split(w->data, &split, &err) == LRR_OK &&
         lrr_loader_new(w->data, &batches, &w->loader, &err) == LRR_OK;
    if (ok) {
        lrr_graph_blocks(w->graph, &w->blocks);
        ok = lrr__optim_new(pair, &optim, w->blocks.param_segments,
                            w->blocks.n_param_segments, &w->optim, &err) == LRR_OK;
    }
    cfg.track_norms = everything;
    if (everything)
        cfg.average =
            (lrr_average_cfg){ .kind = LRR_AVERAGE_LAWA, .every = 1, .last = 3 };
    cfg.graph = w->graph;
    cfg.loader = w->loader;
    cfg.optim = w->optim;
    ok = ok && lrr_session_new(&cfg, &w->session, &err) == LRR_OK;
    if (!ok)
        close_world(w);
    return ok;
}

static bool same_weights(const world *a, const world *b)
{
    return memcmp(a->blocks.params, b->blocks.params,
                  a->blocks.n_params * sizeof(lrr_real)) == 0 &&
           memcmp(a->blocks.buffers, b->blocks.buffers,
                  a->blocks.n_buffers * sizeof(lrr_real)) == 0;
}

/* Makes the same updates as plain descent, with windows of n batches. */
static void same_updates(lrr_optim_pair pair, size_t n)
{
    world a, b;
    lrr_step_result ra, rb;
    CHECK(open_world(&a, plain, n) && open_world(&b, pair, n));
    for (int k = 0; k < 12; k++) {
        lrr_session_step(a.session, &ra);
        lrr_session_step(b.session, &rb);
        CHECK(ra.finite && rb.finite && ra.loss == rb.loss);
        CHECK(ra.grad_norm == rb.grad_norm && ra.epoch_end == rb.epoch_end);
        CHECK(ra.sums.count[0] == rb.sums.count[0] && same_weights(&a, &b));
    }
    CHECK(lrr_session_epoch(a.session) == lrr_session_epoch(b.session));
    close_world(&a);
    close_world(&b);
}

/* Moved by nothing, the last of three gradients is the first: updates are those of plain
** descent to the bit, which takes the same batches, masks and shares, and statistics that
** moved once. Windows of 3 and 5 batches are more than the loader holds; 7 make an epoch. */
static void test_same_samples_again(void)
{
    static const size_t windows[] = { 1, 2, 3, 5 };
    distance = 0;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        same_updates(three, windows[i]);
        same_updates(around, windows[i]);
    }
}

/* Moved to where nothing is finite: no update, and weights as before. */
static void test_stops_where_it_was_moved(void)
{
    world a, b;
    lrr_step_result r;
    CHECK(open_world(&a, plain, 2) && open_world(&b, three, 2));
    for (int k = 0; k < 2; k++) {
        distance = k == 0 ? 0 : HUGE_VAL;
        lrr_session_step(b.session, &r);
        CHECK(r.finite == (k == 0) && isfinite(r.loss) && isfinite(r.grad_norm));
    }
    lrr_session_step(a.session, &r);
    CHECK(memcmp(a.blocks.params, b.blocks.params,
                 a.blocks.n_params * sizeof(lrr_real)) == 0);
    CHECK(lrr_session_steps(b.session) == 1 && lrr_optim_steps(b.optim) == 1);
    close_world(&a);
    close_world(&b);
}

/* Two moves of 0.5, and the update from where x was. */
static void test_moves_go_on_from_each_other(void)
{
    const lrr_segment segment = { "x", 0, 1, { .rank = 1, .d = { 1 } }, true };
    static double row[1][LRR_HYPER_COUNT];
    lrr_optim_cfg cfg = { .name = "three", .n_groups = 1 };
    lrr_real x[16] = { 2 }, g[16] = { 4 };
    const lrr_optim_point at = { x, g, 0 };
    char name[LRR_SCALAR_NAME];
    lrr_optim *o;
    lrr_error err;
    row[0][LRR_HYPER_LR] = 0.25;
    cfg.groups = (const double(*)[LRR_HYPER_COUNT])row;
    distance = 0.5;
    CHECK(lrr__optim_new(three, &cfg, &segment, 1, &o, &err) == LRR_OK);
    CHECK(lrr_optim_move(o, 0, &at));
    CHECK(x[0] == (lrr_real)2.5);
    lrr_optim_unmove(o, x);
    CHECK(x[0] == 2);
    for (size_t p = 0; p < lrr_optim_moves(o); p++)
        CHECK(lrr_optim_move(o, p, &at));
    CHECK(x[0] == 3 && !lrr_optim_move(o, 2, &at) && x[0] == 3);
    g[0] = 2;
    lrr_optim_step(o, x, g, NULL, 1);
    CHECK(x[0] == (lrr_real)1.5);
    lrr_optim_unmove(o, x); /* there is nothing to take back */
    CHECK(x[0] == (lrr_real)1.5 && lrr_optim_scalar_count(o) == 2);
    CHECK(strcmp(lrr_optim_scalar_name(o, 1, name), "rounds.1") == 0);
    CHECK(*lrr_optim_scalar(o, 1) == 1);
    lrr_optim_free(o);
}

/* What is evaluated and kept is x + 1; what trains stays x, to the end. */
static void test_evaluates_elsewhere(void)
{
    world a, b;
    lrr_step_result r;
    lrr_sums here, there;
    CHECK(open_world(&a, plain, 1) && open_world(&b, elsewhere, 1));
    for (int k = 0; k < 3; k++) {
        lrr_session_step(a.session, &r);
        lrr_session_step(b.session, &r);
        lrr_session_evaluate(a.session, a.loader, &here);
        lrr_session_evaluate(b.session, b.loader, &there);
        CHECK(same_weights(&a, &b) && here.loss != there.loss);
    }
    lrr_session_keep_best(b.session);
    CHECK(same_weights(&a, &b));
    CHECK(lrr_session_finish(b.session, true) && !lrr_session_finish(a.session, true));
    for (size_t i = 0; i < a.blocks.n_param_segments; i++) {
        const lrr_segment *seg = &a.blocks.param_segments[i];
        CHECK(b.blocks.params[seg->at] == a.blocks.params[seg->at] + 1);
        CHECK(lrr_optim_state(b.optim, 0)[seg->at] == b.blocks.params[seg->at]);
    }
    close_world(&a);
    close_world(&b);
}

static void test_out_of_memory(void)
{
    const size_t before = lrr_mem_used();
    everything = true;
    for (long n = 0;; n++) {
        world w;
        bool ok;
        lrr_mem_fail_after(n, false);
        ok = open_world(&w, three, 2);
        lrr_mem_fail_after(-1, false);
        if (ok)
            close_world(&w);
        CHECK(lrr_mem_used() == before);
        if (ok || n > 1000)
            break;
    }
    everything = false;
}

int main(void)
{
    lrr_error err;
    lrr_simd_choose();
    CHECK(lrr_threads_init(2, &err) == LRR_OK);
    test_same_samples_again();
    test_stops_where_it_was_moved();
    test_moves_go_on_from_each_other();
    test_evaluates_elsewhere();
    test_out_of_memory();
    lrr_threads_fini();
    printf("passes: %d faults\n", faults);
    return faults > 0;
}
