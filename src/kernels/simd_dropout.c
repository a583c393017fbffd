/* simd_dropout.c -- see dropout.h. Compiled once for each instruction set (simd.h). */
#include "kernels/simd.h"
#include "kernels/vec.h"

enum { BLOCKS = LRR_VEC, WORDS = 4 * BLOCKS };

/* Philox4x32-10 (Salmon et al. 2011) of counters index .. index + 15; out[w][l] is word w
** of counter l. */
static void philox_16(const lrr_mask *m, uint64_t index, uint32_t out[4][BLOCKS])
{
    uint32_t c0[BLOCKS], c1[BLOCKS], c2[BLOCKS], c3[BLOCKS];
    uint32_t k0 = m->key[0], k1 = m->key[1];

    for (uint32_t l = 0; l < BLOCKS; l++) {
        c0[l] = (uint32_t)index + l; /* index is a multiple of 16: no carry */
        c1[l] = (uint32_t)(index >> 32);
        c2[l] = m->step[0];
        c3[l] = m->step[1];
    }
    for (int round = 0; round < 10; round++) {
        for (int l = 0; l < BLOCKS; l++) {
            uint64_t p0 = (uint64_t)0xD2511F53U * c0[l],
                     p1 = (uint64_t)0xCD9E8D57U * c2[l];
            c0[l] = (uint32_t)(p1 >> 32) ^ c1[l] ^ k0;
            c2[l] = (uint32_t)(p0 >> 32) ^ c3[l] ^ k1;
            c1[l] = (uint32_t)p1;
            c3[l] = (uint32_t)p0;
        }
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    memcpy(out[0], c0, sizeof c0);
    memcpy(out[1], c1, sizeof c1);
    memcpy(out[2], c2, sizeof c2);
    memcpy(out[3], c3, sizeof c3);
}

void LRR_SIMD(mask_fill)(const lrr_mask *mask, size_t at, lrr_real *s, size_t n)
{
    uint32_t u[4][BLOCKS];
    for (; n >= WORDS; s += WORDS, at += WORDS, n -= WORDS) {
        philox_16(mask, at / 4, u);
        for (int w = 0; w < 4; w++)
            for (int l = 0; l < BLOCKS; l++)
                s[w * BLOCKS + l] = u[w][l] < mask->below ? 0 : mask->scale;
    }
    if (n > 0) {
        philox_16(mask, at / 4, u);
        for (size_t i = 0; i < n; i++)
            s[i] = u[i / BLOCKS][i % BLOCKS] < mask->below ? 0 : mask->scale;
    }
}
