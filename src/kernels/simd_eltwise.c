/* simd_eltwise.c -- see eltwise.h. Compiled once for each instruction set (simd.h). */
#include "kernels/simd.h"

void LRR_SIMD(relu_forward)(const lrr_real *x, lrr_real *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] < 0 ? 0 : x[i]; /* NaN stays NaN */
}

void LRR_SIMD(relu_backward)(const lrr_real *y, const lrr_real *dy, lrr_real *dx,
                             size_t n, int add)
{
    if (add)
        for (size_t i = 0; i < n; i++)
            dx[i] += y[i] > 0 ? dy[i] : 0;
    else
        for (size_t i = 0; i < n; i++)
            dx[i] = y[i] > 0 ? dy[i] : 0;
}

void LRR_SIMD(accumulate)(const lrr_real *dy, lrr_real *dx, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dx[i] += dy[i];
}
