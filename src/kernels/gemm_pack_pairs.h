/*
** gemm_pack_pairs.h -- panels of a matrix rounded to bfloat16, two depths beside each other as
** vdpbf16ps takes them. Private to simd_gemm_bf16.c; for processors with AVX-512 BF16 alone.
**
** A panel is (pairs of depths, width) words: the even depth in the low half, the odd one in the
** high half, zeros past the last depth and past count.
*/
#ifndef LRR_KERNELS_GEMM_PACK_PAIRS_H
#define LRR_KERNELS_GEMM_PACK_PAIRS_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define LRR_DOTS __attribute__((target("avx512bf16")))

/* The first n of 16. */
static inline __mmask16 first_of(size_t n)
{
    const unsigned mask = n >= 16 ? 0xffffU : (1U << n) - 1;
    return (__mmask16)mask;
}

/* Rounds a and b to nearest even: b's 16 in the low half. */
LRR_DOTS static inline __m512i round_two(__m512 a, __m512 b)
{
    return (__m512i)_mm512_cvtne2ps_pbh(a, b);
}

/* Eight columns of p (8 pairs, width) = n <= 8 rows of x, 16 depths of each, of which `mask` are
** there. The first `pairs` are written. */
LRR_DOTS static inline void pairs_of_rows(uint32_t *p, size_t width, const float *x,
                                          size_t stride, size_t n, __mmask16 mask,
                                          size_t pairs)
{
    __m512i r[4], s[4];
    for (size_t i = 0; i < 4; i++) { /* rows i and i + 4 */
        const __mmask16 low = i < n ? mask : 0, high = i + 4 < n ? mask : 0;
        const float *from = x + (low != 0 ? i * stride : 0);
        const float *above = x + (high != 0 ? (i + 4) * stride : 0);
        r[i] = round_two(_mm512_maskz_loadu_ps(high, above),
                         _mm512_maskz_loadu_ps(low, from));
    }
    s[0] = _mm512_unpacklo_epi32(r[0], r[1]);
    s[1] = _mm512_unpackhi_epi32(r[0], r[1]);
    s[2] = _mm512_unpacklo_epi32(r[2], r[3]);
    s[3] = _mm512_unpackhi_epi32(r[2], r[3]);
    r[0] = _mm512_unpacklo_epi64(s[0], s[2]);
    r[1] = _mm512_unpackhi_epi64(s[0], s[2]);
    r[2] = _mm512_unpacklo_epi64(s[1], s[3]);
    r[3] = _mm512_unpackhi_epi64(s[1], s[3]);
    for (size_t i = 0; i < 4; i++) {
        const __m512i both = _mm512_shuffle_i64x2(r[i], r[i], 0xd8);
        if (i < pairs)
            _mm256_storeu_si256((__m256i *)(void *)(p + i * width),
                                _mm512_castsi512_si256(both));
        if (i + 4 < pairs)
            _mm256_storeu_si256((__m256i *)(void *)(p + (i + 4) * width),
                                _mm512_extracti64x4_epi64(both, 1));
    }
}

/* A panel of count <= width rows of x that lie along depth. */
LRR_DOTS static inline void pairs_along(uint32_t *p, const float *x, size_t stride,
                                        size_t count, size_t depth, size_t width)
{
    for (size_t i = 0; i < width; i += 8) {
        const size_t n = count <= i ? 0 : count - i < 8 ? count - i : 8;
        const float *from = x + (n > 0 ? i * stride : 0);
        for (size_t k = 0; k < depth; k += 16) {
            uint32_t *to = p + k / 2 * width + i;
            if (n == 8 && depth - k >= 16)
                pairs_of_rows(to, width, from + k, stride, 8, 0xffff, 8);
            else
                pairs_of_rows(to, width, from + k, stride, n, first_of(depth - k),
                              (depth - k + 1) / 2);
        }
    }
}

/* 16 words: neighbours of depth x and, where it is there, of depth `next`. */
LRR_DOTS static inline __m512i pairs_of_two(const float *x, const float *next,
                                            __mmask16 mask)
{
    const __m512i turn =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8,
                         23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const __m512 low = _mm512_maskz_loadu_ps(mask, x);
    const __m512 high =
        next != NULL ? _mm512_maskz_loadu_ps(mask, next) : _mm512_setzero_ps();
    return _mm512_permutexvar_epi16(turn, round_two(high, low));
}

/* Depths that are copied for one whole after the other, as in gemm_pack.h. */
enum { PAIRS_DEEP = 8 };

/* Panels of count neighbours in x for each depth, 16 at a time. */
LRR_DOTS static inline void pairs_beside(uint32_t *p, const float *x,
                                         size_t deep_stride, size_t count, size_t depth,
                                         size_t width)
{
    const size_t whole = (depth + 1) / 2 * width;
    for (size_t from = 0; from < depth; from += PAIRS_DEEP) {
        const size_t end = depth - from < PAIRS_DEEP ? depth : from + PAIRS_DEEP;
        if (depth - from >= 2 * (size_t)PAIRS_DEEP)
            for (size_t k = 0; k < PAIRS_DEEP; k++)
                for (size_t at = 0; at < count; at += 16)
                    __builtin_prefetch(x + (end + k) * deep_stride + at);
        for (size_t at = 0; at < count; at += 16)
            for (size_t k = from; k < end; k += 2) {
                const float *row = x + k * deep_stride + at;
                const __m512i w =
                    pairs_of_two(row, k + 1 < depth ? row + deep_stride : NULL,
                                 first_of(count - at));
                uint32_t *to = p + at / width * whole + k / 2 * width + at % width;
                if (width >= 16) {
                    _mm512_storeu_si512(to, w);
                    continue;
                }
                _mm256_storeu_si256((__m256i *)(void *)to, _mm512_castsi512_si256(w));
                if (count - at > 8)
                    _mm256_storeu_si256((__m256i *)(void *)(to + whole),
                                        _mm512_extracti64x4_epi64(w, 1));
            }
    }
}

/* Panels of `width`, 8 or 32, along the first axis; one of the two distances is 1. */
LRR_DOTS static inline void pack_pairs(uint32_t *p, const float *x, size_t stride,
                                       size_t deep_stride, size_t count, size_t depth,
                                       size_t width)
{
    if (stride == 1) {
        pairs_beside(p, x, deep_stride, count, depth, width);
        /* what of the last panel no column was written for */
        const size_t last = (count - 1) / width * width,
                     n = (count - last + 15) / 16 * 16;
        p += last * ((depth + 1) / 2);
        for (size_t k = 0; n < width && k < (depth + 1) / 2; k++)
            _mm512_storeu_si512(p + k * width + n, _mm512_setzero_si512());
        return;
    }
    for (size_t at = 0; at < count; at += width, p += (depth + 1) / 2 * width)
        pairs_along(p, x + at * stride, stride, count - at < width ? count - at : width,
                    depth, width);
}

#endif
