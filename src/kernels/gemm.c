/* gemm.c -- see gemm.h. */
#include "kernels/gemm.h"

#include "base/blas.h"
#include "base/threads.h"
#include "kernels/gemm_block.h"
#include "kernels/simd.h"

/*
** Products below SMALL multiplications are one call by one thread: handing half of it
** over costs more than it saves. Above, tiles of about TILE multiplications, at least
** SIDE rows and columns each: smaller ones pack the same panels too often.
*/
#define SMALL ((size_t)1 << 20)
#define TILE  ((size_t)1 << 21)
enum { SIDE = 48, TILES_MAX = 64 };

static bool portable;

void lrr_gemm_portable(bool on)
{
    portable = on;
}

static void gemm_portable(size_t m, size_t n, size_t k, double alpha, lrr_mat a,
                          lrr_mat b, double beta, lrr_real *c, size_t ldc)
{
    static _Thread_local _Alignas(64) lrr_real scratch[LRR_GEMM_SCRATCH];
    const lrr_gemm_args args = {
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
    };
    lrr_k->gemm_block(&args, scratch);
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

void lrr_gemm_serial(size_t m, size_t n, size_t k, double alpha, lrr_mat a, lrr_mat b,
                     double beta, lrr_real *c, size_t ldc)
{
    if (portable)
        gemm_portable(m, n, k, alpha, a, b, beta, c, ldc);
    else
        gemm_blas(m, n, k, alpha, a, b, beta, c, ldc);
}

typedef struct job {
    size_t m, n, k;
    double alpha, beta;
    lrr_mat a, b;
    lrr_real *c;
    size_t ldc;
    size_t down, across; /* tiles */
} job;

/* Where tile i of `tiles` along n begins: on a multiple of 16. */
static size_t tile_at(size_t n, size_t tiles, size_t i)
{
    return i == tiles ? n : n * i / tiles / 16 * 16;
}

static void run_tile(void *arg, size_t i)
{
    const job *g = arg;
    size_t row = tile_at(g->m, g->down, i / g->across);
    size_t row_end = tile_at(g->m, g->down, i / g->across + 1);
    size_t col = tile_at(g->n, g->across, i % g->across);
    size_t col_end = tile_at(g->n, g->across, i % g->across + 1);
    lrr_mat a = g->a, b = g->b;
    a.p += a.t ? row : row * a.ld;
    b.p += b.t ? col * b.ld : col;
    lrr_gemm_serial(row_end - row, col_end - col, g->k, g->alpha, a, b, g->beta,
                    g->c + row * g->ldc + col, g->ldc);
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Cuts the longer side first; both only where one alone does not give enough tiles. */
static void choose_tiles(job *g)
{
    size_t want = g->m * g->n < SMALL / g->k ? 1 : g->m * g->n / (TILE / g->k + 1) + 1;
    size_t down = at_most(g->m / SIDE, TILES_MAX),
           across = at_most(g->n / SIDE, TILES_MAX);

    g->down = g->across = 1;
    if (want == 1)
        return;
    want = at_most(want + want % 2, TILES_MAX); /* even: most machines have 2^n cores */
    if (g->m >= g->n) {
        g->down = down < 1 ? 1 : at_most(want, down);
        want = (want + g->down - 1) / g->down;
        g->across = across < 1 ? 1 : at_most(want, across);
    } else {
        g->across = across < 1 ? 1 : at_most(want, across);
        want = (want + g->across - 1) / g->across;
        g->down = down < 1 ? 1 : at_most(want, down);
    }
}

void lrr_gemm(size_t m, size_t n, size_t k, double alpha, lrr_mat a, lrr_mat b,
              double beta, lrr_real *c, size_t ldc)
{
    job g = { m, n, k, alpha, beta, a, b, c, ldc, 1, 1 };
    choose_tiles(&g);
    if (g.down * g.across == 1)
        lrr_gemm_serial(m, n, k, alpha, a, b, beta, c, ldc);
    else
        lrr_parallel(g.down * g.across, run_tile, &g);
}
