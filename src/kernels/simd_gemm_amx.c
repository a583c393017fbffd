/*
** simd_gemm_amx.c -- the product of operands rounded to bfloat16 by AMX's tiles; see gemm_block.h.
** Only the version for AVX-512 has it, to be asked for where lrr_cpu_tiles.
**
** Four registers of (16, 16) sums, two of A and two of B: each 32 depths of A's panel and of B's are
** read once for 32 rows and 32 columns of C. A panel of A stays in the first cache, those of B come
** from the second, so that rows of C are written along, which the memory foresees: down its columns
** a product takes half as long again. The registers hold sums from what they are added to, so that
** where depth is cut makes no difference.
*/
#include "kernels/simd.h"

#ifndef LRR_F64

#if defined(__AVX512F__)
#include <string.h>

#include "kernels/gemm_amx.h"
#include "kernels/sizes.h"

/* A panel of C: m <= 32 rows, n <= 32 columns, begun with add (rows add_ld apart; 0: one row for
** all), or NULL: 0. */
typedef struct place {
    size_t m, n;
    const float *add;
    size_t add_ld;
    float *c;
    size_t ldc;
} place;

/* Of c the whole of 16 or 32 rows and columns; it is asked for first, as it takes as long to come as
** the products. */
LRR_AMX static LRR_ALWAYS void micro(const place *t, const uint32_t *a,
                                     const uint32_t *b, size_t deep, bool tall,
                                     bool wide)
{
    __asm__ volatile("" ::: "memory"); /* what reads a register says nothing of it */
    take_tiles(t->add, t->add_ld, tall, wide);
    for (size_t i = 0; i < (tall ? PANEL : TILE); i++) {
        __builtin_prefetch(t->c + i * t->ldc, 1);
        __builtin_prefetch(t->c + i * t->ldc + TILE, 1);
    }
    for (size_t p = 0; p < deep; p++, a += 2 * TILE_WORDS, b += 2 * TILE_WORDS)
        multiply_tiles(a, a + TILE_WORDS, 64, b, b + TILE_WORDS, 64, tall, wide);
    put_tiles(t->c, t->ldc, tall, wide);
}

LRR_AMX static void whole_panel(const place *t, const uint32_t *a, const uint32_t *b,
                                size_t deep)
{
    const bool tall = t->m > TILE, wide = t->n > TILE;
    if (tall && wide)
        micro(t, a, b, deep, true, true);
    else if (tall)
        micro(t, a, b, deep, true, false);
    else if (wide)
        micro(t, a, b, deep, false, true);
    else
        micro(t, a, b, deep, false, false);
}

static void copy(float *to, size_t to_ld, const float *x, size_t ld, size_t m, size_t n)
{
    for (size_t i = 0; i < m; i++)
        memcpy(to + i * to_ld, x + i * ld, n * sizeof *x);
}

/* By way of a buffer where C has not whole tiles. */
static void one_panel(const place *t, const uint32_t *a, const uint32_t *b, size_t deep)
{
    _Alignas(64) float buffer[PANEL * PANEL];
    if (t->m % TILE == 0 && t->n % TILE == 0) {
        whole_panel(t, a, b, deep);
        return;
    }
    place in = *t;
    in.c = buffer;
    in.ldc = PANEL;
    if (t->add != NULL) {
        memset(buffer, 0, sizeof buffer);
        copy(buffer, PANEL, t->add, t->add_ld, t->m, t->n);
        in.add = buffer;
        in.add_ld = PANEL;
    }
    whole_panel(&in, a, b, deep);
    copy(t->c, t->ldc, buffer, PANEL, t->m, t->n);
}

/* Depths that are multiplied at a time: a panel of A and one of B are in the first cache then. And
** where no register is stored for some 600 ns, the next store takes 250 longer (Sapphire Rapids). */
#define STEP ((size_t)256)

/* Words of a block of B, in the second cache with what of C it meets. A panel of A is behind it. */
#define B_WORDS (LRR_GEMM_SCRATCH - PANEL * LRR_GEMM_DEEP / 2)

/* Words of `count` rows or columns, as packed. */
static size_t words_of(size_t count, size_t depth)
{
    return (count + PANEL - 1) / PANEL * tiles_deep(depth) * 2 * TILE_WORDS;
}

