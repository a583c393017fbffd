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
#include "kernels/gemm_micro.h"
#include "kernels/gemm_pack.h"
#include "kernels/simd.h"

/* Whether a side of C is too short for what lies beside it to be packed but at its edges. */
static bool is_few(size_t side)
{
    return side <= 64;
}

/* Reals of a B that is at hand wherever it is read: nothing of it is asked for. */
enum { NEAR = 4096 };

/* A's rows lie along the depth ... */
static void micro_rows(const panel *t, size_t k)
{
    micro(t, k, t->a_row, 1, t->b_row, MR, 2, false);
}

/* ... or beside each other, ... */
static void micro_columns(const panel *t, size_t k)
{
    if (t->b_row == NR)
        micro(t, k, 1, t->a_col, NR, MR, 2, false);
    else if (k * t->b_row <= NEAR)
        micro(t, k, 1, t->a_col, t->b_row, MR, 2, false);
    else
        micro(t, k, 1, t->a_col, t->b_row, MR, 2, true);
}

/* ... and B is packed, and A, too, where its rows lie beside each other. */
static void micro_rows_packed(const panel *t, size_t k)
{
    micro(t, k, t->a_row, 1, NR, MR, 2, false);
}

static void micro_packed(const panel *t, size_t k)
{
    micro(t, k, 1, MR, NR, MR, 2, false);
}

static void micro_rows_narrow(const panel *t, size_t k)
{
    micro(t, k, t->a_row, 1, t->b_row, MR, 1, false);
}

static void micro_columns_narrow(const panel *t, size_t k)
{
    micro(t, k, 1, t->a_col, t->b_row, MR, 1, t->b_row != LANES);
}

/* Few rows of a packed panel: half of them, or one. */
static void micro_half(const panel *t, size_t k)
{
    micro(t, k, 1, MR, t->b_row, MR / 2, 2, t->b_row != NR);
}

static void micro_half_narrow(const panel *t, size_t k)
{
    micro(t, k, 1, MR, t->b_row, MR / 2, 1, t->b_row != LANES);
}

static void micro_one(const panel *t, size_t k)
{
    micro(t, k, 1, MR, t->b_row, 1, 2, t->b_row != NR);
}

static void micro_one_narrow(const panel *t, size_t k)
{
    micro(t, k, 1, MR, t->b_row, 1, 1, t->b_row != LANES);
}

/* The loop for a panel, and how many rows and columns that gives: those of C or more. */
typedef struct choice {
    void (*loop)(const panel *t, size_t k);
    size_t rows, columns;
} choice;

/* m and n: of C that are left. rows: those of A lie along the depth, which then is read where it
** is, unless they are less than MR. */
static choice choose(size_t m, size_t n, bool rows)
{
    const bool narrow = n <= LANES;
    const size_t columns = narrow ? LANES : NR;
    if (m == 1)
        return (choice){ narrow ? micro_one_narrow : micro_one, 1, columns };
    if (m <= MR / 2)
        return (choice){ narrow ? micro_half_narrow : micro_half, MR / 2, columns };
    if (rows && m >= MR)
        return (choice){ narrow ? micro_rows_narrow : micro_rows, MR, columns };
    return (choice){ narrow ? micro_columns_narrow : micro_columns, MR, columns };
}

/* A panel at the edge of C, of which m rows and n columns are. */
static void edge(const panel *t, const choice *how, size_t k, size_t m, size_t n)
{
    _Alignas(64) lrr_real sum[MR * NR];
    panel whole = *t;
    whole.c = sum;
    whole.ldc = NR;
    if (t->adds) {
        whole.add = sum;
        whole.add_ld = NR;
        memset(sum, 0, sizeof sum);
        for (size_t i = 0; i < m; i++)
            copy_row(sum + i * NR, t->add + i * t->add_ld, n);
    }
    how->loop(&whole, k);
    for (size_t i = 0; i < m; i++)
        copy_row(t->c + i * t->ldc, sum + i * NR, n);
}

