/*
** simd_gemm_tile.c -- products of small matrices one of which was packed before, for attention;
** see gemm_block.h. Compiled once for each instruction set (simd.h).
**
** The product of simd_gemm_fused.c takes a tenth of its time for copies where sides are 32 to 64
** long. Here keys and values are packed once for all tiles of queries that meet them, what counts
** of a triangle is all that is computed, and nothing is asked for in advance: it is at hand.
*/
#include "kernels/gemm_micro.h"
#include "kernels/gemm_pack.h"
#include "kernels/simd.h"

/* Rows of a panel: a divisor of LRR_GEMM_STEP for each instruction set, so that what is left out
** of a triangle hangs on its shape alone. */
#define ROWS (WIDTH == 64 ? 8 : 4)

void LRR_SIMD(gemm_pack)(lrr_real *to, const lrr_real *b, size_t b_row, size_t b_col,
                         size_t n, size_t k)
{
    pack(to, b, b_col, b_row, n, k, NR);
}

/* Depths first .. end - 1 of rows from i on that count. */
typedef struct depth {
    size_t first, end;
} depth;

static depth depth_of(const lrr_gemm_tile *g, size_t i)
{
    const size_t step = i / LRR_GEMM_STEP * LRR_GEMM_STEP;
    depth d = { 0, g->k };
    if (g->part == LRR_GEMM_A_LOWER) {
        const size_t end = step + LRR_GEMM_STEP + g->shift;
        d.end = end < g->k ? end : g->k;
    } else if (g->part == LRR_GEMM_A_UPPER) {
        const size_t first = step > g->shift ? step - g->shift : 0;
        d.first = first < g->k ? first : g->k;
    }
    return d;
}

/* The last rows where they are less than ROWS, with rows of 0 behind them: as far as they count. */
static void copy_last(const lrr_gemm_tile *g, lrr_real *rows)
{
    const size_t i = g->m / ROWS * ROWS;
    const depth d = depth_of(g, i);
    const lrr_real *a = g->a + i * g->a_row;
    if (i == g->m)
        return;
    for (size_t r = 0; r < ROWS; r++, a += g->a_row)
        for (size_t p = d.first; p < d.end; p++)
            rows[r * LRR_GEMM_KC + p] = i + r < g->m ? a[p * g->a_col] : 0;
}

/* m < ROWS rows of C, or columns that end within the panel. */
static void edge(const panel *t, size_t k, size_t m, size_t n)
{
    _Alignas(64) lrr_real sum[ROWS * NR];
    panel whole = *t;
    whole.c = sum;
    whole.ldc = NR;
    whole.adds = false;
    if (m <= ROWS / 2)
        micro(&whole, k, whole.a_row, whole.a_col, NR, ROWS / 2, 2, false);
    else if (n <= LANES)
        micro(&whole, k, whole.a_row, whole.a_col, NR, ROWS, 1, false);
    else
        micro(&whole, k, whole.a_row, whole.a_col, NR, ROWS, 2, false);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            const lrr_real s = sum[i * NR + j];
            t->c[i * t->ldc + j] = t->adds ? t->add[i * t->add_ld + j] + s : s;
        }
}

/* Whether there is as much to ask for as a panel does, which then is t's. */
static bool take_soon(lrr_gemm_soon *soon, panel *t, size_t k)
{
    const size_t n = k / LRR_GEMM_SOON * LINE_REALS;
    if (soon == NULL || soon->n < n || k % LRR_GEMM_SOON != 0)
        return false;
    t->soon = soon->x;
    soon->x += n;
    soon->n -= n;
    return true;
}

/* rows: the last ones, as copied. */
static void multiply(const lrr_gemm_tile *g, const lrr_real *rows, size_t i, size_t j)
{
    const depth d = depth_of(g, i);
    const size_t m = g->m - i, n = g->n - j, k = d.end - d.first;
    panel t = { .a = g->a + i * g->a_row + d.first * g->a_col,
                .a_row = g->a_row,
                .a_col = g->a_col,
                .b = g->b + j * g->k + d.first * NR,
                .b_row = NR,
                .c = g->c + i * g->ldc + j,
                .ldc = g->ldc,
                .adds = g->adds };
    t.add = t.c;
    t.add_ld = t.ldc;
    if (m < ROWS) {
        t.a = rows + d.first;
        t.a_row = LRR_GEMM_KC;
        t.a_col = 1;
    }
    if (m < ROWS || (n < NR && n != LANES))
        edge(&t, k, m < ROWS ? m : ROWS, n < NR ? n : NR);
    else if (t.a_row == 1)
        n < NR ? micro(&t, k, 1, t.a_col, NR, ROWS, 1, false)
               : micro(&t, k, 1, t.a_col, NR, ROWS, 2, false);
    else if (n >= NR && take_soon(g->soon, &t, k))
        micro_of(&t, k, t.a_row, 1, NR, ROWS, 2, false, true);
    else
        n < NR ? micro(&t, k, t.a_row, 1, NR, ROWS, 1, false)
               : micro(&t, k, t.a_row, 1, NR, ROWS, 2, false);
}

void LRR_SIMD(gemm_tile)(const lrr_gemm_tile *g)
{
    _Alignas(64) lrr_real rows[ROWS * LRR_GEMM_KC];
    copy_last(g, rows);
    for (size_t j = 0; j < g->n; j += NR) {
        size_t i = 0;
        if (g->part == LRR_GEMM_C_LOWER && j > g->shift)
            i = (j - g->shift) / ROWS * ROWS;
        for (; i < g->m; i += ROWS)
            multiply(g, rows, i, j);
    }
}
