/* simd_optim.c -- see optim_k.h. Compiled once for each instruction set (simd.h); Adam's step is in
** simd_adam.c. The constants are copied first, so that the compiler knows that no store changes
** them. */
#include <tgmath.h>

#include "kernels/optim_lanes.h"
#include "kernels/simd.h"

/* 1, -1, or z itself where it is 0 or not a number. */
static inline lrr_real sign_of(lrr_real z)
{
    return z > 0 ? 1 : z < 0 ? -1 : z;
}

void LRR_SIMD(optim_sgd)(const lrr_optim_k *k, lrr_real *restrict x,
                         const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    (void)s;
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        x[i] = c.keep * x[i] - c.lr * d;
    }
}

void LRR_SIMD(optim_momentum)(const lrr_optim_k *k, lrr_real *restrict x,
                              const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict buf = s[0];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        buf[i] = c.mu * buf[i] + c.part * d;
        x[i] = c.keep * x[i] - c.lr * (c.a * d + c.b * buf[i]);
    }
}

void LRR_SIMD(optim_amsgrad)(const lrr_optim_k *k, lrr_real *restrict x,
                             const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    lrr_real *restrict most = s[2];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        m[i] = average(m[i], d, c.w1);
        v[i] = average(v[i], d * d, c.w2);
        most[i] = v[i] <= most[i] ? most[i] : v[i];
        x[i] = c.keep * x[i] - c.lr * m[i] / (c.root * sqrt(most[i]) + c.eps);
    }
}

void LRR_SIMD(optim_adamax)(const lrr_optim_k *k, lrr_real *restrict x,
                            const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict u = s[1];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        const lrr_real old = c.mu * u[i], now = fabs(d) + c.eps_in;
        m[i] = average(m[i], d, c.w1);
        u[i] = old > now ? old : now;
        x[i] = c.keep * x[i] - c.lr * m[i] / (u[i] + c.eps);
    }
}

void LRR_SIMD(optim_nadam)(const lrr_optim_k *k, lrr_real *restrict x,
                           const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        m[i] = average(m[i], d, c.w1);
        v[i] = average(v[i], d * d, c.w2);
        x[i] = c.keep * x[i] - (c.a * d + c.b * m[i]) / (c.root * sqrt(v[i]) + c.eps);
    }
}

void LRR_SIMD(optim_adagrad)(const lrr_optim_k *k, lrr_real *restrict x,
                             const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict sum = s[0];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        sum[i] += d * d;
        x[i] = c.keep * x[i] - c.lr * d / (sqrt(sum[i] + c.eps_in) + c.eps);
    }
}

void LRR_SIMD(optim_adadelta)(const lrr_optim_k *k, lrr_real *restrict x,
                              const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict v = s[0];
    lrr_real *restrict acc = s[1];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        lrr_real u;
        v[i] = average(v[i], d * d, c.w1);
        u = sqrt(acc[i] + c.eps) / sqrt(v[i] + c.eps) * d;
        acc[i] = average(acc[i], u * u, c.w1);
        x[i] = c.keep * x[i] - c.lr * u;
    }
}

void LRR_SIMD(optim_rmsprop)(const lrr_optim_k *k, lrr_real *restrict x,
                             const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict v = s[0];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        v[i] = average(v[i], d * d, c.w1);
        x[i] = c.keep * x[i] - c.lr * d / (sqrt(v[i] + c.eps_in) + c.eps);
    }
}

void LRR_SIMD(optim_rmsprop_momentum)(const lrr_optim_k *k, lrr_real *restrict x,
                                      const lrr_real *restrict g, lrr_real *const *s,
                                      size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict v = s[0];
    lrr_real *restrict buf = s[1];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        v[i] = average(v[i], d * d, c.w1);
        buf[i] = c.mu * buf[i] + c.part * d / (sqrt(v[i] + c.eps_in) + c.eps);
        x[i] = c.keep * x[i] - c.lr * buf[i];
    }
}

void LRR_SIMD(optim_rmsprop_centered)(const lrr_optim_k *k, lrr_real *restrict x,
                                      const lrr_real *restrict g, lrr_real *const *s,
                                      size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict var = s[0];
    lrr_real *restrict mean = s[1];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i], off = d - mean[i];
        var[i] = (1 - c.w1) * (var[i] + c.w1 * off * off);
        mean[i] = average(mean[i], d, c.w1);
        x[i] = c.keep * x[i] - c.lr * d / (sqrt(var[i] + c.eps_in) + c.eps);
    }
}

