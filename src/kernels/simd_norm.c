/* simd_norm.c -- see norm.h. Compiled once for each instruction set (simd.h). */
#include "kernels/past.h"
#include "kernels/simd.h"
#include "kernels/vec.h"

lrr_real LRR_SIMD(sum)(const lrr_real *x, size_t n)
{
    return lrr_sum(x, n);
}

lrr_real LRR_SIMD(sum_squares)(const lrr_real *x, lrr_real c, size_t n)
{
    return lrr_sum_squares(x, c, n);
}

lrr_real LRR_SIMD(sum_products)(const lrr_real *x, lrr_real c, const lrr_real *y,
                                size_t n)
{
    return lrr_sum_products(x, c, y, n);
}

void LRR_SIMD(norm_plane)(const lrr_real *x, lrr_real *y, size_t n, lrr_norm_map m)
{
    LRR_LANES for (size_t i = 0; i < n; i++)
    {
        y[i] = (x[i] - m.mean) * m.a + m.b;
    }
}

void LRR_SIMD(norm_plane_back)(const lrr_real *x, const lrr_real *dy, lrr_real *dx,
                               size_t n, lrr_norm_back m, int add)
{
    LRR_WRITE_OR_ADD(add, n, dx, m.a * dy[i] + m.c2 * (x[i] - m.mean) + m.c3);
}

/* What a ReLU of v makes of v, and of its gradient u: as simd_activation.c has it. */
static inline lrr_real relu_of(lrr_real v)
{
    return v < 0 ? 0 : v;
}

static inline lrr_real relu_back_of(lrr_real v, lrr_real u)
{
    return v > 0 ? u : v != v ? v : 0;
}

typedef lrr_lane_bits part_bits __attribute__((vector_size(sizeof(lrr_part))));

/* y past the caches, as far as there are whole lines of it. */
static size_t norm_relu_past(const lrr_real *x, lrr_real *y, size_t n, lrr_norm_map m)
{
    size_t i = 0;
    for (; i + LRR_VEC <= n; i += LRR_VEC) {
        lrr_vec v = lrr_vec_load(x + i);
        LRR_VEC_DO(v, =, (v.p[q] - m.mean) * m.a + m.b);
        LRR_VEC_DO(v, =, (lrr_part)((part_bits)v.p[q] & ~(part_bits)(v.p[q] < 0)));
        lrr_past_lines(y + i, (const lrr_real *)&v, sizeof v);
    }
    return i;
}

void LRR_SIMD(norm_relu)(const lrr_real *x, lrr_real *y, size_t n, lrr_norm_map m,
                         int past)
{
    const size_t done = past && lrr_past_fits(y, 0) ? norm_relu_past(x, y, n, m) : 0;
    LRR_LANES for (size_t i = done; i < n; i++)
    {
        y[i] = relu_of((x[i] - m.mean) * m.a + m.b);
    }
}

/* Both sums take their elements as lrr_sum does. */
#define SUMS_BACK(expression)                                        \
    do {                                                             \
        for (; i + LRR_VEC <= n; i += LRR_VEC)                       \
            LRR_LANES for (size_t l = 0; l < LRR_VEC; l++)           \
            {                                                        \
                const lrr_real d = x[i + l] - m.mean, u = dy[i + l]; \
                const lrr_real v = (expression);                     \
                s[l] += v;                                           \
                p[l] += d * v;                                       \
            }                                                        \
        for (size_t l = 0; i < n; i++, l++) {                        \
            const lrr_real d = x[i] - m.mean, u = dy[i];             \
            const lrr_real v = (expression);                         \
            s[l] += v;                                               \
            p[l] += d * v;                                           \
        }                                                            \
    } while (0)

void LRR_SIMD(norm_sums_back)(const lrr_real *x, const lrr_real *dy, size_t n,
                              lrr_norm_map m, int relu, lrr_real sums[2])
{
    lrr_real s[LRR_VEC] = { 0 }, p[LRR_VEC] = { 0 };
    size_t i = 0;
    if (relu)
        SUMS_BACK(relu_back_of(d * m.a + m.b, u));
    else
        SUMS_BACK(u);
    sums[0] = lrr_vec_sum(lrr_vec_load(s));
    sums[1] = lrr_vec_sum(lrr_vec_load(p));
}

void LRR_SIMD(norm_relu_back)(const lrr_real *x, const lrr_real *dy, lrr_real *dx,
                              size_t n, lrr_norm_back m, lrr_real b, int add)
{
    LRR_WRITE_OR_ADD(add, n, dx,
                     m.a * relu_back_of((x[i] - m.mean) * m.a + b, dy[i]) +
                         m.c2 * (x[i] - m.mean) + m.c3);
}

/* Column sums of an expression of row q and column c + j (i), in blocks of 32 rows as
** sum_rows does it. */
#define COLUMN_SUMS(rows, cols, s, expression)                  \
    enum { BLOCK = 32, WIDE = 64 };                             \
    for (size_t c0 = 0; c0 < (cols); c0 += WIDE) {              \
        size_t w = (cols)-c0 < WIDE ? (cols)-c0 : WIDE;         \
        lrr_real total[WIDE] = { 0 };                           \
        for (size_t r = 0; r < (rows); r += BLOCK) {            \
            size_t end = (rows)-r < BLOCK ? (rows) : r + BLOCK; \
            lrr_real part[WIDE] = { 0 };                        \
            for (size_t q = r; q < end; q++)                    \
                LRR_LANES for (size_t j = 0; j < w; j++)        \
                {                                               \
                    size_t i = c0 + j;                          \
                    part[j] += (expression);                    \
                }                                               \
            for (size_t j = 0; j < WIDE; j++)                   \
                total[j] += part[j];                            \
        }                                                       \
        for (size_t j = 0; j < w; j++)                          \
            (s)[c0 + j] += total[j];                            \
    }

