/* probe.c -- see probe.h. */
#include "train/probe.h"

#include <math.h>
#include <string.h>

#include "base/dmath.h"
#include "base/mem.h"
#include "base/rng.h"
#include "linalg/lanczos.h"
#include "linalg/long.h"
#include "train/internal.h"

/* A difference reaches so far to each side, as a length in the space of weights. On networks
** of tanh and ReLU 1e-2 to 1e-3 gives eigenvalues to four digits in single precision; wider
** steps see the third derivative, narrower ones rounding. */
#define REACH 1e-2

/* Then the value is looked at with steps so many times as wide and as narrow. */
#define SPAN 4.0

enum { TRIES = 3 };    /* at other steps, where these disagree */
enum { GROUPS = 16 };  /* of batches, for the error of their noise; at most */
#define ENOUGH  2.5e-3 /* of the value: no other steps are tried */
#define HARDLY  100
#define SETTLED 1e-2

typedef enum stage { LANCZOS, WIDER, NARROWER, ENDED } stage;

struct lrr_probe {
    lrr_probe_cfg cfg;
    lrr_blocks blocks;
    size_t n, dimension; /* weights with padding, and those that train */
    lrr_lanczos *lanczos;
    lrr_real *weights;      /* (n) while params are moved from them */
    lrr_real *scale;        /* (n) D; of use where `scaled` is set */
    lrr_real *to, *product; /* (n) where a difference goes; H times it */
    lrr_real *top;          /* (n) the eigenvector */
    double *sum;            /* (n) of gradients' differences over batches */
    bool scaled, stopped;
    stage stage;
    int tries;
    double unseen; /* lrr_gain's, while `scaled` */
    double reach, wider, narrower;
    double loss, weight, samples;
    size_t products;
    lrr_probe_found found;
};

static lrr_status new_lists(lrr_probe *p, lrr_error *err)
{
    static const char what[] = "a probe of the loss";
    lrr_real **const lists[] = { &p->weights, &p->scale, &p->to, &p->product, &p->top };
    lrr_status st = lrr_mem_new(p->n, sizeof *p->sum, what, &p->sum, err);
    for (size_t i = 0; st == LRR_OK && i < sizeof lists / sizeof *lists; i++)
        st = lrr_mem_new(p->n, sizeof **lists[i], what, lists[i], err);
    if (st == LRR_OK)
        st = lrr_lanczos_new(p->n, p->cfg.steps, &p->lanczos, err);
    return st;
}

size_t lrr_probe_bytes(const lrr_probe *p)
{
    const size_t reals = 5 + p->cfg.steps + 1; /* of new_lists, and of the iteration */
    return p->n * (reals * sizeof *p->to + sizeof *p->sum);
}

static size_t trained(const lrr_blocks *k)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n_param_segments; i++)
        n += k->param_segments[i].trains ? k->param_segments[i].n : 0;
    return n;
}

static lrr_status check_batches(lrr_session *s, const lrr_loader *l, size_t n,
                                size_t least, lrr_error *err)
{
    lrr_status st = lrr_session_check(s, l, err);
    if (st == LRR_OK && (n < least || n > lrr_loader_count(l)))
        return lrr_fail(err, LRR_EINVAL, "%zu batches of %zu, want %zu or more", n,
                        lrr_loader_count(l), least);
    return st;
}

lrr_status lrr_probe_new(const lrr_probe_cfg *cfg, lrr_probe **out, lrr_error *err)
{
    lrr_probe *p = NULL;
    lrr_status st = check_batches(cfg->session, cfg->loader, cfg->batches, 1, err);
    *out = NULL;
    if (st == LRR_OK &&
        lrr_graph_batch(cfg->session->cfg.graph) < lrr_loader_batch(cfg->loader))
        st = lrr_fail(
            err, LRR_EINVAL, "the network is planned for batches of %zu, want %zu",
            lrr_graph_batch(cfg->session->cfg.graph), lrr_loader_batch(cfg->loader));
    if (st == LRR_OK)
        st = lrr_graph_branches(cfg->session->cfg.graph, err);
    if (st == LRR_OK)
        st = lrr_mem_new(1, sizeof *p, "a probe of the loss", &p, err);
    if (st != LRR_OK)
        return st;
    p->cfg = *cfg;
    lrr_graph_blocks(cfg->session->cfg.graph, &p->blocks);
    p->n = p->blocks.n_params;
    p->dimension = trained(&p->blocks);
    p->stage = ENDED;
    st = new_lists(p, err);
    if (st != LRR_OK) {
        lrr_probe_free(p);
        return st;
    }
    *out = p;
    return LRR_OK;
}

