/*
** simd_conv_tiles.c -- see conv_tiles.h. What takes AMX is in the version for AVX-512 alone, to be
** asked for where lrr_cpu_tiles.
**
** A register's 16 rows of 64 bytes are read where they lie: of 16 pairs of channels' planes 16 places
** each, or of 16 planes 32 places each, from any place on. So a tap costs no copy; rows that cross
** lines of the cache take two reads, which 32 rows by 32 columns in four registers hide.
*/
#include "kernels/simd.h"
#include "kernels/sizes.h"

#ifndef LRR_F64

#include <string.h>

void LRR_SIMD(conv_tiles_spread)(const lrr_spread *s)
{
    for (size_t i = 0; i < s->m; i++) {
        const lrr_real b = s->bias != NULL ? s->bias[i] : 0;
        for (size_t g = 0; g < s->images; g++)
            for (size_t r = 0; r < s->oh; r++) {
                const lrr_real *x = s->from + i * s->ld + (g * s->rows + r) * s->step;
                lrr_real *y = s->y + g * s->image + i * s->area + r * s->ow;
                if (s->adds)
                    for (size_t j = 0; j < s->ow; j++)
                        y[j] += x[j] + b;
                else
                    for (size_t j = 0; j < s->ow; j++)
                        y[j] = x[j] + b;
            }
    }
}

#if defined(__AVX512F__)
#include "kernels/gemm_amx.h"

/* The row of x that lies at row r of image g here; NULL: zeros. */
static const float *row_of(const lrr_flat *f, const float *x, size_t c, size_t g,
                           size_t r)
{
    const ptrdiff_t at = f->first + (ptrdiff_t)r;
    if (c >= f->c || at < 0 || (size_t)at >= f->h)
        return NULL;
    return x + g * f->image + c * f->area + (size_t)at * f->w;
}

static void zero_words(uint32_t *to, size_t n)
{
    for (size_t i = 0; i < n; i += 16)
        _mm512_storeu_si512(to + i, _mm512_setzero_si512());
}

/* Rows are written in turn, with zeros before and behind that the next row may lie over. */
LRR_DOTS void LRR_SIMD(conv_tiles_pairs)(const lrr_flat *f, const lrr_real *x, void *to)
{
    uint32_t *plane = to;
    for (size_t c = 0; c < lrr_round_up(f->c, TILE_DEEP); c += 2, plane += f->plane) {
        uint32_t *row = plane;
        for (size_t g = 0; g < f->images; g++)
            for (size_t r = 0; r < f->rows; r++, row += f->step) {
                const float *low = row_of(f, x, c, g, r),
                            *high = row_of(f, x, c + 1, g, r);
                if (low == NULL) {
                    zero_words(row, f->step);
                    continue;
                }
                zero_words(row, f->left);
                for (size_t i = 0; i < f->w; i += 16)
                    _mm512_storeu_si512(row + f->left + i,
                                        pairs_of_two(low + i,
                                                     high != NULL ? high + i : NULL,
                                                     first_of(f->w - i)));
                zero_words(row + f->left + f->w, f->step - f->left - f->w);
            }
        zero_words(row, f->plane - (size_t)(row - plane) - 16);
    }
}

static void zero_halves(uint16_t *to, size_t n)
{
    for (size_t i = 0; i < n; i += 16)
        _mm256_storeu_si256((__m256i *)(void *)(to + i), _mm256_setzero_si256());
}

LRR_DOTS void LRR_SIMD(conv_tiles_halves)(const lrr_flat *f, const lrr_real *x,
                                          void *to)
{
    uint16_t *plane = to;
    for (size_t c = 0; c < lrr_round_up(f->c, PANEL); c++, plane += f->plane) {
        uint16_t *row = plane;
        for (size_t g = 0; g < f->images; g++)
            for (size_t r = 0; r < f->rows; r++, row += f->step) {
                const float *from = row_of(f, x, c, g, r);
                if (from == NULL) {
                    zero_halves(row, f->step);
                    continue;
                }
                zero_halves(row, f->left);
                for (size_t i = 0; i < f->w; i += 16)
                    _mm256_storeu_si256(
                        (__m256i *)(void *)(row + f->left + i),
                        (__m256i)_mm512_cvtneps_pbh(
                            _mm512_maskz_loadu_ps(first_of(f->w - i), from + i)));
                zero_halves(row + f->left + f->w, f->step - f->left - f->w);
            }
        zero_halves(row, f->plane - (size_t)(row - plane) - 16);
    }
}

void LRR_SIMD(conv_tiles_turned)(const void *halves, size_t plane, size_t m, size_t n,
                                 void *to)
{
    const uint16_t *from = halves;
    uint32_t *tile = to;
    for (size_t i = 0; i < m; i += PANEL)
        for (size_t q = 0; q < n; q += TILE_DEEP)
            for (size_t h = 0; h < PANEL; h += TILE, tile += TILE_WORDS) {
                __m512i r[TILE];
#pragma GCC unroll 16
                for (size_t j = 0; j < TILE; j++)
                    r[j] = _mm512_loadu_si512(from + (i + h + j) * plane + q);
                turn_tile(r);
#pragma GCC unroll 16
                for (size_t j = 0; j < TILE; j++)
                    _mm512_store_si512(tile + j * TILE, r[j]);
            }
}

