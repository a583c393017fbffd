/* polar.c -- see polar.h. */
#include "kernels/polar.h"

#include <math.h>
#include <string.h>

#include "base/threads.h"
#include "kernels/gemm.h"
#include "kernels/simd.h"

static const double A = 3.4445, B = -4.7750, C = 2.0315, LEAST = 1e-7;

/* Elements of a piece of a pass over all of them, and the most pieces. */
enum { GRAIN = 32768, PIECES = 64 };

static size_t side(size_t rows, size_t cols)
{
    return rows < cols ? rows : cols;
}

size_t lrr_polar_scratch(size_t rows, size_t cols)
{
    const size_t m = side(rows, cols);
    return rows * cols + 2 * m * m;
}

typedef struct pass {
    lrr_real *x;
    size_t n, pieces;
    lrr_real scale;
    double sum[PIECES];
} pass;

static void square(void *arg, size_t i)
{
    pass *p = arg;
    const size_t at = lrr_chunk_at(p->n, p->pieces, i);
    const size_t end = lrr_chunk_at(p->n, p->pieces, i + 1);
    p->sum[i] = lrr_k->optim_square_sum(p->x + at, end - at);
}

static void scale(void *arg, size_t i)
{
    const pass *p = arg;
    const size_t at = lrr_chunk_at(p->n, p->pieces, i);
    const size_t end = lrr_chunk_at(p->n, p->pieces, i + 1);
    lrr_k->optim_scale(p->x + at, p->scale, end - at);
}

/* Written so that a norm which is not a number stays one. */
static void normalise(lrr_real *x, size_t n)
{
    pass p = { .n = n, .pieces = lrr_chunks(n, GRAIN, PIECES) };
    double sum = 0, norm;
    p.x = x;
    lrr_parallel(p.pieces, square, &p);
    for (size_t i = 0; i < p.pieces; i++)
        sum += p.sum[i];
    norm = sqrt(sum);
    p.scale = (lrr_real)(1 / (norm < LEAST ? LEAST : norm));
    lrr_parallel(p.pieces, scale, &p);
}

/* y = (A + B s + C s^2) x with s = x x^T, on the side where that is smaller. */
static void iterate(lrr_gemm_kind gemm, size_t rows, size_t cols, const lrr_real *x,
                    lrr_real *y, lrr_real *s)
{
    const bool wide = rows <= cols;
    const size_t m = side(rows, cols), k = wide ? cols : rows;
    const lrr_mat straight = { x, cols, false }, turned = { x, cols, true };
    lrr_real *sum = s + m * m;
    const lrr_mat square_of = { s, m, false }, by = { sum, m, false };

    lrr_gemm(gemm, m, m, k, 1, wide ? straight : turned, wide ? turned : straight, 0, s,
             m);
    memcpy(sum, s, m * m * sizeof *sum);
    lrr_gemm(gemm, m, m, m, C, square_of, square_of, B, sum, m);
    memcpy(y, x, rows * cols * sizeof *y);
    if (wide)
        lrr_gemm(gemm, rows, cols, m, 1, by, straight, A, y, cols);
    else
        lrr_gemm(gemm, rows, cols, m, 1, straight, by, A, y, cols);
}

lrr_real *lrr_polar(lrr_gemm_kind gemm, int steps, size_t rows, size_t cols,
                    lrr_real *x, lrr_real *scratch)
{
    const size_t m = side(rows, cols);
    lrr_real *y = scratch + 2 * m * m;
    normalise(x, rows * cols);
    for (int i = 0; i < steps; i++) {
        lrr_real *was = x;
        iterate(gemm, rows, cols, x, y, scratch);
        x = y;
        y = was;
    }
    return x;
}
