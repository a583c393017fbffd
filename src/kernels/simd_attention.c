/* simd_attention.c -- see attention.h. Compiled once for each instruction set (simd.h). */
#include "kernels/simd.h"
#include "kernels/vec.h"

static inline size_t valid_of(const lrr_tile *tile, size_t r)
{
    size_t valid = tile->valid + r * tile->grows;
    return valid < tile->cols ? valid : tile->cols;
}

/* Whole registers of a row: what is past its end is in the tile still, and is cleared after. */
static inline size_t whole_lanes(size_t n)
{
    return (n + LRR_VEC - 1) / LRR_VEC * LRR_VEC;
}

void LRR_SIMD(attend_softmax)(lrr_real *s, const lrr_tile *tile, lrr_real scale,
                              lrr_real *max, lrr_real *sum, lrr_real *shrink, int first)
{
    for (size_t r = 0; r < tile->rows; r++, s += LRR_ATTN_TILE) {
        size_t n = valid_of(tile, r);
        lrr_real top = lrr_max(s, n) * scale, added;
        if (!first)
            top = lrr_max2(top, max[r]);
        LRR_LANES for (size_t i = 0; i < whole_lanes(n); i++)
        {
            s[i] = lrr_exp_down(top - s[i] * scale);
        }
        for (size_t i = n; i < tile->cols; i++)
            s[i] = 0;
        added = lrr_sum(s, n);
        if (!first) {
            shrink[r] = lrr_exp(max[r] - top);
            added = sum[r] * shrink[r] + added;
        }
        sum[r] = added;
        max[r] = top;
    }
}

void LRR_SIMD(attend_scale)(lrr_real *x, size_t ld, size_t rows, size_t cols,
                            const lrr_real *c)
{
    for (size_t r = 0; r < rows; r++, x += ld) {
        lrr_real f = c[r];
        if (f == 1)
            continue;
        LRR_LANES for (size_t i = 0; i < cols; i++)
        {
            x[i] *= f;
        }
    }
}

void LRR_SIMD(attend_finish)(const lrr_real *max, const lrr_real *sum, lrr_real *c,
                             lrr_real *lse, size_t rows)
{
    LRR_LANES for (size_t r = 0; r < rows; r++)
    {
        c[r] = 1 / sum[r];
    }
    if (lse != NULL)
        LRR_LANES for (size_t r = 0; r < rows; r++)
        {
            lse[r] = max[r] + lrr_log(sum[r]);
        }
}

void LRR_SIMD(attend_back)(lrr_real *s, lrr_real *dp, const lrr_tile *tile,
                           lrr_real scale, const lrr_real *lse, const lrr_real *delta,
                           const lrr_real *mask)
{
    for (size_t r = 0; r < tile->rows; r++, s += LRR_ATTN_TILE, dp += LRR_ATTN_TILE) {
        size_t n = valid_of(tile, r);
        lrr_real row = lse[r], d = delta[r];
        if (mask != NULL) {
            const lrr_real *m = mask + r * LRR_ATTN_TILE;
            LRR_LANES for (size_t i = 0; i < whole_lanes(n); i++)
            {
                lrr_real p = lrr_exp_down(row - s[i] * scale);
                dp[i] = p * (m[i] * dp[i] - d) * scale;
                s[i] = p * m[i];
            }
        } else {
            LRR_LANES for (size_t i = 0; i < whole_lanes(n); i++)
            {
                lrr_real p = lrr_exp_down(row - s[i] * scale);
                dp[i] = p * (dp[i] - d) * scale;
                s[i] = p;
            }
        }
        for (size_t i = n; i < tile->cols; i++)
            s[i] = dp[i] = 0;
    }
}

void LRR_SIMD(rope_row)(const lrr_real *x, lrr_real *y, size_t heads, size_t half,
                        const lrr_real *table, int back, int add)
{
    const lrr_real *c = table, *s = table + half;
    lrr_real sign = back ? -1 : 1;
    for (size_t h = 0; h < heads; h++, x += 2 * half, y += 2 * half)
        LRR_LANES for (size_t i = 0; i < half; i++)
        {
            lrr_real a = x[i], b = x[i + half], t = sign * s[i];
            lrr_real u = a * c[i] - b * t, v = b * c[i] + a * t;
            y[i] = add ? y[i] + u : u;
            y[i + half] = add ? y[i + half] + v : v;
        }
}
