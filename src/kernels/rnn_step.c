/* rnn_step.c -- lrr_rnn_step and lrr_rnn_join_biases: see rnn.h. */
#include <string.h>

#include "kernels/gemm.h"
#include "kernels/gemv.h"
#include "kernels/rnn.h"
#include "kernels/simd.h"

size_t lrr_rnn_carry(size_t h)
{
    return (3 * lrr_real_pad(h) + 3 * lrr_real_pad(4 * h)) * sizeof(lrr_real);
}

/* b_ih + b_hh, but the GRU's last gate has its two apart. */
void lrr_rnn_join_biases(const lrr_rnn *r, lrr_real *bias)
{
    size_t h = r->h;
    size_t both = (r->kind == LRR_RNN_GRU ? 2 : lrr_rnn_gates(r->kind)) * h;
    memset(bias, 0, 4 * h * sizeof *bias);
    if (r->b_ih == NULL)
        return;
    for (size_t j = 0; j < both; j++)
        bias[j] = r->b_ih[j] + r->b_hh[j];
    if (r->kind == LRR_RNN_GRU) {
        memcpy(bias + 2 * h, r->b_ih + 2 * h, h * sizeof *bias);
        memcpy(bias + 3 * h, r->b_hh + 2 * h, h * sizeof *bias);
    }
}

/* In bf16 as training multiplies. */
static void product(const lrr_rnn *r, const lrr_real *w, size_t rows, size_t k,
                    const lrr_real *x, lrr_real *y)
{
    const lrr_gemv_args g = {
        .w = w, .x = x, .y = y, .ld = k, .rows = rows, .k = k, .n = 1
    };
    if (lrr_gemm_rounds(r->gemm))
        lrr_gemm(r->gemm, 1, rows, k, 1, (lrr_mat){ x, k, false },
                 (lrr_mat){ w, k, true }, 0, y, rows);
    else
        lrr_gemv(&g);
}

void lrr_rnn_step(const lrr_rnn *r, void *carry)
{
    const size_t h = r->h, wide = lrr_rnn_gates(r->kind) * h;
    lrr_real *state = carry, *c = state + lrr_real_pad(h), *tc = c + lrr_real_pad(h),
             *g = tc + lrr_real_pad(h), *hg = g + lrr_real_pad(4 * h),
             *bias = hg + lrr_real_pad(4 * h);
    lrr_rnn_join_biases(r, bias);
    for (size_t t = 0; t < r->t; t++) {
        product(r, r->w_ih, wide, r->in, r->x + t * r->in, g);
        product(r, r->w_hh, wide, h, state, hg);
        lrr_k->accumulate(hg, g, r->kind == LRR_RNN_GRU ? 2 * h : wide);
        if (r->kind == LRR_RNN_LSTM)
            lrr_k->lstm_forward(bias, g, c, c, tc, state, h);
        else if (r->kind == LRR_RNN_GRU) {
            memcpy(g + 3 * h, hg + 2 * h, h * sizeof *g);
            lrr_k->gru_forward(bias, g, state, state, h);
        } else
            lrr_k->rnn_forward(bias, g, state, r->kind == LRR_RNN_RELU, h);
        if (r->sequences)
            memcpy(r->y + t * h, state, h * sizeof *state);
    }
    if (!r->sequences)
        memcpy(r->y, state, h * sizeof *state);
}
