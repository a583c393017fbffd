/*
** number_wide.h -- short numbers, sixteen bytes at once, where the processor has AVX2: a function that
** has it takes lrr_number_wide for lrr_number_swift, which gives the same.
**
** Source: W. Mula, "SIMD-ized conversion of strings to numbers", 2014-2023 (the sums of products of
** neighbours).
*/
#ifndef LRR_READERS_NUMBER_WIDE_H
#define LRR_READERS_NUMBER_WIDE_H

#include "readers/number_swift.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define LRR_WITH_AVX2 __attribute__((target("avx2")))

/* Digits of up to 16 bytes at s, of which 16 may be read; *part of them behind the point. */
LRR_WITH_AVX2 static inline bool lrr__wide_16(const char *s, size_t n, char decimal,
                                              uint64_t *digits, size_t *part)
{
    const __m128i places =
        _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m128i text = _mm_loadu_si128((const __m128i *)(const void *)s);
    const unsigned points =
        (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8(decimal))) &
        ((1U << n) - 1);
    const int point = points != 0 ? __builtin_ctz(points) : -1;
    /* Where each of 16 digits comes from, the last one last: behind the point from its place, before
    ** it from the one before; from below 0 comes a zero. */
    const __m128i from = _mm_add_epi8(places, _mm_set1_epi8((char)(n - 16)));
    const __m128i behind =
        _mm_cmpgt_epi8(from, _mm_set1_epi8((char)(point < 0 ? -128 : point)));
    const __m128i v =
        _mm_shuffle_epi8(_mm_sub_epi8(text, _mm_set1_epi8('0')),
                         _mm_sub_epi8(_mm_sub_epi8(from, _mm_set1_epi8(1)), behind));
    const __m128i nine = _mm_set1_epi8(9);
    const __m128i twos = _mm_maddubs_epi16(v, _mm_set1_epi16(10 | 1 << 8));
    const __m128i fours = _mm_madd_epi16(twos, _mm_set1_epi32(100 | 1 << 16));
    const __m128i eights =
        _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(10000 | 1 << 16));
    const uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights);
    *digits = (both & UINT32_MAX) * 100000000 + (both >> 32);
    *part = point < 0 ? 0 : n - 1 - (size_t)point;
    return n > (point >= 0) &&
           _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, nine), v)) == 0xffff;
}

LRR_WITH_AVX2 static inline bool lrr_number_wide(const char *s, size_t n, char decimal,
                                                 double *out)
{
    const size_t minus = lrr__is_minus(s);
    uint64_t digits;
    size_t part;
    if (n - minus - 1 >= 16)
        return lrr_number_swift(s, n, decimal, out);
    return lrr__wide_16(s + minus, n - minus, decimal, &digits, &part) &&
           lrr__number_of(digits, part, minus, out);
}

#endif

#endif
