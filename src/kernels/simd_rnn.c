/* simd_rnn.c -- see rnn.h. Compiled once for each instruction set (simd.h). */
#include "kernels/simd.h"
#include "kernels/vec.h"

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
        lrr_real i = lrr_sigmoid(g[j] + b[j]);
        lrr_real f = lrr_sigmoid(g[n + j] + b[n + j]);
        lrr_real u = lrr_tanh(g[2 * n + j] + b[2 * n + j]);
        lrr_real o = lrr_sigmoid(g[3 * n + j] + b[3 * n + j]);
        lrr_real v = f * c0[j] + i * u, w = lrr_tanh(v);
        g[j] = i;
        g[n + j] = f;
        g[2 * n + j] = u;
        g[3 * n + j] = o;
        c[j] = v;
        tc[j] = w;
        h[j] = o * w;
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
        lrr_real r = lrr_sigmoid(g[j] + b[j]);
        lrr_real z = lrr_sigmoid(g[n + j] + b[n + j]);
        lrr_real q = g[3 * n + j] + b[3 * n + j];
        lrr_real m = lrr_tanh(g[2 * n + j] + b[2 * n + j] + r * q);
        g[j] = r;
        g[n + j] = z;
        g[2 * n + j] = m;
        g[3 * n + j] = q;
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
