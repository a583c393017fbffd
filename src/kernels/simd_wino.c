/* simd_wino.c -- see wino.h. Compiled once for each instruction set (simd.h). */
#include <string.h>

#include "kernels/past.h"
#include "kernels/simd.h"
#include "kernels/wino.h"

#if defined(__SSE2__) && !defined(LRR_F64)
#include <immintrin.h>
#endif

/* 16 channels of one pixel; the compiler splits it where registers are shorter. */
typedef lrr_real v16
    __attribute__((vector_size(16 * sizeof(lrr_real)), aligned(64), may_alias));

/* A vector of memory at a multiple of 64 bytes. */
#define V(p)  (*(v16 *)(void *)(p))
#define CV(p) (*(const v16 *)(const void *)(p))

/* ---- between planes and blocks ---- */

#if defined(__AVX512F__) && !defined(LRR_F64)
/* t[j] = column j of the 16x16 matrix r. */
static inline void transpose16(__m512 r[16])
{
    __m512 t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        __m512d a = _mm512_castps_pd(t[i]), b = _mm512_castps_pd(t[i + 1]);
        __m512d c = _mm512_castps_pd(t[i + 2]), d = _mm512_castps_pd(t[i + 3]);
        r[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
        r[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
        r[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
        r[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

/* block[at[j]..] (16 lanes) = pixel j of 16 channels, `plane` reals apart. */
static inline void gather16(const lrr_real *x, size_t plane, lrr_real *block,
                            const size_t at[16])
{
    __m512 r[16];
    for (size_t i = 0; i < 16; i++) {
        r[i] = _mm512_loadu_ps(x + i * plane);
        /* The next 16 channels: 16 streams are too many for the hardware's guess. */
        _mm_prefetch((const char *)(x + (i + 16) * plane), _MM_HINT_T1);
    }
    transpose16(r);
    for (size_t i = 0; i < 16; i++)
        _mm512_store_ps(block + at[i], r[i]);
}

/* The other way round; add: added to x. */
static inline void scatter16(const lrr_real *block, const size_t at[16], lrr_real *x,
                             size_t plane, int add, bool past)
{
    __m512 r[16];
    for (size_t i = 0; i < 16; i++)
        r[i] = _mm512_load_ps(block + at[i]);
    transpose16(r);
    if (past) {
        for (size_t i = 0; i < 16; i++)
            _mm512_stream_ps(x + i * plane, r[i]);
        return;
    }
    for (size_t i = 0; i < 16; i++)
        _mm512_storeu_ps(x + i * plane,
                         add ? _mm512_add_ps(_mm512_loadu_ps(x + i * plane), r[i])
                             : r[i]);
}
#elif defined(__SSE2__) && !defined(LRR_F64)
static inline void gather16(const lrr_real *x, size_t plane, lrr_real *block,
                            const size_t at[16])
{
    for (size_t c = 0; c < 16; c += 4) {
        for (size_t i = 0; i < 16; i += 4) {
            __m128 r0 = _mm_loadu_ps(x + c * plane + i);
            __m128 r1 = _mm_loadu_ps(x + (c + 1) * plane + i);
            __m128 r2 = _mm_loadu_ps(x + (c + 2) * plane + i);
            __m128 r3 = _mm_loadu_ps(x + (c + 3) * plane + i);
            _MM_TRANSPOSE4_PS(r0, r1, r2, r3);
            _mm_store_ps(block + at[i] + c, r0);
            _mm_store_ps(block + at[i + 1] + c, r1);
            _mm_store_ps(block + at[i + 2] + c, r2);
            _mm_store_ps(block + at[i + 3] + c, r3);
        }
    }
}

static inline void put4(lrr_real *x, __m128 v, int add)
{
    _mm_storeu_ps(x, add ? _mm_add_ps(_mm_loadu_ps(x), v) : v);
}

static inline void scatter16(const lrr_real *block, const size_t at[16], lrr_real *x,
                             size_t plane, int add, bool past)
{
    (void)past;
    for (size_t c = 0; c < 16; c += 4) {
        for (size_t i = 0; i < 16; i += 4) {
            __m128 r0 = _mm_load_ps(block + at[i] + c);
            __m128 r1 = _mm_load_ps(block + at[i + 1] + c);
            __m128 r2 = _mm_load_ps(block + at[i + 2] + c);
            __m128 r3 = _mm_load_ps(block + at[i + 3] + c);
            _MM_TRANSPOSE4_PS(r0, r1, r2, r3);
            put4(x + c * plane + i, r0, add);
            put4(x + (c + 1) * plane + i, r1, add);
            put4(x + (c + 2) * plane + i, r2, add);
            put4(x + (c + 3) * plane + i, r3, add);
        }
    }
}
#else
static inline void gather16(const lrr_real *x, size_t plane, lrr_real *block,
                            const size_t at[16])
{
    for (size_t i = 0; i < 16; i++)
        for (size_t c = 0; c < 16; c++)
            block[at[i] + c] = x[c * plane + i];
}

static inline void scatter16(const lrr_real *block, const size_t at[16], lrr_real *x,
                             size_t plane, int add, bool past)
{
    (void)past;
    for (size_t c = 0; c < 16; c++)
        for (size_t i = 0; i < 16; i++)
            x[c * plane + i] = block[at[i] + c] + (add ? x[c * plane + i] : 0);
}
#endif

/* The rows of the view that are in the image: a..b-1, counted from the view's first. */
static void rows_inside(const lrr_wino_view *v, size_t *a, size_t *b)
{
    *a = v->first < 0 ? (size_t)-v->first : 0;
    *a = *a < v->rows ? *a : v->rows;
    ptrdiff_t end = (ptrdiff_t)v->h - v->first;
    *b = end < 0 ? 0 : (size_t)end < v->rows ? (size_t)end : v->rows;
    *b = *b < *a ? *a : *b;
}

/* Where in a block are up to 16 pixels in reading order, from (row, col) on, which moves
** behind them. Rows of planes follow each other without gaps, so 16 pixels are always
** 16 neighbours in memory. */
static inline void addresses(const lrr_wino_view *v, size_t *row, size_t *col, size_t n,
                             size_t at[16])
{
    for (size_t i = 0; i < n; i++) {
        at[i] = (*row * v->width + v->left + *col) * 16;
        if (++*col == v->w) {
            *col = 0;
            ++*row;
        }
    }
}

/* Likewise where rows are of whole eights: two of them, without a division of what comes between,
** and by a function of its own, as gcc keeps 16 pointers in memory where it is inlined. */
static inline void move_eights(const lrr_wino_view *v, size_t *row, size_t *col,
                               size_t at[2])
{
    for (size_t i = 0; i < 2; i++) {
        at[i] = (*row * v->width + v->left + *col) * 16;
        *col += 8;
        if (*col == v->w) {
            *col = 0;
            ++*row;
        }
    }
}

static inline void spread_eights(size_t a, size_t b, size_t at[16])
{
    for (size_t i = 0; i < 8; i++) {
        at[i] = a + i * 16;
        at[i + 8] = b + i * 16;
    }
}

static __attribute__((noinline)) void gather_eights(const lrr_real *x, size_t plane,
                                                    lrr_real *block, size_t a, size_t b)
{
    size_t at[16];
    spread_eights(a, b, at);
    gather16(x, plane, block, at);
}

static __attribute__((noinline)) void scatter_eights(const lrr_real *block, size_t a,
                                                     size_t b, lrr_real *x,
                                                     size_t plane, int add)
{
    size_t at[16];
    spread_eights(a, b, at);
    scatter16(block, at, x, plane, add, false);
}

static __attribute__((noinline)) void scatter_past(const lrr_real *block, size_t a,
                                                   size_t b, lrr_real *x, size_t plane)
{
    size_t at[16];
    spread_eights(a, b, at);
    scatter16(block, at, x, plane, 0, true);
}

void LRR_SIMD(wino_pack)(const lrr_wino_view *v, const lrr_real *x, lrr_real *block)
{
    size_t a, b, plane = v->h * v->w, line = v->width * 16;
    rows_inside(v, &a, &b);
    memset(block, 0, a * line * sizeof *block);
    memset(block + b * line, 0, (v->rows - b) * line * sizeof *block);
    if (v->c < 16)
        memset(block + a * line, 0, (b - a) * line * sizeof *block);
    for (size_t r = a; r < b && v->width > v->w; r++) {
        memset(block + r * line, 0, v->left * 16 * sizeof *block);
        memset(block + r * line + (v->left + v->w) * 16, 0,
               (v->width - v->left - v->w) * 16 * sizeof *block);
    }
    if (a == b)
        return;
    const lrr_real *from = x + ((ptrdiff_t)a + v->first) * (ptrdiff_t)v->w;
    size_t n = (b - a) * v->w, i = 0, row = a, col = 0;
    size_t at[16];
    for (; v->c == 16 && v->w % 8 == 0 && i + 16 <= n; i += 16) {
        move_eights(v, &row, &col, at);
        gather_eights(from + i, plane, block, at[0], at[1]);
    }
    for (; v->c == 16 && i + 16 <= n; i += 16) {
        addresses(v, &row, &col, 16, at);
        gather16(from + i, plane, block, at);
    }
    for (; i < n; i++) {
        addresses(v, &row, &col, 1, at);
        for (size_t c = 0; c < v->c; c++)
            block[at[0] + c] = from[c * plane + i];
    }
}

/* Rows a..b-1 of the view, all in the image. */
static inline void unpack_rows(const lrr_wino_view *v, const lrr_real *block,
                               lrr_real *x, size_t a, size_t b, int add)
{
    size_t plane = v->h * v->w, n = (b - a) * v->w, i = 0, row = a, col = 0;
    lrr_real *to = x + ((ptrdiff_t)a + v->first) * (ptrdiff_t)v->w;
    const bool past = v->past && !add && lrr_past_fits(to, plane);
    size_t at[16];
    for (; v->c == 16 && v->w % 8 == 0 && i + 16 <= n; i += 16) {
        move_eights(v, &row, &col, at);
        if (past)
            scatter_past(block, at[0], at[1], to + i, plane);
        else
            scatter_eights(block, at[0], at[1], to + i, plane, add);
    }
    for (; v->c == 16 && i + 16 <= n; i += 16) {
        addresses(v, &row, &col, 16, at);
        scatter16(block, at, to + i, plane, add, past);
    }
    for (; i < n; i++) {
        addresses(v, &row, &col, 1, at);
        for (size_t c = 0; c < v->c; c++)
            to[c * plane + i] = block[at[0] + c] + (add ? to[c * plane + i] : 0);
    }
}

void LRR_SIMD(wino_unpack)(const lrr_wino_view *v, const lrr_real *block, lrr_real *x,
                           size_t add)
{
    size_t a, b;
    rows_inside(v, &a, &b);
    size_t mid = add < a ? a : add > b ? b : add;
    if (a < mid)
        unpack_rows(v, block, x, a, mid, 1);
    if (mid < b)
        unpack_rows(v, block, x, mid, b, 0);
}

/* The points 0, a, -a, b, -b and infinity with a = 3/4, b = 3/2: a quarter of the
** rounding error of the usual 1 and 2 (measured in float on random data, 32 channels).
** A2 is a squared, and so on; all but the last three are exact. */
#define A1   ((lrr_real)0.75)
#define A2   ((lrr_real)0.5625)
#define A3   ((lrr_real)0.421875)
#define B1   ((lrr_real)1.5)
#define B2   ((lrr_real)2.25)
#define B3   ((lrr_real)3.375)
#define A2B2 ((lrr_real)1.265625)         /* a^2 b^2 */
#define SUM2 ((lrr_real)2.8125)           /* a^2 + b^2 */
#define NZ   ((lrr_real)(64.0 / 81.0))    /* 1 / (a^2 b^2) */
#define NA   ((lrr_real)(-128.0 / 243.0)) /* 1 / (2 a^2 (a^2 - b^2)) */
#define NB   ((lrr_real)(32.0 / 243.0))   /* 1 / (2 b^2 (b^2 - a^2)) */

/* ---- transforms, each of one line of a tile, in place ---- */

/* B^T: 6 to 6. */
static inline void input_line(v16 t[6])
{
    v16 even_a = t[4] - B2 * t[2], odd_a = A1 * (t[3] - B2 * t[1]);
    v16 even_b = t[4] - A2 * t[2], odd_b = B1 * (t[3] - A2 * t[1]);
    t[0] = A2B2 * t[0] - SUM2 * t[2] + t[4];
    t[5] = A2B2 * t[1] - SUM2 * t[3] + t[5];
    t[1] = even_a + odd_a;
    t[2] = even_a - odd_a;
    t[3] = even_b + odd_b;
    t[4] = even_b - odd_b;
}

/* A^T: 6 to 4. */
static inline void output_line(v16 t[6])
{
    v16 even_a = t[1] + t[2], odd_a = t[1] - t[2];
    v16 even_b = t[3] + t[4], odd_b = t[3] - t[4];
    t[0] = t[0] + even_a + even_b;
    t[1] = A1 * odd_a + B1 * odd_b;
    t[2] = A2 * even_a + B2 * even_b;
    t[3] = A3 * odd_a + B3 * odd_b + t[5];
}

/* A: 4 to 6. */
static inline void dy_line(v16 t[6])
{
    v16 even_a = t[0] + A2 * t[2], odd_a = A1 * t[1] + A3 * t[3];
    v16 even_b = t[0] + B2 * t[2], odd_b = B1 * t[1] + B3 * t[3];
    t[5] = t[3];
    t[1] = even_a + odd_a;
    t[2] = even_a - odd_a;
    t[3] = even_b + odd_b;
    t[4] = even_b - odd_b;
}

/* B: 6 to 6. */
static inline void dx_line(v16 t[6])
{
    v16 even_a = t[1] + t[2], odd_a = A1 * (t[1] - t[2]);
    v16 even_b = t[3] + t[4], odd_b = B1 * (t[3] - t[4]);
    t[1] = A2B2 * t[5] - B2 * odd_a - A2 * odd_b;
    t[2] = -(SUM2 * t[0] + B2 * even_a + A2 * even_b);
    t[3] = odd_a + odd_b - SUM2 * t[5];
    t[4] = t[0] + even_a + even_b;
    t[0] = A2B2 * t[0];
}

/* G: 3 to 6. */
static inline void weight_line(v16 t[6])
{
    v16 even_a = NA * (t[0] + A2 * t[2]), odd_a = NA * A1 * t[1];
    v16 even_b = NB * (t[0] + B2 * t[2]), odd_b = NB * B1 * t[1];
    t[0] = NZ * t[0];
    t[5] = t[2];
    t[1] = even_a + odd_a;
    t[2] = even_a - odd_a;
    t[3] = even_b + odd_b;
    t[4] = even_b - odd_b;
}

/* G^T: 6 to 3. */
static inline void dweight_line(v16 t[6])
{
    v16 even_a = NA * (t[1] + t[2]), odd_a = NA * (t[1] - t[2]);
    v16 even_b = NB * (t[3] + t[4]), odd_b = NB * (t[3] - t[4]);
    t[0] = NZ * t[0] + even_a + even_b;
    t[1] = A1 * odd_a + B1 * odd_b;
    t[2] = A2 * even_a + B2 * even_b + t[5];
}

/* Six vectors `step` reals apart; written out, so that t stays in registers. */
static inline void load6(const lrr_real *p, size_t step, v16 t[6])
{
    t[0] = CV(p);
    t[1] = CV(p + step);
    t[2] = CV(p + 2 * step);
    t[3] = CV(p + 3 * step);
    t[4] = CV(p + 4 * step);
    t[5] = CV(p + 5 * step);
}

static inline void store6(lrr_real *p, size_t step, const v16 t[6])
{
    V(p) = t[0];
    V(p + step) = t[1];
    V(p + 2 * step) = t[2];
    V(p + 3 * step) = t[3];
    V(p + 4 * step) = t[4];
    V(p + 5 * step) = t[5];
}

/* Line k of a tile whose columns are s[0..5]. */
static inline void line6(const v16 s[6][6], size_t k, v16 t[6])
{
    t[0] = s[0][k];
    t[1] = s[1][k];
    t[2] = s[2][k];
    t[3] = s[3][k];
    t[4] = s[4][k];
    t[5] = s[5][k];
}

/* The first pixel of tile i in a block of `width` pixels. */
static inline size_t tile_at(const lrr_wino_tiles *t, size_t i, size_t width)
{
    return (i / t->across * 4 * width + i % t->across * 4) * 16;
}

void LRR_SIMD(wino_input)(const lrr_wino_tiles *t, const lrr_real *block, size_t width,
                          lrr_real *out)
{
    for (size_t i = 0; i < t->down * t->across; i++, out += t->tile) {
        const lrr_real *d = block + tile_at(t, i, width);
        v16 s[6][6], r[6];
        for (size_t j = 0; j < 6; j++) {
            load6(d + j * 16, width * 16, r);
            input_line(r);
            store6((lrr_real *)s[j], 16, r);
        }
        for (size_t k = 0; k < 6; k++) {
            line6((const v16(*)[6])s, k, r);
            input_line(r);
            store6(out + k * 6 * t->place, t->place, r);
        }
    }
}

void LRR_SIMD(wino_output)(const lrr_wino_tiles *t, const lrr_real *m,
                           const lrr_real *bias, lrr_real *block)
{
    v16 b = CV(bias);
    for (size_t i = 0; i < t->down * t->across; i++, m += t->tile) {
        lrr_real *y = block + tile_at(t, i, 4 * t->across);
        v16 s[6][6], r[6];
        for (size_t j = 0; j < 6; j++) {
            load6(m + j * t->place, 6 * t->place, r);
            output_line(r);
            store6((lrr_real *)s[j], 16, r);
        }
        for (size_t k = 0; k < 4; k++, y += t->across * 64) {
            line6((const v16(*)[6])s, k, r);
            output_line(r);
            V(y) = r[0] + b;
            V(y + 16) = r[1] + b;
            V(y + 32) = r[2] + b;
            V(y + 48) = r[3] + b;
        }
    }
}

void LRR_SIMD(wino_dy)(const lrr_wino_tiles *t, const lrr_real *block, lrr_real *out,
                       double *sum)
{
    const size_t line = t->across * 64, place = t->place;
    v16 total = { 0 };
    /* Lines in loops: unrolled, the addresses of 36 places go through memory, for twice the time. */
    for (size_t i = 0; i < t->down * t->across; i++, out += t->tile) {
        const lrr_real *d = block + tile_at(t, i, 4 * t->across);
        v16 s[6][6], r[6];
#pragma GCC unroll 1
        for (size_t j = 0; j < 4; j++, d += 16) {
            r[0] = CV(d);
            r[1] = CV(d + line);
            r[2] = CV(d + 2 * line);
            r[3] = CV(d + 3 * line);
            total += (r[0] + r[1]) + (r[2] + r[3]);
            dy_line(r);
            store6((lrr_real *)s[j], 16, r);
        }
        lrr_real *to = out;
#pragma GCC unroll 1
        for (size_t k = 0; k < 6; k++, to += 6 * place) {
            r[0] = s[0][k];
            r[1] = s[1][k];
            r[2] = s[2][k];
            r[3] = s[3][k];
            dy_line(r);
            store6(to, place, r);
        }
    }
    for (size_t l = 0; l < 16; l++)
        sum[l] += (double)total[l];
}

/* What a tile shares with those before it is added to, the rest is written; all of it as what was
** added to 0 would be. */
static inline void add_line(lrr_real *d, const v16 r[6], bool shared)
{
    const v16 zero = { 0 };
    V(d) = (shared ? CV(d) : zero) + r[0];
    V(d + 16) = (shared ? CV(d + 16) : zero) + r[1];
    V(d + 32) = zero + r[2];
    V(d + 48) = zero + r[3];
    V(d + 64) = zero + r[4];
    V(d + 80) = zero + r[5];
}

static inline void add_whole_line(lrr_real *d, const v16 r[6])
{
    V(d) += r[0];
    V(d + 16) += r[1];
    V(d + 32) += r[2];
    V(d + 48) += r[3];
    V(d + 64) += r[4];
    V(d + 80) += r[5];
}

void LRR_SIMD(wino_dx)(const lrr_wino_tiles *t, const lrr_real *m, lrr_real *block,
                       size_t width)
{
    const size_t place = t->place;
    for (size_t i = 0; i < t->down * t->across; i++, m += t->tile) {
        lrr_real *d = block + tile_at(t, i, width);
        v16 s[6][6], r[6];
        for (size_t j = 0; j < 6; j++) {
            load6(m + j * place, 6 * place, r);
            dx_line(r);
            store6((lrr_real *)s[j], 16, r);
        }
        for (size_t k = 0; k < 2; k++, d += width * 16) {
            line6((const v16(*)[6])s, k, r);
            dx_line(r);
            add_whole_line(d, r);
        }
        for (size_t k = 2; k < 6; k++, d += width * 16) {
            line6((const v16(*)[6])s, k, r);
            dx_line(r);
            add_line(d, r, i % t->across > 0);
        }
    }
}

/* ---- weights ---- */

void LRR_SIMD(wino_weight)(const lrr_real *w, size_t lane, size_t n, lrr_real *out,
                           size_t place)
{
    v16 g[9], s[6][6], r[6];
    for (size_t k = 0; k < 9; k++) {
        v16 v = { 0 };
        for (size_t l = 0; l < n; l++)
            v[l] = w[l * lane + k];
        g[k] = v;
    }
    for (size_t j = 0; j < 3; j++) {
        r[0] = g[j];
        r[1] = g[3 + j];
        r[2] = g[6 + j];
        weight_line(r);
        store6((lrr_real *)s[j], 16, r);
    }
    for (size_t k = 0; k < 6; k++) {
        r[0] = s[0][k];
        r[1] = s[1][k];
        r[2] = s[2][k];
        weight_line(r);
        store6(out + k * 6 * place, place, r);
    }
}

void LRR_SIMD(wino_dweight)(lrr_real *m, size_t place, size_t n)
{
    for (size_t i = 0; i < n; i++, m += 16) {
        v16 s[6][6], r[6];
        for (size_t j = 0; j < 6; j++) {
            load6(m + j * place, 6 * place, r);
            dweight_line(r);
            store6((lrr_real *)s[j], 16, r);
        }
        for (size_t k = 0; k < 3; k++) {
            line6((const v16(*)[6])s, k, r);
            dweight_line(r);
            V(m + 3 * k * place) = r[0];
            V(m + (3 * k + 1) * place) = r[1];
            V(m + (3 * k + 2) * place) = r[2];
        }
    }
}
