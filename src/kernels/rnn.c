/* rnn.c -- see rnn.h. */
#include "kernels/rnn.h"

#include <string.h>

#include "base/threads.h"
#include "kernels/gemm.h"
#include "kernels/gemm_block.h"
#include "kernels/simd.h"

/* Arrays within aux and work start on cache lines. */
static size_t pad(size_t n)
{
    return (n + 15) / 16 * 16;
}

/* Groups of samples that step together; two even of a small batch, for two threads. */
static size_t groups_of(size_t n)
{
    size_t groups = (n + LRR_RNN_GROUP - 1) / LRR_RNN_GROUP;
    return groups == 1 && n > 1 ? 2 : groups;
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
** A lane is a run of groups that one thread takes through everything: the products of
** all its steps are one call, and its share of the weights' gradients is a partial sum.
** So many lanes that the partial sums stay within 16 MB, but at least 4.
*/
static size_t lanes_of(lrr_rnn_kind kind, size_t n, size_t in, size_t h)
{
    size_t groups = groups_of(n),
           most = ((size_t)1 << 22) / (slots_of(kind) * h * (in + h));
    most = most < 4 ? 4 : most > 16 ? 16 : most;
    return groups < most ? groups : most;
}

/*
** aux, in rows without padding (row = first[i] + time): gates (rows, slots h); xh (rows,
** in + h) with x and the state that the step started from; and for the LSTM c0 (rows, h)
** likewise and tc = tanh(c).
*/
size_t lrr_rnn_aux(lrr_rnn_kind kind, size_t n, size_t t, size_t in, size_t h)
{
    size_t wide = slots_of(kind) + (kind == LRR_RNN_LSTM ? 2 : 0);
    return (wide * pad(n * t * h) + pad(n * t * (in + h))) * sizeof(lrr_real);
}

/* Scratch of one lane, in elements: hg, state, dc, db and the weights' gradients. */
static size_t lane_size(lrr_rnn_kind kind, size_t in, size_t h)
{
    return pad(LRR_RNN_GROUP * h * 4) + 2 * pad(LRR_RNN_GROUP * h) +
           pad(slots_of(kind) * h) + pad(lrr_rnn_gates(kind) * h * (in + h));
}

/* W_hh transposed, or either way around as rounded products take it. */
static size_t whh_size(size_t h)
{
    return 4 * LRR_GEMM_PACKED(h, h);
}

size_t lrr_rnn_work(lrr_rnn_kind kind, size_t n, size_t t, size_t in, size_t h)
{
    size_t elements =
        whh_size(h) + pad(4 * h) + lanes_of(kind, n, in, h) * lane_size(kind, in, h);
    size_t counts = 2 * n + t + 2;
    return elements * sizeof(lrr_real) + counts * sizeof(size_t);
}

/* One call, with everything in aux and work given its place. */
typedef struct pass {
    const lrr_rnn *r;
    const lrr_rnn_grads *grads;
    size_t gates, slots, groups, lanes;
    size_t rows;                /* the lengths' sum */
    lrr_real *g, *xh, *c0, *tc; /* aux */
    lrr_real *whh;              /* (h, gates h): w_hh transposed; in bf16 packed */
    lrr_real *bias;             /* (slots h) */
    lrr_real *scratch;          /* of the lanes */
    size_t *rank;               /* (n) samples, longest first */
    size_t *first;              /* (n + 1) row of step 0, by rank; then rows */
    size_t *starts;             /* (t + 1) for sorting */
} pass;

static size_t length(const lrr_rnn *r, size_t i)
{
    return r->len != NULL ? (size_t)r->len[i] : r->t;
}

/* Ranks by length with a counting sort: stable, longest first. Rows follow the ranks, so
** that those of a group lie together. */
static void sort_samples(pass *p)
{
    const lrr_rnn *r = p->r;
    size_t at = 0;
    memset(p->starts, 0, (r->t + 1) * sizeof *p->starts);
    for (size_t i = 0; i < r->n; i++)
        p->starts[length(r, i)]++;
    for (size_t t = r->t + 1; t-- > 0;) {
        size_t count = p->starts[t];
        p->starts[t] = at;
        at += count;
    }
    for (size_t i = 0; i < r->n; i++)
        p->rank[p->starts[length(r, i)]++] = i;
    at = 0;
    for (size_t k = 0; k < r->n; k++) {
        p->first[k] = at;
        at += length(r, p->rank[k]);
    }
    p->first[r->n] = p->rows = at;
}

static pass place(const lrr_rnn *r, const lrr_rnn_grads *grads)
{
    pass p = { .r = r, .grads = grads };
    size_t states = pad(r->n * r->t * r->h);
    p.gates = lrr_rnn_gates(r->kind);
    p.slots = slots_of(r->kind);
    p.groups = groups_of(r->n);
    p.lanes = lanes_of(r->kind, r->n, r->in, r->h);
    p.g = r->aux;
    p.xh = p.g + p.slots * states;
    p.c0 = p.xh + pad(r->n * r->t * (r->in + r->h));
    p.tc = p.c0 + states;
    p.whh = r->work;
    p.bias = p.whh + whh_size(r->h);
    p.scratch = p.bias + pad(4 * r->h);
    p.rank = (size_t *)(void *)(p.scratch + p.lanes * lane_size(r->kind, r->in, r->h));
    p.first = p.rank + r->n;
    p.starts = p.first + r->n + 1;
    sort_samples(&p);
    return p;
}

/* First rank of group q; q = groups: n. */
static size_t group_at(const pass *p, size_t q)
{
    return p->r->n * q / p->groups;
}

/* What one thread works on: the ranks from..to-1 of a lane, and its scratch. */
typedef struct lane {
    size_t from, to, row, rows;
    lrr_real *hg, *state, *dc, *db, *dw;
} lane;

static lane open_lane(const pass *p, size_t i)
{
    const lrr_rnn *r = p->r;
    lane l = { .from = group_at(p, p->groups * i / p->lanes),
               .to = group_at(p, p->groups * (i + 1) / p->lanes) };
    l.row = p->first[l.from];
    l.rows = p->first[l.to] - l.row;
    l.hg = p->scratch + i * lane_size(r->kind, r->in, r->h);
    l.state = l.hg + pad(LRR_RNN_GROUP * r->h * 4);
    l.dc = l.state + pad(LRR_RNN_GROUP * r->h);
    l.db = l.dc + pad(LRR_RNN_GROUP * r->h);
    l.dw = l.db + pad(p->slots * r->h);
    return l;
}

/* C (m, n) = A (m, k) B (k, n) + beta C by this thread. B is the same in every step: in bf16 it is
** packed, once for all of them. */
static void step_gemm(lrr_gemm_kind gemm, size_t m, size_t n, size_t k,
                      const lrr_real *a, const lrr_real *b, double beta, lrr_real *c)
{
    if (gemm == LRR_GEMM_BF16)
        lrr_gemm_serial_packed(m, n, k, (lrr_mat){ a, k, false }, b, beta, c, n);
    else
        lrr_gemm_serial(gemm, m, n, k, 1, (lrr_mat){ a, k, false },
                        (lrr_mat){ b, n, false }, beta, c, n);
}

/* A group within a lane: ranks from..from+n-1. */
typedef struct group {
    const lane *l;
    size_t from, n;
} group;

static group open_group(const pass *p, const lane *l, size_t q)
{
    return (group){ l, group_at(p, q), group_at(p, q + 1) - group_at(p, q) };
}

static size_t steps_of(const pass *p, size_t rank)
{
    return p->first[rank + 1] - p->first[rank];
}

/* How many of the group's samples have a step s: the first ones. */
static size_t active(const pass *p, const group *u, size_t s)
{
    size_t m = u->n;
    while (m > 0 && steps_of(p, u->from + m - 1) <= s)
        m--;
    return m;
}

/* Time of a sample's step s. */
static size_t time_of(const lrr_rnn *r, size_t steps, size_t s)
{
    return r->reverse ? steps - 1 - s : s;
}

/* A state of ReLU on the side that is kept, wherever it is; or of any RNN, keeping it. side
** (h) of this row, NULL: neither. Below 0 it is 0 times what it would be, so that what is not
** finite stays so. */
static void plain_forward(const pass *p, const lrr_real *hg, lrr_real *g,
                          lrr_real *state, uint8_t *side)
{
    const lrr_rnn *r = p->r;
    if (side == NULL || !r->hold)
        lrr_k->rnn_forward(hg, p->bias, g, state, r->kind == LRR_RNN_RELU, r->h);
    for (size_t j = 0; side != NULL && j < r->h; j++) {
        if (r->hold)
            g[j] = state[j] = (g[j] + p->bias[j] + hg[j]) * side[j];
        else
            side[j] = state[j] > 0;
    }
}

static uint8_t *sides_of(const lrr_rnn *r, size_t row)
{
    return r->side != NULL ? r->side + row * r->h : NULL;
}

/* Step s of the group's sample k. */
static void step_forward(const pass *p, const group *u, size_t k, size_t s)
{
    const lrr_rnn *r = p->r;
    size_t h = r->h, ld = r->in + h, rank = u->from + k, steps = steps_of(p, rank);
    size_t time = time_of(r, steps, s), row = p->first[rank] + time;
    bool last = s + 1 == steps;
    size_t next = last ? row : r->reverse ? row - 1 : row + 1;
    const lrr_real *hg = u->l->hg + k * p->gates * h;
    lrr_real *g = p->g + row * p->slots * h, *state = u->l->state + k * h;
    if (r->kind == LRR_RNN_LSTM)
        lrr_k->lstm_forward(hg, p->bias, g, p->c0 + row * h,
                            last ? u->l->dc + k * h : p->c0 + next * h, p->tc + row * h,
                            state, h);
    else if (r->kind == LRR_RNN_GRU)
        lrr_k->gru_forward(hg, p->bias, g, p->xh + row * ld + r->in, state, h);
    else
        plain_forward(p, hg, g, state, sides_of(r, row));
    if (!last)
        memcpy(p->xh + next * ld + r->in, state, h * sizeof *state);
    if (r->sequences)
        memcpy(r->y + (p->rank[rank] * r->t + time) * h, state, h * sizeof *state);
    else if (last)
        memcpy(r->y + p->rank[rank] * h, state, h * sizeof *state);
}

/* Packs sample `rank`'s x, sets its first state to 0, and y past its length. */
static void start_sample(const pass *p, size_t rank)
{
    const lrr_rnn *r = p->r;
    size_t h = r->h, ld = r->in + h, steps = steps_of(p, rank), i = p->rank[rank];
    size_t row = p->first[rank], start = row + time_of(r, steps, 0);
    for (size_t t = 0; t < steps; t++)
        memcpy(p->xh + (row + t) * ld, r->x + (i * r->t + t) * r->in,
               r->in * sizeof *r->x);
    memset(p->xh + start * ld + r->in, 0, h * sizeof *p->xh);
    if (r->kind == LRR_RNN_LSTM)
        memset(p->c0 + start * h, 0, h * sizeof *p->c0);
    if (r->sequences)
        memset(r->y + (i * r->t + steps) * h, 0, (r->t - steps) * h * sizeof *r->y);
}

static void forward_group(const pass *p, const group *u)
{
    const lrr_rnn *r = p->r;
    size_t wide = p->gates * r->h;
    memset(u->l->hg, 0, u->n * wide * sizeof *u->l->hg);
    for (size_t s = 0; s < steps_of(p, u->from); s++) {
        size_t m = active(p, u, s);
        if (s > 0)
            step_gemm(r->gemm, m, wide, r->h, u->l->state, p->whh, 0, u->l->hg);
        for (size_t k = 0; k < m; k++)
            step_forward(p, u, k, s);
    }
}

static void forward_lane(void *arg, size_t i)
{
    const pass *p = arg;
    const lrr_rnn *r = p->r;
    const lane l = open_lane(p, i);
    size_t ld = r->in + r->h, out = p->slots * r->h;
    for (size_t k = l.from; k < l.to; k++)
        start_sample(p, k);
    lrr_gemm_serial(r->gemm, l.rows, p->gates * r->h, r->in, 1,
                    (lrr_mat){ p->xh + l.row * ld, ld, false },
                    (lrr_mat){ r->w_ih, r->in, true }, 0, p->g + l.row * out, out);
    for (size_t q = p->groups * i / p->lanes; q < p->groups * (i + 1) / p->lanes; q++) {
        const group u = open_group(p, &l, q);
        forward_group(p, &u);
    }
}

/* b_ih + b_hh, but the GRU's last gate has its two apart. */
void lrr_rnn_join_biases(const lrr_rnn *r, lrr_real *bias)
{
    size_t h = r->h;
    size_t both = (r->kind == LRR_RNN_GRU ? 2 : lrr_rnn_gates(r->kind)) * h;
    memset(bias, 0, slots_of(r->kind) * h * sizeof *bias);
    if (r->b_ih == NULL)
        return;
    for (size_t j = 0; j < both; j++)
        bias[j] = r->b_ih[j] + r->b_hh[j];
    if (r->kind == LRR_RNN_GRU) {
        memcpy(bias + 2 * h, r->b_ih + 2 * h, h * sizeof *bias);
        memcpy(bias + 3 * h, r->b_hh + 2 * h, h * sizeof *bias);
    }
}

/* In blocks of 16 columns, so that each cache line of w_hh is read once. */
static void transpose_w_hh(const pass *p)
{
    size_t h = p->r->h, wide = p->gates * h;
    for (size_t from = 0; from < wide; from += 16)
        for (size_t j = 0; j < h; j++)
            for (size_t i = from; i < wide && i < from + 16; i++)
                p->whh[j * wide + i] = p->r->w_hh[i * h + j];
}

void lrr_rnn_forward(const lrr_rnn *r)
{
    pass p = place(r, NULL);
    lrr_rnn_join_biases(r, p.bias);
    if (r->gemm == LRR_GEMM_BF16)
        lrr_gemm_pack_bf16(p.gates * r->h, r->h, (lrr_mat){ r->w_hh, r->h, true },
                           p.whh);
    else
        transpose_w_hh(&p);
    lrr_parallel(p.lanes, forward_lane, &p);
}

/* g becomes the gradient before the ReLU, which is 1 or 0 by the kept side: as slopes of
** values they are what rnn_backward takes. */
static void set_sides(const lrr_rnn *r, size_t row, lrr_real *g)
{
    const uint8_t *side = sides_of(r, row);
    for (size_t j = 0; side != NULL && r->hold && j < r->h; j++)
        g[j] = side[j];
}

static void step_backward(const pass *p, const group *u, size_t k, size_t s)
{
    const lrr_rnn *r = p->r;
    size_t h = r->h, rank = u->from + k, steps = steps_of(p, rank);
    size_t time = time_of(r, steps, s), row = p->first[rank] + time;
    lrr_real *dh = u->l->state + k * h, *dg = u->l->hg + k * p->gates * h;
    lrr_real *g = p->g + row * p->slots * h, *db = u->l->db;
    const lrr_real *dy = p->grads->dy;
    if (r->sequences)
        lrr_k->accumulate(dy + (p->rank[rank] * r->t + time) * h, dh, h);
    else if (s + 1 == steps)
        lrr_k->accumulate(dy + p->rank[rank] * h, dh, h);
    if (r->kind == LRR_RNN_LSTM)
        lrr_k->lstm_backward(g, p->c0 + row * h, p->tc + row * h, dh, u->l->dc + k * h,
                             dg, db, h);
    else if (r->kind == LRR_RNN_GRU)
        lrr_k->gru_backward(g, p->xh + row * (r->in + h) + r->in, dh, dg, db, h);
    else {
        set_sides(r, row, g);
        lrr_k->rnn_backward(g, dh, dg, db, r->kind == LRR_RNN_RELU, h);
    }
}

static void backward_group(const pass *p, const group *u)
{
    const lrr_rnn *r = p->r;
    size_t h = r->h;
    double beta = r->kind == LRR_RNN_GRU ? 1 : 0; /* h' also reaches h past the gates */
    memset(u->l->state, 0, u->n * h * sizeof *u->l->state);
    memset(u->l->dc, 0, u->n * h * sizeof *u->l->dc);
    for (size_t s = steps_of(p, u->from); s-- > 0;) {
        size_t m = active(p, u, s);
        for (size_t k = 0; k < m; k++)
            step_backward(p, u, k, s);
        if (s > 0)
            step_gemm(r->gemm, m, h, p->gates * h, u->l->hg,
                      r->gemm == LRR_GEMM_BF16 ? p->whh : r->w_hh, beta, u->l->state);
    }
}

/* The lane's share of dw (gates h, in + h): that of w_ih, and beside it that of w_hh. */
static void weight_share(const pass *p, const lane *l)
{
    const lrr_rnn *r = p->r;
    size_t h = r->h, ld = r->in + h, wide = p->gates * h;
    lrr_mat dg = { p->g + l->row * p->slots * h, p->slots * h, true };
    lrr_mat x = { p->xh + l->row * ld, ld, false };
    lrr_real *last = l->dw + 2 * h * ld;
    if (r->kind != LRR_RNN_GRU) {
        lrr_gemm_serial(r->gemm, wide, ld, l->rows, 1, dg, x, 0, l->dw, ld);
        return;
    }
    /* The GRU's last gate has two gradients, of W_in x and of W_hn h'. */
    lrr_gemm_serial(r->gemm, 2 * h, ld, l->rows, 1, dg, x, 0, l->dw, ld);
    dg.p += 2 * h;
    lrr_gemm_serial(r->gemm, h, r->in, l->rows, 1, dg, x, 0, last, ld);
    dg.p += h;
    x.p += r->in;
    lrr_gemm_serial(r->gemm, h, h, l->rows, 1, dg, x, 0, last + r->in, ld);
}

/* dx of a sample from where its packed x was, 0 past its length. */
static void unpack_dx(const pass *p, size_t rank)
{
    const lrr_rnn *r = p->r;
    size_t steps = steps_of(p, rank), in = r->in;
    const lrr_real *from = p->xh + p->first[rank] * (in + r->h);
    lrr_real *dx = p->grads->dx + p->rank[rank] * r->t * in;
    for (size_t t = 0; t < steps; t++, from += in + r->h, dx += in) {
        if (p->grads->add_x)
            lrr_k->accumulate(from, dx, in);
        else
            memcpy(dx, from, in * sizeof *dx);
    }
    if (!p->grads->add_x)
        memset(dx, 0, (r->t - steps) * in * sizeof *dx);
}

/* Without padding rows are where they belong; else dx takes the place of packed x. */
static void input_grad(const pass *p, const lane *l)
{
    const lrr_rnn *r = p->r;
    size_t ld = r->in + r->h, out = p->slots * r->h;
    bool whole = p->rows == r->n * r->t;
    lrr_real *dx = whole ? p->grads->dx + l->row * r->in : p->xh + l->row * ld;
    lrr_gemm_serial(r->gemm, l->rows, r->in, p->gates * r->h, 1,
                    (lrr_mat){ p->g + l->row * out, out, false },
                    (lrr_mat){ r->w_ih, r->in, false },
                    whole && p->grads->add_x ? 1 : 0, dx, whole ? r->in : ld);
    for (size_t k = l->from; !whole && k < l->to; k++)
        unpack_dx(p, k);
}

static void backward_lane(void *arg, size_t i)
{
    const pass *p = arg;
    const lane l = open_lane(p, i);
    memset(l.db, 0, p->slots * p->r->h * sizeof *l.db);
    for (size_t q = p->groups * i / p->lanes; q < p->groups * (i + 1) / p->lanes; q++) {
        const group u = open_group(p, &l, q);
        backward_group(p, &u);
    }
    if (p->grads->dw_ih != NULL || p->grads->dw_hh != NULL)
        weight_share(p, &l);
    if (p->grads->dx != NULL)
        input_grad(p, &l);
}

/* dw (wide, cols) = or += the lanes' shares in order; from: their first column. */
static void weight_grad(const pass *p, lrr_real *dw, size_t cols, size_t from, bool add)
{
    const lrr_rnn *r = p->r;
    size_t ld = r->in + r->h, size = lane_size(r->kind, r->in, r->h);
    const lrr_real *share = open_lane(p, 0).dw + from;
    if (dw == NULL)
        return;
    for (size_t j = 0; j < p->gates * r->h; j++, dw += cols, share += ld) {
        if (add)
            lrr_k->accumulate(share, dw, cols);
        else
            memcpy(dw, share, cols * sizeof *dw);
        for (size_t i = 1; i < p->lanes; i++)
            lrr_k->accumulate(share + i * size, dw, cols);
    }
}

/* Likewise; from: where the last gate's share is found, in units of h. */
static void bias_grad(const pass *p, lrr_real *db, bool add, size_t from)
{
    size_t h = p->r->h, wide = p->gates * h;
    if (db == NULL)
        return;
    if (!add)
        memset(db, 0, wide * sizeof *db);
    for (size_t i = 0; i < p->lanes; i++) {
        const lrr_real *share = open_lane(p, i).db;
        lrr_k->accumulate(share, db, wide - h);
        lrr_k->accumulate(share + from * h, db + wide - h, h);
    }
}

void lrr_rnn_backward(const lrr_rnn *r, const lrr_rnn_grads *g)
{
    pass p = place(r, g);
    if (r->gemm == LRR_GEMM_BF16)
        lrr_gemm_pack_bf16(r->h, p.gates * r->h, (lrr_mat){ r->w_hh, r->h, false },
                           p.whh);
    lrr_parallel(p.lanes, backward_lane, &p);
    weight_grad(&p, g->dw_ih, r->in, 0, g->add_w_ih);
    weight_grad(&p, g->dw_hh, r->h, r->in, g->add_w_hh);
    bias_grad(&p, g->db_ih, g->add_b_ih, p.gates - 1);
    bias_grad(&p, g->db_hh, g->add_b_hh, p.slots - 1);
}
