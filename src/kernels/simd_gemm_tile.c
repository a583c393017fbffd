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

/* m < ROWS rows of A, or columns of B that end within the panel. */
static void edge(const panel *t, size_t k, size_t m, size_t n)
{
    _Alignas(64) lrr_real sum[ROWS * NR], rows[ROWS * LRR_GEMM_KC];
    panel whole = *t;
    whole.c = sum;
    whole.ldc = NR;
    whole.adds = false;
    if (m < ROWS) {
        for (size_t i = 0; i < ROWS; i++)
            for (size_t p = 0; p < k; p++)
                rows[i * k + p] = i < m ? t->a[i * t->a_row + p * t->a_col] : 0;
        whole.a = rows;
        whole.a_row = k;
        whole.a_col = 1;
    }
    if (n <= LANES)
        micro(&whole, k, whole.a_row, whole.a_col, NR, ROWS, 1, false);
    else
        micro(&whole, k, whole.a_row, whole.a_col, NR, ROWS, 2, false);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            const lrr_real s = sum[i * NR + j];
            t->c[i * t->ldc + j] = t->adds ? t->add[i * t->add_ld + j] + s : s;
        }
}

static void multiply(const lrr_gemm_tile *g, size_t i, size_t j)
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
    if (m < ROWS || (n < NR && n != LANES))
        edge(&t, k, m < ROWS ? m : ROWS, n < NR ? n : NR);
    else if (t.a_row == 1)
        n < NR ? micro(&t, k, 1, t.a_col, NR, ROWS, 1, false)
               : micro(&t, k, 1, t.a_col, NR, ROWS, 2, false);
    else
        n < NR ? micro(&t, k, t.a_row, 1, NR, ROWS, 1, false)
               : micro(&t, k, t.a_row, 1, NR, ROWS, 2, false);
}

void LRR_SIMD(gemm_tile)(const lrr_gemm_tile *g)
{
    for (size_t j = 0; j < g->n; j += NR) {
        size_t i = 0;
        if (g->part == LRR_GEMM_C_LOWER && j > g->shift)
            i = (j - g->shift) / ROWS * ROWS;
        for (; i < g->m; i += ROWS)
            multiply(g, i, j);
    }
}
