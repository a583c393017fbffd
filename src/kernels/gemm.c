/* gemm.c -- see gemm.h. */
#include "kernels/gemm.h"

#include <string.h>

#include "base/error.h"
#include "base/threads.h"
#include "kernels/gemm_block.h"
#include "kernels/gemm_wide.h"
#include "kernels/simd.h"
#include "kernels/sizes.h"
#include "os/blas.h"
#include "os/cpu.h"

/*
** How C is cut, by measurement (two cores with AVX-512). Products below SMALL
** multiplications are one call by one thread: handing half over costs more than it saves.
** All else is halved, or cut further along the longer side into tiles of about LARGE: each
** cut packs one of the panels once more. From WIDE on AMX's products are gemm_wide.h's.
*/
static const double SMALL = 0x1p20, LARGE = 0x1p25, WIDE = 0x1p28;
enum {
    CUTS_MAX = 64,
    FUSED_FIRST = 96,
    FUSED_LEAST = 192,
    DEEP_LEAST = 384,
    LONG_LEAST = 513
};
enum { FUSED_ROWS = 8, FUSED_COLUMNS = 32 };

/* Of the pool's threads (lrr_threads_self). Not thread-local: whatever is would be cleared
** at the start of each thread, the program's first one included. */
static _Alignas(64) lrr_real scratch[LRR_THREADS_MAX][LRR_GEMM_SCRATCH];

/* A way to multiply rounded operands, and what packs B for it. */
typedef struct rounded {
    void (*multiply)(const lrr_gemm_args *g, lrr_real *scratch);
    void (*pack)(const lrr_gemm_args *g, lrr_real *to);
} rounded;

static rounded rounded_of(lrr_gemm_kind kind)
{
#ifdef LRR_F64
    LRR_ASSERT(!lrr_gemm_rounds(kind));
    return (rounded){ 0 };
#else
    if (kind == LRR_GEMM_TILES)
        return lrr_cpu_tiles() ? (rounded){ lrr_k->gemm_amx, lrr_k->gemm_amx_pack }
                               : (rounded){ lrr_k->gemm_tiles, lrr_k->gemm_bf16_pack };
    return lrr_cpu_dots() ? (rounded){ lrr_k->gemm_dots, lrr_k->gemm_dots_pack }
                          : (rounded){ lrr_k->gemm_bf16, lrr_k->gemm_bf16_pack };
#endif
}

/* Numbers from a matrix's first to its last, of rows and columns one of whose distances is 1. */
static size_t span(size_t rows, size_t row, size_t columns, size_t column)
{
    return row == 1 ? columns * column : rows * row;
}

/* Whether its matrices are at hand wherever they are read. */
static bool is_small(const lrr_gemm_args *g)
{
    return g->k <= LRR_GEMM_KC && (g->beta == 0 || g->beta == 1) &&
           span(g->m, g->a_row, g->k, g->a_col) <= LRR_GEMM_SMALL &&
           span(g->k, g->b_row, g->n, g->b_col) <= LRR_GEMM_SMALL &&
           g->m * g->ldc <= LRR_GEMM_SMALL;
}

static void by_own(lrr_gemm_kind kind, const lrr_gemm_args *g)
{
    lrr_real *to = scratch[lrr_threads_self()];
    if (lrr_gemm_rounds(kind))
        rounded_of(kind).multiply(g, to);
    else if (kind == LRR_GEMM_FUSED)
        (is_small(g) ? lrr_k->gemm_small : lrr_k->gemm_fused)(g, to);
    else
        lrr_k->gemm_block(g, to);
}

static lrr_gemm_args args_of(size_t m, size_t n, size_t k, double alpha, lrr_mat a,
                             lrr_mat b, double beta, const lrr_real *bias, lrr_real *c,
                             size_t ldc)
{
    return (lrr_gemm_args){
        .m = m,
        .n = n,
        .k = k,
        .alpha = (lrr_real)alpha,
        .beta = (lrr_real)beta,
        .a = a.p,
        .b = b.p,
        .a_row = a.t ? 1 : a.ld,
        .a_col = a.t ? a.ld : 1,
        .b_row = b.t ? 1 : b.ld,
        .b_col = b.t ? b.ld : 1,
        .c = c,
        .ldc = ldc,
        .bias = bias,
    };
}

