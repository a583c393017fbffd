/* attention_step.c -- see attention_step.h. */
#include "kernels/attention_step.h"

#include "base/threads.h"
#include "kernels/gemv.h"
#include "kernels/simd.h"

/* Multiplications that are worth a thread for each head. */
enum { GRAIN = 1 << 17 };

static void one_head(void *arg, size_t h)
{
    const lrr_attention_step *s = arg;
    const size_t kv = h * s->kv_heads / s->heads, ld = 2 * s->kv_heads * s->size;
    const size_t keys = s->at + 1;
    const lrr_real *k = s->kept + kv * s->size, *v = k + s->kv_heads * s->size;
    lrr_real *score = s->score + h * s->t_max;
    const lrr_gemv_args products = { .n = 1,
                                     .w = k,
                                     .x = s->qkv + h * s->size,
                                     .y = score,
                                     .ld = ld,
                                     .rows = keys,
                                     .k = s->size };
    lrr_k->gemv_rows(&products, 0, keys);
    lrr_k->scale(s->scale, score, score, keys);
    lrr_k->softmax_forward(score, score, NULL, NULL, 1, keys);
    lrr_k->mix_rows(score, v, ld, keys, s->y + h * s->size, s->size);
}

void lrr_attention_step_forward(const lrr_attention_step *s)
{
    lrr_attention_step own = *s;
    if (s->heads * (s->at + 1) * s->size > GRAIN)
        lrr_parallel(s->heads, one_head, &own);
    else
        for (size_t h = 0; h < s->heads; h++)
            one_head(&own, h);
}