/* A block of C: its panels, packed (pa, pb) or read where they lie. */
typedef struct block {
    size_t m, n, k;
    panel first; /* its corner */
    const lrr_real *pa, *pb;
    size_t more;   /* rows of A below it */
    bool rows;     /* A's lie along the depth */
    bool a_packed; /* all of A; else the last rows that are less than MR alone */
    bool packed;   /* all of B; else the last columns that are less than NR alone */
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

/* The panel of C at (i, j). */
static void multiply_panel(const block *g, size_t i, size_t j)
{
    const size_t m = g->m - i < MR ? g->m - i : MR, n = g->n - j < NR ? g->n - j : NR;
    const choice how = choose(m, n, g->rows);
    panel t = g->first;
    t.c += i * t.ldc + j;
    if (t.adds)
        t.add += i * t.add_ld + j;
    if (g->packed || n < NR) {
        t.b = g->pb + j * g->k;
        t.b_row = how.columns;
    } else {
        t.b += j;
    }
    if (g->a_packed || m < MR) {
        t.a = g->pa + i * g->k;
        t.a_col = MR;
    } else {
        t.a += i * t.a_row;
        if (g->rows && j == 0)
            ask_for_next(g, t.a, i);
    }
    if (m == MR && n == NR && t.b_row == NR && (g->rows || t.a_col == MR))
        (g->rows ? micro_rows_packed : micro_packed)(&t, g->k);
    else if (m == how.rows && n == how.columns)
        how.loop(&t, g->k);
    else
        edge(&t, &how, g->k, m, n);
}

static void multiply(const block *g)
{
    for (size_t j = 0; j < g->n; j += NR)
        for (size_t i = 0; i < g->m; i += MR)
            multiply_panel(g, i, j);
}

/* Packs what of A has to be: the last rows that are less than MR, and rows beside each other
** that many panels of B meet, which then are read one after the other. */
static void pack_a(block *g, lrr_real *pa)
{
    const bool direct = g->rows || is_few(g->n);
    const size_t from = direct ? g->m / MR * MR : 0;
    if (from < g->m)
        pack(pa + from * g->k, g->first.a + from * g->first.a_row, g->first.a_row,
             g->first.a_col, g->m - from, g->k, MR);
    g->pa = pa;
    g->a_packed = !direct;
}

/* Packs what of B has to be, k deep: with `direct` the last columns that are less than NR. */
static void pack_b(const lrr_gemm_args *g, const lrr_real *b, size_t n, size_t k,
                   bool direct, lrr_real *pb)
{
    const size_t whole = n / NR * NR;
    lrr_real *last = pb + whole * k;
    const lrr_real *from = b + whole * g->b_col;
    if (!direct && whole > 0)
        pack(pb, b, g->b_col, g->b_row, whole, k, NR);
    if (n - whole > LANES)
        pack(last, from, g->b_col, g->b_row, n - whole, k, NR);
    else if (n > whole)
        pack(last, from, g->b_col, g->b_row, n - whole, k, LANES);
}

/* C *= beta */
static void scale(const lrr_gemm_args *g)
{
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++)
            g->c[i * g->ldc + j] *= g->beta;
}

/* The corner of C at (i, j), for products from depth p on. */
static panel corner(const lrr_gemm_args *g, size_t i, size_t j, size_t p)
{
    panel t = { .a = g->a + i * g->a_row + p * g->a_col,
                .a_row = g->a_row,
                .a_col = g->a_col,
                .b = g->b + p * g->b_row + j * g->b_col,
                .b_row = g->b_row,
                .c = g->c + i * g->ldc + j,
                .ldc = g->ldc,
                .alpha = g->alpha,
                .scales = g->alpha != 1 };
    t.adds = lrr_gemm_adds(g, i, j, p, &t.add, &t.add_ld);
    return t;
}

void LRR_SIMD(gemm_fused)(const lrr_gemm_args *g, lrr_real *scratch)
{
    lrr_real *pb = scratch, *pa = scratch + LRR_GEMM_KC * LRR_GEMM_NC;
    if (g->beta != 0 && g->beta != 1)
        scale(g);
    for (size_t j = 0; j < g->n; j += LRR_GEMM_NC) {
        const size_t n = g->n - j < LRR_GEMM_NC ? g->n - j : LRR_GEMM_NC;
        const bool direct = g->b_col == 1 && is_few(g->m);
        for (size_t p = 0; p < g->k; p += LRR_GEMM_KC) {
            const size_t k = g->k - p < LRR_GEMM_KC ? g->k - p : LRR_GEMM_KC;
            pack_b(g, g->b + p * g->b_row + j * g->b_col, n, k, direct, pb);
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
                pack_a(&some, pa);
                multiply(&some);
            }
        }
    }
}
