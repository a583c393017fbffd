/* simd_conv_direct.c -- see conv_direct.h. Compiled once for each instruction set (simd.h). */
#include <string.h>

#include "kernels/gemm_micro.h"
#include "kernels/lanes.h"
#include "kernels/simd.h"
#include "kernels/turn.h"

/* Results side by side whose sums are in registers: half a panel where those are few. */
#if WIDTH == 64
enum { ROWS = LRR_CONV_PANEL };
#else
enum { ROWS = LRR_CONV_PANEL / 2 };
#endif

/* First and last of n numbers first + i * step that lie in 0..size-1, as [a, b). */
typedef struct part {
    size_t a, b;
} part;

static part inside(size_t n, ptrdiff_t first, size_t step, size_t size)
{
    const ptrdiff_t by = (ptrdiff_t)step, end = (ptrdiff_t)size;
    const ptrdiff_t a = first >= 0 ? 0 : (-first + by - 1) / by,
                    b = first >= end ? 0 : (end - first + by - 1) / by;
    part p = { (size_t)a, (size_t)b };
    p.b = p.b < n ? p.b : n;
    p.a = p.a < p.b ? p.a : p.b;
    return p;
}

/* Every other of x (2 n - 1). */
static inline void take_half(const lrr_real *x, size_t n, lrr_real *to)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const octet low = load8(x + 2 * i), high = load8(x + 2 * i + 7),
                    half =
                        __builtin_shufflevector(low, high, 0, 2, 4, 6, 9, 11, 13, 15);
        memcpy(to + i, &half, sizeof half);
    }
    for (; i < n; i++)
        to[i] = x[2 * i];
}

static void fill_row(const lrr_conv_fill *f, part at, const lrr_real *x, lrr_real *to)
{
    const size_t n = at.b - at.a;
    for (size_t i = 0; i < at.a; i++)
        to[i] = 0;
    if (f->step_x == 1)
        memcpy(to + at.a, x, n * sizeof *to);
    else if (f->step_x == 2)
        take_half(x, n, to + at.a);
    else
        for (size_t i = 0; i < n; i++)
            to[at.a + i] = x[f->step_x * i];
    for (size_t i = at.b; i < f->cols; i++)
        to[i] = 0;
}

void LRR_SIMD(conv_fill)(const lrr_conv_fill *f, const lrr_real *x, lrr_real *planes)
{
    const part y = inside(f->rows, f->first_y, f->step_y, f->h),
               at = inside(f->cols, f->first_x, f->step_x, f->w);
    const size_t row = (size_t)(f->first_y + (ptrdiff_t)(y.a * f->step_y)),
                 column = (size_t)(f->first_x + (ptrdiff_t)(at.a * f->step_x));
    for (size_t c = 0; c < f->channels; c++) {
        lrr_real *to = planes + c * f->distance;
        if (y.a == y.b || at.a == at.b) {
            memset(to, 0, f->rows * f->cols * sizeof *to);
            continue;
        }
        const lrr_real *from = x + (c * f->h + row) * f->w + column;
        memset(to, 0, y.a * f->cols * sizeof *to);
        for (size_t i = y.a; i < y.b; i++, from += f->step_y * f->w)
            fill_row(f, at, from, to + i * f->cols);
        memset(to + y.b * f->cols, 0, (f->rows - y.b) * f->cols * sizeof *to);
    }
}

/* Where a block's places are: its registers of planes, at two addresses each where they have halves. */
typedef struct block {
    const lrr_real *x[2][2];
    bool halves;
} block;

static inline __attribute__((always_inline)) vec load(const block *b, size_t j,
                                                      size_t at)
{
#if WIDTH == 64 && !defined(LRR_F64)
    if (b->halves)
        return (vec)_mm512_insertf64x4(
            _mm512_castps_pd(_mm512_castps256_ps512(_mm256_loadu_ps(b->x[j][0] + at))),
            _mm256_castps_pd(_mm256_loadu_ps(b->x[j][1] + at)), 1);
#endif
    return *(const vec_any *)(const void *)(b->x[j][0] + at);
}

