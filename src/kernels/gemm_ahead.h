/*
** gemm_ahead.h -- MR rows of A by a packed panel of B as in gemm_micro.h, asking as it goes for what
** comes next. Private to simd_gemm_fused.c.
**
** Each eight depths two lines are asked for: what is asked for at once holds up what is needed now,
** as the nearest cache waits for no more than some 16 lines. First those of the panel's place in C,
** then those of A and B that are to be packed next.
*/
#ifndef LRR_KERNELS_GEMM_AHEAD_H
#define LRR_KERNELS_GEMM_AHEAD_H

#include <stdint.h>

#include "kernels/gemm_micro.h"

/* Addresses of lines, not pointers, as they may go past the end: two neighbours of each of `rows`
** rows, `step` bytes apart, then the next two of each. x: where that has come to, `left` rows before
** the last one of the column that begins at top; all has been asked for when top >= end. */
typedef struct ahead {
    uintptr_t x, top, end;
    size_t step, rows, left;
} ahead;

enum { DEPTHS = 8 };
#define LINE_BYTES ((uintptr_t)64)

/* `count` entries that lie `stride` apart, each `depth` deep; one of the two distances is 1. */
static inline ahead ahead_of(const lrr_real *x, size_t stride, size_t deep_stride,
                             size_t count, size_t depth)
{
    const bool beside = stride == 1;
    const size_t rows = beside ? depth : count, along = beside ? count : depth;
    const uintptr_t top = (uintptr_t)x;
    return (ahead){
        top,  top, top + along * sizeof *x, (beside ? deep_stride : stride) * sizeof *x,
        rows, rows
    };
}

/* Part i of n of its rows. */
static inline ahead part_of(const ahead *h, size_t i, size_t n)
{
    const size_t from = h->rows * i / n, rows = h->rows * (i + 1) / n - from;
    const uintptr_t far = from * h->step, end = rows > 0 ? h->end + far : 0;
    return (ahead){ h->top + far, h->top + far, end, h->step, rows, rows };
}

/* A line that is at hand, without end. */
static inline ahead nothing(const lrr_real *x)
{
    const uintptr_t at = (uintptr_t)x;
    return (ahead){ at, at, UINTPTR_MAX, 0, SIZE_MAX, SIZE_MAX };
}

/* The first that has lines left. */
static inline ahead *first_left(ahead *h)
{
    while (h->top >= h->end)
        h++;
    return h;
}

/* One depth more. Of rows that lie along the depth four distances have to do for eight of them: gcc
** would compute one for each row and each of eight depths, and keep most of them in memory. */
#define DEPTH                                                                  \
    do {                                                                       \
        const vec_any *bv = (const vec_any *)(const void *)b;                  \
        const vec b0 = bv[0], b1 = bv[1];                                      \
        _Pragma("GCC unroll 8") for (size_t i = 0; i < MR; i++)                \
        {                                                                      \
            const lrr_real *row = i < 4 ? a : low;                             \
            /* in all lanes; -0 stays */                                       \
            const vec r = row[i % 4 < 3 ? i % 4 * a_row : three] - (vec){ 0 }; \
            s[i][0] = FUSED(r, b0, s[i][0]);                                   \
            s[i][1] = FUSED(r, b1, s[i][1]);                                   \
        }                                                                      \
        a += a_col;                                                            \
        low += a_col;                                                          \
        if (!beside && MR > 6)                                                 \
            __asm__("" : "+r"(a), "+r"(low));                                  \
        b += NR;                                                               \
    } while (0)

/* a_row and a_col, those of t, are constants where A is packed: beside, its rows are beside each
** other. */
static inline __attribute__((always_inline)) void
micro_ahead(const panel *t, size_t k, size_t a_row, size_t a_col, bool beside, ahead *h)
{
    const lrr_real *a = t->a, *b = t->b, *low = MR > 4 ? a + 4 * a_row : a;
    size_t three = 3 * a_row;
    uintptr_t x = (uintptr_t)t->c, top = 0; /* h's, from when C's lines are asked for */
    size_t step = t->ldc * sizeof *a, left = MR, rows = 0;
    vec s[MR][2] = { { { 0 } } };

    if (!beside && MR > 6)
        __asm__("" : "+r"(low), "+r"(three), "+r"(a_row));
    for (; k >= DEPTHS; k -= DEPTHS) {
        __builtin_prefetch((const void *)x, 0, 2);
        __builtin_prefetch((const void *)(x + LINE_BYTES), 0, 2);
        x += step;
        if (--left == 0) {
            if (rows == 0)
                x = h->x, top = h->top, step = h->step, left = h->left, rows = h->rows;
            else
                x = top += 2 * LINE_BYTES, left = rows;
        }
#pragma GCC unroll 8
        for (size_t p = 0; p < DEPTHS; p++)
            DEPTH;
    }
    for (; k > 0; k--)
        DEPTH;
    if (rows > 0)
        h->x = x, h->top = top, h->left = left;
    store(t, s, MR, 2);
}

#undef DEPTH

#endif
