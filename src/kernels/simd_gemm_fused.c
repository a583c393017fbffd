/*
** simd_gemm_fused.c -- the matrix product with fused multiply-add; see gemm_block.h. Compiled
** once for each instruction set (simd.h); without such an instruction the C library's fma gives
** the same bits, slowly.
**
** Blocked as simd_gemm.c. What differs: the innermost loop keeps as many sums as registers hold
** beside a row of B, rows of A that lie along the depth are read where they are (a broadcast
** costs nothing there), a panel of B is packed when it is come to, so that it is at hand, and the sums
** go to C from registers. What comes next from far is asked for while there is work: the panel's
** place in C, what of A and B is packed next, and rows of a B that is read where it is. On two cores
** with AVX-512 that is a tenth of the time.
*/
#include "kernels/gemm_ahead.h"
#include "kernels/gemm_micro.h"
#include "kernels/gemm_pack.h"
#include "kernels/simd.h"
#include "kernels/sizes.h"

/* Whether a side of C is too short for what lies beside it to be packed but at its edges. */
static bool is_few(size_t side)
{
    return side <= 64;
}

/* Reals of a B that is at hand wherever it is read: nothing of it is asked for. */
enum { NEAR = 4096 };

/* Rows of C up to which all are one block: A, some 256 deep, is in the second cache then. */
#define ALONE ((size_t)288)

_Static_assert(LRR_GEMM_KC *(NR + ALONE) <= LRR_GEMM_SCRATCH,
               "a panel of B and all of a block's rows are in the scratch");

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
static void micro_rows_packed(const panel *t, size_t k, ahead *h)
{
    micro_ahead(t, k, t->a_row, 1, false, h);
}

static void micro_packed(const panel *t, size_t k, ahead *h)
{
    micro_ahead(t, k, 1, MR, true, h);
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
    size_t b_col;
    const lrr_real *pa;
    lrr_real *pb;
    bool rows;     /* A's lie along the depth */
    bool a_packed; /* all of A; else the last rows that are less than MR alone */
    bool packed;   /* all of B; else the last columns that are less than NR alone */
    bool packs;    /* what of B is to be packed is not yet */
    bool alone;    /* no other block takes its panels of B: all have one place */
    ahead next_a, next_b; /* what the next block takes, of B its first panel */
} block;

static lrr_real *panel_of_b(const block *g, size_t j)
{
    return g->alone ? g->pb : g->pb + j * g->k;
}

/* Packs what of B has to be at column j. */
static void pack_b(const block *g, size_t j)
{
    const size_t n = g->n - j < NR ? g->n - j : NR;
    const lrr_real *b = g->first.b + j * g->b_col;
    if (!g->packed && n == NR)
        return;
    if (n > LANES)
        pack(panel_of_b(g, j), b, g->b_col, g->first.b_row, n, g->k, NR);
    else
        pack(panel_of_b(g, j), b, g->b_col, g->first.b_row, n, g->k, LANES);
}

/* The panel of C at (i, j); next: what is asked for meanwhile, what goes on for ever behind it. */
static void multiply_panel(const block *g, size_t i, size_t j, ahead *next)
{
    const size_t m = g->m - i < MR ? g->m - i : MR, n = g->n - j < NR ? g->n - j : NR;
    const choice how = choose(m, n, g->rows);
    const panel *f = &g->first;
    const bool a_packed = g->a_packed || m < MR, b_packed = g->packed || n < NR;
    /* each by itself: a copy of all, changed here and there, would be waited for */
    const panel t = { .a = a_packed ? g->pa + i * g->k : f->a + i * f->a_row,
                      .a_row = f->a_row,
                      .a_col = a_packed ? MR : f->a_col,
                      .b = b_packed ? panel_of_b(g, j) : f->b + j,
                      .b_row = b_packed ? how.columns : f->b_row,
                      .c = f->c + i * f->ldc + j,
                      .ldc = f->ldc,
                      .add = f->adds ? f->add + i * f->add_ld + j : NULL,
                      .add_ld = f->add_ld,
                      .adds = f->adds,
                      .alpha = f->alpha,
                      .scales = f->scales };
    if (m == MR && n == NR && t.b_row == NR && (g->rows || t.a_col == MR))
        (g->rows ? micro_rows_packed : micro_packed)(&t, g->k, first_left(next));
    else if (m == how.rows && n == how.columns)
        how.loop(&t, g->k);
    else
        edge(&t, &how, g->k, m, n);
}

