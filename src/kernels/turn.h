/*
** turn.h -- small squares of a matrix, transposed in registers. Private to simd_gemm*.c and
** gemm_pack.h.
*/
#ifndef LRR_KERNELS_TURN_H
#define LRR_KERNELS_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "base/real.h"

typedef lrr_real quad __attribute__((vector_size(4 * sizeof(lrr_real))));

typedef lrr_real octet __attribute__((vector_size(8 * sizeof(lrr_real))));

static inline octet load8(const lrr_real *x)
{
    octet o;
    memcpy(&o, x, sizeof o);
    return o;
}

static inline quad load4(const lrr_real *x)
{
    quad q;
    memcpy(&q, x, sizeof q);
    return q;
}

/* Halves, quarters and eighths of two rows, in turn. */
#define LOW1(a, b)  __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH1(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOW2(a, b)  __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define HIGH2(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define LOW4(a, b)  __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define HIGH4(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

/* Eight rows of x, stride apart, become eight columns of p (8, width). */
static inline void transpose8(lrr_real *p, size_t width, const lrr_real *x,
                              size_t stride)
{
    octet r[8], s[8];
    for (size_t i = 0; i < 8; i++)
        r[i] = load8(x + i * stride);
    for (size_t i = 0; i < 8; i += 2) {
        s[i] = LOW1(r[i], r[i + 1]);
        s[i + 1] = HIGH1(r[i], r[i + 1]);
    }
    for (size_t i = 0; i < 8; i += 4) {
        r[i] = LOW2(s[i], s[i + 2]);
        r[i + 1] = HIGH2(s[i], s[i + 2]);
        r[i + 2] = LOW2(s[i + 1], s[i + 3]);
        r[i + 3] = HIGH2(s[i + 1], s[i + 3]);
    }
    for (size_t i = 0; i < 4; i++) {
        s[i] = LOW4(r[i], r[i + 4]);
        s[i + 4] = HIGH4(r[i], r[i + 4]);
    }
    for (size_t i = 0; i < 8; i++)
        memcpy(p + i * width, &s[i], sizeof s[i]);
}

#undef LOW1
#undef HIGH1
#undef LOW2
#undef HIGH2
#undef LOW4
#undef HIGH4

#if defined(__AVX512F__) && !defined(LRR_F64)
#define TURNS16 true

/* Of four rows four each. */
static inline __m512 load4x4(const float *const rows[4], size_t at)
{
    __m512 r = _mm512_castps128_ps512(_mm_loadu_ps(rows[0] + at));
    r = _mm512_insertf32x4(r, _mm_loadu_ps(rows[1] + at), 1);
    r = _mm512_insertf32x4(r, _mm_loadu_ps(rows[2] + at), 2);
    return _mm512_insertf32x4(r, _mm_loadu_ps(rows[3] + at), 3);
}

/* 16 rows of x, stride apart, become 16 columns of p (16, width): quarters come to their places as
** they are loaded, which takes no shuffle. gcc would keep 16 addresses in memory; six distances
** make them all. */
static inline __attribute__((always_inline)) void
transpose16(float *p, size_t width, const float *x, size_t stride)
{
    const float *rows[4] = { x, x + 4 * stride, x + 8 * stride, x + 12 * stride };
    size_t three = 3 * stride;
    __asm__("" : "+r"(rows[1]), "+r"(rows[2]), "+r"(rows[3]), "+r"(three));
#pragma GCC unroll 4
    for (size_t k = 0; k < 16; k += 4, p += 4 * width) {
        const __m512 r0 = load4x4(rows, k), r1 = load4x4(rows, stride + k),
                     r2 = load4x4(rows, 2 * stride + k), r3 = load4x4(rows, three + k);
        const __m512d low01 = _mm512_castps_pd(_mm512_unpacklo_ps(r0, r1)),
                      low23 = _mm512_castps_pd(_mm512_unpacklo_ps(r2, r3)),
                      high01 = _mm512_castps_pd(_mm512_unpackhi_ps(r0, r1)),
                      high23 = _mm512_castps_pd(_mm512_unpackhi_ps(r2, r3));
        const __m512d c[4] = { _mm512_unpacklo_pd(low01, low23),
                               _mm512_unpackhi_pd(low01, low23),
                               _mm512_unpacklo_pd(high01, high23),
                               _mm512_unpackhi_pd(high01, high23) };
        for (size_t i = 0; i < 4; i++)
            _mm512_storeu_ps(p + i * width, _mm512_castpd_ps(c[i]));
    }
}
#else
#define TURNS16 false

static inline void transpose16(lrr_real *p, size_t width, const lrr_real *x,
                               size_t stride)
{
    for (size_t i = 0; i < 16; i += 8)
        for (size_t k = 0; k < 16; k += 8)
            transpose8(p + k * width + i, width, x + i * stride + k, stride);
}
#endif

/* Four rows of x, stride apart, become four columns of p (4, width). */
static inline void transpose4(lrr_real *p, size_t width, const lrr_real *x,
                              size_t stride)
{
    const quad r0 = load4(x), r1 = load4(x + stride), r2 = load4(x + 2 * stride),
               r3 = load4(x + 3 * stride);
    const quad low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5),
               low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5),
               high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7),
               high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
    const quad c[4] = { __builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                        __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                        __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                        __builtin_shufflevector(high01, high23, 2, 3, 6, 7) };
    for (size_t k = 0; k < 4; k++)
        memcpy(p + k * width, &c[k], sizeof c[k]);
}

#endif
