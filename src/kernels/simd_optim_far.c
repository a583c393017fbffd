/* simd_optim_far.c -- see optim_far.h. Compiled once for each instruction set (simd.h). */
#include <tgmath.h>

#include "kernels/optim_lanes.h"
#include "kernels/simd.h"

void LRR_SIMD(optim_away)(const lrr_optim_k *k, lrr_real *restrict x,
                          const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_real a = k->a;
    (void)s;
    for (size_t i = 0; i < n; i++)
        x[i] += a * g[i];
}

void LRR_SIMD(optim_away_adaptive)(const lrr_optim_k *k, lrr_real *restrict x,
                                   const lrr_real *restrict g, lrr_real *const *s,
                                   size_t n)
{
    const lrr_real a = k->a;
    (void)s;
    for (size_t i = 0; i < n; i++)
        x[i] += a * (x[i] * x[i] * g[i]);
}

static inline lrr_real plain_d(const lrr_optim_k *c, lrr_real g)
{
    return c->scale * g;
}

static inline lrr_real decayed_d(const lrr_optim_k *c, lrr_real x, lrr_real g)
{
    return c->scale * g + c->l2 * x;
}

void LRR_SIMD(optim_prodigy_moments)(const lrr_optim_k *k, lrr_real *restrict x,
                                     const lrr_real *restrict g, lrr_real *const *s,
                                     size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    lrr_real *restrict sum = s[2];
    (void)x;
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = plain_d(&c, g[i]);
        m[i] = c.mu * m[i] + c.part * d;
        v[i] = (v[i] - c.w2 * v[i]) + c.b * (d * d);
        sum[i] = (sum[i] - c.w3 * sum[i]) + c.a * d;
    }
}

void LRR_SIMD(optim_prodigy)(const lrr_optim_k *k, lrr_real *restrict x,
                             const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    lrr_real *restrict moved = s[3];
    (void)g;
    for (size_t i = 0; i < n; i++) {
        const lrr_real u = c.l2 * x[i] + c.lr * m[i] / (sqrt(v[i]) + c.eps);
        x[i] -= u;
        moved[i] -= u;
    }
}

void LRR_SIMD(optim_dadapt)(const lrr_optim_k *k, lrr_real *restrict x,
                            const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict m = s[0];
    lrr_real *restrict v = s[1];
    lrr_real *restrict sum = s[2];
    for (size_t i = 0; i < n; i++) {
        const lrr_real d = decayed_d(&c, x[i], g[i]);
        m[i] = c.mu * m[i] + c.part * d;
        v[i] = average(v[i], d * d, c.w2);
        sum[i] = (sum[i] - c.w3 * sum[i]) + c.a * d;
        x[i] = c.keep * x[i] - m[i] / (sqrt(v[i]) + c.eps);
    }
}

void LRR_SIMD(optim_dog)(const lrr_optim_k *k, lrr_real *restrict x,
                         const lrr_real *restrict g, lrr_real *const *s, size_t n)
{
    const lrr_optim_k c = *k;
    lrr_real *restrict moved = s[0];
    lrr_real *restrict mean = s[1];
    for (size_t i = 0; i < n; i++) {
        const lrr_real u = c.lr * decayed_d(&c, x[i], g[i]);
        x[i] -= u;
        moved[i] -= u;
        mean[i] = average(mean[i], x[i], c.w1);
    }
}

void LRR_SIMD(optim_dog_take)(const lrr_optim_k *k, lrr_real *restrict x,
                              const lrr_real *g, lrr_real *const *s, size_t n)
{
    const lrr_real *restrict mean = s[1];
    (void)g;
    for (size_t i = 0; k->part != 0 && i < n; i++)
        x[i] = mean[i];
}

void LRR_SIMD(optim_dog_set)(const lrr_optim_k *k, lrr_real *restrict x,
                             const lrr_real *g, lrr_real *const *s, size_t n)
{
    lrr_real *restrict mean = s[1];
    (void)k;
    (void)g;
    for (size_t i = 0; i < n; i++)
        mean[i] = x[i];
}

static inline void dot_block(const lrr_real *x, const lrr_real *g, size_t lanes,
                             double *sum)
{
    for (size_t l = 0; l < lanes; l++)
        sum[l] += (double)x[l] * (double)g[l];
}