/* Panels of B one after the other; A of the next block is asked for by all of them, each a part. Not
** inlined: gcc would write parts of the block anew for each panel, and wait for them. */
static __attribute__((noinline)) void multiply(const block *g)
{
    const size_t panels = (g->n + NR - 1) / NR;
    for (size_t j = 0; j < g->n; j += NR) {
        ahead next[3] = { part_of(&g->next_a, j / NR, panels),
                          { 0 },
                          nothing(g->first.c) };
        if (g->packs)
            pack_b(g, j);
        if (g->n - j <= NR)
            next[1] = g->next_b;
        else if (g->packs && g->packed)
            next[1] = ahead_of(g->first.b + (j + NR) * g->b_col, g->b_col,
                               g->first.b_row, lrr_least(g->n - j - NR, NR), g->k);
        for (size_t i = 0; i < g->m; i += MR)
            multiply_panel(g, i, j, next);
    }
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

/* Where a block is: of rows from i, columns from j and depths from p on. */
typedef struct place {
    size_t i, j, p;
} place;

/* Rows of a block: few enough meet panels of B in one, which then need not all be kept. */
static size_t rows_of(const lrr_gemm_args *g)
{
    return g->m <= ALONE ? ALONE : LRR_GEMM_MC;
}

static block block_at(const lrr_gemm_args *g, place at)
{
    return (block){ .m = lrr_least(g->m - at.i, rows_of(g)),
                    .n = lrr_least(g->n - at.j, LRR_GEMM_NC),
                    .k = lrr_least(g->k - at.p, LRR_GEMM_KC),
                    .first = corner(g, at.i, at.j, at.p),
                    .b_col = g->b_col,
                    .rows = g->a_col == 1,
                    .packed = g->b_col != 1 || !is_few(g->m),
                    .packs = at.i == 0,
                    .alone = g->m <= ALONE };
}

/* The place behind `at`: down C, then along the depth, then across; false behind the last one. */
static bool step(const lrr_gemm_args *g, place *at)
{
    at->i += rows_of(g);
    if (at->i < g->m)
        return true;
    at->i = 0;
    at->p += LRR_GEMM_KC;
    if (at->p < g->k)
        return true;
    at->p = 0;
    at->j += LRR_GEMM_NC;
    return at->j < g->n;
}

/* What is asked for during block b: what the one at `next` takes. */
static void look_ahead(block *b, const lrr_gemm_args *g, place next)
{
    const block after = block_at(g, next);
    b->next_a = ahead_of(after.first.a, g->a_row, g->a_col, after.m, after.k);
    if (after.packs && after.packed)
        b->next_b = ahead_of(after.first.b, g->b_col, g->b_row, lrr_least(after.n, NR),
                             after.k);
}

void LRR_SIMD(gemm_fused)(const lrr_gemm_args *g, lrr_real *scratch)
{
    lrr_real *pb = scratch,
             *pa = scratch + LRR_GEMM_KC * (g->m <= ALONE ? NR : LRR_GEMM_NC);
    place at = { 0 };
    bool more = g->m > 0 && g->n > 0 && g->k > 0;
    if (g->beta != 0 && g->beta != 1)
        scale(g);
    while (more) {
        block b = block_at(g, at);
        more = step(g, &at);
        if (more)
            look_ahead(&b, g, at);
        b.pb = pb;
        pack_a(&b, pa);
        multiply(&b);
    }
}
