/*
** simd_gemm_bf16.c -- the matrix product of operands rounded to bfloat16 with sums in float; see
** gemm_block.h. Compiled once for each instruction set (simd.h).
**
** gemm_dots takes AVX-512 BF16's vdpbf16ps, which multiplies two pairs of bfloat16 and adds both
** products to a float, on AMD twice as many in a cycle as the fused multiply-add, on Intel half as
** many (lrr_cpu_dots). What it computes is
** written down by Intel and was found the same on AMD (tests/unit/test_gemm.c): the product of
** the odd one of a pair is added by a fused multiply-add rounded to nearest even, then that of the
** even one, numbers too small to be normal count as 0 before and after each. gemm_bf16 does this
** with the FMA of any other processor (threads.h flushes the small ones), or the C library's: the
** same bits. So operands are packed either as pairs, or as floats with each pair's odd one first.
*/
#include "kernels/simd.h"
#include "kernels/sizes.h"

#ifndef LRR_F64

#include <stdint.h>

#include "kernels/gemm_micro.h"
#include "kernels/gemm_pack.h"
#include "kernels/lanes.h"
#if defined(__AVX512F__)
#include "kernels/gemm_pack_pairs.h"
#endif

#define INLINE inline __attribute__((always_inline))

enum { TILE_DEPTHS = 32 }; /* of a register of AMX */

/* A panel of C: m <= MR rows, n <= NR columns. With `adds`, add (rows add_ld apart; 0: one row
** for all) is added to the sums. */
typedef struct place {
    size_t m, n;
    const float *add;
    size_t add_ld;
    float *c;
    size_t ldc;
    bool adds;
} place;

/* sums (MR, wide * LANES) to C. */
static INLINE void put(const place *t, vec s[MR][2], size_t wide)
{
    if (t->m == MR && t->n == wide * LANES) {
#pragma GCC unroll 8
        for (size_t i = 0; i < MR; i++)
#pragma GCC unroll 2
            for (size_t j = 0; j < wide; j++) {
                vec_any *c = (vec_any *)(void *)(t->c + i * t->ldc + j * LANES);
                if (t->adds)
                    s[i][j] += *(const vec_any *)(const void *)(t->add + i * t->add_ld +
                                                                j * LANES);
                *c = s[i][j];
            }
        return;
    }
    _Alignas(64) float sum[MR][NR];
    memcpy(sum, s, sizeof sum);
    for (size_t i = 0; i < t->m; i++)
        for (size_t j = 0; j < t->n; j++)
            t->c[i * t->ldc + j] =
                t->adds ? t->add[i * t->add_ld + j] + sum[i][j] : sum[i][j];
}

static INLINE void ask_for_place(const place *t)
{
    for (size_t i = 0; i < t->m; i++) {
        __builtin_prefetch(t->c + i * t->ldc, 1);
        __builtin_prefetch(t->c + i * t->ldc + LANES, 1);
    }
}

/* ---- by floats, each pair's odd one first ---- */

/* Rounds to nearest even as vcvtne2ps2bf16: what is not normal is 0, NaN stays. */
static INLINE float round_one(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    const uint32_t size = u & 0x7fffffff, near = u + 0x7fff + (u >> 16 & 1);
    /* a NaN keeps its upper half, and one bit of it so that it stays one */
    const uint32_t put = size > 0x7f800000 ? u | 0x00400000 : near;
    u = put & (size < 0x00800000 ? 0x80000000 : 0xffff0000);
    memcpy(&x, &u, sizeof x);
    return x;
}

/* A panel (depth, width), packed as it is, rounded and in order. A last depth without another stays
** where it is. */
static INLINE void round_panel(float *p, size_t depth, size_t width)
{
    for (size_t k = 0; k + 2 <= depth; k += 2, p += 2 * width)
        LRR_LANES for (size_t j = 0; j < width; j++)
        {
            const float even = round_one(p[j]), odd = round_one(p[width + j]);
            p[j] = odd;
            p[width + j] = even;
        }
    if (depth % 2 != 0)
        LRR_LANES for (size_t j = 0; j < width; j++)
        {
            p[j] = round_one(p[j]);
        }
}

/* The products of one depth, added. */
static INLINE void add_depth(vec s[MR][2], const float *a, const float *b, size_t wide)
{
    const vec *bv = (const vec *)(const void *)b;
#pragma GCC unroll 8
    for (size_t i = 0; i < MR; i++) {
        const vec x = a[i] - (vec){ 0 }; /* in all lanes; -0 stays */
#pragma GCC unroll 2
        for (size_t j = 0; j < wide; j++)
            s[i][j] = FUSED(x, bv[j], s[i][j]);
    }
}