void LRR_SIMD(optim_rmsprop_centered_momentum)(const lrr_optim_k *k,
                                               lrr_real *restrict x,
                                               const lrr_real *restrict g,
                                               lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict var = s[0];
    lrr_real *restrict mean = s[1];
    lrr_real *restrict buf = s[2];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i], off = d - mean[i];
        var[i] = (1 - c.w1) * (var[i] + c.w1 * off * off);
        mean[i] = average(mean[i], d, c.w1);
        buf[i] = c.mu * buf[i] + c.part * d / (sqrt(var[i] + c.eps_in) + c.eps);
        x[i] = c.keep * x[i] - c.lr * buf[i];
    }
}

void LRR_SIMD(optim_rprop)(const lrr_optim_k *k, lrr_real *restrict x,
                           const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict size = s[0];
    lrr_real *restrict last = s[1];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        /* Signs, not the product of values, which may be too small to be anything but 0. */
        const lrr_real turn = sign_of(d) * sign_of(last[i]);
        const lrr_real want = size[i] * (turn > 0 ? c.a : turn < 0 ? c.b : 1);
        const lrr_real now = turn < 0 ? 0 : d;
        size[i] = want < c.lo ? c.lo : want > c.hi ? c.hi : want;
        x[i] = c.keep * x[i] - c.lr * sign_of(now) * size[i];
        last[i] = now;
    }
}

void LRR_SIMD(optim_lion)(const lrr_optim_k *k, lrr_real *restrict x,
                          const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        const lrr_real mix = average(m[i], d, c.w1);
        x[i] = c.keep * x[i] - c.lr * sign_of(mix);
        m[i] = average(m[i], d, c.w2);
    }
}

void LRR_SIMD(optim_lamb_moments)(const lrr_optim_k *k, lrr_real *restrict x,
                                  const lrr_real *restrict g, lrr_real *const *s,
                                  size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i];
        m[i] = average(m[i], d, c.w1);
        v[i] = average(v[i], d * d, c.w2);
        x[i] = c.keep * x[i];
    }
}

void LRR_SIMD(optim_lamb_apply)(const lrr_optim_k *k, lrr_real *restrict x,
                                const lrr_real *restrict g, lrr_real *const *s,
                                size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    (void)g;
    for (size_t i = 0; i < n; i++) {
        const lrr_real u = c.b * m[i] / (c.root * sqrt(v[i]) + c.eps) + c.l2 * x[i];
        x[i] -= c.lr * u;
    }
}

void LRR_SIMD(optim_moments)(const lrr_optim_k *k, lrr_real *restrict x,
                             const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        m[i] = average(m[i], d, c.w1);
        v[i] = average(v[i], d * d, c.w2);
        x[i] = c.keep * x[i];
    }
}

/* Whether u and d have not the same sign, 0 having none. Signs are compared, as a product of
** small values may be 0; what is not a number is not opposed, and so goes on to x. */
static inline int opposed(lrr_real u, lrr_real d)
{
    return sign_of(u) * sign_of(d) <= 0;
}

void LRR_SIMD(optim_adam_cautious)(const lrr_optim_k *k, lrr_real *restrict x,
                                   const lrr_real *restrict g, lrr_real *const *s,
                                   size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        const lrr_real u = m[i] / (c.root * sqrt(v[i]) + c.eps);
        x[i] -= c.lr * (opposed(m[i], d) ? 0 : u);
    }
}

void LRR_SIMD(optim_amsgrad_cautious)(const lrr_optim_k *k, lrr_real *restrict x,
                                      const lrr_real *restrict g, lrr_real *const *s,
                                      size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    lrr_real *restrict most = s[2];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        most[i] = v[i] <= most[i] ? most[i] : v[i];
        const lrr_real u = m[i] / (c.root * sqrt(most[i]) + c.eps);
        x[i] -= c.lr * (opposed(m[i], d) ? 0 : u);
    }
}

void LRR_SIMD(optim_keep)(const lrr_optim_k *k, lrr_real *restrict x,
                          const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    (void)g;
    (void)s;
    for (size_t i = 0; i < n; i++)
        x[i] = c.keep * x[i];
}

void LRR_SIMD(optim_lion_cautious)(const lrr_optim_k *k, lrr_real *restrict x,
                                   const lrr_real *restrict g, lrr_real *const *s,
                                   size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i];
        const lrr_real u = sign_of(average(m[i], d, c.w1));
        x[i] -= c.lr * (opposed(u, d) ? 0 : u);
        m[i] = average(m[i], d, c.w2);
    }
}

