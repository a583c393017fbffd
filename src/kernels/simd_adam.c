/* simd_adam.c -- Adam's step; see optim_k.h. Compiled once for each instruction set (simd.h). */
#if defined(__AVX512F__)
#include <immintrin.h>
#endif
#include <tgmath.h>

#include "kernels/optim_lanes.h"
#include "kernels/simd.h"

#if defined(__AVX512F__) && !defined(LRR_F64)

typedef lrr_real reg __attribute__((vector_size(64)));
typedef lrr_real reg_any
    __attribute__((vector_size(64), aligned(sizeof(lrr_real)), may_alias));

static inline reg_any *at_reg(lrr_real *x)
{
    return (reg_any *)(void *)x;
}

/* The instruction's square root, by Newton's steps (Goldschmidt's form) from an estimate of 14 bits
** on; what is not well within the range of numbers goes to the instruction. */
static inline reg root_by_steps(reg v)
{
    enum { LOW = 0x12800000, HIGH = 0x7f000000 }; /* 2^-90, 2^127 */
    const __m512i above = _mm512_sub_epi32((__m512i)v, _mm512_set1_epi32(LOW));
    if (_mm512_cmpge_epu32_mask(above, _mm512_set1_epi32(HIGH - LOW)))
        return (reg)_mm512_sqrt_ps((__m512)v);
    const __m512 y = _mm512_rsqrt14_ps((__m512)v), half = _mm512_set1_ps(0.5F);
    __m512 root = _mm512_mul_ps((__m512)v, y), slope = _mm512_mul_ps(y, half);
    const __m512 off = _mm512_fnmadd_ps(root, slope, half);
    root = _mm512_fmadd_ps(root, off, root);
    slope = _mm512_fmadd_ps(slope, off, slope);
    return (reg)_mm512_fmadd_ps(_mm512_fnmadd_ps(root, root, (__m512)v), slope, root);
}

/* As many as are pairs of registers, as below. Returns how many. Roots and quotients are one unit's work, which takes most of the
** time where all else is at hand: every other root is left to the others. */
static size_t adam_registers(const lrr_optim_k *k, lrr_real *restrict x,
                             const lrr_real *restrict g, lrr_real *restrict m,
                             lrr_real *restrict v, size_t n)
{
    const lrr_optim_k c = *k;
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        reg below[2];
#pragma GCC unroll 2
        for (size_t r = 0; r < 2; r++) {
            reg_any *mr = at_reg(m + i + 16 * r), *vr = at_reg(v + i + 16 * r);
            const reg d = c.scale * *(const reg_any *)(const void *)(g + i + 16 * r) +
                          c.l2 * *at_reg(x + i + 16 * r);
            *mr = (*mr - c.w1 * *mr) + c.w1 * d;
            *vr = (*vr - c.w2 * *vr) + c.w2 * (d * d);
            below[r] = r > 0 ? root_by_steps(*vr) : (reg)_mm512_sqrt_ps((__m512)*vr);
        }
#pragma GCC unroll 2
        for (size_t r = 0; r < 2; r++) {
            reg_any *xr = at_reg(x + i + 16 * r);
            *xr = c.keep * *xr -
                  c.lr * *at_reg(m + i + 16 * r) / (c.root * below[r] + c.eps);
        }
    }
    return i;
}

#else

static size_t adam_registers(const lrr_optim_k *k, lrr_real *x, const lrr_real *g,
                             lrr_real *m, lrr_real *v, size_t n)
{
    (void)k, (void)x, (void)g, (void)m, (void)v, (void)n;
    return 0;
}

#endif

void LRR_SIMD(optim_adam)(const lrr_optim_k *k, lrr_real *restrict x,
                          const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    for (size_t i = adam_registers(k, x, g, m, v, n); i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        m[i] = average(m[i], d, c.w1);
        v[i] = average(v[i], d * d, c.w2);
        x[i] = c.keep * x[i] - c.lr * m[i] / (c.root * sqrt(v[i]) + c.eps);
    }
}
