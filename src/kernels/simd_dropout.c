/* simd_dropout.c -- see dropout.h. Compiled once for each instruction set (simd.h). */
#include "kernels/simd.h"
#include "kernels/vec.h"

enum { BLOCKS = LRR_VEC, WORDS = 4 * BLOCKS };

/* 64-bit lanes whose lower halves are the words. What the upper halves hold never comes
** back: the product reads lower halves alone, and the rest is bit by bit. */
typedef uint64_t words __attribute__((vector_size(LRR_WIDTH)));
enum { WIDE = LRR_WIDTH / sizeof(uint64_t), GROUPS = BLOCKS / WIDE };

static inline words product(words a, uint32_t b)
{
    words w = { 0 };
    w += b;
#if defined(__AVX512F__)
    return (words)_mm512_mul_epu32((__m512i)a, (__m512i)w);
#elif defined(__AVX2__)
    return (words)_mm256_mul_epu32((__m256i)a, (__m256i)w);
#elif defined(__SSE2__)
    return (words)_mm_mul_epu32((__m128i)a, (__m128i)w);
#else
    return (a & 0xffffffffU) * w;
#endif
}

/* Philox4x32-10 (Salmon et al. 2011) of WIDE counters from index on; word w of them goes
** to out + w * BLOCKS. */
static inline void philox(const lrr_mask *m, uint64_t index, uint64_t *out)
{
    words c0 = { 0 }, c1 = { 0 }, c2 = { 0 }, c3 = { 0 };
    uint32_t k0 = m->key[0], k1 = m->key[1];
    uint64_t count[WIDE];

    for (uint64_t l = 0; l < WIDE; l++)
        count[l] = index + l;
    memcpy(&c0, count, sizeof c0);
    c1 += index >> 32; /* index begins a group of WIDE: no carry within it */
    c2 += m->step[0];
    c3 += m->step[1];
    for (int round = 0; round < 10; round++) {
        words p0 = product(c0, 0xD2511F53U), p1 = product(c2, 0xCD9E8D57U);
        c0 = (p1 >> 32) ^ c1 ^ (uint64_t)k0;
        c2 = (p0 >> 32) ^ c3 ^ (uint64_t)k1;
        c1 = p1;
        c3 = p0;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    memcpy(out, &c0, sizeof c0);
    memcpy(out + BLOCKS, &c1, sizeof c1);
    memcpy(out + 2 * BLOCKS, &c2, sizeof c2);
    memcpy(out + 3 * BLOCKS, &c3, sizeof c3);
}

/* s (WORDS) for the elements from `at` on. */
static void fill(const lrr_mask *mask, size_t at, lrr_real *s)
{
    uint64_t u[WORDS];
    uint32_t below = mask->below;
    lrr_real scale = mask->scale;
    for (size_t g = 0; g < GROUPS; g++)
        philox(mask, at / 4 + g * WIDE, u + g * WIDE);
    for (size_t i = 0; i < WORDS; i++)
        s[i] = (uint32_t)u[i] < below ? 0 : scale;
}

void LRR_SIMD(mask_fill)(const lrr_mask *mask, size_t at, lrr_real *s, size_t n)
{
    lrr_real last[WORDS];
    for (; n >= WORDS; s += WORDS, at += WORDS, n -= WORDS)
        fill(mask, at, s);
    if (n > 0) {
        fill(mask, at, last);
        memcpy(s, last, n * sizeof *s);
    }
}