static INLINE void micro_floats(const place *t, const float *a, const float *b,
                                size_t k, size_t wide)
{
    vec s[MR][2] = { { { 0 } } };
    ask_for_place(t);
#pragma GCC unroll 8
    for (size_t p = 0; p < k / 2 * 2; p++, a += MR, b += NR)
        add_depth(s, a, b, wide);
    if (k % 2 != 0) {
        /* the odd one that is not there counts as a product of zeros: -0 becomes 0 */
        for (size_t i = 0; i < MR; i++)
            for (size_t j = 0; j < wide; j++)
                s[i][j] += (vec){ 0 };
        add_depth(s, a, b, wide);
    }
    put(t, s, wide);
}

static void by_floats(const place *t, const float *a, const float *b, size_t k)
{
    if (t->n > LANES)
        micro_floats(t, a, b, k, 2);
    else
        micro_floats(t, a, b, k, 1);
}

/* `count` of the rows of a panel from `from` on, as AMX adds: to the sums, of each 32 depths that
** of the even ones' products and of the odd ones'. */
static INLINE void rows_as_tiles(float sum[MR][NR], size_t from, size_t count,
                                 const float *a, const float *b, size_t k)
{
    for (size_t p = 0; p < k; p += TILE_DEPTHS) {
        const size_t end = k - p < TILE_DEPTHS ? k : p + TILE_DEPTHS;
        vec s[2][MR][2] = { { { { 0 } } } }; /* of odd ones, of even ones */
        for (size_t q = p; q < end; q++) {
            /* the last one without another is an even one */
            vec(*to)[2] = s[(q - p) % 2 != 0 || q + 1 == k];
            const vec *bv = (const vec *)(const void *)(b + q * NR);
#pragma GCC unroll 4
            for (size_t i = 0; i < count; i++) {
                const vec x = a[q * MR + from + i] - (vec){ 0 };
                to[i][0] = FUSED(x, bv[0], to[i][0]);
                to[i][1] = FUSED(x, bv[1], to[i][1]);
            }
        }
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < 2; j++) {
                vec *c = (vec *)(void *)(sum[from + i] + j * LANES);
                /* products of zeros past the last one: -0 becomes 0 */
                const vec zero = { 0 }, odd = s[0][i][j], even = s[1][i][j];
                *c += end - p < TILE_DEPTHS ? (even + zero) + (odd + zero) : even + odd;
            }
    }
}

/* As gemm_amx. */
static void as_tiles(const place *t, const float *a, const float *b, size_t k)
{
    _Alignas(64) float sum[MR][NR] = { { 0 } };
    for (size_t i = 0; t->adds && i < t->m; i++)
        for (size_t j = 0; j < t->n; j++)
            sum[i][j] = t->add[i * t->add_ld + j];
    for (size_t i = 0; i < MR; i += MR / 2)
        rows_as_tiles(sum, i, MR / 2, a, b, k);
    for (size_t i = 0; i < t->m; i++)
        for (size_t j = 0; j < t->n; j++)
            t->c[i * t->ldc + j] = sum[i][j];
}

static void pack_floats(float *p, const float *x, size_t stride, size_t deep_stride,
                        size_t count, size_t depth, size_t width)
{
    for (size_t at = 0; at < count; at += width, p += width * depth) {
        pack(p, x + at * stride, stride, deep_stride,
             count - at < width ? count - at : width, depth, width);
        round_panel(p, depth, width); /* while it is near */
    }
}

/* ---- by pairs ---- */

#if defined(__AVX512F__)
LRR_DOTS static INLINE void micro_pairs(const place *t, const uint32_t *a,
                                        const uint32_t *b, size_t pairs, size_t wide)
{
    vec s[MR][2] = { { { 0 } } };
    ask_for_place(t);
    for (size_t p = 0; p < pairs; p++, a += MR, b += NR) {
        const __m512bh b0 = (__m512bh)_mm512_load_si512(b);
        const __m512bh b1 = (__m512bh)_mm512_load_si512(b + (wide - 1) * LANES);
#pragma GCC unroll 8
        for (size_t i = 0; i < MR; i++) {
            const __m512bh x = (__m512bh)_mm512_set1_epi32((int)a[i]);
            s[i][0] = (vec)_mm512_dpbf16_ps((__m512)s[i][0], x, b0);
            if (wide == 2)
                s[i][1] = (vec)_mm512_dpbf16_ps((__m512)s[i][1], x, b1);
        }
    }
    put(t, s, wide);
}

/* Words are handed on as what lies in memory, never as numbers. */
LRR_DOTS static void by_pairs(const place *t, const float *a, const float *b, size_t k)
{
    const uint32_t *wa = (const uint32_t *)(const void *)a,
                   *wb = (const uint32_t *)(const void *)b;
    if (t->n > LANES)
        micro_pairs(t, wa, wb, (k + 1) / 2, 2);
    else
        micro_pairs(t, wa, wb, (k + 1) / 2, 1);
}

