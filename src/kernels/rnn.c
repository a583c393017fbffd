/* rnn.c -- see rnn.h. */
#include "kernels/rnn.h"

#include <string.h>

#include "base/threads.h"
#include "kernels/gemm.h"
#include "kernels/simd.h"

/* Arrays within aux and work start on cache lines. */
static size_t pad(size_t n)
{
    return (n + 15) / 16 * 16;
}

static size_t groups_of(size_t n)
{
    return (n + LRR_RNN_GROUP - 1) / LRR_RNN_GROUP;
}

/* Width of a row of gate values in units of h: the GRU keeps W_hn h' + b_hn as well. */
static size_t slots_of(lrr_rnn_kind kind)
{
    return kind == LRR_RNN_TANH || kind == LRR_RNN_RELU ? 1 : 4;
}

size_t lrr_rnn_gates(lrr_rnn_kind kind)
{
    return kind == LRR_RNN_GRU ? 3 : slots_of(kind);
}

/*
** aux, all rows sample by sample without the padding (row = first[i] + time):
** gates (rows, slots h), h0 (rows, h) the state that each step started from, and for the
** LSTM c0 likewise and tc = tanh(c).
*/
size_t lrr_rnn_aux(lrr_rnn_kind kind, size_t n, size_t t, size_t h)
{
    size_t wide = slots_of(kind) + 1 + (kind == LRR_RNN_LSTM ? 2 : 0);
    return wide * pad(n * t * h) * sizeof(lrr_real);
}

/* Scratch of one group, in elements. */
static size_t group_size(lrr_rnn_kind kind, size_t h)
{
    return pad(LRR_RNN_GROUP * h * 4) + 2 * pad(LRR_RNN_GROUP * h) +
           pad(slots_of(kind) * h);
}

size_t lrr_rnn_work(lrr_rnn_kind kind, size_t n, size_t t, size_t in, size_t h)
{
    size_t elements = pad(n * t * in) + pad(4 * h * h) + pad(4 * h) +
                      groups_of(n) * group_size(kind, h);
    size_t counts = 2 * n + t + 2;
    return elements * sizeof(lrr_real) + counts * sizeof(size_t);
}

/* One call, with everything in aux and work given its place. */
typedef struct pass {
    const lrr_rnn *r;
    const lrr_rnn_grads *grads;
    size_t gates, slots, groups;
    lrr_real *g, *h0, *c0, *tc; /* aux */
    lrr_real *packed;           /* x or dx without padding */
    lrr_real *whh;              /* (h, gates h): w_hh transposed */
    lrr_real *bias;             /* (slots h) */
    lrr_real *scratch;          /* of the groups */
    size_t *first;  /* (n + 1) row of each sample's step 0; then their sum */
    size_t *rank;   /* (n) samples, longest first */
    size_t *starts; /* (t + 1) for sorting */
} pass;

static size_t length(const lrr_rnn *r, size_t i)
{
    return r->len != NULL ? (size_t)r->len[i] : r->t;
}

/* Ranks by length with a counting sort: stable, longest first. */
static void sort_samples(pass *p)
{
    const lrr_rnn *r = p->r;
    size_t at = 0;
    memset(p->starts, 0, (r->t + 1) * sizeof *p->starts);
    for (size_t i = 0; i < r->n; i++) {
        p->first[i] = at;
        at += length(r, i);
        p->starts[length(r, i)]++;
    }
    p->first[r->n] = at;
    at = 0;
    for (size_t t = r->t + 1; t-- > 0;) {
        size_t count = p->starts[t];
        p->starts[t] = at;
        at += count;
    }
    for (size_t i = 0; i < r->n; i++)
        p->rank[p->starts[length(r, i)]++] = i;
}

