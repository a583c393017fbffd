/*
** simd_wino_product.c -- products of Winograd's transformed tiles where they lie; see wino.h.
** Compiled once for each instruction set (simd.h).
**
** What lrr_gemm packs lies in order here from the start, as the transforms wrote it. There are 36
** products, each of which meets other weights: so while one panel of C is computed the rows and
** columns of the next one are asked for.
*/
#include <stdint.h>

#include "kernels/gemm_micro.h"
#include "kernels/simd.h"
#include "kernels/wino.h"

/* Rows of a panel; a divisor of 16. */
#define ROWS ((size_t)(WIDTH == 64 ? 8 : 4))

enum { DEEP = 16 };

/* A panel of C: where its rows of A and columns of A and B begin, and what comes next: addresses of
** what is only asked for, which may go past its end. */
typedef struct spot {
    const lrr_real *a, *b[2];
    uintptr_t next_a, next_b;
    lrr_real *c[2];
    size_t asks; /* lines of next_b for each DEEP */
} spot;

/* The depths from p on, n of them (a constant, or less than DEEP). */
#define DEPTHS(n)                                                                \
    for (size_t p = 0; p < (n); p++) {                                           \
        const vec b0 = *(const vec_any *)(const void *)(b[0] + p * 16);          \
        const vec b1 = *(const vec_any *)(const void *)(b[wide - 1] + p * 16);   \
        _Pragma("GCC unroll 8") for (size_t i = 0; i < rows; i++)                \
        {                                                                        \
            /* in all lanes; -0 stays */                                         \
            const vec x = (turned ? a[p * 16 + i] : a[i * 16 + p]) - (vec){ 0 }; \
            s[i][0] = FUSED(x, b0, s[i][0]);                                     \
            if (wide > 1)                                                        \
                s[i][1] = FUSED(x, b1, s[i][1]);                                 \
        }                                                                        \
    }

static inline uintptr_t address(const lrr_real *x, size_t n)
{
    return (uintptr_t)x + n * sizeof *x;
}

/* rows, at most ROWS, wide, at most 2, and turned are constants where this is inlined. */
static inline __attribute__((always_inline)) void
tile(const lrr_wino_product *g, const spot *t, size_t rows, size_t wide, bool turned)
{
    const lrr_real *a = t->a, *b[2] = { t->b[0], t->b[1] };
    uintptr_t next_a = t->next_a, next_b = t->next_b;
    const size_t a_step = turned ? DEEP * 16 : g->a_block;
    vec s[ROWS][2] = { { { 0 } } };

    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < wide; j++)
            __builtin_prefetch(t->c[j] + i * 16, 1);
    size_t left = g->k;
    for (; left >= DEEP; left -= DEEP) {
        for (size_t i = 0; i < ROWS; i++)
            __builtin_prefetch((const void *)(next_a + i * 16 * sizeof *a));
        for (size_t i = 0; i < t->asks; i++)
            __builtin_prefetch((const void *)(next_b + i * LINE_REALS * sizeof *a), 0,
                               2);
#pragma GCC unroll 16
        DEPTHS(DEEP)
        a += a_step;
        next_a += a_step * sizeof *a;
        next_b += t->asks * LINE_REALS * sizeof *a;
        b[0] += DEEP * 16;
        b[1] += DEEP * 16;
    }
    DEPTHS(left)
#pragma GCC unroll 8
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (size_t j = 0; j < wide; j++) {
            vec_any *c = (vec_any *)(void *)(t->c[j] + i * 16);
            if (g->adds)
                s[i][j] += *c;
            *c = s[i][j];
        }
}

/* Column j of blocks of 16 that are `block` apart. */
static inline size_t column(size_t j, size_t block)
{
    return j / 16 * block + j % 16;
}

/* The panel of the first rows. */
static spot spot_of(const lrr_wino_product *g, size_t j, size_t asks)
{
    const size_t far = j + LANES < g->n ? j + LANES : j;
    const size_t near_b = column(j, g->b_block), far_b = column(far, g->b_block);
    spot t = { .b = { g->b + near_b, g->b + far_b },
               .c = { g->c + column(j, g->c_block), g->c + column(far, g->c_block) } };
    t.asks = asks;
    t.next_b = j + NR < g->n ? address(g->b, column(j + NR, g->b_block))
                             : (uintptr_t)g->next_b;
    return t;
}

/* The columns from j on: of whole panels, or with rows == 1 of the rows that are left of them. */
static inline __attribute__((always_inline)) void down(const lrr_wino_product *g,
                                                       size_t j, size_t asks,
                                                       size_t rows, size_t wide,
                                                       bool turned)
{
    const size_t first = rows == 1 ? g->m / ROWS * ROWS : 0;
    const size_t share = g->k / DEEP * asks * LINE_REALS * sizeof *g->b;
    const spot top = spot_of(g, j, asks);
    for (size_t i = first; i + rows <= g->m; i += rows) {
        spot t = top;
        t.a = g->a + (turned ? column(i, g->a_block) : i * 16);
        t.c[0] += i * 16;
        t.c[1] += i * 16;
        t.next_a = turned ? address(g->a, (i / 16 + 1) * g->a_block + i % 16 * 16)
                          : address(g->a, (i + ROWS) * 16);
        t.next_b += i / ROWS * share;
        tile(g, &t, rows, wide, turned);
    }
}

void LRR_SIMD(wino_product)(const lrr_wino_product *g)
{
    const size_t n = (g->m + ROWS - 1) / ROWS, asks = (2 * DEEP + n - 1) / n;
    for (size_t j = 0; j < g->n; j += NR) {
        const bool narrow = g->n - j <= LANES;
        if (g->turned) {
            narrow ? down(g, j, asks, ROWS, 1, true) : down(g, j, asks, ROWS, 2, true);
        } else {
            narrow ? down(g, j, asks, ROWS, 1, false)
                   : down(g, j, asks, ROWS, 2, false);
            narrow ? down(g, j, asks, 1, 1, false) : down(g, j, asks, 1, 2, false);
        }
    }
}
