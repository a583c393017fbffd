/* simd_loss.c -- see loss.h. Compiled once for each instruction set (simd.h). */
#include "kernels/simd.h"
#include "kernels/vec.h"

/* Expressions of v = x[i], u = t[i], d = v - u and a. */
#define LOSS(name, f, df)                                                            \
    static inline lrr_real name##_value(lrr_real v, lrr_real u, lrr_real a)          \
    {                                                                                \
        lrr_real d = v - u;                                                          \
        (void)a;                                                                     \
        (void)d;                                                                     \
        return (f);                                                                  \
    }                                                                                \
    static inline lrr_real name##_slope(lrr_real v, lrr_real u, lrr_real a)          \
    {                                                                                \
        lrr_real d = v - u;                                                          \
        (void)a;                                                                     \
        (void)d;                                                                     \
        return (df);                                                                 \
    }                                                                                \
    void LRR_SIMD(name##_loss)(const lrr_real *x, const lrr_real *t, lrr_real *e,    \
                               size_t n, lrr_real a)                                 \
    {                                                                                \
        LRR_LANES for (size_t i = 0; i < n; i++)                                     \
        {                                                                            \
            e[i] = name##_value(x[i], t[i], a);                                      \
        }                                                                            \
    }                                                                                \
    void LRR_SIMD(name##_gradient)(const lrr_real *x, const lrr_real *t, lrr_real c, \
                                   lrr_real *dx, size_t n, lrr_real a, int add)      \
    {                                                                                \
        LRR_WRITE_OR_ADD(add, n, dx, c *name##_slope(x[i], t[i], a));                \
    }

static inline lrr_real magnitude(lrr_real d)
{
    return d < 0 ? -d : d;
}

static inline lrr_real clamp(lrr_real d, lrr_real a)
{
    lrr_real low = d < -a ? -a : d;
    return low > a ? a : low;
}

LOSS(mse, d *d, 2 * d)
LOSS(l1, magnitude(d), d > 0 ? 1 : d < 0 ? -1 : d)
LOSS(huber, magnitude(d) <= a ? d * d / 2 : a * (magnitude(d) - a / 2), clamp(d, a))
LOSS(bce, lrr_softplus(v) - v * u, lrr_sigmoid(v) - u)

/* Likewise of s = side[i]. */
#define HELD(name, f, df)                                                            \
    static inline lrr_real name##_held_value(lrr_real s, lrr_real d, lrr_real a)     \
    {                                                                                \
        (void)a;                                                                     \
        return (f);                                                                  \
    }                                                                                \
    static inline lrr_real name##_held_slope(lrr_real s, lrr_real d, lrr_real a)     \
    {                                                                                \
        (void)a;                                                                     \
        (void)d;                                                                     \
        return (df);                                                                 \
    }                                                                                \
    void LRR_SIMD(name##_held)(const int8_t *side, const lrr_real *x,                \
                               const lrr_real *t, lrr_real *e, size_t n, lrr_real a) \
    {                                                                                \
        LRR_LANES for (size_t i = 0; i < n; i++)                                     \
        {                                                                            \
            e[i] = name##_held_value(side[i], x[i] - t[i], a);                       \
        }                                                                            \
    }                                                                                \
    void LRR_SIMD(name##_held_gradient)(const int8_t *side, const lrr_real *x,       \
                                        const lrr_real *t, lrr_real c, lrr_real *dx, \
                                        size_t n, lrr_real a, int add)               \
    {                                                                                \
        LRR_WRITE_OR_ADD(add, n, dx, c *name##_held_slope(side[i], x[i] - t[i], a)); \
    }

HELD(l1, s *d, s)
HELD(huber, s == 0 ? d * d / 2 : a * (s * d - a / 2), s == 0 ? d : s * a)

void LRR_SIMD(error_sides)(const lrr_real *x, const lrr_real *t, lrr_real a,
                           int8_t *side, size_t n)
{
    LRR_LANES for (size_t i = 0; i < n; i++)
    {
        const lrr_real d = x[i] - t[i];
        side[i] = (int8_t)((d > a) - (d < -a));
    }
}