/* Adan's averages take d; e is what the gradient has changed by. */
static inline void adan_averages(const lrr_optim_k *c, lrr_real d, lrr_real *m,
                                 lrr_real *v, lrr_real *q, lrr_real *last)
{
    const lrr_real e = c->part * (d - *last);
    const lrr_real z = d + c->mu * e;
    *m = average(*m, d, c->w1);
    *v = average(*v, e, c->w2);
    *q = average(*q, z * z, c->w3);
    *last = d;
}

void LRR_SIMD(optim_adan)(const lrr_optim_k *k, lrr_real *restrict x,
                          const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    lrr_real *restrict q = s[2];
    lrr_real *restrict last = s[3];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        adan_averages(&c, d, &m[i], &v[i], &q[i], &last[i]);
        const lrr_real u = (c.a * m[i] + c.b * v[i]) / (c.root * sqrt(q[i]) + c.eps);
        x[i] = c.keep * (x[i] - c.lr * u);
    }
}

void LRR_SIMD(optim_adan_moments)(const lrr_optim_k *k, lrr_real *restrict x,
                                  const lrr_real *restrict g, lrr_real *const *s,
                                  size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    lrr_real *restrict q = s[2];
    lrr_real *restrict last = s[3];
    for (size_t i = 0; i < n; i++)
        adan_averages(&c, c.scale * g[i] + c.l2 * x[i], &m[i], &v[i], &q[i], &last[i]);
}

void LRR_SIMD(optim_adan_cautious)(const lrr_optim_k *k, lrr_real *restrict x,
                                   const lrr_real *restrict g, lrr_real *const *s,
                                   size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    lrr_real *restrict q = s[2];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        const lrr_real own = opposed(m[i], d) ? 0 : c.a * m[i];
        x[i] =
            c.keep * (x[i] - c.lr * (own + c.b * v[i]) / (c.root * sqrt(q[i]) + c.eps));
    }
}

static inline void ademamix_averages(const lrr_optim_k *c, lrr_real d, lrr_real *m,
                                     lrr_real *v, lrr_real *slow)
{
    *m = average(*m, d, c->w1);
    *v = average(*v, d * d, c->w2);
    *slow = average(*slow, d, c->w3);
}

void LRR_SIMD(optim_ademamix)(const lrr_optim_k *k, lrr_real *restrict x,
                              const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    lrr_real *restrict slow = s[2];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        ademamix_averages(&c, d, &m[i], &v[i], &slow[i]);
        const lrr_real u = (c.a * m[i] + c.b * slow[i]) / (c.root * sqrt(v[i]) + c.eps);
        x[i] = c.keep * x[i] - c.lr * u;
    }
}

void LRR_SIMD(optim_ademamix_moments)(const lrr_optim_k *k, lrr_real *restrict x,
                                      const lrr_real *restrict g, lrr_real *const *s,
                                      size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    lrr_real *restrict slow = s[2];
    for (size_t i = 0; i < n; i++) {
        ademamix_averages(&c, c.scale * g[i] + c.l2 * x[i], &m[i], &v[i], &slow[i]);
        x[i] = c.keep * x[i];
    }
}

void LRR_SIMD(optim_ademamix_cautious)(const lrr_optim_k *k, lrr_real *restrict x,
                                       const lrr_real *restrict g, lrr_real *const *s,
                                       size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    lrr_real *restrict slow = s[2];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        const lrr_real own = opposed(m[i], d) ? 0 : c.a * m[i];
        x[i] -= c.lr * (own + c.b * slow[i]) / (c.root * sqrt(v[i]) + c.eps);
    }
}

void LRR_SIMD(optim_free_sgd)(const lrr_optim_k *k, lrr_real *restrict x,
                              const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict z = s[0];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i] + c.l2 * x[i];
        x[i] = average(x[i], z[i], c.w1) + c.a * d;
        z[i] -= c.lr * d;
    }
}

void LRR_SIMD(optim_free_adamw)(const lrr_optim_k *k, lrr_real *restrict x,
                                const lrr_real *restrict g, lrr_real *const *s,
                                size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict z = s[0];
    lrr_real *restrict v = s[1];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = c.scale * g[i];
        lrr_real u;
        v[i] = average(v[i], d * d, c.w2);
        u = d / (c.root * sqrt(v[i]) + c.eps) + c.l2 * x[i];
        x[i] = average(x[i], z[i], c.w1) + c.a * u;
        z[i] -= c.lr * u;
    }
}

