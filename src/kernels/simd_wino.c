/* simd_wino.c -- see wino.h. Compiled once for each instruction set (simd.h). */
#include <string.h>

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
                             size_t plane, int add)
{
    __m512 r[16];
    for (size_t i = 0; i < 16; i++)
        r[i] = _mm512_load_ps(block + at[i]);
    transpose16(r);
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
                             size_t plane, int add)
{
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
                             size_t plane, int add)
{
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
    size_t at[16];
    for (; v->c == 16 && i + 16 <= n; i += 16) {
        addresses(v, &row, &col, 16, at);
        scatter16(block, at, to + i, plane, add);
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

/* ---- transforms; each takes and gives one line of a tile ---- */

/* B^T: 6 to 6. */
#define INPUT_LINE(d0, d1, d2, d3, d4, d5, put)          \
    do {                                                 \
        v16 e_ = d4 - B2 * d2, o_ = A1 * (d3 - B2 * d1); \
        v16 f_ = d4 - A2 * d2, p_ = B1 * (d3 - A2 * d1); \
        put(0, d0 *A2B2 - d2 * SUM2 + d4);               \
        put(1, e_ + o_);                                 \
        put(2, e_ - o_);                                 \
        put(3, f_ + p_);                                 \
        put(4, f_ - p_);                                 \
        put(5, d1 *A2B2 - d3 * SUM2 + d5);               \
    } while (0)

/* A^T: 6 to 4. */
#define OUTPUT_LINE(m0, m1, m2, m3, m4, m5, put) \
    do {                                         \
        v16 e_ = m1 + m2, o_ = m1 - m2;          \
        v16 f_ = m3 + m4, p_ = m3 - m4;          \
        put(0, m0 + e_ + f_);                    \
        put(1, o_ *A1 + p_ * B1);                \
        put(2, e_ *A2 + f_ * B2);                \
        put(3, o_ *A3 + p_ * B3 + m5);           \
    } while (0)

/* A: 4 to 6. */
#define DY_LINE(y0, y1, y2, y3, put)                   \
    do {                                               \
        v16 e_ = y0 + A2 * y2, o_ = A1 * y1 + A3 * y3; \
        v16 f_ = y0 + B2 * y2, p_ = B1 * y1 + B3 * y3; \
        put(0, y0);                                    \
        put(1, e_ + o_);                               \
        put(2, e_ - o_);                               \
        put(3, f_ + p_);                               \
        put(4, f_ - p_);                               \
        put(5, y3);                                    \
    } while (0)

/* B: 6 to 6. */
#define DX_LINE(m0, m1, m2, m3, m4, m5, put)      \
    do {                                          \
        v16 e_ = m1 + m2, o_ = A1 * (m1 - m2);    \
        v16 f_ = m3 + m4, p_ = B1 * (m3 - m4);    \
        put(0, m0 *A2B2);                         \
        put(1, m5 *A2B2 - o_ * B2 - p_ * A2);     \
        put(2, -(m0 * SUM2 + e_ * B2 + f_ * A2)); \
        put(3, o_ + p_ - SUM2 * m5);              \
        put(4, m0 + e_ + f_);                     \
        put(5, m5);                               \
    } while (0)

void LRR_SIMD(wino_input)(const lrr_wino_tiles *t, const lrr_real *block, size_t width,
                          lrr_real *out)
{
    for (size_t i = 0; i < t->down * t->across; i++, out += t->tile) {
        const lrr_real *d =
            block + (i / t->across * 4 * width + i % t->across * 4) * 16;
        v16 s[6][6];
        for (size_t j = 0; j < 6; j++) {
            const lrr_real *c = d + j * 16;
            size_t line = width * 16;
            v16 d0 = CV(c), d1 = CV(c + line), d2 = CV(c + 2 * line);
            v16 d3 = CV(c + 3 * line), d4 = CV(c + 4 * line), d5 = CV(c + 5 * line);
#define PUT(k, v) s[k][j] = (v)
            INPUT_LINE(d0, d1, d2, d3, d4, d5, PUT);
#undef PUT
        }
        for (size_t j = 0; j < 6; j++) {
            lrr_real *o = out + j * 6 * t->place;
            const v16 *r = s[j];
#define PUT(k, v) V(o + (k)*t->place) = (v)
            INPUT_LINE(r[0], r[1], r[2], r[3], r[4], r[5], PUT);
#undef PUT
        }
    }
}

void LRR_SIMD(wino_output)(const lrr_wino_tiles *t, const lrr_real *m,
                           const lrr_real *bias, lrr_real *block)
{
    size_t line = t->across * 64;
    v16 b = CV(bias);
    for (size_t i = 0; i < t->down * t->across; i++, m += t->tile) {
        lrr_real *y = block + i / t->across * 4 * line + i % t->across * 64;
        v16 s[4][6];
        for (size_t j = 0; j < 6; j++) {
            const lrr_real *c = m + j * t->place;
            size_t next = 6 * t->place;
            v16 m0 = CV(c), m1 = CV(c + next), m2 = CV(c + 2 * next);
            v16 m3 = CV(c + 3 * next), m4 = CV(c + 4 * next), m5 = CV(c + 5 * next);
#define PUT(k, v) s[k][j] = (v)
            OUTPUT_LINE(m0, m1, m2, m3, m4, m5, PUT);
#undef PUT
        }
        for (size_t j = 0; j < 4; j++) {
            lrr_real *o = y + j * line;
            const v16 *r = s[j];
#define PUT(k, v) V(o + (k)*16) = (v) + b
            OUTPUT_LINE(r[0], r[1], r[2], r[3], r[4], r[5], PUT);
#undef PUT
        }
    }
}

void LRR_SIMD(wino_dy)(const lrr_wino_tiles *t, const lrr_real *block, lrr_real *out,
                       double *sum)
{
    size_t line = t->across * 64;
    v16 total = { 0 };
    for (size_t i = 0; i < t->down * t->across; i++, out += t->tile) {
        const lrr_real *d = block + i / t->across * 4 * line + i % t->across * 64;
        v16 s[6][4];
        for (size_t j = 0; j < 4; j++) {
            const lrr_real *c = d + j * 16;
            v16 y0 = CV(c), y1 = CV(c + line), y2 = CV(c + 2 * line),
                y3 = CV(c + 3 * line);
#define PUT(k, v) s[k][j] = (v)
            DY_LINE(y0, y1, y2, y3, PUT);
#undef PUT
            total += (y0 + y1) + (y2 + y3);
        }
        for (size_t j = 0; j < 6; j++) {
            lrr_real *o = out + j * 6 * t->place;
            const v16 *r = s[j];
#define PUT(k, v) V(o + (k)*t->place) = (v)
            DY_LINE(r[0], r[1], r[2], r[3], PUT);
#undef PUT
        }
    }
    for (size_t l = 0; l < 16; l++)
        sum[l] += (double)total[l];
}

void LRR_SIMD(wino_dx)(const lrr_wino_tiles *t, const lrr_real *m, lrr_real *block,
                       size_t width)
{
    size_t line = width * 16;
    memset(block, 0, (4 * t->down + 2) * line * sizeof *block);
    for (size_t i = 0; i < t->down * t->across; i++, m += t->tile) {
        lrr_real *d = block + (i / t->across * 4 * width + i % t->across * 4) * 16;
        v16 s[6][6];
        for (size_t j = 0; j < 6; j++) {
            const lrr_real *c = m + j * t->place;
            size_t next = 6 * t->place;
            v16 m0 = CV(c), m1 = CV(c + next), m2 = CV(c + 2 * next);
            v16 m3 = CV(c + 3 * next), m4 = CV(c + 4 * next), m5 = CV(c + 5 * next);
#define PUT(k, v) s[k][j] = (v)
            DX_LINE(m0, m1, m2, m3, m4, m5, PUT);
#undef PUT
        }
        for (size_t j = 0; j < 6; j++) {
            lrr_real *o = d + j * line;
            const v16 *r = s[j];
#define PUT(k, v) V(o + (k)*16) += (v)
            DX_LINE(r[0], r[1], r[2], r[3], r[4], r[5], PUT);
#undef PUT
        }
    }
}

/* ---- weights ---- */

/* G: 3 to 6. */
#define WEIGHT_LINE(g0, g1, g2, put)                     \
    do {                                                 \
        v16 e_ = NA * (g0 + A2 * g2), o_ = NA * A1 * g1; \
        v16 f_ = NB * (g0 + B2 * g2), p_ = NB * B1 * g1; \
        put(0, g0 *NZ);                                  \
        put(1, e_ + o_);                                 \
        put(2, e_ - o_);                                 \
        put(3, f_ + p_);                                 \
        put(4, f_ - p_);                                 \
        put(5, g2);                                      \
    } while (0)

/* G^T: 6 to 3. */
#define DWEIGHT_LINE(m0, m1, m2, m3, m4, m5, put)     \
    do {                                              \
        v16 e_ = NA * (m1 + m2), o_ = NA * (m1 - m2); \
        v16 f_ = NB * (m3 + m4), p_ = NB * (m3 - m4); \
        put(0, m0 *NZ + e_ + f_);                     \
        put(1, o_ *A1 + p_ * B1);                     \
        put(2, e_ *A2 + f_ * B2 + m5);                \
    } while (0)

void LRR_SIMD(wino_weight)(const lrr_real *w, size_t lane, size_t n, lrr_real *out,
                           size_t place)
{
    v16 g[9], s[6][3];
    for (size_t k = 0; k < 9; k++) {
        v16 v = { 0 };
        for (size_t l = 0; l < n; l++)
            v[l] = w[l * lane + k];
        g[k] = v;
    }
    for (size_t j = 0; j < 3; j++) {
#define PUT(k, v) s[k][j] = (v)
        WEIGHT_LINE(g[j], g[3 + j], g[6 + j], PUT);
#undef PUT
    }
    for (size_t j = 0; j < 6; j++) {
        lrr_real *o = out + j * 6 * place;
#define PUT(k, v) V(o + (k)*place) = (v)
        WEIGHT_LINE(s[j][0], s[j][1], s[j][2], PUT);
#undef PUT
    }
}

void LRR_SIMD(wino_dweight)(const lrr_real *m, size_t place, size_t n, lrr_real *out,
                            size_t tap)
{
    for (size_t i = 0; i < n; i++, m += 16, out += 16) {
        v16 s[3][6];
        for (size_t j = 0; j < 6; j++) {
            const lrr_real *c = m + j * place;
            size_t next = 6 * place;
            v16 m0 = CV(c), m1 = CV(c + next), m2 = CV(c + 2 * next);
            v16 m3 = CV(c + 3 * next), m4 = CV(c + 4 * next), m5 = CV(c + 5 * next);
#define PUT(k, v) s[k][j] = (v)
            DWEIGHT_LINE(m0, m1, m2, m3, m4, m5, PUT);
#undef PUT
        }
        for (size_t j = 0; j < 3; j++) {
            const v16 *r = s[j];
#define PUT(k, v) V(out + (3 * j + (k)) * tap) = (v)
            DWEIGHT_LINE(r[0], r[1], r[2], r[3], r[4], r[5], PUT);
#undef PUT
        }
    }
}
