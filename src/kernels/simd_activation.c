/* simd_activation.c -- see activation.h. Compiled once for each instruction set. */
#include "kernels/simd.h"
#include "kernels/vec.h"

/* f and f' as expressions of v (x, or in the derivative whichever backward reads) and
** a, with u = dy[i]. Comparisons are such that NaN falls through to the result. */
#define ACTIVATION(name, f, df)                                                        \
    static void name##_block(const lrr_real *x, lrr_real *y, size_t n, lrr_real a)     \
    {                                                                                  \
        (void)a;                                                                       \
        LRR_LANES for (size_t i = 0; i < n; i++)                                       \
        {                                                                              \
            lrr_real v = x[i];                                                         \
            y[i] = (f);                                                                \
        }                                                                              \
    }                                                                                  \
    void LRR_SIMD(name##_forward)(const lrr_real *x, lrr_real *y, size_t n,            \
                                  lrr_real a)                                          \
    {                                                                                  \
        for (size_t at = 0; at < n; at += LRR_BLOCK) {                                 \
            lrr_ask(x, at, n);                                                         \
            lrr_ask(y, at, n);                                                         \
            name##_block(x + at, y + at, lrr_block(at, n), a);                         \
        }                                                                              \
    }                                                                                  \
    static inline lrr_real name##_slope(lrr_real v, lrr_real u, lrr_real a)            \
    {                                                                                  \
        (void)a;                                                                       \
        return (df);                                                                   \
    }                                                                                  \
    static void name##_back_block(const lrr_real *s, const lrr_real *dy, lrr_real *dx, \
                                  size_t n, lrr_real a, int add)                       \
    {                                                                                  \
        LRR_WRITE_OR_ADD(add, n, dx, name##_slope(s[i], dy[i], a));                    \
    }                                                                                  \
    void LRR_SIMD(name##_backward)(const lrr_real *s, const lrr_real *dy,              \
                                   lrr_real *dx, size_t n, lrr_real a, int add)        \
    {                                                                                  \
        for (size_t at = 0; at < n; at += LRR_BLOCK) {                                 \
            lrr_ask(s, at, n);                                                         \
            lrr_ask(dy, at, n);                                                        \
            name##_back_block(s + at, dy + at, dx + at, lrr_block(at, n), a, add);     \
        }                                                                              \
    }

static const lrr_real SELU_SCALE = (lrr_real)1.0507009873554804934193349852946;
static const lrr_real SELU_ALPHA = (lrr_real)1.6732632423543772848170429916717;
static const lrr_real INV_SQRT_2PI = (lrr_real)0.39894228040143267793994605993438;

/* exp is taken of the negative side only, so that no lane overflows on the other. */
static inline lrr_real elu_of(lrr_real v, lrr_real a)
{
    lrr_real e = a * lrr_expm1(v > 0 ? 0 : v);
    return v > 0 ? v : e;
}

/* P(Z < v), given e = exp(-v^2 / 2). In float by Mills' ratio of the tail, (1 - P(Z < a)) / e for
** a = |v|, as a quotient of polynomials (fitted over 0..13 to 5e-9): v P(Z < v) is within 4 units in
** the last place above 0, 9 down to -4, 70 of a tail below that, of which 1 + erf has nothing. */
static inline lrr_real normal_cdf(lrr_real v, lrr_real e)
{
#ifdef LRR_F64
    (void)e;
    return (1 + lrr_erf(v * 0.70710678118654752440084436210485)) / 2;
#else
    float a = fabsf(v), p = 3.994369879364967e-3F, q = 1.0012250393629074e-2F;
    a = a > 20 ? 20 : a; /* e is 0 from 15 on */
    p = p * a + 3.980891406536102e-2F;
    q = q * a + 9.979379922151566e-2F;
    p = p * a + 1.807844191789627e-1F;
    q = q * a + 4.6300187706947327e-1F;
    p = p * a + 4.3497681617736816e-1F;
    q = q * a + 1.192307472229004F;
    p = p * a + 0.5F;
    q = q * a + 1.6678385734558105F;
    q = q * a + 1;
    p = e * p / q;
    return v < 0 ? p : 1 - p;
#endif
}

static inline lrr_real bell(lrr_real v)
{
    return lrr_exp_down(v * v / 2);
}

static inline lrr_real gelu_of(lrr_real v)
{
    return v * normal_cdf(v, bell(v));
}

static inline lrr_real gelu_rate(lrr_real v)
{
    const lrr_real e = bell(v);
    return normal_cdf(v, e) + v * (INV_SQRT_2PI * e);
}

static void sloped_block(lrr_real *x, lrr_real *y, size_t n)
{
    LRR_LANES for (size_t i = 0; i < n; i++)
    {
        const lrr_real v = x[i], e = bell(v), below = normal_cdf(v, e);
        y[i] = v * below;
        x[i] = below + v * (INV_SQRT_2PI * e);
    }
}

void LRR_SIMD(gelu_sloped)(lrr_real *x, lrr_real *y, size_t n)
{
    for (size_t at = 0; at < n; at += LRR_BLOCK) {
        lrr_ask(x, at, n);
        lrr_ask(y, at, n);
        sloped_block(x + at, y + at, lrr_block(at, n));
    }
}

ACTIVATION(relu, v<0 ? 0 : v, v> 0 ? u : v != v ? v : 0)
ACTIVATION(leaky_relu, v<0 ? a * v : v, v> 0 ? u : a *u)
ACTIVATION(elu, elu_of(v, a), v > 0 ? u : u * (v + a))
ACTIVATION(selu, SELU_SCALE *elu_of(v, SELU_ALPHA),
           v > 0 ? u * SELU_SCALE : u * (v + SELU_SCALE * SELU_ALPHA))
ACTIVATION(gelu, gelu_of(v), u *gelu_rate(v))
ACTIVATION(silu, v *lrr_sigmoid(v),
           u *(lrr_sigmoid(v) * (1 + v * (1 - lrr_sigmoid(v)))))
ACTIVATION(tanh, lrr_tanh(v), u *(1 - v * v))
ACTIVATION(sigmoid, lrr_sigmoid(v), u *(v *(1 - v)))
ACTIVATION(softplus, lrr_softplus(v), u *lrr_sigmoid(v))

/* Below the bend 0 times v, not 0: what is not finite stays so. */
#define HELD(name, above, below, d_above, d_below)                                  \
    void LRR_SIMD(name##_held)(const uint8_t *side, const lrr_real *x, lrr_real *y, \
                               size_t n, lrr_real a)                                \
    {                                                                               \
        (void)a;                                                                    \
        LRR_LANES for (size_t i = 0; i < n; i++)                                    \
        {                                                                           \
            lrr_real v = x[i], up = (above), down = (below);                        \
            y[i] = side[i] ? up : down;                                             \
        }                                                                           \
    }                                                                               \
    static inline lrr_real name##_held_slope(int side, lrr_real v, lrr_real u,      \
                                             lrr_real a)                            \
    {                                                                               \
        (void)a;                                                                    \
        (void)v;                                                                    \
        return side ? (d_above) : (d_below);                                        \
    }                                                                               \
    void LRR_SIMD(name##_held_back)(const uint8_t *side, const lrr_real *s,         \
                                    const lrr_real *dy, lrr_real *dx, size_t n,     \
                                    lrr_real a, int add)                            \
    {                                                                               \
        LRR_WRITE_OR_ADD(add, n, dx, name##_held_slope(side[i], s[i], dy[i], a));   \
    }

HELD(relu, v, 0 * v, u, 0 * u)
HELD(leaky_relu, v, a *v, u, a *u)
HELD(elu, v, a *lrr_expm1(v), u, u *(v + a))
HELD(selu, SELU_SCALE *v, SELU_SCALE *(SELU_ALPHA *lrr_expm1(v)), u *SELU_SCALE,
     u *(v + SELU_SCALE * SELU_ALPHA))

void LRR_SIMD(sides)(const lrr_real *x, uint8_t *side, size_t n)
{
    LRR_LANES for (size_t i = 0; i < n; i++)
    {
        side[i] = x[i] > 0;
    }
}

void LRR_SIMD(swiglu_forward)(const lrr_real *g, const lrr_real *u, lrr_real *y,
                              size_t n)
{
    LRR_LANES for (size_t i = 0; i < n; i++)
    {
        y[i] = g[i] * lrr_sigmoid(g[i]) * u[i];
    }
}

void LRR_SIMD(swiglu_gate_back)(const lrr_real *g, const lrr_real *u,
                                const lrr_real *dy, lrr_real *dg, size_t n, int add)
{
    LRR_WRITE_OR_ADD(add, n, dg, silu_slope(g[i], dy[i] * u[i], 0));
}

void LRR_SIMD(swiglu_up_back)(const lrr_real *g, const lrr_real *dy, lrr_real *du,
                              size_t n, int add)
{
    LRR_WRITE_OR_ADD(add, n, du, dy[i] * (g[i] * lrr_sigmoid(g[i])));
}

#define MAP(name, f)                                              \
    void LRR_SIMD(name)(const lrr_real *x, lrr_real *y, size_t n) \
    {                                                             \
        LRR_LANES for (size_t i = 0; i < n; i++) y[i] = f(x[i]);  \
    }

MAP(exp, lrr_exp)
MAP(log, lrr_log)
MAP(log1p, lrr_log1p)
MAP(erf, lrr_erf)

/* At most ROWS rows whose elements are one list: exponentials are most of the work, and
** rows of ten classes taken one by one would leave most lanes empty. */
static void softmax_block(const lrr_real *x, lrr_real *y, lrr_real *max, lrr_real *sum,
                          size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++) {
        lrr_real top = max[r] = lrr_max(x + r * cols, cols);
        LRR_LANES for (size_t i = r * cols; i < (r + 1) * cols; i++)
        {
            y[i] = x[i] - top;
        }
    }
    LRR_LANES for (size_t i = 0; i < rows * cols; i++)
    {
        y[i] = lrr_exp_down(-y[i]);
    }
    for (size_t r = 0; r < rows; r++) {
        lrr_real inverse;
        sum[r] = lrr_sum(y + r * cols, cols);
        inverse = 1 / sum[r];
        LRR_LANES for (size_t i = r * cols; i < (r + 1) * cols; i++)
        {
            y[i] *= inverse;
        }
    }
}