static pass place(const lrr_rnn *r, const lrr_rnn_grads *grads)
{
    pass p = { .r = r, .grads = grads };
    size_t states = pad(r->n * r->t * r->h);
    p.gates = lrr_rnn_gates(r->kind);
    p.slots = slots_of(r->kind);
    p.groups = groups_of(r->n);
    p.g = r->aux;
    p.h0 = p.g + p.slots * states;
    p.c0 = p.h0 + states;
    p.tc = p.c0 + states;
    p.packed = r->work;
    p.whh = p.packed + pad(r->n * r->t * r->in);
    p.bias = p.whh + pad(4 * r->h * r->h);
    p.scratch = p.bias + pad(4 * r->h);
    p.first = (size_t *)(void *)(p.scratch + p.groups * group_size(r->kind, r->h));
    p.rank = p.first + r->n + 1;
    p.starts = p.rank + r->n;
    sort_samples(&p);
    return p;
}

/* x without padding: r->x itself where there is none. */
static const lrr_real *pack_x(const pass *p)
{
    const lrr_rnn *r = p->r;
    if (p->first[r->n] == r->n * r->t)
        return r->x;
    for (size_t i = 0; i < r->n; i++)
        memcpy(p->packed + p->first[i] * r->in, r->x + i * r->t * r->in,
               length(r, i) * r->in * sizeof *r->x);
    return p->packed;
}

/*
** C (m, n) = A (m, k) B (k, n) + beta C by this thread, in pieces of n that stay within
** the size that OpenBLAS multiplies without packing B anew: B is the same in every step.
*/
static void step_gemm(size_t m, size_t n, size_t k, const lrr_real *a,
                      const lrr_real *b, double beta, lrr_real *c)
{
    size_t piece = 1000000 / (LRR_RNN_GROUP * k) / 64 * 64;
    if (piece == 0)
        piece = 64;
    for (size_t j = 0; j < n; j += piece) {
        size_t w = n - j < piece ? n - j : piece;
        lrr_gemm_serial(m, w, k, 1, (lrr_mat){ a, k, false },
                        (lrr_mat){ b + j, n, false }, beta, c + j, n);
    }
}

/* A group: the samples of rank q, q + groups, ..., stepping together. */
typedef struct group {
    size_t n;                    /* samples */
    size_t id[LRR_RNN_GROUP];    /* longest first */
    size_t steps[LRR_RNN_GROUP]; /* their lengths */
    lrr_real *hg, *state, *dc, *db;
} group;

static group gather_group(const pass *p, size_t q)
{
    const lrr_rnn *r = p->r;
    group u = { .n = 0 };
    for (size_t i = q; i < r->n; i += p->groups) {
        u.id[u.n] = p->rank[i];
        u.steps[u.n++] = length(r, p->rank[i]);
    }
    u.hg = p->scratch + q * group_size(r->kind, r->h);
    u.state = u.hg + pad(LRR_RNN_GROUP * r->h * 4);
    u.dc = u.state + pad(LRR_RNN_GROUP * r->h);
    u.db = u.dc + pad(LRR_RNN_GROUP * r->h);
    return u;
}

/* How many of the group's samples have a step s. */
static size_t active(const group *u, size_t s)
{
    size_t m = u->n;
    while (m > 0 && u->steps[m - 1] <= s)
        m--;
    return m;
}

/* Time of a sample's step s. */
static size_t time_of(const lrr_rnn *r, size_t steps, size_t s)
{
    return r->reverse ? steps - 1 - s : s;
}

static void step_forward(const pass *p, const group *u, size_t k, size_t s)
{
    const lrr_rnn *r = p->r;
    size_t h = r->h, time = time_of(r, u->steps[k], s), row = p->first[u->id[k]] + time;
    bool last = s + 1 == u->steps[k];
    size_t next = last ? row : r->reverse ? row - 1 : row + 1;
    const lrr_real *hg = u->hg + k * p->gates * h;
    lrr_real *g = p->g + row * p->slots * h, *state = u->state + k * h;
    lrr_real *h0 = p->h0 + row * h;
    if (r->kind == LRR_RNN_LSTM)
        lrr_k->lstm_forward(hg, p->bias, g, p->c0 + row * h,
                            last ? u->dc + k * h : p->c0 + next * h, p->tc + row * h,
                            state, h);
    else if (r->kind == LRR_RNN_GRU)
        lrr_k->gru_forward(hg, p->bias, g, h0, state, h);
    else
        lrr_k->rnn_forward(hg, p->bias, g, state, r->kind == LRR_RNN_RELU, h);
    if (!last)
        memcpy(p->h0 + next * h, state, h * sizeof *state);
    if (r->sequences)
        memcpy(r->y + (u->id[k] * r->t + time) * h, state, h * sizeof *state);
    else if (last)
        memcpy(r->y + u->id[k] * h, state, h * sizeof *state);
}