/* ROWS results of a block; `wide` registers of places, constant where this is inlined, as is whether
** they have halves. */
static inline __attribute__((always_inline)) void
slide(const block *b, const size_t *tap, const lrr_real *w, size_t k, bool adds,
      lrr_real *y, size_t ld, size_t wide)
{
    vec s[ROWS][2] = { { { 0 } } };
#pragma GCC unroll 4
    for (size_t p = 0; p < k; p++) {
        const vec b0 = load(b, 0, tap[p]), b1 = load(b, wide - 1, tap[p]);
#pragma GCC unroll 8
        for (size_t i = 0; i < ROWS; i++) {
            const vec a = w[p * LRR_CONV_PANEL + i] - (vec){ 0 };
            s[i][0] = FUSED(a, b0, s[i][0]);
            if (wide > 1)
                s[i][1] = FUSED(a, b1, s[i][1]);
        }
    }
#pragma GCC unroll 8
    for (size_t i = 0; i < ROWS; i++)
#pragma GCC unroll 2
        for (size_t j = 0; j < wide; j++) {
            vec_any *c = (vec_any *)(void *)(y + i * ld) + j;
            if (adds)
                s[i][j] += *c;
            *c = s[i][j];
        }
}

/* All results of some places, whose share of the planes is at hand for all panels. */
static inline __attribute__((always_inline)) void slide_all(const lrr_conv_slide *s,
                                                            const block *b, bool halves,
                                                            size_t wide, lrr_real *y)
{
    block own = *b;
    own.halves = halves;
    for (size_t p = 0; p < s->k; p += LRR_GEMM_KC) {
        const size_t k = s->k - p < LRR_GEMM_KC ? s->k - p : LRR_GEMM_KC;
        for (size_t i = 0; i < s->m; i += LRR_CONV_PANEL) {
            const lrr_real *w = s->weight + i * s->k + p * LRR_CONV_PANEL;
            for (size_t r = 0; r < LRR_CONV_PANEL; r += ROWS)
                slide(&own, s->tap + p, w + r, k, p > 0, y + (i + r) * s->ld, s->ld,
                      wide);
        }
    }
}

/* Behind the last unit is what follows in the planes: its results count for nothing. */
static const lrr_real *place(const lrr_conv_slide *s, size_t unit)
{
    const size_t u = unit < s->units ? unit : s->units - 1;
    return s->planes + u / s->each * s->step + (u % s->each + unit - u) * LRR_CONV_UNIT;
}

#if WIDTH == 64 && !defined(LRR_F64)
void LRR_SIMD(conv_slide)(const lrr_conv_slide *s, lrr_real *y)
{
    for (size_t u = 0; u < s->units; u += 4, y += NR) {
        const size_t wide = s->units - u > 2 ? 2 : 1;
        block b = { .halves = false };
        for (size_t j = 0; j < wide; j++) {
            b.x[j][0] = place(s, u + 2 * j);
            b.x[j][1] = place(s, u + 2 * j + 1);
            b.halves = b.halves || b.x[j][1] != b.x[j][0] + LRR_CONV_UNIT;
        }
        if (wide == 1)
            slide_all(s, &b, true, 1, y);
        else if (b.halves)
            slide_all(s, &b, true, 2, y);
        else
            slide_all(s, &b, false, 2, y);
    }
}
#else
void LRR_SIMD(conv_slide)(const lrr_conv_slide *s, lrr_real *y)
{
    for (size_t at = 0; at < s->units * LRR_CONV_UNIT; at += NR) {
        const size_t next = at + LANES;
        const block b = { .x = { { place(s, at / LRR_CONV_UNIT) + at % LRR_CONV_UNIT },
                                 { place(s, next / LRR_CONV_UNIT) +
                                   next % LRR_CONV_UNIT } } };
        slide_all(s, &b, false, 2, y + at);
    }
}
#endif

