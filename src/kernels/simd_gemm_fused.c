/*
** simd_gemm_fused.c -- the matrix product with fused multiply-add; see gemm_block.h. Compiled
** once for each instruction set (simd.h); without such an instruction the C library's fma gives
** the same bits, slowly.
**
** Blocked as simd_gemm.c. What differs: the innermost loop keeps as many sums as registers hold
** beside a row of B, rows of A that lie along the depth are read where they are (a broadcast
** costs nothing there), the sums go to C from registers, and what comes next from far is asked for
** while there is work: the panel's place in C, the rows of A that follow those of this block, and
** rows of a B that is read where it is. On two cores with AVX-512 that is a tenth of the time.
*/
#include <math.h>

#include "kernels/gemm_pack.h"
#include "kernels/simd.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#define WIDTH 64
#define MR    8
#ifdef LRR_F64
#define FUSED(a, b, c) (vec) _mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c))
#else
#define FUSED(a, b, c) (vec) _mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c))
#endif
#elif defined(__FMA__)
#include <immintrin.h>
#define WIDTH 32
#define MR    6
#ifdef LRR_F64
#define FUSED(a, b, c) (vec) _mm256_fmadd_pd((__m256d)(a), (__m256d)(b), (__m256d)(c))
#else
#define FUSED(a, b, c) (vec) _mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c))
#endif
#else
#define WIDTH 16
#define MR    4
#define FUSED fused
#endif

typedef lrr_real vec __attribute__((vector_size(WIDTH), aligned(WIDTH)));
typedef lrr_real vec_any
    __attribute__((vector_size(WIDTH), aligned(sizeof(lrr_real)), may_alias));

#define LANES (WIDTH / sizeof(lrr_real))
#define NR    (2 * LANES)

/* How many rows ahead those are asked for that are read where they are. */
enum { AHEAD = 8 };

/* Whether a side of C is too short for what lies beside it, `apart` from depth to depth, to be
** packed but at its edges. What is whole pages apart shares one set of the nearest cache. */
static bool is_few(size_t side, size_t other, size_t apart)
{
    const size_t page = 4096 / sizeof(lrr_real);
    return side <= 64 || (side <= 160 && other <= 160 && apart % page != 0);
}

#if WIDTH == 16
static vec fused(vec a, vec b, vec c)
{
    for (size_t i = 0; i < LANES; i++)
#ifdef LRR_F64
        c[i] = fma(a[i], b[i], c[i]);
#else
        c[i] = fmaf(a[i], b[i], c[i]);
#endif
    return c;
}
#endif

/* MR rows of A by NR columns of B: where they begin and how far their rows and depths are
** apart, and where the sums go. With `adds`, add (rows add_ld apart; 0: one row for all) is
** added to them. */
typedef struct panel {
    const lrr_real *a, *b, *add;
    size_t a_row, a_col, b_row, add_ld;
    lrr_real *c;
    size_t ldc;
    bool adds;
} panel;

static inline __attribute__((always_inline)) void micro(const panel *t, size_t k,
                                                        size_t a_row, size_t a_col)
{
    const lrr_real *a = t->a, *b = t->b;
    const size_t b_row = t->b_row;
    vec s[MR][2] = { { { 0 } } };

    for (size_t i = 0; i < MR; i++) {
        __builtin_prefetch(t->c + i * t->ldc, 1);
        __builtin_prefetch(t->c + i * t->ldc + LANES, 1);
    }
    for (size_t p = 0; p < k; p++, b += b_row) {
        const vec_any *bv = (const vec_any *)(const void *)b;
        const vec b0 = bv[0], b1 = bv[1];
        if (a_row == 1 && b_row != NR) {
            const size_t far = p + AHEAD < k ? AHEAD : 0;
            __builtin_prefetch(b + far * b_row);
            __builtin_prefetch(b + far * b_row + LANES);
            __builtin_prefetch(a + (p + far) * a_col);
        }
#pragma GCC unroll 8
        for (size_t i = 0; i < MR; i++) {
            /* in all lanes; -0 stays */
            const vec x = a[i * a_row + p * a_col] - (vec){ 0 };
            s[i][0] = FUSED(x, b0, s[i][0]);
            s[i][1] = FUSED(x, b1, s[i][1]);
        }
    }
#pragma GCC unroll 8
    for (size_t i = 0; i < MR; i++) {
        vec_any *c = (vec_any *)(void *)(t->c + i * t->ldc);
        if (t->adds) {
            const vec_any *add =
                (const vec_any *)(const void *)(t->add + i * t->add_ld);
            s[i][0] += add[0];
            s[i][1] += add[1];
        }
        c[0] = s[i][0];
        c[1] = s[i][1];
    }
}

/* A's rows lie along the depth ... */
static void micro_rows(const panel *t, size_t k)
{
    micro(t, k, t->a_row, 1);
}

/* ... or beside each other, as in a packed panel. */
static void micro_columns(const panel *t, size_t k)
{
    micro(t, k, 1, t->a_col);
}

