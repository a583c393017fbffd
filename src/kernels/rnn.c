/* rnn.c -- where all of a recurrent layer lies and who works on it: see rnn_pass.h. */
#include "kernels/rnn_pass.h"

#include <string.h>

#include "base/threads.h"
#include "kernels/absorb.h"
#include "kernels/gemm.h"
#include "kernels/gemm_block.h"

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

/* So many that their partial sums stay within 16 MB, but at least 4. */
static size_t lanes_of(lrr_rnn_kind kind, size_t n, size_t in, size_t h)
{
    size_t groups = groups_of(n),
           most = ((size_t)1 << 22) / (slots_of(kind) * h * (in + h));
    most = most < 4 ? 4 : most > 16 ? 16 : most;
    return groups < most ? groups : most;
}

/* Reals of a row of aux. */
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
size_t lrr__rnn_lane_size(lrr_rnn_kind kind, size_t in, size_t h)
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
                      lanes_of(kind, n, in, h) * lrr__rnn_lane_size(kind, in, h);
    size_t counts = 2 * n + t + 2;
    return elements * sizeof(lrr_real) + counts * sizeof(size_t);
}

static size_t length(const lrr_rnn *r, size_t i)
{
    return r->len != NULL ? (size_t)r->len[i] : r->t;
}

/* Ranks by length with a counting sort: stable, longest first. */
static void sort_samples(rnn_pass *p)
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
    p->first[r->n] = at;
}

rnn_pass lrr__rnn_pass(const lrr_rnn *r, const lrr_rnn_grads *grads)
{
    rnn_pass p = { .r = r, .grads = grads };
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
    p.rank = (size_t *)(void *)(p.scratch +
                                p.lanes * lrr__rnn_lane_size(r->kind, r->in, r->h));
    p.first = p.rank + r->n;
    p.starts = p.first + r->n + 1;
    /* whole panels of 2 h columns in forward, which packs W_hh transposed, in backward of h */
    p.w_hn = p.w_hh + (grads == NULL ? LRR_GEMM_ROUNDED(2 * r->h, r->h)
                                     : LRR_GEMM_ROUNDED(r->h, 2 * r->h));
    sort_samples(&p);
    return p;
}

rnn_lane lrr__rnn_lane(const rnn_pass *p, size_t i)
{
    const lrr_rnn *r = p->r;
    rnn_lane l = { .from = rnn_group_at(p, p->groups * i / p->lanes),
                   .to = rnn_group_at(p, p->groups * (i + 1) / p->lanes) };
    l.state = p->scratch + i * lrr__rnn_lane_size(r->kind, r->in, r->h);
    l.dc = l.state + lrr_real_pad(LRR_RNN_GROUP * r->h);
    l.db = l.dc + lrr_real_pad(LRR_RNN_GROUP * r->h);
    l.dw = l.db + lrr_real_pad(p->slots * r->h);
    l.bounds = l.dw + lrr_real_pad(p->gates * r->h * (r->in + r->h));
    return l;
}

/* 0 is W_ih, 1 W_hh, of the GRU without the last gate, which is 2. */
static void pack_weight(void *arg, size_t i)
{
    const rnn_pass *p = arg;
    const lrr_rnn *r = p->r;
    const bool gru = r->kind == LRR_RNN_GRU, back = p->grads != NULL;
    lrr_real *const to[] = { p->w_ih, p->w_hh, p->w_hn };
    const size_t cols = i == 0 ? r->in : r->h;
    const size_t rows = (i == 0 || !gru ? p->gates : i == 1 ? 2 : 1) * r->h;
    const lrr_real *w = i == 0 ? r->w_ih : r->w_hh + (i == 2 ? 2 * r->h * r->h : 0);
    lrr_gemm_pack(r->gemm, back ? cols : rows, back ? rows : cols,
                  (lrr_mat){ w, cols, !back }, to[i]);
}

void lrr__rnn_pack(rnn_pass *p)
{
    lrr_parallel(p->r->kind == LRR_RNN_GRU ? 3 : 2, pack_weight, p);
}