LRR_DOTS static void pack_a(uint32_t *to, const lrr_gemm_args *g, size_t i, size_t p,
                            size_t m, size_t k)
{
    const source s = { g->a + i * g->a_row + p * g->a_col, g->a_row, g->a_col, m, k };
    pack_tiles(to, &s, false);
}

LRR_DOTS static void pack_b(uint32_t *to, const lrr_gemm_args *g, size_t j, size_t p,
                            size_t n, size_t k)
{
    const source s = { g->b + p * g->b_row + j * g->b_col, g->b_col, g->b_row, n, k };
    pack_tiles(to, &s, true);
}

/* m <= 32 rows of C at (i, j), n columns of them, for products from depth p on. */
static void multiply(const lrr_gemm_args *g, size_t i, size_t j, size_t p, size_t m,
                     size_t n, size_t k, const uint32_t *pa, const uint32_t *pb)
{
    for (size_t d = 0; d < k; d += STEP) {
        const size_t deep = tiles_deep(lrr_least(k - d, STEP)), at = words_of(1, d);
        for (size_t q = 0; q < n; q += PANEL) {
            place t = { .m = m, .n = lrr_least(n - q, PANEL) };
            t.c = g->c + i * g->ldc + j + q;
            t.ldc = g->ldc;
            if (!lrr_gemm_adds(g, i, j + q, p + d, &t.add, &t.add_ld))
                t.add = NULL;
            one_panel(&t, pa + at, pb + words_of(q, k) + at, deep);
        }
    }
}

/* A's panel at (i, p): as it was packed, or packed now. */
static const uint32_t *panel_of_a(const lrr_gemm_args *g, size_t i, size_t p, size_t m,
                                  size_t k, uint32_t *to)
{
    if (g->packed_a != NULL)
        return (const uint32_t *)(const void *)g->packed_a + words_of(i, k);
    pack_a(to, g, i, p, m, k);
    return to;
}

/* B's block at (j, p): as it was packed, or packed now. */
static const uint32_t *block_of_b(const lrr_gemm_args *g, size_t j, size_t p, size_t n,
                                  size_t k, uint32_t *to)
{
    if (g->packed != NULL)
        return (const uint32_t *)(const void *)g->packed + words_of(g->n, p) +
               words_of(j, k);
    pack_b(to, g, j, p, n, k);
    return to;
}

void LRR_SIMD(gemm_amx)(const lrr_gemm_args *g, lrr_real *scratch)
{
    uint32_t *pb = (uint32_t *)(void *)scratch, *pa = pb + B_WORDS;
    begin_tiles();
    for (size_t p = 0; p < g->k; p += LRR_GEMM_DEEP) {
        const size_t k = lrr_least(g->k - p, LRR_GEMM_DEEP);
        const size_t columns = B_WORDS / words_of(PANEL, k) * PANEL;
        for (size_t j = 0; j < g->n; j += columns) {
            const size_t n = lrr_least(g->n - j, columns);
            const uint32_t *b = block_of_b(g, j, p, n, k, pb);
            for (size_t i = 0; i < g->m; i += PANEL) {
                const size_t m = lrr_least(g->m - i, PANEL);
                multiply(g, i, j, p, m, n, k, panel_of_a(g, i, p, m, k, pa), b);
            }
        }
    }
    end_tiles();
}

void LRR_SIMD(gemm_amx_pack)(const lrr_gemm_args *g, lrr_real *to)
{
    uint32_t *words = (uint32_t *)(void *)to;
    for (size_t p = 0; p < g->k; p += LRR_GEMM_DEEP)
        pack_b(words + words_of(g->n, p), g, 0, p, g->n,
               lrr_least(g->k - p, LRR_GEMM_DEEP));
}

void LRR_SIMD(gemm_amx_pack_a)(const lrr_gemm_args *g, lrr_real *to)
{
    pack_a((uint32_t *)(void *)to, g, 0, 0, g->m, g->k);
}
#else
/* Never asked for: gemm.c. */
void LRR_SIMD(gemm_amx)(const lrr_gemm_args *g, lrr_real *scratch)
{
    LRR_SIMD(gemm_tiles)(g, scratch);
}

void LRR_SIMD(gemm_amx_pack)(const lrr_gemm_args *g, lrr_real *to)
{
    LRR_SIMD(gemm_bf16_pack)(g, to);
}

void LRR_SIMD(gemm_amx_pack_a)(const lrr_gemm_args *g, lrr_real *to)
{
    LRR_SIMD(gemm_bf16_pack)(g, to);
}
#endif

#endif
