/* rnn_forward.c -- lrr_rnn_forward: see rnn.h. */
#include <string.h>

#include "base/threads.h"
#include "kernels/gemm.h"
#include "kernels/rnn_pass.h"
#include "kernels/simd.h"

/* Rows whose x is multiplied at once: what is made by one product is at hand for the next. */
enum { FORWARD_ROWS = 32 };

/* A state of ReLU on the side that is kept, wherever it is; or of any RNN, keeping it. side
** (h) of this row, NULL: neither. Below 0 it is 0 times what it would be, so that what is not
** finite stays so. */
static void plain_forward(const rnn_pass *p, lrr_real *g, lrr_real *state,
                          uint8_t *side)
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

/* Step s of the group's sample k, in that row; next: the row of its next step. */
static void step_forward(const rnn_pass *p, const rnn_group *u, size_t k, size_t s,
                         size_t row, size_t next)
{
    const lrr_rnn *r = p->r;
    const size_t h = r->h, ld = p->ld;
    const bool last = s + 1 == rnn_steps(p, u->from + k);
    lrr_real *g = p->g + row * ld;
    lrr_real *state = last ? u->l->state : p->xh + next * ld + r->in;
    if (r->kind == LRR_RNN_LSTM)
        lrr_k->lstm_forward(p->bias, g, p->c0 + row * ld,
                            last ? u->l->dc : p->c0 + next * ld, p->tc + row * ld,
                            state, h);
    else if (r->kind == LRR_RNN_GRU)
        lrr_k->gru_forward(p->bias, g, p->xh + row * ld + r->in, state, h);
    else
        plain_forward(p, g, state, rnn_sides(r, row));
    if (r->sequences)
        memcpy(r->y + rnn_place(p, u, k, s) * h, state, h * sizeof *state);
    else if (last)
        memcpy(r->y + p->rank[u->from + k] * h, state, h * sizeof *state);
}

/* The group's first states are 0, and so is what W_hh makes of them, and y past the lengths. */
static void start_group(const rnn_pass *p, const rnn_group *u)
{
    const lrr_rnn *r = p->r;
    const size_t h = r->h, row = p->first[u->from];
    for (size_t k = 0; k < u->n; k++) {
        const size_t steps = rnn_steps(p, u->from + k);
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
static size_t project(const rnn_pass *p, const rnn_group *u, size_t s, size_t row)
{
    const lrr_rnn *r = p->r;
    const size_t ld = p->ld;
    size_t end = row;
    for (; s < rnn_steps(p, u->from); s++) {
        const size_t m = rnn_active(p, u, s);
        if (end > row && end + m - row > FORWARD_ROWS)
            break;
        for (size_t k = 0; k < m; k++)
            memcpy(p->xh + (end + k) * ld, r->x + rnn_place(p, u, k, s) * r->in,
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
static void recur(const rnn_pass *p, size_t m, size_t row, size_t end)
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

static void forward_group(const rnn_pass *p, const rnn_group *u)
{
    size_t row = p->first[u->from], ready = row;
    start_group(p, u);
    for (size_t s = 0; s < rnn_steps(p, u->from); s++) {
        const size_t m = rnn_active(p, u, s);
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
    const rnn_pass *p = arg;
    const rnn_lane l = lrr__rnn_lane(p, i);
    for (size_t q = p->groups * i / p->lanes; q < p->groups * (i + 1) / p->lanes; q++) {
        const rnn_group u = rnn_group_of(p, &l, q);
        forward_group(p, &u);
    }
}

void lrr_rnn_forward(const lrr_rnn *r)
{
    rnn_pass p = lrr__rnn_pass(r, NULL);
    lrr_rnn_join_biases(r, p.bias);
    lrr__rnn_pack(&p);
    lrr_parallel(p.lanes, forward_lane, &p);
}
