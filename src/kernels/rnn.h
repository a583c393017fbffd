/*
** rnn.h -- recurrent layers: tanh (or ReLU) RNN, LSTM and GRU, one layer, one direction.
**
** Shapes: x (n, t, in), w_ih (gates * h, in), w_hh (gates * h, h), b_ih and b_hh
** (gates * h); y is (n, t, h), or (n, h) of each sample's last step. Gates stand in
** PyTorch's order: LSTM i f g o, GRU r z n. From h' = 0 (and c' = 0), for each step:
**
**   RNN   h = f(W_ih x + b_ih + W_hh h' + b_hh), f tanh or max(0, .)
**   LSTM  i, f, o = sigmoid(.), g = tanh(.) of the same sum; c = f c' + i g,
**         h = o tanh(c)                       (Hochreiter & Schmidhuber 1997, Gers 2000)
**   GRU   r, z = sigmoid(.); n = tanh(W_in x + b_in + r (W_hn h' + b_hn)),
**         h = (1 - z) n + z h'                (Cho et al. 2014, PyTorch's form)
**
** Lengths: a sample's steps past its length are neither read nor counted; y there is 0,
** and so is dx. A reversed layer starts at each sample's own last step and its last
** output is that of step 0.
**
** The same bits for any number of threads: sorted by length, samples are cut into groups
** of at most LRR_RNN_GROUP, each of which runs its own loop over time.
*/
#ifndef LRR_KERNELS_RNN_H
#define LRR_KERNELS_RNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/gemm_kind.h"
#include "base/real.h"

/* Samples that one thread steps through time together: a panel of AVX-512 of the recurrent product,
** which reads all else where it is. Of 16 or 32 a step takes as long, and fewer threads. */
#define LRR_RNN_GROUP 8

typedef enum lrr_rnn_kind {
    LRR_RNN_TANH,
    LRR_RNN_RELU,
    LRR_RNN_LSTM,
    LRR_RNN_GRU
} lrr_rnn_kind;

typedef struct lrr_rnn {
    lrr_rnn_kind kind;
    lrr_gemm_kind gemm; /* its matrix products (kernels/gemm.h) */
    bool reverse;
    bool sequences; /* y is all steps, not the last alone */
    size_t n, t, in, h;
    const int32_t *len; /* (n), 1..t; NULL: all t */
    const lrr_real *x;  /* forward only */
    const lrr_real *w_ih, *w_hh;
    const lrr_real *b_ih, *b_hh; /* NULL: no bias */
    lrr_real *y;                 /* forward only */
    lrr_real *aux;               /* lrr_rnn_aux bytes, kept from forward to backward */
    void *work;                  /* lrr_rnn_work bytes, undefined contents */
    /* ReLU alone: which side of 0 each state is on, (n t h), 1 above. NULL: no matter. Else
    ** forward fills it or, with `hold`, goes by it wherever states are now, and so does
    ** backward. */
    uint8_t *side;
    bool hold;
} lrr_rnn;

/* Gradients: each is written, or added to where its flag is set; NULL: not wanted. */
typedef struct lrr_rnn_grads {
    const lrr_real *dy; /* as y */
    lrr_real *dx, *dw_ih, *dw_hh, *db_ih, *db_hh;
    bool add_x, add_w_ih, add_w_hh, add_b_ih, add_b_hh;
} lrr_rnn_grads;

/* 1, 4 and 3: how many times h rows the weights have. */
size_t lrr_rnn_gates(lrr_rnn_kind kind);

/* Bytes for at most n samples of t steps. */
size_t lrr_rnn_aux(lrr_rnn_kind kind, size_t n, size_t t, size_t in, size_t h);
size_t lrr_rnn_work(lrr_rnn_kind kind, size_t n, size_t t, size_t in, size_t h);

void lrr_rnn_forward(const lrr_rnn *r);

/* After lrr_rnn_forward with the same r, once (it overwrites aux). */
void lrr_rnn_backward(const lrr_rnn *r, const lrr_rnn_grads *g);

/* bias (4 h, of which gates h are used; GRU: 4 h): b_ih + b_hh, but the GRU's last gate has its
** two apart. */
void lrr_rnn_join_biases(const lrr_rnn *r, lrr_real *bias);

/* The next t steps of one sample (n = 1, no lengths, not reversed): from the state in carry,
** lrr_rnn_carry bytes that are 0 before the first step, which then holds the state after them.
** y as in forward, of these steps; aux and work are not used. */
size_t lrr_rnn_carry(size_t h);
void lrr_rnn_step(const lrr_rnn *r, void *carry);

/*
** One step of one sample: n = h. g is the row of W_ih x + W_hh h' (GRU: 4n, W_hn h' apart as the
** last n) and becomes the gates' values, the GRU's last ones those of W_hn h' + b_hn. In backward
** g becomes the gradient before the gates, and db (as wide) is added to. dh: gradient of h in; of
** the GRU's out, of h' through all but W_hh.
*/
#define LRR_RNN_SIMD_MAP(X)                                                           \
    X(void, rnn_forward,                                                              \
      (const lrr_real *b, lrr_real *g, lrr_real *h, int relu, size_t n))              \
    X(void, rnn_backward,                                                             \
      (lrr_real * g, const lrr_real *dh, lrr_real *db, int relu, size_t n))           \
    /* c0: c', c: out, tc: tanh(c) out */                                             \
    X(void, lstm_forward,                                                             \
      (const lrr_real *b, lrr_real *g, const lrr_real *c0, lrr_real *c, lrr_real *tc, \
       lrr_real *h, size_t n))                                                        \
    /* dc: gradient of c in, of c' out */                                             \
    X(void, lstm_backward,                                                            \
      (lrr_real * g, const lrr_real *c0, const lrr_real *tc, const lrr_real *dh,      \
       lrr_real *dc, lrr_real *db, size_t n))                                         \
    /* b (4n): r, z, then n's two */                                                  \
    X(void, gru_forward,                                                              \
      (const lrr_real *b, lrr_real *g, const lrr_real *h0, lrr_real *h, size_t n))    \
    X(void, gru_backward,                                                             \
      (lrr_real * g, const lrr_real *h0, lrr_real *dh, lrr_real *db, size_t n))

#endif