static void gemm_own(lrr_gemm_kind kind, size_t m, size_t n, size_t k, double alpha,
                     lrr_mat a, lrr_mat b, double beta, const lrr_real *bias,
                     lrr_real *c, size_t ldc)
{
    const lrr_gemm_args args = args_of(m, n, k, alpha, a, b, beta, bias, c, ldc);
    by_own(kind, &args);
}

static void gemm_blas(size_t m, size_t n, size_t k, double alpha, lrr_mat a, lrr_mat b,
                      double beta, lrr_real *c, size_t ldc)
{
    const lrr_blas *blas = lrr_blas_get();
#ifdef LRR_F64
    blas->dgemm(
#else
    blas->sgemm(
#endif
        LRR_BLAS_ROW, a.t ? LRR_BLAS_T : LRR_BLAS_N, b.t ? LRR_BLAS_T : LRR_BLAS_N,
        (lrr_blasint)m, (lrr_blasint)n, (lrr_blasint)k, (lrr_real)alpha, a.p,
        (lrr_blasint)a.ld, b.p, (lrr_blasint)b.ld, (lrr_real)beta, c, (lrr_blasint)ldc);
}

void lrr_gemm_serial(lrr_gemm_kind kind, size_t m, size_t n, size_t k, double alpha,
                     lrr_mat a, lrr_mat b, double beta, lrr_real *c, size_t ldc)
{
    if (kind == LRR_GEMM_BLAS)
        gemm_blas(m, n, k, alpha, a, b, beta, c, ldc);
    else
        gemm_own(kind, m, n, k, alpha, a, b, beta, NULL, c, ldc);
}

lrr_gemm_kind lrr_gemm_choose(bool portable, bool bf16)
{
    if (bf16)
        return lrr_cpu_has_tiles() && !portable ? LRR_GEMM_TILES : LRR_GEMM_BF16;
    return portable          ? LRR_GEMM_PORTABLE
           : lrr_cpu_fuses() ? LRR_GEMM_FUSED
                             : LRR_GEMM_BLAS;
}

lrr_gemm_kind lrr_gemm_exact(lrr_gemm_kind kind)
{
    return lrr_gemm_rounds(kind) ? LRR_GEMM_FUSED : kind;
}

/* Whether there is more for its rounded products than fused multiply-add. */
static bool has_unit(lrr_gemm_kind kind)
{
    return lrr_gemm_rounds(kind) &&
           (kind == LRR_GEMM_TILES ? lrr_cpu_tiles() : lrr_cpu_dots());
}

const char *lrr_gemm_unit(lrr_gemm_kind kind)
{
    static const char *const names[] = { "software", "AVX2 FMA", "AVX-512 FMA" };
    if (!has_unit(kind))
        return names[lrr_cpu_isa()];
    return kind == LRR_GEMM_TILES ? "AMX" : "AVX-512 BF16";
}

static void pack_rounded(lrr_gemm_kind kind, size_t n, size_t k, lrr_mat b,
                         lrr_real *to)
{
    const lrr_gemm_args args = {
        .n = n, .k = k, .b = b.p, .b_row = b.t ? 1 : b.ld, .b_col = b.t ? b.ld : 1
    };
    rounded_of(kind).pack(&args, to);
}

/* B as it is, rows n apart: in blocks of 16 columns, so that each cache line of one that lies the
** other way is read once. */
static void copy(size_t n, size_t k, lrr_mat b, lrr_real *to)
{
    for (size_t from = 0; from < n; from += 16)
        for (size_t p = 0; p < k; p++)
            for (size_t j = from; j < n && j < from + 16; j++)
                to[p * n + j] = b.p[b.t ? j * b.ld + p : p * b.ld + j];
}

void lrr_gemm_pack(lrr_gemm_kind kind, size_t n, size_t k, lrr_mat b, lrr_real *to)
{
    const size_t row = b.t ? 1 : b.ld, col = b.t ? b.ld : 1;
    if (lrr_gemm_rounds(kind))
        pack_rounded(kind, n, k, b, to);
    else if (kind != LRR_GEMM_FUSED)
        copy(n, k, b, to);
    else
        for (size_t p = 0; p < k; p += LRR_GEMM_KC)
            lrr_k->gemm_pack(to + LRR_GEMM_PACKED(n, p), b.p + p * row, row, col, n,
                             k - p < LRR_GEMM_KC ? k - p : LRR_GEMM_KC);
}

static void tiles_packed(lrr_gemm_tile t, size_t k)
{
    for (size_t p = 0; p < k; p += LRR_GEMM_KC) {
        t.k = k - p < LRR_GEMM_KC ? k - p : LRR_GEMM_KC;
        lrr_k->gemm_tile(&t);
        t.a += t.k * t.a_col;
        t.b += LRR_GEMM_PACKED(t.n, t.k);
        t.adds = true;
    }
}

void lrr_gemm_serial_packed(lrr_gemm_kind kind, size_t m, size_t n, size_t k, lrr_mat a,
                            const lrr_real *b, bool adds, lrr_real *c, size_t ldc,
                            lrr_gemm_soon *soon)
{
    const size_t row = a.t ? 1 : a.ld, col = a.t ? a.ld : 1;
    if (kind == LRR_GEMM_FUSED) {
        tiles_packed((lrr_gemm_tile){ .m = m,
                                      .n = n,
                                      .a = a.p,
                                      .a_row = row,
                                      .a_col = col,
                                      .b = b,
                                      .c = c,
                                      .ldc = ldc,
                                      .adds = adds,
                                      .soon = soon },
                     k);
    } else if (lrr_gemm_rounds(kind)) {
        const lrr_gemm_args args = { .m = m,
                                     .n = n,
                                     .k = k,
                                     .alpha = 1,
                                     .beta = adds,
                                     .a = a.p,
                                     .a_row = row,
                                     .a_col = col,
                                     .c = c,
                                     .ldc = ldc,
                                     .packed = b };
        by_own(kind, &args);
    } else {
        lrr_gemm_serial(kind, m, n, k, 1, a, (lrr_mat){ b, n, false }, adds, c, ldc);
    }
}

typedef struct job {
    lrr_gemm_kind kind;
    size_t m, n, k;
    double alpha, beta;
    lrr_mat a, b;
    const lrr_real *bias; /* (n), beta = 0; or NULL */
    lrr_real *c;
    size_t ldc;
    size_t rows, columns; /* of a tile */
    size_t across;        /* tiles beside each other */
} job;

/* Whether it is a kernel that begins with the bias, in tiles by choose_fused. */
static bool takes_bias(lrr_gemm_kind kind)
{
    return kind == LRR_GEMM_FUSED || lrr_gemm_rounds(kind);
}

static void run_tile(void *arg, size_t i)
{
    const job *g = arg;
    size_t row = i / g->across * g->rows, col = i % g->across * g->columns;
    size_t m = g->m - row < g->rows ? g->m - row : g->rows;
    size_t n = g->n - col < g->columns ? g->n - col : g->columns;
    lrr_mat a = g->a, b = g->b;
    a.p += a.t ? row : row * a.ld;
    b.p += b.t ? col * b.ld : col;
    lrr_real *c = g->c + row * g->ldc + col;
    const lrr_real *bias = g->bias != NULL ? g->bias + col : NULL;
    if (takes_bias(g->kind)) {
        gemm_own(g->kind, m, n, g->k, g->alpha, a, b, g->beta, bias, c, g->ldc);
        return;
    }
    for (size_t r = 0; bias != NULL && r < m; r++)
        memcpy(c + r * g->ldc, bias, n * sizeof *bias);
    lrr_gemm_serial(g->kind, m, n, g->k, g->alpha, a, b, bias != NULL ? 1 : g->beta, c,
                    g->ldc);
}

/* Tiles are cut until they are less long than this, but for the first cut. What is packed for one
** is as long as its sides and what is done with it as their product: where the depth is longer than
** C, as of weights' gradients, more is packed than anything else costs. Of rounded products by
** units for them, which take half the time, all is packed. Tiles that are two for each thread stay long: with 64 of 128 by
** 128 instead of 4 of 512 by 512 a product 2048 deep takes a tenth more; the bits are the same. */
static size_t least_side(const job *g, size_t tiles)
{
    const size_t side = g->m > g->n ? g->m : g->n;
    return has_unit(g->kind) || tiles >= 2 * lrr_threads_count() ? LONG_LEAST
           : g->k >= 2 * side                                    ? DEEP_LEAST
                                                                 : FUSED_LEAST;
}

/* A weight's gradient, of which a thread is to have rows, as it has in the update, rather than pieces
** of all rows: more is packed then, which does not matter where the depth is short. */
static bool is_gradient(const job *g)
{
    return g->a.t && g->k <= g->m && g->m >= FUSED_LEAST;
}

/* Tiles of a fused product: nearly square; whole panels of AVX-512, of which 128 rows or columns
** have two equal halves. Of sides as long as each other the columns are cut: B is packed once then,
** and rows of A mostly are not. */
static void choose_fused(job *g, double cuts)
{
    size_t least = FUSED_FIRST, tiles = 1;
    bool tall = g->rows > g->columns || is_gradient(g);
    while (cuts > 1 && (g->rows >= least || g->columns >= least)) {
        size_t *side = tall ? &g->rows : &g->columns;
        *side = lrr_round_up((*side + 1) / 2, tall ? FUSED_ROWS : FUSED_COLUMNS);
        cuts /= 2;
        tiles *= 2;
        least = least_side(g, tiles);
        tall = g->rows > g->columns;
    }
}

static void choose_tiles(job *g)
{
    double products = (double)g->m * (double)g->n * (double)g->k;
    double cuts = products / LARGE < 2 ? 2 : products / LARGE;
    size_t side = g->m > g->n ? g->m : g->n, part;

    g->rows = g->m;
    g->columns = g->n;
    /* Its bits are the same however it is cut: where one thread has all of it, each cut would only
    ** have what is packed packed again. */
    if (products < SMALL || ((g->kind == LRR_GEMM_FUSED || g->kind == LRR_GEMM_TILES) &&
                             lrr_threads_alone()))
        return;
    if (takes_bias(g->kind)) {
        choose_fused(g, cuts > CUTS_MAX ? CUTS_MAX : cuts);
        return;
    }
    part = lrr_round_up(side / (size_t)(cuts > CUTS_MAX ? CUTS_MAX : cuts) + 1, 16);
    if (g->m > g->n)
        g->rows = part;
    else
        g->columns = part;
}

/* Whether all threads are to pack its A first; the bits are the same. */
static bool is_wide(const job *g)
{
    return g->kind == LRR_GEMM_TILES && lrr_cpu_tiles() && !lrr_threads_inside() &&
           (double)g->m * (double)g->n * (double)g->k >= WIDE;
}

static void run_tiles(job *g)
{
    if (g->m == 0 || g->n == 0)
        return;
    if (is_wide(g)) {
        const lrr_gemm_args args = args_of(g->m, g->n, g->k, g->alpha, g->a, g->b,
                                           g->beta, g->bias, g->c, g->ldc);
        lrr__gemm_wide(&args, scratch);
        return;
    }
    choose_tiles(g);
    LRR_ASSERT(g->rows > 0 && g->columns > 0);
    g->across = (g->n + g->columns - 1) / g->columns;
    lrr_parallel((g->m + g->rows - 1) / g->rows * g->across, run_tile, g);
}

void lrr_gemm(lrr_gemm_kind kind, size_t m, size_t n, size_t k, double alpha, lrr_mat a,
              lrr_mat b, double beta, lrr_real *c, size_t ldc)
{
    job g = { kind, m, n, k, alpha, beta, a, b, NULL, c, ldc, m, n, 1 };
    run_tiles(&g);
}

void lrr_gemm_bias(lrr_gemm_kind kind, size_t m, size_t n, size_t k, lrr_mat a,
                   lrr_mat b, const lrr_real *bias, lrr_real *c, size_t ldc)
{
    job g = { kind, m, n, k, 1, 0, a, b, bias, c, ldc, m, n, 1 };
    run_tiles(&g);
}
