/* simd_attention_step.c -- see attention_step.h. Compiled once for each instruction set. */
#include "kernels/simd.h"
#include "kernels/vec.h"

/* Columns that stay in registers while rows go by. */
enum { WIDE = 32 };

void LRR_SIMD(mix_rows)(const lrr_real *p, const lrr_real *x, size_t ld, size_t n,
                        lrr_real *y, size_t size)
{
    size_t c = 0;
    for (; c + WIDE <= size; c += WIDE) {
        lrr_vec low = lrr_vec_zero(), high = low, v;
        for (size_t j = 0; j < n; j++) {
            v = lrr_vec_load(x + j * ld + c);
            LRR_VEC_DO(low, +=, p[j] * v.p[q]);
            v = lrr_vec_load(x + j * ld + c + LRR_VEC);
            LRR_VEC_DO(high, +=, p[j] * v.p[q]);
        }
        memcpy(y + c, &low, sizeof low);
        memcpy(y + c + LRR_VEC, &high, sizeof high);
    }
    for (; c + LRR_VEC <= size; c += LRR_VEC) {
        lrr_vec sum = lrr_vec_zero(), v;
        for (size_t j = 0; j < n; j++) {
            v = lrr_vec_load(x + j * ld + c);
            LRR_VEC_DO(sum, +=, p[j] * v.p[q]);
        }
        memcpy(y + c, &sum, sizeof sum);
    }
    for (; c < size; c++) {
        lrr_real sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += p[j] * x[j * ld + c];
        y[c] = sum;
    }
}
