/*
** rng.h -- counter-based random numbers: Philox4x32-10.
**
** Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
** SC 2011. A number is a pure function of (key, counter), so that a dropout mask or a
** shuffle is the same for any number of threads, and resuming needs no state beyond
** the counters themselves.
**
** A key is made from the run's seed and a stream, one stream for each purpose. The
** counter is (index, step): which element, and which update, epoch or trial.
*/
#ifndef LRR_BASE_RNG_H
#define LRR_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

/* What a number is for. The order is part of every digest: append, never insert. */
#define LRR_STREAM_MAP(X) \
    X(INIT)               \
    X(SPLIT)              \
    X(SHUFFLE)            \
    X(DROPOUT)            \
    X(AUGMENT)            \
    X(SEARCH)             \
    X(DATA)               \
    X(LUA)                \
    X(BUCKET)             \
    X(TRIAL)              \
    X(SAMPLER)            \
    X(PROBE)              \
    X(GENERATE)

typedef enum lrr_stream {
#define X(name) LRR_STREAM_##name,
    LRR_STREAM_MAP(X)
#undef X
        LRR_STREAM_COUNT
} lrr_stream;

typedef struct lrr_key {
    uint32_t k[2];
} lrr_key;

/* The key of a stream. sub tells apart users of one stream (a layer, a parameter). */
lrr_key lrr_rng_key(uint64_t seed, lrr_stream stream, uint64_t sub);

/* 128 random bits of counter (index, step). Known answers: Random123's kat_vectors. */
void lrr_philox(const uint32_t ctr[4], const uint32_t key[2], uint32_t out[4]);
void lrr_rng_block(lrr_key key, uint64_t index, uint64_t step, uint32_t out[4]);

/* 64 random bits of (index, step). */
uint64_t lrr_rng_u64(lrr_key key, uint64_t index, uint64_t step);

/* Uniform in [0, 1) with 53 bits, and uniform in [0, n) without bias worth the name
** (multiply-high of 64 bits); n >= 1. */
double lrr_rng_uniform(lrr_key key, uint64_t index, uint64_t step);
uint64_t lrr_rng_below(lrr_key key, uint64_t index, uint64_t step, uint64_t n);

/* Standard normal: Box and Muller (1958) from one block, in double, libm-free. */
double lrr_rng_normal(lrr_key key, uint64_t index, uint64_t step);

/* x[from] .. x[to - 1]: uniform in [lo, hi), or normal with the given mean and deviation. Element i
** is number i of the key at step 0, whatever else is filled. */
void lrr_rng_fill_uniform(lrr_key key, lrr_real *x, size_t from, size_t to, double lo,
                          double hi);
void lrr_rng_fill_normal(lrr_key key, lrr_real *x, size_t from, size_t to, double mean,
                         double std);

/* p (n): a permutation of 0..n-1 (Fisher and Yates; Knuth, TAOCP 2, 3.4.2, P) that is
** a function of (key, step) alone. */
void lrr_rng_permute(lrr_key key, uint64_t step, uint32_t *p, size_t n);

#endif
