/* rnn_backward.c -- lrr_rnn_backward: see rnn.h. */
#include <string.h>

#include "base/threads.h"
#include "kernels/absorb.h"
#include "kernels/gemm.h"
#include "kernels/rnn_pass.h"
#include "kernels/simd.h"

/* Rows that give weights and x their share at once: what is made by one product is at hand for the
** next. */
enum { BACKWARD_ROWS = 128, GRAD_PARTS = 8 };

/* g becomes the gradient before the ReLU, which is 1 or 0 by the kept side: as slopes of
** values they are what rnn_backward takes. */
static void set_sides(const lrr_rnn *r, size_t row, lrr_real *g)
{
    const uint8_t *side = rnn_sides(r, row);
    for (size_t j = 0; side != NULL && r->hold && j < r->h; j++)
        g[j] = side[j];
}

static void step_backward(const rnn_pass *p, const rnn_group *u, size_t k, size_t s,
                          size_t row)
{
    const lrr_rnn *r = p->r;
    const size_t h = r->h;
    lrr_real *dh = u->l->state + k * h, *dc = u->l->dc + k * h, *db = u->l->db;
    lrr_real *g = p->g + row * p->ld;
    const lrr_real *dy = p->grads->dy;
    if (r->sequences)
        lrr_k->accumulate(dy + rnn_place(p, u, k, s) * h, dh, h);
    else if (s + 1 == rnn_steps(p, u->from + k))
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
static void recur_back(const rnn_pass *p, const rnn_group *u, size_t m, size_t row)
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
static void weight_share(const rnn_pass *p, const rnn_lane *l, size_t row, size_t rows,
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
static void input_share(const rnn_pass *p, const rnn_group *u, size_t s, size_t from,
                        size_t end)
{
    const lrr_rnn *r = p->r;
    const size_t in = r->in, ld = p->ld;
    lrr_gemm_serial_packed(r->gemm, end - from, in, p->gates * r->h,
                           (lrr_mat){ p->g + from * ld, ld, false }, p->w_ih, false,
                           p->xh + from * ld, ld, NULL);
    for (size_t m; from < end; from += m, s++) {
        m = rnn_active(p, u, s);
        for (size_t k = 0; k < m; k++) {
            const lrr_real *dx = p->xh + (from + k) * ld;
            lrr_real *to = p->grads->dx + rnn_place(p, u, k, s) * in;
            if (p->grads->add_x)
                lrr_k->accumulate(dx, to, in);
            else
                memcpy(to, dx, in * sizeof *dx);
        }
    }
}

/* What the rows from..end-1 of a group, which are those of steps from s on, give to weights and
** x. */
static void give_shares(const rnn_pass *p, const rnn_group *u, size_t s, size_t from,
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
static void no_gradient(const rnn_pass *p, const rnn_group *u, size_t s)
{
    const lrr_rnn *r = p->r;
    if (p->grads->dx == NULL || p->grads->add_x)
        return;
    for (size_t k = 0; k < u->n; k++) {
        const size_t steps = rnn_steps(p, u->from + k);
        for (size_t i = 0; i < s; i++)
            memset(p->grads->dx + rnn_place(p, u, k, i) * r->in, 0,
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
static bool vanished(const rnn_pass *p, const rnn_group *u, size_t m)
{
    return !p->r->sequences && m == u->n && all_zero(u->l->state, m * p->r->h) &&
           all_zero(u->l->dc, m * p->r->h);
}

static void backward_group(const rnn_pass *p, const rnn_group *u)
{
    const size_t h = p->r->h;
    size_t s = rnn_steps(p, u->from), row = p->first[u->from + u->n], end = row;
    bool more = true;
    memset(u->l->state, 0, u->n * h * sizeof *u->l->state);
    memset(u->l->dc, 0, u->n * h * sizeof *u->l->dc);
    while (more) {
        const size_t m = rnn_active(p, u, --s);
        row -= m;
        for (size_t k = 0; k < m; k++)
            step_backward(p, u, k, s, row + k);
        if (s > 0)
            recur_back(p, u, m, row);
        more = s > 0 && !vanished(p, u, m);
        if (!more || end - row + rnn_active(p, u, s - 1) > BACKWARD_ROWS) {
            give_shares(p, u, s, row, end);
            end = row;
        }
    }
    no_gradient(p, u, s);
}

static void backward_lane(void *arg, size_t i)
{
    const rnn_pass *p = arg;
    const rnn_lane l = lrr__rnn_lane(p, i);
    memset(l.db, 0, p->slots * p->r->h * sizeof *l.db);
    for (size_t q = p->groups * i / p->lanes; q < p->groups * (i + 1) / p->lanes; q++) {
        const rnn_group u = rnn_group_of(p, &l, q);
        backward_group(p, &u);
    }
}

/* dw, rows from..end-1 of (wide, cols), = or += the lanes' shares in order; col: their first
** column. */
static void weight_grad(const rnn_pass *p, size_t from, size_t end, lrr_real *dw,
                        size_t cols, size_t col, bool add)
{
    const lrr_rnn *r = p->r;
    const size_t ld = r->in + r->h, size = lrr__rnn_lane_size(r->kind, r->in, r->h);
    const lrr_real *share = lrr__rnn_lane(p, 0).dw + from * ld + col;
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

/* Of the weights' rows. */
static void weight_part(void *arg, size_t i)
{
    const rnn_pass *p = arg;
    const lrr_rnn_grads *g = p->grads;
    const size_t wide = p->gates * p->r->h;
    const size_t from = wide * i / GRAD_PARTS, end = wide * (i + 1) / GRAD_PARTS;
    weight_grad(p, from, end, g->dw_ih, p->r->in, 0, g->add_w_ih);
    weight_grad(p, from, end, g->dw_hh, p->r->h, p->r->in, g->add_w_hh);
}

/* db likewise; from: where the last gate's share is found, in units of h. */
static void bias_grad(const rnn_pass *p, lrr_real *db, bool add, size_t from)
{
    size_t h = p->r->h, wide = p->gates * h;
    if (db != NULL && !add)
        memset(db, 0, wide * sizeof *db);
    for (size_t i = 0; db != NULL && i < p->lanes; i++) {
        const lrr_real *share = lrr__rnn_lane(p, i).db;
        lrr_k->accumulate(share, db, wide - h);
        lrr_k->accumulate(share + from * h, db + wide - h, h);
    }
}

void lrr_rnn_backward(const lrr_rnn *r, const lrr_rnn_grads *g)
{
    rnn_pass p = lrr__rnn_pass(r, g);
    lrr__rnn_pack(&p);
    lrr_parallel(p.lanes, backward_lane, &p);
    lrr_parallel(GRAD_PARTS, weight_part, &p);
    bias_grad(&p, g->db_ih, g->add_b_ih, p.gates - 1);
    bias_grad(&p, g->db_hh, g->add_b_hh, p.slots - 1);
}
