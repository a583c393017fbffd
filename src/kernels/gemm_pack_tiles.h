/*
** gemm_pack_tiles.h -- tiles of a matrix rounded to bfloat16, as AMX's registers hold them. Private
** to simd_gemm_amx.c.
**
** A tile is (16, 16) words of two depths each, the even one in the low half: of A a row is a row,
** of B a pair of depths, whose 16 columns lie beside each other. Either is read from x as rows of 32
** depths or as depths of 16 neighbours, and turned where that is the other one's. Zeros past what
** there is.
*/
#ifndef LRR_KERNELS_GEMM_PACK_TILES_H
#define LRR_KERNELS_GEMM_PACK_TILES_H

#include <stdbool.h>

#include "kernels/gemm_pack_pairs.h"

#define LRR_ALWAYS inline __attribute__((always_inline))

enum { TILE = 16, TILE_DEEP = 32, TILE_WORDS = 256, PANEL = 32 };

/* What a tile is read from: entry i's depth k is x[i * stride + k * deep_stride]. */
typedef struct source {
    const float *x;
    size_t stride, deep_stride;
    size_t count, depth;
} source;

/* (16, 16) words, rows as columns. */
static LRR_ALWAYS void turn_tile(__m512i r[TILE])
{
    __m512i s[TILE];
#pragma GCC unroll 8
    for (size_t i = 0; i < TILE; i += 2) {
        s[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        s[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < TILE; i += 4)
#pragma GCC unroll 2
        for (size_t j = 0; j < 2; j++) {
            r[i + 2 * j] = _mm512_unpacklo_epi64(s[i + j], s[i + j + 2]);
            r[i + 2 * j + 1] = _mm512_unpackhi_epi64(s[i + j], s[i + j + 2]);
        }
#pragma GCC unroll 2
    for (size_t i = 0; i < TILE; i += 8)
#pragma GCC unroll 4
        for (size_t j = 0; j < 4; j++) {
            s[i + j] = _mm512_shuffle_i32x4(r[i + j], r[i + j + 4], 0x88);
            s[i + j + 4] = _mm512_shuffle_i32x4(r[i + j], r[i + j + 4], 0xdd);
        }
#pragma GCC unroll 8
    for (size_t j = 0; j < 8; j++) {
        r[j] = _mm512_shuffle_i32x4(s[j], s[j + 8], 0x88);
        r[j + 8] = _mm512_shuffle_i32x4(s[j], s[j + 8], 0xdd);
    }
}

/* Rows of 32 depths, for entries that lie along depth. */
LRR_DOTS static LRR_ALWAYS void rows_of_depths(__m512i r[TILE], const source *s)
{
    const __mmask16 low = first_of(s->depth),
                    high = s->depth > 16 ? first_of(s->depth - 16) : 0;
#pragma GCC unroll 16
    for (size_t i = 0; i < TILE; i++) {
        const float *x = s->x + (i < s->count ? i * s->stride : 0);
        const __m512 first = _mm512_maskz_loadu_ps(i < s->count ? low : 0, x);
        const __m512 second =
            _mm512_maskz_loadu_ps(i < s->count ? high : 0, high != 0 ? x + 16 : x);
        r[i] = round_two(second, first);
    }
}

LRR_DOTS static LRR_ALWAYS void whole_rows(__m512i r[TILE], const source *s)
{
#pragma GCC unroll 16
    for (size_t i = 0; i < TILE; i++) {
        const float *x = s->x + i * s->stride;
        r[i] = round_two(_mm512_loadu_ps(x + 16), _mm512_loadu_ps(x));
    }
}

/* Pairs of depths of 16 neighbours. */
LRR_DOTS static LRR_ALWAYS void pairs_of_depths(__m512i r[TILE], const source *s,
                                                __mmask16 mask)
{
#pragma GCC unroll 16
    for (size_t i = 0; i < TILE; i++) {
        const float *x = s->x + (2 * i < s->depth ? 2 * i * s->deep_stride : 0);
        r[i] = pairs_of_two(x, 2 * i + 1 < s->depth ? x + s->deep_stride : NULL,
                            2 * i < s->depth ? mask : 0);
    }
}

LRR_DOTS static LRR_ALWAYS void whole_pairs(__m512i r[TILE], const source *s)
{
#pragma GCC unroll 16
    for (size_t i = 0; i < TILE; i++) {
        const float *x = s->x + 2 * i * s->deep_stride;
        r[i] = pairs_of_two(x, x + s->deep_stride, 0xffff);
    }
}

/* One tile of A, or of B. */
LRR_DOTS static LRR_ALWAYS void pack_tile(uint32_t *to, const source *s, bool of_b)
{
    __m512i r[TILE];
    const bool along = s->deep_stride == 1,
               whole = s->count >= TILE && s->depth >= TILE_DEEP;
    if (along && whole)
        whole_rows(r, s);
    else if (along)
        rows_of_depths(r, s);
    else if (whole)
        whole_pairs(r, s);
    else
        pairs_of_depths(r, s, first_of(s->count));
    if (along == of_b)
        turn_tile(r);
#pragma GCC unroll 16
    for (size_t i = 0; i < TILE; i++)
        _mm512_store_si512(to + i * TILE, r[i]);
}

/* Tiles that panels of 32 entries have along their depths. */
static inline size_t tiles_deep(size_t depth)
{
    return (depth + TILE_DEEP - 1) / TILE_DEEP;
}

/* Panels of 32 entries, of each 32 depths the two tiles behind each other. Read in lines: along
** depth where that is how entries lie, else all entries of 32 depths. */
LRR_DOTS static LRR_ALWAYS void pack_tiles(uint32_t *to, const source *s, bool of_b)
{
    const size_t deep = tiles_deep(s->depth), across = (s->count + TILE - 1) / TILE;
    const bool along = s->deep_stride == 1;
    const size_t outer = along ? across : deep, inner = along ? deep : across;
    for (size_t o = 0; o < outer; o++)
        for (size_t i = 0; i < inner; i++) {
            const size_t q = along ? o : i, p = along ? i : o;
            const source t = { s->x + q * TILE * s->stride +
                                   p * TILE_DEEP * s->deep_stride,
                               s->stride, s->deep_stride, s->count - q * TILE,
                               s->depth - p * TILE_DEEP };
            pack_tile(to + (q / 2 * deep + p) * 2 * TILE_WORDS + q % 2 * TILE_WORDS, &t,
                      of_b);
        }
}

#endif
