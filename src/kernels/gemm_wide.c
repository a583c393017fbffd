/* gemm_wide.c -- see gemm_wide.h. */
#include "kernels/gemm_wide.h"

#include "base/error.h"
#include "base/threads.h"
#include "kernels/simd.h"
#include "kernels/sizes.h"

#ifdef LRR_F64
void lrr__gemm_wide(const lrr_gemm_args *g, lrr_real (*scratch)[LRR_GEMM_SCRATCH])
{
    (void)g;
    (void)scratch;
    LRR_ASSERT(false); /* nothing rounds in this build */
}
#else

/* Rounded numbers of a block of A, which comes from the third cache, and of B, which stays in the
** second; rows of A that are packed by one thread. */
#define A_BLOCK ((size_t)1 << 20)
#define B_BLOCK ((size_t)1 << 18)
enum { ROWS = 64, COLUMNS = 32 };

_Static_assert(B_BLOCK / 2 + COLUMNS * LRR_GEMM_DEEP / 2 <= LRR_GEMM_SCRATCH,
               "a block of B and a panel of A are in the scratch");

static _Alignas(64) lrr_real packed[A_BLOCK / 2];

typedef struct wide {
    lrr_gemm_args g; /* a block of rows and depths of the product */
    size_t columns;  /* of a chunk */
    lrr_real (*scratch)[LRR_GEMM_SCRATCH];
} wide;

static void pack_rows(void *arg, size_t i)
{
    const wide *w = arg;
    lrr_gemm_args g = w->g;
    g.a += i * ROWS * g.a_row;
    g.m = lrr_least(g.m - i * ROWS, ROWS);
    lrr_k->gemm_amx_pack_a(&g, packed + LRR_GEMM_ROUNDED(i * ROWS, g.k) / 2);
}

static void multiply_columns(void *arg, size_t i)
{
    const wide *w = arg;
    lrr_gemm_args g = w->g;
    const size_t at = i * w->columns;
    g.n = lrr_least(g.n - at, w->columns);
    g.b += at * g.b_col;
    g.c += at;
    if (g.bias != NULL)
        g.bias += at;
    g.packed_a = packed;
    lrr_k->gemm_amx(&g, w->scratch[lrr_threads_self()]);
}

/* Columns of a chunk, as wide as each other, whose block of B is k deep. */
static size_t columns_of(size_t n, size_t k)
{
    const size_t most = B_BLOCK / lrr_round_up(k, 32) / COLUMNS * COLUMNS;
    const size_t chunks = (n + most - 1) / most;
    return lrr_round_up((n + chunks - 1) / chunks, COLUMNS);
}

static void run_block(wide *w)
{
    w->columns = columns_of(w->g.n, w->g.k);
    lrr_parallel((w->g.m + ROWS - 1) / ROWS, pack_rows, w);
    lrr_parallel((w->g.n + w->columns - 1) / w->columns, multiply_columns, w);
}

void lrr__gemm_wide(const lrr_gemm_args *g, lrr_real (*scratch)[LRR_GEMM_SCRATCH])
{
    for (size_t p = 0; p < g->k; p += LRR_GEMM_DEEP) {
        const size_t k = lrr_least(g->k - p, LRR_GEMM_DEEP);
        const size_t rows = A_BLOCK / lrr_round_up(k, 32) / ROWS * ROWS;
        for (size_t i = 0; i < g->m; i += rows) {
            wide w = { .g = *g, .scratch = scratch };
            w.g.m = lrr_least(g->m - i, rows);
            w.g.k = k;
            w.g.a += i * g->a_row + p * g->a_col;
            w.g.b += p * g->b_row;
            w.g.c += i * g->ldc;
            if (p > 0)
                w.g.beta = 1;
            run_block(&w);
        }
    }
}

#endif
