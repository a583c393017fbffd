/* absorb.c -- see absorb.h. */
#include "kernels/absorb.h"

#include <float.h>

#include "base/error.h"
#include "kernels/simd.h"

/* Rows of C that are made or left alone together: whole panels of each instruction set. */
enum { STRIP = 32 };

/* Half of c's last place is |c| EPSILON / 4 or more. Half of that is taken, as sums, and operands
** rounded to bfloat16, may be a little larger than what is bounded. */
#ifdef LRR_F64
static const double LEAST = 8 / DBL_EPSILON;
#else
static const double LEAST = 8 / (double)FLT_EPSILON;
#endif

typedef struct sum {
    lrr_gemm_kind kind;
    size_t n, k;
    lrr_mat a, b;
    lrr_real *c;
    size_t ldc;
    bool adds;
} sum;

static void make(const sum *s, size_t from, size_t end)
{
    lrr_mat a = s->a;
    a.p += from;
    if (from < end)
        lrr_gemm_serial(s->kind, end - from, s->n, s->k, 1, a, s->b, s->adds,
                        s->c + from * s->ldc, s->ldc);
}

/* No element is more than the sum of its row's factors times the largest of its column's (Hoelder).
** What is not a number bounds nothing. */
static void make_what_counts(const sum *s, size_t m, lrr_real *row, lrr_real *column)
{
    size_t from = 0;
    lrr_k->absorb_sums(s->a.p, s->a.ld, s->k, m, row);
    lrr_k->absorb_peaks(s->b.p, s->b.ld, s->k, s->n, column);
    for (size_t i = 0; i < m; i++)
        row[i] *= (lrr_real)LEAST;
    for (size_t i = 0, rows; i < m; i += rows) {
        rows = m - i < STRIP ? m - i : STRIP;
        if (!lrr_k->absorb_all(s->c + i * s->ldc, s->ldc, rows, s->n, row + i, column))
            continue;
        make(s, from, i);
        from = i + rows;
    }
    make(s, from, m);
}

void lrr_absorb_add(lrr_gemm_kind kind, size_t m, size_t n, size_t k, lrr_mat a,
                    lrr_mat b, bool adds, lrr_real *c, size_t ldc, lrr_real *scratch)
{
    const sum s = {
        .kind = kind, .n = n, .k = k, .a = a, .b = b, .c = c, .ldc = ldc, .adds = adds
    };
    LRR_ASSERT(a.t && !b.t);
    if (adds)
        make_what_counts(&s, m, scratch, scratch + m);
    else
        make(&s, 0, m);
}