static void start_forward(const pass *p, const group *u)
{
    const lrr_rnn *r = p->r;
    size_t h = r->h;
    memset(u->hg, 0, u->n * p->gates * h * sizeof *u->hg);
    for (size_t k = 0; k < u->n; k++) {
        size_t row = p->first[u->id[k]] + time_of(r, u->steps[k], 0);
        memset(p->h0 + row * h, 0, h * sizeof *p->h0);
        if (r->kind == LRR_RNN_LSTM)
            memset(p->c0 + row * h, 0, h * sizeof *p->c0);
        if (r->sequences)
            memset(r->y + (u->id[k] * r->t + u->steps[k]) * h, 0,
                   (r->t - u->steps[k]) * h * sizeof *r->y);
    }
}

static void forward_group(void *arg, size_t q)
{
    const pass *p = arg;
    const lrr_rnn *r = p->r;
    group u = gather_group(p, q);
    start_forward(p, &u);
    for (size_t s = 0; s < u.steps[0]; s++) {
        size_t m = active(&u, s);
        if (s > 0)
            step_gemm(m, p->gates * r->h, r->h, u.state, p->whh, 0, u.hg);
        for (size_t k = 0; k < m; k++)
            step_forward(p, &u, k, s);
    }
}

/* b_ih + b_hh, but the GRU's last gate has its two apart. */
static void join_biases(const pass *p)
{
    const lrr_rnn *r = p->r;
    size_t h = r->h, both = (r->kind == LRR_RNN_GRU ? 2 : p->gates) * h;
    memset(p->bias, 0, p->slots * h * sizeof *p->bias);
    if (r->b_ih == NULL)
        return;
    for (size_t j = 0; j < both; j++)
        p->bias[j] = r->b_ih[j] + r->b_hh[j];
    if (r->kind == LRR_RNN_GRU) {
        memcpy(p->bias + 2 * h, r->b_ih + 2 * h, h * sizeof *p->bias);
        memcpy(p->bias + 3 * h, r->b_hh + 2 * h, h * sizeof *p->bias);
    }
}

void lrr_rnn_forward(const lrr_rnn *r)
{
    pass p = place(r, NULL);
    size_t wide = p.gates * r->h;
    join_biases(&p);
    for (size_t i = 0; i < wide; i++)
        for (size_t j = 0; j < r->h; j++)
            p.whh[j * wide + i] = r->w_hh[i * r->h + j];
    lrr_gemm(p.first[r->n], wide, r->in, 1, (lrr_mat){ pack_x(&p), r->in, false },
             (lrr_mat){ r->w_ih, r->in, true }, 0, p.g, p.slots * r->h);
    lrr_parallel(p.groups, forward_group, &p);
}

static void step_backward(const pass *p, const group *u, size_t k, size_t s)
{
    const lrr_rnn *r = p->r;
    size_t h = r->h, time = time_of(r, u->steps[k], s), row = p->first[u->id[k]] + time;
    lrr_real *dh = u->state + k * h, *dg = u->hg + k * p->gates * h;
    lrr_real *g = p->g + row * p->slots * h;
    const lrr_real *dy = p->grads->dy;
    if (r->sequences)
        lrr_k->accumulate(dy + (u->id[k] * r->t + time) * h, dh, h);
    else if (s + 1 == u->steps[k])
        lrr_k->accumulate(dy + u->id[k] * h, dh, h);
    if (r->kind == LRR_RNN_LSTM)
        lrr_k->lstm_backward(g, p->c0 + row * h, p->tc + row * h, dh, u->dc + k * h, dg,
                             u->db, h);
    else if (r->kind == LRR_RNN_GRU)
        lrr_k->gru_backward(g, p->h0 + row * h, dh, dg, u->db, h);
    else
        lrr_k->rnn_backward(g, dh, dg, u->db, r->kind == LRR_RNN_RELU, h);
}