/* A panel at the edge of C, packed: m <= MR rows and n <= NR columns of it. */
static void edge(const panel *t, size_t k, size_t m, size_t n)
{
    _Alignas(64) lrr_real sum[MR * NR];
    const panel whole = {
        .a = t->a, .a_col = MR, .b = t->b, .b_row = NR, .c = sum, .ldc = NR
    };
    micro_columns(&whole, k);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            const lrr_real s = sum[i * NR + j];
            t->c[i * t->ldc + j] = t->adds ? t->add[i * t->add_ld + j] + s : s;
        }
}

/* A block of C: its panels, packed (pa, pb) or read where they lie. */
typedef struct block {
    size_t m, n, k;
    panel first; /* its corner */
    const lrr_real *pa, *pb;
    size_t more;   /* rows of A below it */
    bool rows;     /* A's lie along the depth */
    bool a_packed; /* all of A; else what lies at an edge alone */
    bool packed;   /* B */
} block;

/* Rows of A for the block that comes next, a panel of them at a time. */
static void ask_for_next(const block *g, const lrr_real *a, size_t i)
{
    if (i + MR > g->more)
        return;
    a += g->m * g->first.a_row;
    for (size_t r = 0; r < MR; r++)
        for (size_t p = 0; p < g->k; p += LINE)
            __builtin_prefetch(a + r * g->first.a_row + p, 0, 2);
}

static void multiply(const block *g)
{
    for (size_t j = 0; j < g->n; j += NR)
        for (size_t i = 0; i < g->m; i += MR) {
            panel t = g->first;
            const bool whole = g->m - i >= MR && g->n - j >= NR;
            t.c += i * t.ldc + j;
            if (t.adds)
                t.add += i * t.add_ld + j;
            t.b = g->packed ? g->pb + j * g->k : t.b + j;
            if (!whole) {
                t.a = g->pa + i * g->k;
                edge(&t, g->k, g->m - i < MR ? g->m - i : MR,
                     g->n - j < NR ? g->n - j : NR);
                continue;
            }
            if (g->rows) {
                t.a += i * t.a_row;
                if (j == 0)
                    ask_for_next(g, t.a, i);
                micro_rows(&t, g->k);
            } else {
                t.a = g->a_packed ? g->pa + i * g->k : t.a + i;
                micro_columns(&t, g->k);
            }
        }
}

/* Packs what of A has to be: panels at an edge, and rows beside each other that many panels of
** B meet, which then are read one after the other. */
static void pack_a(block *g, lrr_real *pa)
{
    const bool direct = g->rows || is_few(g->n, g->m, g->first.a_col);
    const size_t from = !direct || g->n % NR != 0 ? 0 : g->m / MR * MR;
    if (from < g->m)
        pack(pa + from * g->k, g->first.a + from * g->first.a_row, g->first.a_row,
             g->first.a_col, g->m - from, g->k, MR);
    g->pa = pa;
    g->a_packed = !direct;
    if (!direct)
        g->first.a_col = MR;
}

/* The corner of C at (i, j), for products from depth p on. */
static panel corner(const lrr_gemm_args *g, size_t i, size_t j, size_t p)
{
    panel t = { .a = g->a + i * g->a_row + p * g->a_col,
                .a_row = g->a_row,
                .a_col = g->a_col,
                .b = g->b + p * g->b_row + j * g->b_col,
                .b_row = NR,
                .c = g->c + i * g->ldc + j,
                .ldc = g->ldc };
    if (p > 0 || g->beta != 0) {
        t.adds = true;
        t.add = t.c;
        t.add_ld = g->ldc;
    } else if (g->bias != NULL) {
        t.adds = true;
        t.add = g->bias + j;
    }
    return t;
}

void LRR_SIMD(gemm_fused)(const lrr_gemm_args *g, lrr_real *scratch)
{
    lrr_real *pb = scratch, *pa = scratch + LRR_GEMM_KC * LRR_GEMM_NC;
    for (size_t j = 0; j < g->n; j += LRR_GEMM_NC) {
        const size_t n = g->n - j < LRR_GEMM_NC ? g->n - j : LRR_GEMM_NC;
        const bool direct = g->b_col == 1 && is_few(g->m, g->n, g->b_row) &&
                            n % NR == 0 && g->m % MR == 0;
        for (size_t p = 0; p < g->k; p += LRR_GEMM_KC) {
            const size_t k = g->k - p < LRR_GEMM_KC ? g->k - p : LRR_GEMM_KC;
            if (!direct)
                pack(pb, g->b + p * g->b_row + j * g->b_col, g->b_col, g->b_row, n, k,
                     NR);
            for (size_t i = 0; i < g->m; i += LRR_GEMM_MC) {
                block some = { .m = g->m - i < LRR_GEMM_MC ? g->m - i : LRR_GEMM_MC,
                               .n = n,
                               .k = k,
                               .first = corner(g, i, j, p),
                               .pb = pb,
                               .more =
                                   g->m - i < LRR_GEMM_MC ? 0 : g->m - i - LRR_GEMM_MC,
                               .packed = !direct,
                               .rows = g->a_col == 1 };
                if (direct)
                    some.first.b_row = g->b_row;
                pack_a(&some, pa);
                multiply(&some);
            }
        }
    }
}
