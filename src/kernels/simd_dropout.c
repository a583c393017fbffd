/* simd_dropout.c -- see dropout.h. Compiled once for each instruction set (simd.h). */
#include "kernels/simd.h"
#include "kernels/vec.h"

enum { BLOCKS = LRR_VEC, WORDS = 4 * BLOCKS };

/* 64-bit lanes whose lower halves are the words. What the upper halves hold never comes
** back: the product reads lower halves alone, and the rest is bit by bit. */
typedef uint64_t words __attribute__((vector_size(LRR_WIDTH)));
enum { WIDE = LRR_WIDTH / sizeof(uint64_t), GROUPS = BLOCKS / WIDE };

static inline words all(uint64_t x)
{
    words w = { 0 };
    return w + x;
}

static inline words product(words a, uint32_t b)
{
    const words w = all(b);
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

/* Philox4x32-10 (Salmon et al. 2011) of two times WIDE counters from index on, side by
** side, as each round waits for its products; word w of them goes to out + w * BLOCKS. */
static inline void philox(const lrr_mask *m, uint64_t index, uint64_t *out)
{
    /* Stored one by one and read at once, counters would wait for each other. */
    static const uint64_t place[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    words c[2][4], k0 = all(m->key[0]), k1 = all(m->key[1]), places;

    memcpy(&places, place, sizeof places);
    c[0][0] = all(index) + places;
    c[1][0] = c[0][0] + all(WIDE);
    c[0][1] = c[1][1] = all(index >> 32); /* no carry within a group of 16 */
    c[0][2] = c[1][2] = all(m->step[0]);
    c[0][3] = c[1][3] = all(m->step[1]);
    for (int round = 0; round < 10; round++) {
        words p0 = product(c[0][0], 0xD2511F53U), p1 = product(c[0][2], 0xCD9E8D57U);
        words q0 = product(c[1][0], 0xD2511F53U), q1 = product(c[1][2], 0xCD9E8D57U);
        c[0][0] = (p1 >> 32) ^ c[0][1] ^ k0;
        c[1][0] = (q1 >> 32) ^ c[1][1] ^ k0;
        c[0][2] = (p0 >> 32) ^ c[0][3] ^ k1;
        c[1][2] = (q0 >> 32) ^ c[1][3] ^ k1;
        c[0][1] = p1;
        c[1][1] = q1;
        c[0][3] = p0;
        c[1][3] = q0;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    for (size_t w = 0; w < 4; w++) {
        memcpy(out + w * BLOCKS, &c[0][w], sizeof(words));
        memcpy(out + w * BLOCKS + WIDE, &c[1][w], sizeof(words));
    }
}

/* s (WORDS) for the elements from `at` on. */
static void fill(const lrr_mask *mask, size_t at, lrr_real *s)
{
    uint64_t u[WORDS];
    uint32_t below = mask->below;
    lrr_real scale = mask->scale;
    for (size_t g = 0; g < GROUPS; g += 2)
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