static void backward_group(void *arg, size_t q)
{
    const pass *p = arg;
    const lrr_rnn *r = p->r;
    size_t h = r->h;
    double beta = r->kind == LRR_RNN_GRU ? 1 : 0; /* h' also reaches h past the gates */
    group u = gather_group(p, q);
    memset(u.state, 0, u.n * h * sizeof *u.state);
    memset(u.dc, 0, u.n * h * sizeof *u.dc);
    memset(u.db, 0, p->slots * h * sizeof *u.db);
    for (size_t s = u.steps[0]; s-- > 0;) {
        size_t m = active(&u, s);
        for (size_t k = 0; k < m; k++)
            step_backward(p, &u, k, s);
        if (s > 0)
            step_gemm(m, h, p->gates * h, u.hg, r->w_hh, beta, u.state);
    }
}

/* Sums the groups' shares in order; `from` is where the last gate's share is found. */
static void bias_grad(const pass *p, lrr_real *db, bool add, size_t from)
{
    size_t h = p->r->h, wide = p->gates * h, size = group_size(p->r->kind, h);
    const lrr_real *share = gather_group(p, 0).db;
    if (db == NULL)
        return;
    if (!add)
        memset(db, 0, wide * sizeof *db);
    for (size_t q = 0; q < p->groups; q++, share += size) {
        lrr_k->accumulate(share, db, wide - h);
        lrr_k->accumulate(share + from * h, db + wide - h, h);
    }
}

static void weight_grads(const pass *p, const lrr_real *x)
{
    const lrr_rnn *r = p->r;
    const lrr_rnn_grads *o = p->grads;
    size_t rows = p->first[r->n], h = r->h, wide = p->gates * h, ld = p->slots * h;
    lrr_mat dg = { p->g, ld, true }, h0 = { p->h0, h, false };
    double beta = o->add_w_hh ? 1 : 0;
    if (o->dw_ih != NULL)
        lrr_gemm(wide, r->in, rows, 1, dg, (lrr_mat){ x, r->in, false },
                 o->add_w_ih ? 1 : 0, o->dw_ih, r->in);
    if (o->dw_hh == NULL)
        return;
    if (r->kind != LRR_RNN_GRU) {
        lrr_gemm(wide, h, rows, 1, dg, h0, beta, o->dw_hh, h);
        return;
    }
    lrr_gemm(2 * h, h, rows, 1, dg, h0, beta, o->dw_hh, h);
    dg.p += 3 * h;
    lrr_gemm(h, h, rows, 1, dg, h0, beta, o->dw_hh + 2 * h * h, h);
}

/* dx from its packed rows, 0 past each sample's length. */
static void unpack_dx(const pass *p)
{
    const lrr_rnn *r = p->r;
    for (size_t i = 0; i < r->n; i++) {
        lrr_real *dx = p->grads->dx + i * r->t * r->in;
        size_t n = length(r, i) * r->in, all = r->t * r->in;
        const lrr_real *from = p->packed + p->first[i] * r->in;
        if (p->grads->add_x) {
            lrr_k->accumulate(from, dx, n);
        } else {
            memcpy(dx, from, n * sizeof *dx);
            memset(dx + n, 0, (all - n) * sizeof *dx);
        }
    }
}

static void input_grad(const pass *p)
{
    const lrr_rnn *r = p->r;
    size_t rows = p->first[r->n];
    bool whole = rows == r->n * r->t;
    lrr_mat dg = { p->g, p->slots * r->h, false }, w = { r->w_ih, r->in, false };
    if (p->grads->dx == NULL)
        return;
    lrr_gemm(rows, r->in, p->gates * r->h, 1, dg, w, whole && p->grads->add_x ? 1 : 0,
             whole ? p->grads->dx : p->packed, r->in);
    if (!whole)
        unpack_dx(p);
}

void lrr_rnn_backward(const lrr_rnn *r, const lrr_rnn_grads *g)
{
    pass p = place(r, g);
    lrr_parallel(p.groups, backward_group, &p);
    bias_grad(&p, g->db_ih, g->add_b_ih, p.gates - 1);
    bias_grad(&p, g->db_hh, g->add_b_hh, p.slots - 1);
    weight_grads(&p, pack_x(&p));
    input_grad(&p);
}