LRR_DOTS static void pack_words(float *p, const float *x, size_t stride,
                                size_t deep_stride, size_t count, size_t depth,
                                size_t width)
{
    uint32_t *words = (uint32_t *)(void *)p;
    if (width == MR) /* constants */
        pack_pairs(words, x, stride, deep_stride, count, depth, MR);
    else
        pack_pairs(words, x, stride, deep_stride, count, depth, NR);
}
#endif

/* ---- both ---- */

/* How operands are packed, and what takes one panel of each. */
typedef struct unit {
    void (*pack)(float *p, const float *x, size_t stride, size_t deep_stride,
                 size_t count, size_t depth, size_t width);
    void (*micro)(const place *t, const float *a, const float *b, size_t k);
    bool by_pair; /* a word of a panel holds two depths */
} unit;

/* Words of a row or a column of k depths. */
static size_t words_of(const unit *u, size_t k)
{
    return u->by_pair ? (k + 1) / 2 : k;
}

/* The panels of a block of C, from packed ones of A and B. */
static void multiply(const unit *u, const place *block, const float *pa,
                     const float *pb, size_t k)
{
    const size_t words = words_of(u, k);
    for (size_t j = 0; j < block->n; j += NR)
        for (size_t i = 0; i < block->m; i += MR) {
            place t = *block;
            t.m = block->m - i < MR ? block->m - i : MR;
            t.n = block->n - j < NR ? block->n - j : NR;
            t.c += i * t.ldc + j;
            if (t.adds)
                t.add += i * t.add_ld + j;
            u->micro(&t, pa + i * words, pb + j * words, k);
        }
}

/* The block of C at (i, j), for products from depth p on. */
static place block_at(const lrr_gemm_args *g, size_t i, size_t j, size_t p)
{
    place t = { .c = g->c + i * g->ldc + j, .ldc = g->ldc };
    t.adds = lrr_gemm_adds(g, i, j, p, &t.add, &t.add_ld);
    return t;
}

/* All of B, KC depths behind KC depths. */
static void pack_b(const unit *u, const lrr_gemm_args *g, float *to)
{
    for (size_t p = 0; p < g->k; p += LRR_GEMM_KC)
        u->pack(to + words_of(u, p) * lrr_round_up(g->n, NR), g->b + p * g->b_row,
                g->b_col, g->b_row, g->n,
                g->k - p < LRR_GEMM_KC ? g->k - p : LRR_GEMM_KC, NR);
}

static void product(const unit *u, const lrr_gemm_args *g, float *scratch)
{
    float *pb = scratch, *pa = scratch + LRR_GEMM_KC * LRR_GEMM_NC;
    for (size_t j = 0; j < g->n; j += LRR_GEMM_NC) {
        const size_t n = g->n - j < LRR_GEMM_NC ? g->n - j : LRR_GEMM_NC;
        for (size_t p = 0; p < g->k; p += LRR_GEMM_KC) {
            const size_t k = g->k - p < LRR_GEMM_KC ? g->k - p : LRR_GEMM_KC;
            const float *b = pb;
            if (g->packed != NULL)
                b = g->packed + words_of(u, p) * lrr_round_up(g->n, NR) +
                    j * words_of(u, k);
            else
                u->pack(pb, g->b + p * g->b_row + j * g->b_col, g->b_col, g->b_row, n,
                        k, NR);
            for (size_t i = 0; i < g->m; i += LRR_GEMM_MC) {
                place block = block_at(g, i, j, p);
                block.m = g->m - i < LRR_GEMM_MC ? g->m - i : LRR_GEMM_MC;
                block.n = n;
                u->pack(pa, g->a + i * g->a_row + p * g->a_col, g->a_row, g->a_col,
                        block.m, k, MR);
                multiply(u, &block, pa, b, k);
            }
        }
    }
}

static const unit floats = { pack_floats, by_floats, false };
static const unit tiles = { pack_floats, as_tiles, false };
#if defined(__AVX512F__)
static const unit dots = { pack_words, by_pairs, true };
#else
#define dots floats /* never asked for: gemm.c */
#endif

void LRR_SIMD(gemm_bf16)(const lrr_gemm_args *g, lrr_real *scratch)
{
    product(&floats, g, scratch);
}

void LRR_SIMD(gemm_dots)(const lrr_gemm_args *g, lrr_real *scratch)
{
    product(&dots, g, scratch);
}

void LRR_SIMD(gemm_tiles)(const lrr_gemm_args *g, lrr_real *scratch)
{
    product(&tiles, g, scratch);
}

void LRR_SIMD(gemm_bf16_pack)(const lrr_gemm_args *g, lrr_real *to)
{
    pack_b(&floats, g, to);
}

void LRR_SIMD(gemm_dots_pack)(const lrr_gemm_args *g, lrr_real *to)
{
    pack_b(&dots, g, to);
}

#endif