void LRR_SIMD(softmax_forward)(const lrr_real *x, lrr_real *y, lrr_real *max,
                               lrr_real *log_sum, size_t rows, size_t cols)
{
    enum { ROWS = 32 };
    lrr_real top[ROWS], sum[ROWS];
    for (size_t at = 0; at < rows; at += ROWS) {
        size_t n = rows - at < ROWS ? rows - at : ROWS;
        softmax_block(x + at * cols, y + at * cols, top, sum, n, cols);
        for (size_t r = 0; max != NULL && r < n; r++) {
            max[at + r] = top[r];
            log_sum[at + r] = lrr_log(sum[r]);
        }
    }
}

static void softmax_row_back(const lrr_real *y, const lrr_real *dy, lrr_real *dx,
                             size_t cols, int add)
{
    lrr_real dot = lrr_sum_products(y, 0, dy, cols);
    LRR_WRITE_OR_ADD(add, cols, dx, y[i] * (dy[i] - dot));
}

void LRR_SIMD(softmax_backward)(const lrr_real *y, const lrr_real *dy, lrr_real *dx,
                                size_t rows, size_t cols, int add)
{
    for (size_t r = 0; r < rows; r++)
        softmax_row_back(y + r * cols, dy + r * cols, dx + r * cols, cols, add);
}
