/* rnn.c -- see rnn.h. */
#include "kernels/rnn.h"

#include <string.h>

#include "base/threads.h"
#include "kernels/absorb.h"
#include "kernels/gemm.h"
#include "kernels/gemm_block.h"
#include "kernels/simd.h"

/* Rows whose x is multiplied at once, and rows that give weights and x their share at once: what is
** made by one product is at hand for the next. */
enum { FORWARD_ROWS = 32, BACKWARD_ROWS = 128 };

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
** aux is rows, those of a group together, step behind step and in each the samples that have it.
** A row is gates (slots h); xh (in + h), x and the state that the step started from; for the LSTM c0
** (h) likewise and tc = tanh(c); and a cache line more, so that the same place in all rows is not
** in the same sets of the cache.
*/
static size_t row_size(lrr_rnn_kind kind, size_t in, size_t h)
{
    return lrr_real_pad((slots_of(kind) + (kind == LRR_RNN_LSTM ? 3 : 1)) * h + in) +
           lrr_real_pad(1);
}

size_t lrr_rnn_aux(lrr_rnn_kind kind, size_t n, size_t t, size_t in, size_t h)
{
    return n * t * row_size(kind, in, h) * sizeof(lrr_real);
}

/* Scratch of one lane, in reals: state, dc, db, the weights' gradients and bounds of shares. */
static size_t lane_size(lrr_rnn_kind kind, size_t in, size_t h)
{
    const size_t wide = lrr_rnn_gates(kind) * h;
    return 2 * lrr_real_pad(LRR_RNN_GROUP * h) + lrr_real_pad(slots_of(kind) * h) +
           lrr_real_pad(wide * (in + h)) +
           lrr_real_pad(LRR_ABSORB_SCRATCH(wide, in + h));
}

/* W (gates h, n), packed as either pass takes it: of the GRU the last gate apart from the first
** two. */
static size_t packed_size(size_t n, size_t h)
{
    const size_t forward = 2 * LRR_GEMM_ROUNDED(2 * h, n),
                 backward = LRR_GEMM_ROUNDED(n, 4 * h);
    return forward > backward ? forward : backward;
}

size_t lrr_rnn_work(lrr_rnn_kind kind, size_t n, size_t t, size_t in, size_t h)
{
    size_t elements = packed_size(in, h) + packed_size(h, h) + lrr_real_pad(4 * h) +
                      lanes_of(kind, n, in, h) * lane_size(kind, in, h);
    size_t counts = 2 * n + t + 2;
    return elements * sizeof(lrr_real) + counts * sizeof(size_t);
}

/* One call, with everything in aux and work given its place. */
typedef struct pass {
    const lrr_rnn *r;
    const lrr_rnn_grads *grads;
    size_t gates, slots, groups, lanes;
    size_t rows;                /* the lengths' sum */
    lrr_real *g, *xh, *c0, *tc; /* of the first row of aux ... */
    size_t ld;                  /* ... and how far the next one's are */
    lrr_real *w_ih, *w_hh;      /* packed; of the GRU all of W_ih, and of W_hh ... */
    lrr_real *w_hn;             /* ... the last gate behind the first two */
    lrr_real *bias;             /* (slots h) */
    lrr_real *scratch;          /* of the lanes */
    size_t *rank;               /* (n) samples, longest first */
    size_t *first;  /* (n + 1) how many rows those before it have, by rank; then all */
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
    p.gates = lrr_rnn_gates(r->kind);
    p.slots = slots_of(r->kind);
    p.groups = groups_of(r->n);
    p.lanes = lanes_of(r->kind, r->n, r->in, r->h);
    p.g = r->aux;
    p.xh = p.g + p.slots * r->h;
    p.c0 = p.xh + r->in + r->h;
    p.tc = p.c0 + r->h;
    p.ld = row_size(r->kind, r->in, r->h);
    p.w_ih = r->work;
    p.w_hh = p.w_ih + packed_size(r->in, r->h);
    p.bias = p.w_hh + packed_size(r->h, r->h);
    p.scratch = p.bias + lrr_real_pad(4 * r->h);
    p.rank = (size_t *)(void *)(p.scratch + p.lanes * lane_size(r->kind, r->in, r->h));
    p.first = p.rank + r->n;
    p.starts = p.first + r->n + 1;
    /* whole panels of 2 h columns in forward, which packs W_hh transposed, in backward of h */
    p.w_hn = p.w_hh + (grads == NULL ? LRR_GEMM_ROUNDED(2 * r->h, r->h)
                                     : LRR_GEMM_ROUNDED(r->h, 2 * r->h));
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
    size_t from, to;
    lrr_real *state, *dc, *db, *dw, *bounds;
} lane;

