/* simd_gemv.c -- see gemv.h. Compiled once for each instruction set (simd.h). */
#include "kernels/simd.h"
#include "kernels/vec.h"

static lrr_real bias(const lrr_gemv_args *g, size_t i)
{
    return g->b != NULL ? g->b[i] : 0;
}

typedef lrr_real quad __attribute__((vector_size(4 * sizeof(lrr_real))));

/* 16 lanes in 4, in the order of lrr_vec_sum. */
static quad fold(lrr_vec s)
{
    quad q[4];
    memcpy(q, &s, sizeof q);
    return (q[0] + q[2]) + (q[1] + q[3]);
}

/* The sums of four vectors, in the order of lrr_vec_sum: a + b + c + d of each are columns. */
static quad sum_four(lrr_vec s0, lrr_vec s1, lrr_vec s2, lrr_vec s3)
{
    const quad a = fold(s0), b = fold(s1), c = fold(s2), d = fold(s3);
    const quad low_ab = __builtin_shufflevector(a, b, 0, 4, 1, 5),
               low_cd = __builtin_shufflevector(c, d, 0, 4, 1, 5),
               high_ab = __builtin_shufflevector(a, b, 2, 6, 3, 7),
               high_cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const quad even = __builtin_shufflevector(low_ab, low_cd, 0, 1, 4, 5) +
                      __builtin_shufflevector(high_ab, high_cd, 0, 1, 4, 5),
               odd = __builtin_shufflevector(low_ab, low_cd, 2, 3, 6, 7) +
                     __builtin_shufflevector(high_ab, high_cd, 2, 3, 6, 7);
    return even + odd;
}

/* Vectors that four rows meet at once, as registers hold their sums. */
#define TOGETHER (LRR_PARTS == 1 ? 4 : 1)

typedef struct rows {
    lrr_vec w[4];
} rows;

/* Sums of four rows, and what v adds to them. */
static inline __attribute__((always_inline)) void add(rows *s, const rows *w, lrr_vec v)
{
    LRR_VEC_DO(s->w[0], +=, w->w[0].p[q] * v.p[q]);
    LRR_VEC_DO(s->w[1], +=, w->w[1].p[q] * v.p[q]);
    LRR_VEC_DO(s->w[2], +=, w->w[2].p[q] * v.p[q]);
    LRR_VEC_DO(s->w[3], +=, w->w[3].p[q] * v.p[q]);
}

/* Rows i to i + 3 for n vectors from x_at on, a constant where this is inlined: so many that a sum
** need not wait for the one before; each row's order is that of lrr_sum_products. */
static inline __attribute__((always_inline)) void
four_rows(const lrr_gemv_args *g, size_t i, size_t x_at, size_t n)
{
    const lrr_real *w0 = g->w + i * g->ld, *w1 = w0 + g->ld, *w2 = w1 + g->ld,
                   *w3 = w2 + g->ld, *x = g->x + x_at * g->x_ld;
    const size_t whole = g->k / LRR_VEC * LRR_VEC, rest = g->k - whole;
    rows s[TOGETHER];

#pragma GCC unroll 4
    for (size_t r = 0; r < n; r++)
        s[r].w[0] = s[r].w[1] = s[r].w[2] = s[r].w[3] = lrr_vec_zero();
    for (size_t j = 0; j < whole; j += LRR_VEC) {
        const rows w = { { lrr_vec_load(w0 + j), lrr_vec_load(w1 + j),
                           lrr_vec_load(w2 + j), lrr_vec_load(w3 + j) } };
#pragma GCC unroll 4
        for (size_t r = 0; r < n; r++)
            add(&s[r], &w, lrr_vec_load(x + r * g->x_ld + j));
    }
    if (rest > 0) {
        const rows w = { { lrr_vec_load_some(w0 + whole, rest, 0),
                           lrr_vec_load_some(w1 + whole, rest, 0),
                           lrr_vec_load_some(w2 + whole, rest, 0),
                           lrr_vec_load_some(w3 + whole, rest, 0) } };
#pragma GCC unroll 4
        for (size_t r = 0; r < n; r++)
            add(&s[r], &w, lrr_vec_load_some(x + r * g->x_ld + whole, rest, 0));
    }
#pragma GCC unroll 4
    for (size_t r = 0; r < n; r++) {
        quad sum = sum_four(s[r].w[0], s[r].w[1], s[r].w[2], s[r].w[3]);
        if (g->b != NULL) {
            quad start;
            memcpy(&start, g->b + i, sizeof start);
            sum = start + sum;
        }
        memcpy(g->y + (x_at + r) * g->y_ld + i, &sum, sizeof sum);
    }
}

void LRR_SIMD(gemv_rows)(const lrr_gemv_args *g, size_t from, size_t to)
{
    for (; from + 4 <= to; from += 4) {
        size_t r = 0;
        for (; r + TOGETHER <= g->n; r += TOGETHER)
            four_rows(g, from, r, TOGETHER);
        for (; r < g->n; r++)
            four_rows(g, from, r, 1);
    }
    for (; from < to; from++)
        for (size_t r = 0; r < g->n; r++)
            g->y[r * g->y_ld + from] =
                bias(g, from) +
                lrr_sum_products(g->w + from * g->ld, 0, g->x + r * g->x_ld, g->k);
}
