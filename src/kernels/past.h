/*
** past.h -- stores that go past the caches, straight to memory. Private to simd_*.c and those who
** say when.
**
** What is written and not read again before as much as the caches hold has gone by costs its way
** into them, too: each line is read before it is overwritten. Written past them it is not. That
** changes no bits. Another thread sees such stores after lrr_past_end of the one who made them.
*/
#ifndef LRR_KERNELS_PAST_H
#define LRR_KERNELS_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "base/real.h"

/* Whether what is `count` reals large is more than the caches of a core hold. */
static inline bool lrr_past_pays(size_t count)
{
    return count >= ((size_t)4 << 20) / sizeof(lrr_real);
}

/* Whether p, and all that is whole strides behind it, begins a line of the caches. */
static inline bool lrr_past_fits(const lrr_real *p, size_t stride)
{
    return (((uintptr_t)p | stride * sizeof *p) & 63) == 0;
}

/* Whole lines. */
static inline void lrr_past_lines(lrr_real *to, const lrr_real *from, size_t bytes)
{
#if defined(__AVX512F__)
    for (size_t i = 0; i < bytes / 64; i++)
        _mm512_stream_si512(
            (__m512i *)(void *)to + i,
            _mm512_loadu_si512((const __m512i *)(const void *)from + i));
#elif defined(__SSE2__)
    for (size_t i = 0; i < bytes / 16; i++)
        _mm_stream_si128((__m128i *)(void *)to + i,
                         _mm_loadu_si128((const __m128i *)(const void *)from + i));
#else
    memcpy(to, from, bytes);
#endif
}

static inline void lrr_past_end(void)
{
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

#endif