void lrr_probe_free(lrr_probe *p)
{
    if (p == NULL)
        return;
    lrr_lanczos_free(p->lanczos);
    lrr_mem_free(p->weights);
    lrr_mem_free(p->scale);
    lrr_mem_free(p->to);
    lrr_mem_free(p->product);
    lrr_mem_free(p->top);
    lrr_mem_free(p->sum);
    lrr_mem_free(p);
}

/* One pass over a batch, the k-th, which the dropout of its own follows. */
static lrr_run run_of(const lrr_probe *p, const lrr_batch *b, size_t k,
                      lrr_branches branches)
{
    lrr_run run = lrr__session_feed(p->cfg.session, b);
    run.train = true;
    run.micro = (uint32_t)k;
    run.branches = branches;
    lrr_graph_forward(p->cfg.session->cfg.graph, &run);
    return run;
}

/* The gradient of the pass alone: batches after the first add to what is there. */
static void backward(const lrr_probe *p, lrr_run *run)
{
    memset(p->blocks.grads, 0, p->n * sizeof *p->blocks.grads);
    lrr_graph_backward(p->cfg.session->cfg.graph, run, NULL);
}

/* Whether somebody wants it to end. What it has by then is of no use. */
static bool stops(lrr_probe *p)
{
    p->stopped = p->stopped || (p->cfg.stops != NULL && p->cfg.stops());
    return p->stopped;
}

static void rewind_to(lrr_loader *l)
{
    lrr_error err;
    lrr_status st = lrr_loader_seek(l, 0, 0, &err);
    LRR_ASSERT(st == LRR_OK);
}

/* Adds to p->sum the difference of the k-th batch's gradients at weights +- reach * to, whose
** length is `length`. Params are the weights before and after. */
static void add_difference(lrr_probe *p, const lrr_batch *b, size_t k, double length)
{
    lrr_real *params = p->blocks.params;
    lrr_run run = run_of(p, b, k, LRR_BRANCHES_KEEP);
    const double weight = run.weight;

    p->loss += run.loss * weight;
    p->weight += weight;
    p->samples += (double)b->n;
    for (int side = 1; side >= -1; side -= 2) {
        lrr_long_move(p->weights, side * p->reach / length, p->to, params, p->n);
        run = run_of(p, b, k, LRR_BRANCHES_HOLD);
        backward(p, &run);
        lrr_long_collect(side * weight, p->blocks.grads, p->sum, p->n);
    }
    memcpy(params, p->weights, p->n * sizeof *params);
}

/* p->product = H v, or D H D v. Gives v times it. */
static double multiply(lrr_probe *p, const lrr_real *v)
{
    const lrr_real *d = p->scaled ? p->scale : NULL;
    double length;

    if (d != NULL)
        lrr_long_times(v, d, p->to, p->n);
    else
        memcpy(p->to, v, p->n * sizeof *v);
    length = lrr_dsqrt(lrr_long_dot(p->to, p->to, p->n));
    memset(p->sum, 0, p->n * sizeof *p->sum);
    p->loss = p->weight = p->samples = 0;
    memcpy(p->weights, p->blocks.params, p->n * sizeof *p->weights);
    rewind_to(p->cfg.loader);
    for (size_t k = 0; k < p->cfg.batches && !stops(p); k++)
        add_difference(p, lrr_loader_next(p->cfg.loader), k, length);
    if (p->stopped)
        return (double)NAN;
    lrr_long_spread(length / (2 * p->reach * p->weight), p->sum, d, p->product, p->n);
    p->products++;
    return lrr_long_dot(v, p->product, p->n);
}

/* Random numbers of the run's seed, for weights that train alone. */
static void fill_start(const lrr_probe *p)
{
    lrr_real *x = lrr_lanczos_start(p->lanczos);
    memset(x, 0, p->n * sizeof *x);
    for (size_t i = 0; i < p->blocks.n_param_segments; i++) {
        const lrr_segment *seg = &p->blocks.param_segments[i];
        lrr_key key = lrr_rng_key(p->cfg.session->cfg.seed, LRR_STREAM_PROBE, i);
        if (seg->trains)
            lrr_rng_fill_normal(key, x + seg->at, 0, seg->n, 0, 1);
    }
}

