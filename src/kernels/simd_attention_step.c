/* simd_attention_step.c -- see attention_step.h. Compiled once for each instruction set. */
#include "kernels/simd.h"
#include "kernels/vec.h"

/* 32 and 16 columns, which stay in registers while rows go by; and one. */

static void mix_32(const lrr_real *p, const lrr_real *x, size_t ld, size_t n,
                   lrr_real *y)
{
    lrr_vec low = lrr_vec_zero(), high = low, v;
    for (size_t j = 0; j < n; j++) {
        v = lrr_vec_load(x + j * ld);
        LRR_VEC_DO(low, +=, p[j] * v.p[q]);
        v = lrr_vec_load(x + j * ld + LRR_VEC);
        LRR_VEC_DO(high, +=, p[j] * v.p[q]);
    }
    memcpy(y, &low, sizeof low);
    memcpy(y + LRR_VEC, &high, sizeof high);
}

static void mix_16(const lrr_real *p, const lrr_real *x, size_t ld, size_t n,
                   lrr_real *y)
{
    lrr_vec sum = lrr_vec_zero(), v;
    for (size_t j = 0; j < n; j++) {
        v = lrr_vec_load(x + j * ld);
        LRR_VEC_DO(sum, +=, p[j] * v.p[q]);
    }
    memcpy(y, &sum, sizeof sum);
}

static lrr_real mix_one(const lrr_real *p, const lrr_real *x, size_t ld, size_t n)
{
    lrr_real sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += p[j] * x[j * ld];
    return sum;
}

void LRR_SIMD(mix_rows)(const lrr_real *p, const lrr_real *x, size_t ld, size_t n,
                        lrr_real *y, size_t size)
{
    size_t c = 0;
    for (; c + 2 * LRR_VEC <= size; c += 2 * LRR_VEC)
        mix_32(p, x + c, ld, n, y + c);
    for (; c + LRR_VEC <= size; c += LRR_VEC)
        mix_16(p, x + c, ld, n, y + c);
    for (; c < size; c++)
        y[c] = mix_one(p, x + c, ld, n);
}
