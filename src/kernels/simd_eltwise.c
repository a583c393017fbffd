/* simd_eltwise.c -- see eltwise.h. Compiled once for each instruction set (simd.h). */
#include "kernels/simd.h"
#include "kernels/vec.h"

void LRR_SIMD(accumulate)(const lrr_real *dy, lrr_real *dx, size_t n)
{
    LRR_LANES for (size_t i = 0; i < n; i++) dx[i] += dy[i];
}

void LRR_SIMD(add)(const lrr_real *a, const lrr_real *b, lrr_real *y, size_t n)
{
    LRR_LANES for (size_t i = 0; i < n; i++) y[i] = a[i] + b[i];
}

void LRR_SIMD(mul)(const lrr_real *a, const lrr_real *b, lrr_real *y, size_t n)
{
    LRR_LANES for (size_t i = 0; i < n; i++) y[i] = a[i] * b[i];
}

void LRR_SIMD(scale)(lrr_real c, const lrr_real *x, lrr_real *y, size_t n)
{
    LRR_LANES for (size_t i = 0; i < n; i++) y[i] = c * x[i];
}

void LRR_SIMD(mul_add)(const lrr_real *a, const lrr_real *b, lrr_real *y, size_t n)
{
    LRR_LANES for (size_t i = 0; i < n; i++) y[i] += a[i] * b[i];
}

void LRR_SIMD(scale_add)(lrr_real c, const lrr_real *x, lrr_real *y, size_t n)
{
    LRR_LANES for (size_t i = 0; i < n; i++) y[i] += c * x[i];
}

void LRR_SIMD(loss_gradient)(const lrr_real *p, lrr_real s, lrr_real even, lrr_real c,
                             lrr_real *dx, size_t n, int add)
{
    LRR_WRITE_OR_ADD(add, n, dx, c * (s * p[i] - even));
}

#define STANDARDIZE(name, type)                                                       \
    void LRR_SIMD(name)(const type *restrict v, const lrr_real *restrict mean,        \
                        const lrr_real *restrict inv, int same, lrr_real *restrict x, \
                        size_t n)                                                     \
    {                                                                                 \
        const lrr_real m = mean[0], k = inv[0];                                       \
        if (same)                                                                     \
            for (size_t i = 0; i < n; i++)                                            \
                x[i] = ((lrr_real)v[i] - m) * k;                                      \
        else                                                                          \
            for (size_t i = 0; i < n; i++)                                            \
                x[i] = ((lrr_real)v[i] - mean[i]) * inv[i];                           \
    }

STANDARDIZE(standardize_f32, float)
STANDARDIZE(standardize_u8, uint8_t)

void LRR_SIMD(fill_rows)(const lrr_real *b, lrr_real *y, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++)
        memcpy(y + r * cols, b, cols * sizeof *y);
}

/* Rows are added up in blocks of 32 and the blocks to each other: a thousand rows cost
** the precision of some sixty additions. */
void LRR_SIMD(sum_rows)(const lrr_real *x, size_t ld, size_t rows, size_t cols,
                        lrr_real *s, int add)
{
    enum { BLOCK = 32, WIDE = 64 };
    for (size_t c = 0; c < cols; c += WIDE) {
        size_t w = cols - c < WIDE ? cols - c : WIDE;
        lrr_real total[WIDE] = { 0 };
        for (size_t r = 0; r < rows; r += BLOCK) {
            size_t end = rows - r < BLOCK ? rows : r + BLOCK;
            lrr_real part[WIDE] = { 0 };
            if (w == WIDE)
                for (size_t q = r; q < end; q++)
                    for (size_t j = 0; j < WIDE; j++)
                        part[j] += x[q * ld + c + j];
            else
                for (size_t q = r; q < end; q++)
                    for (size_t j = 0; j < w; j++)
                        part[j] += x[q * ld + c + j];
            for (size_t j = 0; j < WIDE; j++)
                total[j] += part[j];
        }
        for (size_t j = 0; j < w; j++)
            s[c + j] = add ? s[c + j] + total[j] : total[j];
    }
}

/* A column of `n` rows of x, whose elements come to stand side by side. */
static void column(const lrr_real *x, size_t cols, size_t n, lrr_real *y, int add)
{
    LRR_WRITE_OR_ADD(add, n, y, x[i * cols]);
}

/* In blocks whose rows and columns are within a few cache lines of each other. */
void LRR_SIMD(transpose)(const lrr_real *x, size_t rows, size_t cols, lrr_real *y,
                         int add)
{
    enum { SIDE = 16 };
    for (size_t r0 = 0; r0 < rows; r0 += SIDE)
        for (size_t c = 0; c < cols; c++)
            column(x + r0 * cols + c, cols, rows - r0 < SIDE ? rows - r0 : SIDE,
                   y + c * rows + r0, add);
}