lrr_gain lrr_probe_gain(lrr_probe *p)
{
    return lrr_optim_gain(p->cfg.session->cfg.optim, p->scale);
}

lrr_status lrr_probe_begin(lrr_probe *p, lrr_probe_kind kind, lrr_error *err)
{
    lrr_status st = lrr_graph_branches(p->cfg.session->cfg.graph, err);
    if (st != LRR_OK)
        return st;
    p->scaled = kind == LRR_PROBE_LIMIT;
    if (p->scaled) {
        const lrr_gain gain = lrr_probe_gain(p);
        p->unseen = gain.unseen;
        LRR_ASSERT(gain.kind == LRR_GAIN_EACH || gain.kind == LRR_GAIN_UNIFORM);
    }
    p->tries = 0;
    p->stopped = false;
    p->reach = REACH;
    p->products = 0;
    p->found = (lrr_probe_found){ 0 };
    fill_start(p);
    lrr_lanczos_begin(p->lanczos, p->dimension);
    p->stage = LANCZOS;
    return LRR_OK;
}

static void iterate(lrr_probe *p)
{
    const lrr_real *v = lrr_lanczos_ask(p->lanczos);
    if (v == NULL) {
        p->stage = ENDED;
        return;
    }
    multiply(p, v);
    if (p->stopped)
        return;
    lrr_lanczos_tell(p->lanczos, p->product);
    if (lrr_lanczos_ask(p->lanczos) != NULL)
        return;
    lrr_lanczos_vector(p->lanczos, p->top);
    p->stage = isfinite(lrr_lanczos_found(p->lanczos).value) ? WIDER : ENDED;
}

/* The value along its vector with another reach. */
static double with_reach(lrr_probe *p, double factor)
{
    const double before = p->reach;
    double value;
    p->reach = before * factor;
    value = multiply(p, p->top);
    p->reach = before;
    return value;
}

/* Begins anew with another reach, where the vector is. */
static void again(lrr_probe *p, double factor)
{
    p->tries++;
    p->reach *= factor;
    memcpy(lrr_lanczos_start(p->lanczos), p->top, p->n * sizeof *p->top);
    lrr_lanczos_begin(p->lanczos, p->dimension);
    p->stage = LANCZOS;
}

/* Weights whose root of the second moment is below HARDLY eps. */
static double unseen_share(const lrr_probe *p)
{
    double share = 0;
    for (size_t i = 0; p->scaled && p->unseen > 0 && i < p->n; i++) {
        const double d = (double)p->scale[i], v = (double)p->top[i];
        share += d * d > p->unseen / HARDLY ? v * v : 0;
    }
    return share;
}

/* Errors of differences grow with the square of their reach, those of rounding with its
** inverse: what is SPAN times as wide and as narrow tells both. */
static void judge(lrr_probe *p)
{
    const lrr_lanczos_result r = lrr_lanczos_found(p->lanczos);
    const double curved = fabs(p->wider - r.value) / (SPAN * SPAN - 1);
    const double rounded = fabs(p->narrower - r.value) / SPAN;
    const double enough = ENOUGH * fabs(r.value);

    if (p->tries < TRIES && curved > enough && curved > rounded) {
        again(p, 1 / SPAN);
    } else if (p->tries < TRIES && rounded > enough && rounded > curved) {
        again(p, SPAN);
    } else {
        p->found.error = fmax(r.error, fmax(curved, rounded));
        p->found.unseen = unseen_share(p);
        p->stage = ENDED;
    }
}

bool lrr_probe_step(lrr_probe *p)
{
    lrr_optim_enter(p->cfg.session->cfg.optim, p->blocks.params);
    switch (p->stage) {
    case LANCZOS:
        iterate(p);
        break;
    case WIDER:
        p->wider = with_reach(p, SPAN);
        p->stage = NARROWER;
        break;
    case NARROWER:
        p->narrower = with_reach(p, 1 / SPAN);
        judge(p);
        break;
    case ENDED:
        break;
    }
    lrr_optim_leave(p->cfg.session->cfg.optim, p->blocks.params);
    if (p->stopped)
        p->stage = ENDED;
    return p->stage != ENDED;
}

bool lrr_probe_stopped(const lrr_probe *p)
{
    return p->stopped;
}