LRR_DOTS void LRR_SIMD(conv_tiles_weight)(const lrr_real *w, size_t m, size_t c,
                                          size_t row, size_t column, void *to)
{
    uint32_t *tile = to;
    for (size_t p = 0; p < c; p += TILE_DEEP)
        for (size_t h = 0; h < PANEL; h += TILE, tile += TILE_WORDS) {
            _Alignas(64) float t[TILE][TILE_DEEP] = { { 0 } };
            for (size_t i = 0; i < TILE && h + i < m; i++)
                for (size_t k = 0; k < TILE_DEEP && p + k < c; k++)
                    t[i][k] = w[(h + i) * row + (p + k) * column];
            const source s = { &t[0][0], TILE_DEEP, 1, TILE, TILE_DEEP };
            pack_tile(tile, &s, false);
        }
}

LRR_AMX static LRR_ALWAYS void one_place(const lrr_taps *t, size_t j, bool tall,
                                         bool wide)
{
    const uint32_t *a = t->w;
    const size_t stride = t->plane * sizeof *a;
    __asm__ volatile("" ::: "memory");
    take_tiles(NULL, 0, tall, wide);
    for (size_t tap = 0; tap < t->taps; tap++) {
        const uint32_t *b = (const uint32_t *)t->planes + t->shift[tap] + j;
        for (size_t c = 0; c < t->c;
             c += TILE_DEEP, a += 2 * TILE_WORDS, b += TILE * t->plane)
            multiply_tiles(a, a + TILE_WORDS, 64, b, b + TILE, stride, tall, wide);
    }
    put_tiles(t->y + j, t->ldy, tall, wide);
}

LRR_AMX void LRR_SIMD(conv_tiles_taps)(const lrr_taps *t)
{
    begin_tiles();
    for (size_t j = 0; j < t->n; j += PANEL) {
        const bool wide = t->n - j > TILE;
        if (t->m > TILE && wide)
            one_place(t, j, true, true);
        else if (t->m > TILE)
            one_place(t, j, true, false);
        else if (wide)
            one_place(t, j, false, true);
        else
            one_place(t, j, false, false);
    }
    end_tiles();
}

/* Channels from c on by rows of dy from m on, of one tap. */
LRR_AMX static LRR_ALWAYS void one_share(const lrr_taps_back *t, size_t tap, size_t c,
                                         size_t m, bool tall, bool wide)
{
    const uint16_t *a = (const uint16_t *)t->planes + c * t->plane + t->shift[tap];
    const uint32_t *b = (const uint32_t *)t->dy + m * lrr_round_up(t->n, TILE_DEEP) / 2;
    const size_t stride = t->plane * sizeof *a;
    float *dw = t->dw + tap * t->tap + c * t->ld + m;
    __asm__ volatile("" ::: "memory");
    take_tiles(t->adds ? dw : NULL, t->ld, tall, wide);
    for (size_t q = 0; q < t->n; q += TILE_DEEP, a += TILE_DEEP, b += 2 * TILE_WORDS)
        multiply_tiles(a, a + TILE * t->plane, stride, b, b + TILE_WORDS, 64, tall,
                       wide);
    put_tiles(dw, t->ld, tall, wide);
}

LRR_AMX void LRR_SIMD(conv_tiles_back)(const lrr_taps_back *t)
{
    begin_tiles();
    for (size_t m = 0; m < t->m; m += PANEL)
        for (size_t c = 0; c < t->c; c += PANEL)
            for (size_t tap = 0; tap < t->taps; tap++) {
                const bool tall = t->c - c > TILE, wide = t->m - m > TILE;
                if (tall && wide)
                    one_share(t, tap, c, m, true, true);
                else if (tall)
                    one_share(t, tap, c, m, true, false);
                else if (wide)
                    one_share(t, tap, c, m, false, true);
                else
                    one_share(t, tap, c, m, false, false);
            }
    end_tiles();
}
#else
/* Never asked for: conv_tiles.c. */
void LRR_SIMD(conv_tiles_pairs)(const lrr_flat *f, const lrr_real *x, void *to)
{
    (void)f, (void)x, (void)to;
}

void LRR_SIMD(conv_tiles_halves)(const lrr_flat *f, const lrr_real *x, void *to)
{
    (void)f, (void)x, (void)to;
}

void LRR_SIMD(conv_tiles_turned)(const void *halves, size_t plane, size_t m, size_t n,
                                 void *to)
{
    (void)halves, (void)plane, (void)m, (void)n, (void)to;
}

void LRR_SIMD(conv_tiles_weight)(const lrr_real *w, size_t m, size_t c, size_t row,
                                 size_t column, void *to)
{
    (void)w, (void)m, (void)c, (void)row, (void)column, (void)to;
}

void LRR_SIMD(conv_tiles_taps)(const lrr_taps *t)
{
    (void)t;
}

void LRR_SIMD(conv_tiles_back)(const lrr_taps_back *t)
{
    (void)t;
}
#endif

#endif