static lane open_lane(const pass *p, size_t i)
{
    const lrr_rnn *r = p->r;
    lane l = { .from = group_at(p, p->groups * i / p->lanes),
               .to = group_at(p, p->groups * (i + 1) / p->lanes) };
    l.state = p->scratch + i * lane_size(r->kind, r->in, r->h);
    l.dc = l.state + lrr_real_pad(LRR_RNN_GROUP * r->h);
    l.db = l.dc + lrr_real_pad(LRR_RNN_GROUP * r->h);
    l.dw = l.db + lrr_real_pad(p->slots * r->h);
    l.bounds = l.dw + lrr_real_pad(p->gates * r->h * (r->in + r->h));
    return l;
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

/* Where step s of the group's sample k has its place in x and y, in steps. */
static size_t place_of(const pass *p, const group *u, size_t k, size_t s)
{
    const lrr_rnn *r = p->r;
    const size_t rank = u->from + k;
    return p->rank[rank] * r->t + (r->reverse ? steps_of(p, rank) - 1 - s : s);
}

/* A state of ReLU on the side that is kept, wherever it is; or of any RNN, keeping it. side
** (h) of this row, NULL: neither. Below 0 it is 0 times what it would be, so that what is not
** finite stays so. */
static void plain_forward(const pass *p, lrr_real *g, lrr_real *state, uint8_t *side)
{
    const lrr_rnn *r = p->r;
    if (side == NULL || !r->hold)
        lrr_k->rnn_forward(p->bias, g, state, r->kind == LRR_RNN_RELU, r->h);
    for (size_t j = 0; side != NULL && j < r->h; j++) {
        if (r->hold)
            g[j] = state[j] = (g[j] + p->bias[j]) * side[j];
        else
            side[j] = state[j] > 0;
    }
}

static uint8_t *sides_of(const lrr_rnn *r, size_t row)
{
    return r->side != NULL ? r->side + row * r->h : NULL;
}

/* Step s of the group's sample k, in that row; next: the row of its next step. */
static void step_forward(const pass *p, const group *u, size_t k, size_t s, size_t row,
                         size_t next)
{
    const lrr_rnn *r = p->r;
    const size_t h = r->h, ld = p->ld;
    const bool last = s + 1 == steps_of(p, u->from + k);
    lrr_real *g = p->g + row * ld;
    lrr_real *state = last ? u->l->state : p->xh + next * ld + r->in;
    if (r->kind == LRR_RNN_LSTM)
        lrr_k->lstm_forward(p->bias, g, p->c0 + row * ld,
                            last ? u->l->dc : p->c0 + next * ld, p->tc + row * ld,
                            state, h);
    else if (r->kind == LRR_RNN_GRU)
        lrr_k->gru_forward(p->bias, g, p->xh + row * ld + r->in, state, h);
    else
        plain_forward(p, g, state, sides_of(r, row));
    if (r->sequences)
        memcpy(r->y + place_of(p, u, k, s) * h, state, h * sizeof *state);
    else if (last)
        memcpy(r->y + p->rank[u->from + k] * h, state, h * sizeof *state);
}

/* The group's first states are 0, and so is what W_hh makes of them, and y past the lengths. */
static void start_group(const pass *p, const group *u)
{
    const lrr_rnn *r = p->r;
    const size_t h = r->h, row = p->first[u->from];
    for (size_t k = 0; k < u->n; k++) {
        const size_t steps = steps_of(p, u->from + k);
        memset(p->xh + (row + k) * p->ld + r->in, 0, h * sizeof *p->xh);
        if (r->kind == LRR_RNN_LSTM)
            memset(p->c0 + (row + k) * p->ld, 0, h * sizeof *p->c0);
        if (r->kind == LRR_RNN_GRU)
            memset(p->g + (row + k) * p->ld + 3 * h, 0, h * sizeof *p->g);
        if (r->sequences)
            memset(r->y + (p->rank[u->from + k] * r->t + steps) * h, 0,
                   (r->t - steps) * h * sizeof *r->y);
    }
}

/* W_ih x of as many steps from s on as one product takes, in rows from `row` on, and x itself.
** Returns the row behind them. */
static size_t project(const pass *p, const group *u, size_t s, size_t row)
{
    const lrr_rnn *r = p->r;
    const size_t ld = p->ld;
    size_t end = row;
    for (; s < steps_of(p, u->from); s++) {
        const size_t m = active(p, u, s);
        if (end > row && end + m - row > FORWARD_ROWS)
            break;
        for (size_t k = 0; k < m; k++)
            memcpy(p->xh + (end + k) * ld, r->x + place_of(p, u, k, s) * r->in,
                   r->in * sizeof *r->x);
        end += m;
    }
    lrr_gemm_serial_packed(r->gemm, end - row, p->gates * r->h, r->in,
                           (lrr_mat){ p->xh + row * ld, ld, false }, p->w_ih, false,
                           p->g + row * ld, ld, NULL);
    return end;
}

/* W_hh h' is added to W_ih x in m rows; of the GRU's last gate it is kept apart. Rows that are to be
** written soon, of those before `end`, are asked for. */
static void recur(const pass *p, size_t m, size_t row, size_t end)
{
    const lrr_rnn *r = p->r;
    const size_t h = r->h, ld = p->ld;
    const bool gru = r->kind == LRR_RNN_GRU;
    const lrr_mat state = { p->xh + row * ld + r->in, ld, false };
    const size_t far = row + FORWARD_ROWS + m <= end ? row + FORWARD_ROWS : row;
    lrr_gemm_soon soon = { p->g + far * ld, m * ld };
    lrr_real *g = p->g + row * ld;
    lrr_gemm_serial_packed(r->gemm, m, (gru ? 2 : p->gates) * h, h, state, p->w_hh,
                           true, g, ld, &soon);
    if (gru)
        lrr_gemm_serial_packed(r->gemm, m, h, h, state, p->w_hn, false, g + 3 * h, ld,
                               &soon);
}

static void forward_group(const pass *p, const group *u)
{
    size_t row = p->first[u->from], ready = row;
    start_group(p, u);
    for (size_t s = 0; s < steps_of(p, u->from); s++) {
        const size_t m = active(p, u, s);
        if (row == ready)
            ready = project(p, u, s, row);
        if (s > 0)
            recur(p, m, row, p->first[u->from + u->n]);
        for (size_t k = 0; k < m; k++)
            step_forward(p, u, k, s, row + k, row + m + k);
        row += m;
    }
}

static void forward_lane(void *arg, size_t i)
{
    const pass *p = arg;
    const lane l = open_lane(p, i);
    for (size_t q = p->groups * i / p->lanes; q < p->groups * (i + 1) / p->lanes; q++) {
        const group u = open_group(p, &l, q);
        forward_group(p, &u);
    }
}

/* Weights are packed once for all products of a pass: 0 is W_ih, 1 W_hh, of the GRU without the
** last gate, which is 2. */
static void pack_weights(void *arg, size_t i)
{
    const pass *p = arg;
    const lrr_rnn *r = p->r;
    const bool gru = r->kind == LRR_RNN_GRU, back = p->grads != NULL;
    lrr_real *const to[] = { p->w_ih, p->w_hh, p->w_hn };
    const size_t cols = i == 0 ? r->in : r->h;
    const size_t rows = (i == 0 || !gru ? p->gates : i == 1 ? 2 : 1) * r->h;
    const lrr_real *w = i == 0 ? r->w_ih : r->w_hh + (i == 2 ? 2 * r->h * r->h : 0);
    lrr_gemm_pack(r->gemm, back ? cols : rows, back ? rows : cols,
                  (lrr_mat){ w, cols, !back }, to[i]);
}

void lrr_rnn_forward(const lrr_rnn *r)
{
    pass p = place(r, NULL);
    lrr_rnn_join_biases(r, p.bias);
    lrr_parallel(r->kind == LRR_RNN_GRU ? 3 : 2, pack_weights, &p);
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

static void step_backward(const pass *p, const group *u, size_t k, size_t s, size_t row)
{
    const lrr_rnn *r = p->r;
    const size_t h = r->h;
    lrr_real *dh = u->l->state + k * h, *dc = u->l->dc + k * h, *db = u->l->db;
    lrr_real *g = p->g + row * p->ld;
    const lrr_real *dy = p->grads->dy;
    if (r->sequences)
        lrr_k->accumulate(dy + place_of(p, u, k, s) * h, dh, h);
    else if (s + 1 == steps_of(p, u->from + k))
        lrr_k->accumulate(dy + p->rank[u->from + k] * h, dh, h);
    if (r->kind == LRR_RNN_LSTM)
        lrr_k->lstm_backward(g, p->c0 + row * p->ld, p->tc + row * p->ld, dh, dc, db,
                             h);
    else if (r->kind == LRR_RNN_GRU)
        lrr_k->gru_backward(g, p->xh + row * p->ld + r->in, dh, db, h);
    else {
        set_sides(r, row, g);
        lrr_k->rnn_backward(g, dh, db, r->kind == LRR_RNN_RELU, h);
    }
}

/* The gradient of h', from those before the gates in m rows; as many before them are asked for. In
** a GRU h' reaches h past the gates, too. */
static void recur_back(const pass *p, const group *u, size_t m, size_t row)
{
    const lrr_rnn *r = p->r;
    const size_t h = r->h, ld = p->ld;
    const bool gru = r->kind == LRR_RNN_GRU;
    const lrr_real *g = p->g + row * ld;
    lrr_gemm_soon soon = { g - m * ld, m * ld };
    lrr_gemm_serial_packed(r->gemm, m, h, (gru ? 2 : p->gates) * h,
                           (lrr_mat){ g, ld, false }, p->w_hh, gru, u->l->state, h,
                           &soon);
    if (gru)
        lrr_gemm_serial_packed(r->gemm, m, h, h, (lrr_mat){ g + 3 * h, ld, false },
                               p->w_hn, true, u->l->state, h, &soon);
}

/* dw (gates h, in + h) of the lane = or += the share of some rows: that of w_ih, and beside it
** that of w_hh. */
static void weight_share(const pass *p, const lane *l, size_t row, size_t rows,
                         bool add)
{
    const lrr_rnn *r = p->r;
    const size_t h = r->h, ld = r->in + h, wide = p->gates * h;
    lrr_mat dg = { p->g + row * p->ld, p->ld, true };
    lrr_mat x = { p->xh + row * p->ld, p->ld, false };
    if (r->kind != LRR_RNN_GRU) {
        lrr_absorb_add(r->gemm, wide, ld, rows, dg, x, add, l->dw, ld, l->bounds);
        return;
    }
    /* The GRU's last gate has two gradients, of W_in x and of W_hn h'. */
    lrr_absorb_add(r->gemm, wide, r->in, rows, dg, x, add, l->dw, ld, l->bounds);
    x.p += r->in;
    lrr_absorb_add(r->gemm, 2 * h, h, rows, dg, x, add, l->dw + r->in, ld, l->bounds);
    dg.p += 3 * h;
    lrr_absorb_add(r->gemm, h, h, rows, dg, x, add, l->dw + 2 * h * ld + r->in, ld,
                   l->bounds);
}

/* dx of the rows from..end-1, which are those of steps from s on, by way of where x was. */
static void input_share(const pass *p, const group *u, size_t s, size_t from,
                        size_t end)
{
    const lrr_rnn *r = p->r;
    const size_t in = r->in, ld = p->ld;
    lrr_gemm_serial_packed(r->gemm, end - from, in, p->gates * r->h,
                           (lrr_mat){ p->g + from * ld, ld, false }, p->w_ih, false,
                           p->xh + from * ld, ld, NULL);
    for (size_t m; from < end; from += m, s++) {
        m = active(p, u, s);
        for (size_t k = 0; k < m; k++) {
            const lrr_real *dx = p->xh + (from + k) * ld;
            lrr_real *to = p->grads->dx + place_of(p, u, k, s) * in;
            if (p->grads->add_x)
                lrr_k->accumulate(dx, to, in);
            else
                memcpy(to, dx, in * sizeof *dx);
        }
    }
}

/* What the rows from..end-1 of a group, which are those of steps from s on, give to weights and
** x. */
static void give_shares(const pass *p, const group *u, size_t s, size_t from,
                        size_t end)
{
    const lrr_rnn_grads *g = p->grads;
    const bool adds = u->from != u->l->from || end != p->first[u->from + u->n];
    if (g->dw_ih != NULL || g->dw_hh != NULL)
        weight_share(p, u->l, from, end - from, adds);
    if (g->dx != NULL)
        input_share(p, u, s, from, end);
}

/* dx = 0 of the steps before s, and of those past the lengths. */
static void no_gradient(const pass *p, const group *u, size_t s)
{
    const lrr_rnn *r = p->r;
    if (p->grads->dx == NULL || p->grads->add_x)
        return;
    for (size_t k = 0; k < u->n; k++) {
        const size_t steps = steps_of(p, u->from + k);
        for (size_t i = 0; i < s; i++)
            memset(p->grads->dx + place_of(p, u, k, i) * r->in, 0,
                   r->in * sizeof *p->grads->dx);
        memset(p->grads->dx + (p->rank[u->from + k] * r->t + steps) * r->in, 0,
               (r->t - steps) * r->in * sizeof *p->grads->dx);
    }
}

static bool all_zero(const lrr_real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0) /* NaN, too */
            return false;
    return true;
}

/* Whether the steps before have no gradient, as all that was to come has come and has vanished:
** over long sequences it does become 0 where only the last state counts. */
static bool vanished(const pass *p, const group *u, size_t m)
{
    return !p->r->sequences && m == u->n && all_zero(u->l->state, m * p->r->h) &&
           all_zero(u->l->dc, m * p->r->h);
}

static void backward_group(const pass *p, const group *u)
{
    const size_t h = p->r->h;
    size_t s = steps_of(p, u->from), row = p->first[u->from + u->n], end = row;
    bool more = true;
    memset(u->l->state, 0, u->n * h * sizeof *u->l->state);
    memset(u->l->dc, 0, u->n * h * sizeof *u->l->dc);
    while (more) {
        const size_t m = active(p, u, --s);
        row -= m;
        for (size_t k = 0; k < m; k++)
            step_backward(p, u, k, s, row + k);
        if (s > 0)
            recur_back(p, u, m, row);
        more = s > 0 && !vanished(p, u, m);
        if (!more || end - row + active(p, u, s - 1) > BACKWARD_ROWS) {
            give_shares(p, u, s, row, end);
            end = row;
        }
    }
    no_gradient(p, u, s);
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
}

/* dw, rows from..end-1 of (wide, cols), = or += the lanes' shares in order; col: their first
** column. */
static void weight_grad(const pass *p, size_t from, size_t end, lrr_real *dw,
                        size_t cols, size_t col, bool add)
{
    const lrr_rnn *r = p->r;
    const size_t ld = r->in + r->h, size = lane_size(r->kind, r->in, r->h);
    const lrr_real *share = open_lane(p, 0).dw + from * ld + col;
    if (dw == NULL)
        return;
    dw += from * cols;
    for (size_t j = from; j < end; j++, dw += cols, share += ld) {
        if (add)
            lrr_k->accumulate(share, dw, cols);
        else
            memcpy(dw, share, cols * sizeof *dw);
        for (size_t i = 1; i < p->lanes; i++)
            lrr_k->accumulate(share + i * size, dw, cols);
    }
}

enum { GRAD_PARTS = 8 };

/* Of the weights' rows. */
static void weight_part(void *arg, size_t i)
{
    const pass *p = arg;
    const lrr_rnn_grads *g = p->grads;
    const size_t wide = p->gates * p->r->h;
    const size_t from = wide * i / GRAD_PARTS, end = wide * (i + 1) / GRAD_PARTS;
    weight_grad(p, from, end, g->dw_ih, p->r->in, 0, g->add_w_ih);
    weight_grad(p, from, end, g->dw_hh, p->r->h, p->r->in, g->add_w_hh);
}

/* db likewise; from: where the last gate's share is found, in units of h. */
static void bias_grad(const pass *p, lrr_real *db, bool add, size_t from)
{
    size_t h = p->r->h, wide = p->gates * h;
    if (db != NULL && !add)
        memset(db, 0, wide * sizeof *db);
    for (size_t i = 0; db != NULL && i < p->lanes; i++) {
        const lrr_real *share = open_lane(p, i).db;
        lrr_k->accumulate(share, db, wide - h);
        lrr_k->accumulate(share + from * h, db + wide - h, h);
    }
}

void lrr_rnn_backward(const lrr_rnn *r, const lrr_rnn_grads *g)
{
    pass p = place(r, g);
    lrr_parallel(r->kind == LRR_RNN_GRU ? 3 : 2, pack_weights, &p);
    lrr_parallel(p.lanes, backward_lane, &p);
    lrr_parallel(GRAD_PARTS, weight_part, &p);
    bias_grad(&p, g->db_ih, g->add_b_ih, p.gates - 1);
    bias_grad(&p, g->db_hh, g->add_b_hh, p.slots - 1);
}