lrr_probe_found lrr_probe_result(const lrr_probe *p)
{
    lrr_probe_found f = p->found;
    f.value = lrr_lanczos_found(p->lanczos).value;
    f.loss = p->weight > 0 ? p->loss / p->weight : (double)NAN;
    f.samples = p->samples;
    f.products = p->products;
    if (!isfinite(f.loss))
        f.value = (double)NAN;
    f.settled = f.error <= SETTLED * fabs(f.value);
    return f;
}

/* Batches in groups, whose gradients' sums are kept where vectors of the iteration were. */
typedef struct groups {
    lrr_real *sums; /* (count, n) */
    size_t count;
    double squares[GROUPS], batches[GROUPS]; /* of each: |g|^2 of its batches, summed */
} groups;

static groups groups_of(lrr_probe *p, size_t n)
{
    groups g = { .sums = lrr_lanczos_scratch(p->lanczos) };
    g.count = n < GROUPS ? n : GROUPS;
    if (g.count > p->cfg.steps + 1)
        g.count = p->cfg.steps + 1;
    memset(g.sums, 0, g.count * p->n * sizeof *g.sums);
    return g;
}

static void add_to_group(const lrr_probe *p, groups *g, size_t k, size_t n,
                         double square)
{
    const size_t i = k * g->count / n;
    lrr_real *sum = g->sums + i * p->n;
    lrr_long_combine(1, sum, 1, p->blocks.grads, p->n);
    g->squares[i] += square;
    g->batches[i] += 1;
}

/* signal / noise of n batches of `size` samples: the mean of their gradients' squares, and the
** square of their mean. */
static double ratio_of(double small, double large, double n, double size)
{
    return (n * large - small) / ((small - large) * size * n);
}

/* The ratio's standard error: how far it moves when one group after the other is left out.
** `mean` is the mean gradient, `small` and `large` as for ratio_of. */
static double ratio_error(const lrr_probe *p, const groups *g, const lrr_real *mean,
                          double small, double large, double size, double n)
{
    const double count = (double)g->count;
    double sum = 0, squares = 0;
    if (g->count < 3)
        return (double)INFINITY;
    for (size_t i = 0; i < g->count; i++) {
        const lrr_real *own = g->sums + i * p->n;
        const double left = n - g->batches[i];
        const double beside = n * n * large - 2 * n * lrr_long_dot(own, mean, p->n) +
                              lrr_long_dot(own, own, p->n);
        const double ratio = ratio_of((n * small - g->squares[i]) / left,
                                      beside / (left * left), left, size);
        sum += ratio;
        squares += ratio * ratio;
    }
    return lrr_dsqrt(fmax(0, (squares - sum * sum / count) * (count - 1) / count));
}

lrr_status lrr_probe_noise_of(lrr_probe *p, lrr_loader *loader, size_t n,
                              lrr_probe_noise *out, lrr_error *err)
{
    const lrr_real *grads = p->blocks.grads;
    const double size = (double)lrr_loader_batch(loader), count = (double)n;
    double weight = 0, small = 0, large;
    groups g;
    lrr_status st = check_batches(p->cfg.session, loader, n, 2, err);

    if (st != LRR_OK)
        return st;
    p->stage = ENDED;
    p->stopped = false;
    g = groups_of(p, n);
    memset(p->sum, 0, p->n * sizeof *p->sum);
    rewind_to(loader);
    lrr_optim_enter(p->cfg.session->cfg.optim, p->blocks.params);
    for (size_t k = 0; k < n && !stops(p); k++) {
        lrr_run run = run_of(p, lrr_loader_next(loader), k, LRR_BRANCHES_FREE);
        double square;
        backward(p, &run);
        square = lrr_long_dot(grads, grads, p->n);
        small += square / count;
        add_to_group(p, &g, k, n, square);
        lrr_long_collect(run.weight, grads, p->sum, p->n);
        weight += run.weight;
    }
    lrr_optim_leave(p->cfg.session->cfg.optim, p->blocks.params);
    lrr_long_spread(weight > 0 ? 1 / weight : 0, p->sum, NULL, p->product, p->n);
    large = lrr_long_dot(p->product, p->product, p->n);
    out->samples = count * size;
    out->signal = (count * large - small) / (count - 1);
    out->noise = (small - large) * size * count / (count - 1);
    out->error = ratio_error(p, &g, p->product, small, large, size, count);
    return LRR_OK;
}