double LRR_SIMD(optim_product_sum)(const lrr_real *x, const lrr_real *g, size_t n)
{
    double lane[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        dot_block(x + i, g + i, LANES, lane);
    dot_block(x + i, g + i, n - i, lane);
    return tree(lane);
}

static inline void product_block(const lrr_real *x, const lrr_real *g, size_t lanes,
                                 double *sum)
{
    for (size_t l = 0; l < lanes; l++) {
        const double p = (double)x[l] * (double)g[l];
        sum[l] += p * p;
    }
}

double LRR_SIMD(optim_product_square_sum)(const lrr_real *x, const lrr_real *g,
                                          size_t n)
{
    double lane[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        product_block(x + i, g + i, LANES, lane);
    product_block(x + i, g + i, n - i, lane);
    return tree(lane);
}

static inline double size_of(lrr_real z)
{
    return (double)fabs(z);
}

double LRR_SIMD(optim_size_sum)(const lrr_real *x, size_t n)
{
    double lane[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += size_of(x[i + l]);
    for (size_t l = 0; i + l < n; l++)
        lane[l] += size_of(x[i + l]);
    return tree(lane);
}

double LRR_SIMD(optim_largest)(const lrr_real *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        const double size = size_of(x[i]);
        most = size <= most ? most : size;
        if (size != size)
            return size;
    }
    return most;
}

void LRR_SIMD(optim_add)(lrr_real *restrict y, lrr_real a, const lrr_real *restrict x,
                         size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

void LRR_SIMD(optim_multiple)(lrr_real *restrict y, lrr_real a,
                              const lrr_real *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = a * x[i];
}

void LRR_SIMD(optim_from)(lrr_real *restrict y, const lrr_real *restrict z, lrr_real a,
                          const lrr_real *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = z[i] + a * x[i];
}

static inline void prodigy_block(const lrr_optim_k *c, const lrr_real *g,
                                 const lrr_real *s, const lrr_real *moved, size_t lanes,
                                 double *along, double *size)
{
    for (size_t l = 0; l < lanes; l++) {
        along[l] += (double)plain_d(c, g[l]) * (double)moved[l];
        size[l] += size_of(s[l]);
    }
}

void LRR_SIMD(optim_prodigy_sums)(const lrr_optim_k *k, const lrr_real *x,
                                  const lrr_real *g, lrr_real *const *s, size_t n,
                                  double sum[2])
{
    const lrr_optim_k c = *k;
    double along[LANES] = { 0 }, size[LANES] = { 0 };
    size_t i = 0;
    (void)x;
    for (; i + LANES <= n; i += LANES)
        prodigy_block(&c, g + i, s[2] + i, s[3] + i, LANES, along, size);
    prodigy_block(&c, g + i, s[2] + i, s[3] + i, n - i, along, size);
    sum[0] = tree(along);
    sum[1] = tree(size);
}

static inline void dadapt_block(const lrr_optim_k *c, const lrr_real *x,
                                const lrr_real *g, const lrr_real *v, const lrr_real *s,
                                size_t lanes, double *sum)
{
    for (size_t l = 0; l < lanes; l++)
        sum[l] +=
            (double)decayed_d(c, x[l], g[l]) * (double)(s[l] / (sqrt(v[l]) + c->eps));
}

void LRR_SIMD(optim_dadapt_before)(const lrr_optim_k *k, const lrr_real *x,
                                   const lrr_real *g, lrr_real *const *s, size_t n,
                                   double sum[2])
{
    const lrr_optim_k c = *k;
    double lane[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        dadapt_block(&c, x + i, g + i, s[1] + i, s[2] + i, LANES, lane);
    dadapt_block(&c, x + i, g + i, s[1] + i, s[2] + i, n - i, lane);
    sum[0] = tree(lane);
    sum[1] = 0;
}

void LRR_SIMD(optim_dadapt_sums)(const lrr_optim_k *k, const lrr_real *x,
                                 const lrr_real *g, lrr_real *const *s, size_t n,
                                 double sum[2])
{
    (void)k;
    (void)x;
    (void)g;
    sum[0] = 0;
    sum[1] = LRR_SIMD(optim_size_sum)(s[2], n);
}

static inline void dog_block(const lrr_optim_k *c, const lrr_real *x, const lrr_real *g,
                             const lrr_real *y, size_t lanes, double *far,
                             double *square)
{
    for (size_t l = 0; l < lanes; l++) {
        const lrr_real d = decayed_d(c, x[l], g[l]);
        far[l] += (double)y[l] * (double)y[l];
        square[l] += (double)d * (double)d;
    }
}

void LRR_SIMD(optim_dog_sums)(const lrr_optim_k *k, const lrr_real *x,
                              const lrr_real *g, lrr_real *const *s, size_t n,
                              double sum[2])
{
    const lrr_optim_k c = *k;
    const lrr_real *y = c.part != 0 ? x : s[0];
    double far[LANES] = { 0 }, square[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        dog_block(&c, x + i, g + i, y + i, LANES, far, square);
    dog_block(&c, x + i, g + i, y + i, n - i, far, square);
    sum[0] = tree(far);
    sum[1] = tree(square);
}
