/* simd_absorb.c -- see absorb.h. Compiled once for each instruction set (simd.h). */
#include <stdint.h>
#include <tgmath.h>

#include "kernels/lanes.h"
#include "kernels/simd.h"

/* Columns at a time: what is kept of them stays in registers. Reals of a cache line. */
enum { COLUMNS = 4 * LRR_VEC, LINE = 64 / sizeof(lrr_real) };

/* NaN, once there, stays. */
static inline void peaks(const lrr_real *x, size_t ld, size_t rows, size_t n,
                         lrr_real *out)
{
    lrr_real most[COLUMNS] = { 0 };
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < n; j++) {
            const lrr_real size = fabs(x[r * ld + j]);
            most[j] = size > most[j] || size != size ? size : most[j];
        }
    for (size_t j = 0; j < n; j++)
        out[j] = most[j];
}

static inline void sums(const lrr_real *x, size_t ld, size_t rows, size_t n,
                        lrr_real *out)
{
    lrr_real sum[COLUMNS] = { 0 };
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < n; j++)
            sum[j] += fabs(x[r * ld + j]);
    for (size_t j = 0; j < n; j++)
        out[j] = sum[j];
}

void LRR_SIMD(absorb_peaks)(const lrr_real *x, size_t ld, size_t rows, size_t n,
                            lrr_real *out)
{
    size_t j = 0;
    for (; j + COLUMNS <= n; j += COLUMNS)
        peaks(x + j, ld, rows, COLUMNS, out + j);
    if (j < n)
        peaks(x + j, ld, rows, n - j, out + j);
}

void LRR_SIMD(absorb_sums)(const lrr_real *x, size_t ld, size_t rows, size_t n,
                           lrr_real *out)
{
    size_t j = 0;
    for (; j + COLUMNS <= n; j += COLUMNS)
        sums(x + j, ld, rows, COLUMNS, out + j);
    if (j < n)
        sums(x + j, ld, rows, n - j, out + j);
}

int LRR_SIMD(absorb_all)(const lrr_real *c, size_t ldc, size_t rows, size_t n,
                         const lrr_real *a, const lrr_real *b)
{
    for (size_t i = 0; i < rows; i++, c += ldc) {
        const uintptr_t next = (uintptr_t)c + ldc * sizeof *c; /* may be past the end */
        int more = 0;
        for (size_t j = 0; j < n; j += LINE)
            __builtin_prefetch((const void *)(next + j * sizeof *c));
        for (size_t j = 0; j < n; j++)
            more |= !(a[i] * b[j] <= fabs(c[j]));
        if (more)
            return 0;
    }
    return 1;
}
