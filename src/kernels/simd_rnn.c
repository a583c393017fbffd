/*
** simd_rnn.c -- see rnn.h. Compiled once for each instruction set (simd.h).
**
** Gates cost as much as divisions do, and what surrounds exp: so two of them share a division, and
** exp is that of a range where nothing overflows. sigmoid stays at 4e-18 below -40 and tanh is 1
** beyond 10; elsewhere they are within 4 units in the last place (tests/unit/test_simd.c). A loop
** ends where the next gate waits for a division: a processor has several rounds of a short loop in
** hand at once, of a long one not two.
*/
#include "kernels/simd.h"
#include "kernels/vec.h"

static inline lrr_real within(lrr_real x, lrr_real most)
{
    return x < -most ? -most : x > most ? most : x; /* NaN stays */
}

#ifdef LRR_F64
static inline lrr_real near_exp(lrr_real x)
{
    return lrr_exp(x);
}
static inline lrr_real near_expm1(lrr_real x)
{
    return lrr_expm1(x);
}
#else
/* exp(x) and exp(x) - 1 for |x| <= 40. */
static inline float near_exp(float x)
{
    int32_t n;
    float k, r = lrr_exp_reduce(x, &k, &n);
    return (lrr_exp_poly(r) * (r * r) + r + 1) * lrr_of_bits((uint32_t)(n + 127) << 23);
}
static inline float near_expm1(float x)
{
    int32_t n;
    float k, r = lrr_exp_reduce(x, &k, &n), s = lrr_of_bits((uint32_t)(n + 127) << 23);
    return (lrr_exp_poly(r) * (r * r) + r) * s + (s - 1);
}
#endif

/* What sigmoid(x) is 1 over, and of tanh(x) = v / (v + 2) the v. */
static inline lrr_real sigmoid_below(lrr_real x)
{
    return 1 + near_exp(within(-x, 40));
}
static inline lrr_real tanh_above(lrr_real x)
{
    return near_expm1(2 * within(x, 10));
}
static inline lrr_real gate_tanh(lrr_real x)
{
    const lrr_real v = tanh_above(x);
    return v / (v + 2);
}

void LRR_SIMD(rnn_forward)(const lrr_real *b, lrr_real *g, lrr_real *h, int relu,
                           size_t n)
{
    if (relu) {
        LRR_LANES
        for (size_t j = 0; j < n; j++) {
            lrr_real v = g[j] + b[j];
            g[j] = h[j] = v < 0 ? 0 : v;
        }
    } else {
        LRR_LANES
        for (size_t j = 0; j < n; j++)
            g[j] = h[j] = lrr_tanh(g[j] + b[j]);
    }
}

void LRR_SIMD(rnn_backward)(lrr_real *g, const lrr_real *dh, lrr_real *db, int relu,
                            size_t n)
{
    LRR_LANES
    for (size_t j = 0; j < n; j++) {
        lrr_real slope = relu ? (lrr_real)(g[j] > 0 ? 1 : 0) : 1 - g[j] * g[j];
        lrr_real d = dh[j] * slope;
        g[j] = d;
        db[j] += d;
    }
}

void LRR_SIMD(lstm_forward)(const lrr_real *b, lrr_real *g, const lrr_real *c0,
                            lrr_real *c, lrr_real *tc, lrr_real *h, size_t n)
{
    LRR_LANES
    for (size_t j = 0; j < n; j++) {
        const lrr_real di = sigmoid_below(g[j] + b[j]);
        const lrr_real df = sigmoid_below(g[n + j] + b[n + j]);
        const lrr_real one = 1 / (di * df);
        g[j] = one * df;
        g[n + j] = one * di;
    }
    LRR_LANES
    for (size_t j = 0; j < n; j++) {
        const lrr_real nu = tanh_above(g[2 * n + j] + b[2 * n + j]), du = nu + 2;
        const lrr_real dq = sigmoid_below(g[3 * n + j] + b[3 * n + j]);
        const lrr_real two = 1 / (du * dq), u = nu * (two * dq);
        g[2 * n + j] = u;
        g[3 * n + j] = two * du;
        c[j] = g[n + j] * c0[j] + g[j] * u;
    }
    LRR_LANES
    for (size_t j = 0; j < n; j++) {
        const lrr_real w = gate_tanh(c[j]);
        tc[j] = w;
        h[j] = g[3 * n + j] * w;
    }
}

void LRR_SIMD(lstm_backward)(lrr_real *g, const lrr_real *c0, const lrr_real *tc,
                             const lrr_real *dh, lrr_real *dc, lrr_real *db, size_t n)
{
    LRR_LANES
    for (size_t j = 0; j < n; j++) {
        lrr_real i = g[j], f = g[n + j], u = g[2 * n + j], o = g[3 * n + j];
        lrr_real d = dc[j] + dh[j] * o * (1 - tc[j] * tc[j]);
        lrr_real di = d * u * (i * (1 - i)), df = d * c0[j] * (f * (1 - f));
        lrr_real du = d * i * (1 - u * u), dq = dh[j] * tc[j] * (o * (1 - o));
        dc[j] = d * f;
        g[j] = di;
        g[n + j] = df;
        g[2 * n + j] = du;
        g[3 * n + j] = dq;
        db[j] += di;
        db[n + j] += df;
        db[2 * n + j] += du;
        db[3 * n + j] += dq;
    }
}

void LRR_SIMD(gru_forward)(const lrr_real *b, lrr_real *g, const lrr_real *h0,
                           lrr_real *h, size_t n)
{
    LRR_LANES
    for (size_t j = 0; j < n; j++) {
        const lrr_real dr = sigmoid_below(g[j] + b[j]);
        const lrr_real dz = sigmoid_below(g[n + j] + b[n + j]);
        const lrr_real one = 1 / (dr * dz), r = one * dz, z = one * dr;
        const lrr_real q = g[3 * n + j] + b[3 * n + j];
        g[j] = r;
        g[n + j] = z;
        g[2 * n + j] = g[2 * n + j] + b[2 * n + j] + r * q;
        g[3 * n + j] = q;
    }
    LRR_LANES
    for (size_t j = 0; j < n; j++) {
        const lrr_real z = g[n + j], m = gate_tanh(g[2 * n + j]);
        g[2 * n + j] = m;
        h[j] = (1 - z) * m + z * h0[j];
    }
}

void LRR_SIMD(gru_backward)(lrr_real *g, const lrr_real *h0, lrr_real *dh, lrr_real *db,
                            size_t n)
{
    LRR_LANES
    for (size_t j = 0; j < n; j++) {
        lrr_real r = g[j], z = g[n + j], m = g[2 * n + j], q = g[3 * n + j], d = dh[j];
        lrr_real dm = d * (1 - z) * (1 - m * m), dq = dm * r;
        lrr_real dr = dm * q * (r * (1 - r)), dz = d * (h0[j] - m) * (z * (1 - z));
        dh[j] = d * z;
        g[j] = dr;
        g[n + j] = dz;
        g[2 * n + j] = dm;
        g[3 * n + j] = dq;
        db[j] += dr;
        db[n + j] += dz;
        db[2 * n + j] += dm;
        db[3 * n + j] += dq;
    }
}