void LRR_SIMD(sum_squares_rows)(const lrr_real *x, const lrr_real *c, size_t ld,
                                size_t rows, size_t cols, lrr_real *s)
{
    COLUMN_SUMS(rows, cols, s, (x[q * ld + i] - c[i]) * (x[q * ld + i] - c[i]))
}

void LRR_SIMD(sum_products_rows)(const lrr_real *x, const lrr_real *c,
                                 const lrr_real *y, size_t ld, size_t rows, size_t cols,
                                 lrr_real *s)
{
    COLUMN_SUMS(rows, cols, s, (x[q * ld + i] - c[i]) * y[q * ld + i])
}

void LRR_SIMD(layernorm_weight_back)(const lrr_real *x, const lrr_real *dy, size_t ld,
                                     size_t rows, size_t cols, const lrr_real *mean,
                                     const lrr_real *rstd, lrr_real *s)
{
    COLUMN_SUMS(rows, cols, s, (x[q * ld + i] - mean[q]) * rstd[q] * dy[q * ld + i])
}

void LRR_SIMD(norm_rows)(const lrr_real *x, lrr_real *y, size_t rows, size_t cols,
                         lrr_norm_lists m)
{
    for (size_t r = 0; r < rows; r++, x += cols, y += cols)
        LRR_LANES for (size_t i = 0; i < cols; i++)
        {
            y[i] = (x[i] - m.mean[i]) * m.a[i] + m.b[i];
        }
}

void LRR_SIMD(norm_rows_back)(const lrr_real *x, const lrr_real *dy, lrr_real *dx,
                              size_t rows, size_t cols, lrr_norm_lists m, int add)
{
    for (size_t r = 0; r < rows; r++, x += cols, dy += cols, dx += cols)
        LRR_WRITE_OR_ADD(add, cols, dx,
                         m.a[i] * dy[i] + m.c2[i] * (x[i] - m.mean[i]) + m.b[i]);
}

void LRR_SIMD(layernorm_forward)(const lrr_real *x, const lrr_real *w,
                                 const lrr_real *b, lrr_real *y, size_t rows,
                                 size_t cols, lrr_real eps, lrr_real *mean,
                                 lrr_real *rstd)
{
    for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
        lrr_real m = lrr_sum(x, cols) / (lrr_real)cols;
        lrr_real v = lrr_sum_squares(x, m, cols) / (lrr_real)cols;
        lrr_real s = (lrr_real)(1 / lrr_dsqrt((double)(v + eps)));
        mean[r] = m;
        rstd[r] = s;
        LRR_LANES for (size_t i = 0; i < cols; i++)
        {
            y[i] = (x[i] - m) * s * w[i] + b[i];
        }
    }
}

void LRR_SIMD(layernorm_row_back)(const lrr_real *x, const lrr_real *w,
                                  const lrr_real *dy, lrr_real *dx, size_t cols,
                                  lrr_real mean, lrr_real rstd, int add)
{
    enum { PART = 1024 };
    lrr_real g[PART], sum = 0, products = 0, n = (lrr_real)cols, c2, c3;
    for (size_t at = 0; at < cols; at += PART) {
        size_t k = cols - at < PART ? cols - at : PART;
        for (size_t i = 0; i < k; i++)
            g[i] = w[at + i] * dy[at + i];
        sum += lrr_sum(g, k);
        products += lrr_sum_products(x + at, mean, g, k);
    }
    c2 = -rstd * rstd * rstd * products / n;
    c3 = -rstd * sum / n;
    LRR_WRITE_OR_ADD(add, cols, dx, rstd * (w[i] * dy[i]) + c2 * (x[i] - mean) + c3);
}

void LRR_SIMD(rmsnorm_weight_back)(const lrr_real *x, const lrr_real *dy, size_t ld,
                                   size_t rows, size_t cols, const lrr_real *rstd,
                                   lrr_real *s)
{
    COLUMN_SUMS(rows, cols, s, x[q * ld + i] * rstd[q] * dy[q * ld + i])
}

void LRR_SIMD(rmsnorm_forward)(const lrr_real *x, const lrr_real *w, lrr_real *y,
                               size_t rows, size_t cols, lrr_real eps, lrr_real *rstd)
{
    for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
        lrr_real v = lrr_sum_squares(x, 0, cols) / (lrr_real)cols;
        lrr_real s = (lrr_real)(1 / lrr_dsqrt((double)(v + eps)));
        rstd[r] = s;
        LRR_LANES for (size_t i = 0; i < cols; i++)
        {
            y[i] = x[i] * s * w[i];
        }
    }
}

void LRR_SIMD(rmsnorm_row_back)(const lrr_real *x, const lrr_real *w,
                                const lrr_real *dy, lrr_real *dx, size_t cols,
                                lrr_real rstd, int add)
{
    enum { PART = 1024 };
    lrr_real g[PART], products = 0, c;
    for (size_t at = 0; at < cols; at += PART) {
        size_t k = cols - at < PART ? cols - at : PART;
        for (size_t i = 0; i < k; i++)
            g[i] = w[at + i] * dy[at + i];
        products += lrr_sum_products(x + at, 0, g, k);
    }
    c = -rstd * rstd * rstd * products / (lrr_real)cols;
    LRR_WRITE_OR_ADD(add, cols, dx, rstd * (w[i] * dy[i]) + c * x[i]);
}
