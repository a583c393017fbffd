/*
** attention_step.h -- one step of causal attention against keys and values that are kept, for
** writing step by step; kernels/attention.h says what rows are.
**
** kept (t_max, 2 kv_heads size): a row for each step so far, the keys of all kv_heads, then
** their values. qkv: the new step's row, whose keys and values are row `at` of kept already. y
** (heads size). score (heads, t_max): scratch.
**
** The same bits for any number of threads: heads do not know of each other. Cannot fail.
*/
#ifndef LRR_KERNELS_ATTENTION_STEP_H
#define LRR_KERNELS_ATTENTION_STEP_H

#include <stddef.h>

#include "base/real.h"

typedef struct lrr_attention_step {
    size_t heads, kv_heads, size;
    lrr_real scale; /* of scores: lrr_attention_scale */
    size_t at, t_max;
    const lrr_real *qkv, *kept;
    lrr_real *score, *y;
} lrr_attention_step;

void lrr_attention_step_forward(const lrr_attention_step *s);

#define LRR_MIX_ROWS_SIMD_MAP(X)                                                       \
    /* y (size) = sum over j of p[j] x[j]; x (n, size), its rows ld apart; in order */ \
    X(void, mix_rows,                                                                  \
      (const lrr_real *p, const lrr_real *x, size_t ld, size_t n, lrr_real *y,         \
       size_t size))

#endif
