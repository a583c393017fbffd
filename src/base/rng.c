/* rng.c -- see rng.h. */
#include "base/rng.h"

#include "base/dmath.h"

static uint64_t mix(uint64_t x)
{
    /* splitmix64's finaliser (Steele, Lea, Flood, OOPSLA 2014): seeds 1, 2, 3 ... give
    ** keys that share no bits. */
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

lrr_key lrr_rng_key(uint64_t seed, lrr_stream stream, uint64_t sub)
{
    uint64_t h = mix(mix(mix(seed) ^ (uint64_t)stream) ^ sub);
    lrr_key key = { { (uint32_t)h, (uint32_t)(h >> 32) } };
    return key;
}

void lrr_philox(const uint32_t ctr[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = ctr[0], c1 = ctr[1], c2 = ctr[2], c3 = ctr[3];
    uint32_t k0 = key[0], k1 = key[1];

    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53U * c0, p1 = (uint64_t)0xCD9E8D57U * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        uint32_t n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

void lrr_rng_block(lrr_key key, uint64_t index, uint64_t step, uint32_t out[4])
{
    const uint32_t ctr[4] = { (uint32_t)index, (uint32_t)(index >> 32), (uint32_t)step,
                              (uint32_t)(step >> 32) };
    lrr_philox(ctr, key.k, out);
}

uint64_t lrr_rng_u64(lrr_key key, uint64_t index, uint64_t step)
{
    uint32_t b[4];
    lrr_rng_block(key, index, step, b);
    return (uint64_t)b[0] | (uint64_t)b[1] << 32;
}

double lrr_rng_uniform(lrr_key key, uint64_t index, uint64_t step)
{
    return (double)(lrr_rng_u64(key, index, step) >> 11) * 0x1p-53;
}

uint64_t lrr_rng_below(lrr_key key, uint64_t index, uint64_t step, uint64_t n)
{
    __extension__ typedef unsigned __int128 u128;
    return (uint64_t)(((u128)lrr_rng_u64(key, index, step) * n) >> 64);
}

static double normal_of(const uint32_t b[4])
{
    /* u in (0, 1]: its logarithm is finite. */
    double u = ((double)(((uint64_t)b[0] | (uint64_t)b[1] << 32) >> 11) + 1) * 0x1p-53;
    double v = (double)(((uint64_t)b[2] | (uint64_t)b[3] << 32) >> 11) * 0x1p-53;
    return lrr_dsqrt(-2 * lrr_dlog(u)) * lrr_dcos2pi(v);
}

double lrr_rng_normal(lrr_key key, uint64_t index, uint64_t step)
{
    uint32_t b[4];
    lrr_rng_block(key, index, step, b);
    return normal_of(b);
}

void lrr_rng_fill_uniform(lrr_key key, lrr_real *x, size_t from, size_t to, double lo,
                          double hi)
{
    for (size_t i = from; i < to; i++)
        x[i] = (lrr_real)(lo + (hi - lo) * lrr_rng_uniform(key, i, 0));
}

void lrr_rng_fill_normal(lrr_key key, lrr_real *x, size_t from, size_t to, double mean,
                         double std)
{
    for (size_t i = from; i < to; i++)
        x[i] = (lrr_real)(mean + std * lrr_rng_normal(key, i, 0));
}

/* Where the elements first..first + DRAWN - 1 go, by lrr_rng_below: all at once, so that none waits
** for another. */
enum { DRAWN = 32 };
static void draw_places(lrr_key key, uint64_t step, size_t first, uint32_t place[DRAWN])
{
    uint32_t c0[DRAWN], c1[DRAWN], c2[DRAWN], c3[DRAWN];
    uint32_t k0 = key.k[0], k1 = key.k[1];
    for (size_t i = 0; i < DRAWN; i++) {
        c0[i] = (uint32_t)(first + i);
        c1[i] = (uint32_t)((uint64_t)(first + i) >> 32);
        c2[i] = (uint32_t)step;
        c3[i] = (uint32_t)(step >> 32);
    }
    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < DRAWN; i++) {
            const uint64_t p0 = (uint64_t)0xD2511F53U * c0[i];
            const uint64_t p1 = (uint64_t)0xCD9E8D57U * c2[i];
            c0[i] = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
            c2[i] = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
            c1[i] = (uint32_t)p1;
            c3[i] = (uint32_t)p0;
        }
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    for (size_t i = 0; i < DRAWN; i++)
        place[i] = (uint32_t)((((uint64_t)c1[i] * (first + i)) +
                               (((uint64_t)c0[i] * (first + i)) >> 32)) >>
                              32);
}

void lrr_rng_permute(lrr_key key, uint64_t step, uint32_t *p, size_t n)
{
    uint32_t place[DRAWN];
    size_t i = n;
    for (size_t k = 0; k < n; k++)
        p[k] = (uint32_t)k;
    for (; i > DRAWN; i -= DRAWN) {
        draw_places(key, step, i - DRAWN + 1, place);
        for (size_t k = 0; k < DRAWN; k++)
            __builtin_prefetch(&p[place[k]], 1);
        for (size_t k = DRAWN; k-- > 0;) {
            uint32_t *last = &p[i - DRAWN + k], *other = &p[place[k]], t = *last;
            *last = *other;
            *other = t;
        }
    }
    for (; i > 1; i--) {
        size_t j = (size_t)lrr_rng_below(key, i, step, i);
        uint32_t t = p[i - 1];
        p[i - 1] = p[j];
        p[j] = t;
    }
}