void LRR_SIMD(optim_free_average)(const lrr_optim_k *k, lrr_real *restrict x,
                                  const lrr_real *restrict g, lrr_real *const *s,
                                  size_t n)
{
    const lrr_optim_k c = *k;
    const lrr_real *restrict z = s[0];
    (void)g;
    for (size_t i = 0; i < n; i++)
        x[i] += c.a * (x[i] - z[i]);
}

void LRR_SIMD(optim_free_start)(const lrr_optim_k *k, lrr_real *restrict x,
                                const lrr_real *restrict g, lrr_real *const *s,
                                size_t n)
{
    lrr_real *restrict z = s[0];
    (void)k;
    (void)g;
    for (size_t i = 0; i < n; i++)
        z[i] = x[i];
}

double LRR_SIMD(optim_square_sum)(const lrr_real *x, size_t n)
{
    double lane[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += (double)x[i + l] * (double)x[i + l];
    for (size_t l = 0; i + l < n; l++)
        lane[l] += (double)x[i + l] * (double)x[i + l];
    return tree(lane);
}

double LRR_SIMD(optim_square_rows)(const lrr_real *x, size_t n, const uint8_t *touched,
                                   size_t dim, size_t at)
{
    double lane[LANES] = { 0 };
    for (size_t i = 0, end; i < n; i = end, at = 0, touched++) {
        end = n - i < dim - at ? n : i + dim - at;
        for (size_t k = i; *touched != 0 && k < end; k += LANES)
            for (size_t l = 0; l < LANES; l++)
                lane[l] += (double)x[k + l] * (double)x[k + l];
    }
    return tree(lane);
}

/* Adds the squares of x and u of `lanes` elements to the partial sums. */
static inline void lamb_block(const lrr_optim_k *c, const lrr_real *x,
                              const lrr_real *m, const lrr_real *v, size_t lanes,
                              double *xx, double *uu)
{
    for (size_t l = 0; l < lanes; l++) {
        const lrr_real u = c->b * m[l] / (c->root * sqrt(v[l]) + c->eps) + c->l2 * x[l];
        xx[l] += (double)x[l] * (double)x[l];
        uu[l] += (double)u * (double)u;
    }
}

void LRR_SIMD(optim_lamb_norms)(const lrr_optim_k *k, const lrr_real *x,
                                const lrr_real *g, lrr_real *const *s, size_t n,
                                double sum[2])
{
    (void)g;
    const lrr_optim_k c = *k;
    const lrr_real *m = s[0], *v = s[1];
    double xx[LANES] = { 0 }, uu[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        lamb_block(&c, x + i, m + i, v + i, LANES, xx, uu);
    lamb_block(&c, x + i, m + i, v + i, n - i, xx, uu);
    sum[0] = tree(xx);
    sum[1] = tree(uu);
}

static inline void agreeing_block(const lrr_optim_k *c, const lrr_real *x,
                                  const lrr_real *g, const lrr_real *m, size_t lanes,
                                  double *sum)
{
    for (size_t l = 0; l < lanes; l++) {
        const lrr_real d = c->scale * g[l] + c->l2 * x[l];
        sum[l] += opposed(average(m[l], d, c->mix), d) ? 0 : 1;
    }
}

void LRR_SIMD(optim_agreeing)(const lrr_optim_k *k, const lrr_real *x,
                              const lrr_real *g, lrr_real *const *s, size_t n,
                              double sum[2])
{
    const lrr_optim_k c = *k;
    double lane[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        agreeing_block(&c, x + i, g + i, s[0] + i, LANES, lane);
    agreeing_block(&c, x + i, g + i, s[0] + i, n - i, lane);
    sum[0] = tree(lane);
    sum[1] = 0;
}

void LRR_SIMD(optim_scale)(lrr_real *g, lrr_real scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g[i] *= scale;
}

void LRR_SIMD(optim_clamp)(lrr_real *g, lrr_real most, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g[i] = g[i] > most ? most : g[i] < -most ? -most : g[i];
}

void LRR_SIMD(optim_average)(lrr_real *restrict e, const lrr_real *restrict x,
                             lrr_real w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        e[i] = average(e[i], x[i], w);
}

void LRR_SIMD(optim_swap)(lrr_real *restrict e, lrr_real *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const lrr_real old = e[i];
        e[i] = x[i];
        x[i] = old;
    }
}