static inline __attribute__((always_inline)) void spread_row(const lrr_real *x,
                                                             size_t n, lrr_real bias,
                                                             bool add, size_t step,
                                                             lrr_real *y)
{
    if (add)
        LRR_LANES
    for (size_t i = 0; i < n; i++)
        y[i * step] += x[i] + bias;
    else LRR_LANES for (size_t i = 0; i < n; i++) y[i * step] = x[i] + bias;
}

void LRR_SIMD(conv_spread)(const lrr_conv_spread *s, lrr_real *y)
{
    for (size_t i = 0; i < s->m; i++) {
        const lrr_real bias = s->bias ? s->bias[i] : 0;
        for (size_t r = 0; r < s->rows; r++) {
            const lrr_real *x = s->from + i * s->ld + r * s->pitch;
            lrr_real *to = y + i * s->plane + r * s->row;
            if (s->step == 1)
                spread_row(x, s->cols, bias, s->add, 1, to);
            else
                spread_row(x, s->cols, bias, s->add, s->step, to);
        }
    }
}

void LRR_SIMD(conv_turn)(const lrr_real *x, size_t distance, size_t m, size_t n,
                         size_t ld, lrr_real *to)
{
    for (size_t o = 0; o < ld; o += 16) {
        const size_t rows = m - o < 16 ? m - o : 16;
        size_t j = 0;
        for (; rows == 16 && j + 16 <= n; j += 16)
            transpose16(to + j * ld + o, ld, x + o * distance + j, distance);
        for (; j < n; j++)
            for (size_t i = 0; i < 16; i++)
                to[j * ld + o + i] = i < rows ? x[(o + i) * distance + j] : 0;
    }
}

/* ROWS taps by `wide` registers of results, over `rows` rows of positions. */
static inline __attribute__((always_inline)) void grad(const lrr_conv_grad *g, size_t p,
                                                       size_t o, size_t row,
                                                       size_t rows, size_t wide,
                                                       lrr_real *dw)
{
    const size_t *tap = g->tap + p;
    const lrr_real *d = g->dy + row * g->cols * g->ld + o,
                   *x = g->planes + row * g->pitch;
    vec s[ROWS][2] = { { { 0 } } };
    for (size_t r = 0; r < rows; r++, x += g->pitch) {
        const lrr_real *at[ROWS];
        for (size_t i = 0; i < ROWS; i++)
            at[i] = x + tap[i];
        for (size_t j = 0; j < g->cols; j++, d += g->ld) {
            const vec_any *b = (const vec_any *)(const void *)d;
            const vec b0 = b[0], b1 = b[wide - 1];
#pragma GCC unroll 8
            for (size_t i = 0; i < ROWS; i++) {
                const vec a = at[i][j] - (vec){ 0 };
                s[i][0] = FUSED(a, b0, s[i][0]);
                if (wide > 1)
                    s[i][1] = FUSED(a, b1, s[i][1]);
            }
        }
    }
#pragma GCC unroll 8
    for (size_t i = 0; i < ROWS; i++)
#pragma GCC unroll 2
        for (size_t j = 0; j < wide; j++)
            ((vec_any *)(void *)(dw + (p + i) * g->ld + o))[j] += s[i][j];
}

/* Rows whose results stay in the first cache for all taps. */
enum { POSITIONS = 128 };

void LRR_SIMD(conv_grad)(const lrr_conv_grad *g, lrr_real *dw)
{
    const size_t each = g->cols < POSITIONS ? POSITIONS / g->cols : 1;
    for (size_t row = 0; row < g->rows; row += each) {
        const size_t rows = g->rows - row < each ? g->rows - row : each;
        for (size_t o = 0; o < g->ld; o += NR)
            for (size_t p = 0; p < g->k; p += ROWS)
                if (g->ld - o > LANES)
                    grad(g, p, o, row, rows, 2, dw);
                else
                    grad(g, p, o, row, rows, 1, dw);
    }
}
