/* synthetic.c -- see synthetic.h. */
#include "readers/synthetic.h"

#include "base/dmath.h"
#include "base/mem.h"
#include "base/rng.h"
#include "data/windows.h"

/* Kinds of numbers, each with a key of its own. */
enum { KEY_PLACE, KEY_NOISE, KEY_CENTRE };

static lrr_key key_of(const lrr_synthetic_cfg *cfg, uint64_t what)
{
    return lrr_rng_key(cfg->seed, LRR_STREAM_DATA, what);
}

static lrr_status plane_new(const lrr_synthetic_cfg *cfg, size_t dims,
                            lrr_dataset **out, lrr_error *err)
{
    const lrr_dataset_cfg made = { .kind = LRR_DATA_F32,
                                   .part = { cfg->n },
                                   .shape = lrr_shape_of1(dims),
                                   .classes = cfg->classes };
    lrr_status st = lrr_dataset_new(&made, out, err);
    for (size_t i = 0; st == LRR_OK && i < cfg->n; i++)
        (*out)->y_class[i] = (int32_t)(i % cfg->classes);
    return st;
}

static void put(const lrr_synthetic_cfg *cfg, lrr_dataset *d, size_t i, size_t j,
                double v)
{
    size_t at = i * d->width + j;
    v += cfg->noise * lrr_rng_normal(key_of(cfg, KEY_NOISE), at, 0);
    d->x.f32[at] = (float)v;
}

lrr_status lrr_spirals_new(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                           lrr_error *err)
{
    const double turns = 0.75;
    lrr_status st = plane_new(cfg, 2, out, err);
    for (size_t i = 0; st == LRR_OK && i < cfg->n; i++) {
        double r = lrr_rng_uniform(key_of(cfg, KEY_PLACE), i, 0);
        double v = (double)(i % cfg->classes) / (double)cfg->classes + turns * r;
        put(cfg, *out, i, 0, r * lrr_dcos2pi(v - 0.25)); /* sin(2 pi v) */
        put(cfg, *out, i, 1, r * lrr_dcos2pi(v));
    }
    return st;
}

lrr_status lrr_moons_new(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                         lrr_error *err)
{
    lrr_status st = plane_new(cfg, 2, out, err);
    for (size_t i = 0; st == LRR_OK && i < cfg->n; i++) {
        double v = 0.5 * lrr_rng_uniform(key_of(cfg, KEY_PLACE), i, 0);
        double x = lrr_dcos2pi(v), y = lrr_dcos2pi(v - 0.25);
        put(cfg, *out, i, 0, i % 2 == 0 ? x : 1 - x);
        put(cfg, *out, i, 1, i % 2 == 0 ? y : 0.5 - y);
    }
    return st;
}

lrr_status lrr_blobs_new(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                         lrr_error *err)
{
    lrr_status st = plane_new(cfg, cfg->dims, out, err);
    for (size_t i = 0; st == LRR_OK && i < cfg->n; i++) {
        for (size_t j = 0; j < cfg->dims; j++) {
            uint64_t centre = (i % cfg->classes) * cfg->dims + j;
            double c = -10 + 20 * lrr_rng_uniform(key_of(cfg, KEY_CENTRE), centre, 0);
            put(cfg, *out, i, j, c);
        }
    }
    return st;
}

lrr_status lrr_noise_windows(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                             lrr_error *err)
{
    const lrr_windows_cfg made = {
        .part = { cfg->n },
        .context = cfg->length,
        .n_tokens = lrr_size_add(lrr_size_mul(cfg->n, cfg->length), 1),
        .vocab = cfg->tokens,
    };
    const lrr_key key = key_of(cfg, KEY_PLACE);
    lrr_status st;
    *out = NULL;
    if (cfg->tokens < 2 || cfg->length == 0)
        return lrr_fail(err, LRR_EINVAL,
                        "tokens = %zu and length = %zu, want >= 2 and >= 1",
                        cfg->tokens, cfg->length);
    if ((st = lrr_windows_new(&made, out, err)) != LRR_OK)
        return st;
    for (size_t i = 0; i < made.n_tokens; i++)
        (*out)->x.tokens[i] = 1 + (int32_t)lrr_rng_below(key, i, 0, cfg->tokens - 1);
    for (size_t i = 0; i < cfg->n; i++)
        (*out)->start[i] = i * cfg->length;
    return LRR_OK;
}

lrr_status lrr_noise_new(const lrr_synthetic_cfg *cfg, lrr_dataset **out,
                         lrr_error *err)
{
    const bool tokens = cfg->tokens > 0;
    const lrr_dataset_cfg made = {
        .kind = tokens ? LRR_DATA_TOKENS : LRR_DATA_F32,
        .part = { cfg->n },
        .shape = tokens ? (lrr_shape){ 0 } : cfg->shape,
        .steps = lrr_size_mul(cfg->n, cfg->length),
        .classes = cfg->classes,
    };
    const lrr_key key = key_of(cfg, KEY_PLACE);
    lrr_dataset *d;
    lrr_status st;
    *out = NULL;
    if (tokens && (cfg->tokens < 2 || cfg->tokens > INT32_MAX || cfg->length == 0))
        return lrr_fail(err, LRR_EINVAL,
                        "tokens = %zu and length = %zu, want >= 2 and >= 1",
                        cfg->tokens, cfg->length);
    if ((st = lrr_dataset_new(&made, &d, err)) != LRR_OK)
        return st;
    for (size_t i = 0; i < cfg->n; i++)
        d->y_class[i] =
            (int32_t)lrr_rng_below(key_of(cfg, KEY_CENTRE), i, 0, cfg->classes);
    for (size_t i = 0; !tokens && i < cfg->n * d->width; i++)
        d->x.f32[i] = (float)lrr_rng_normal(key, i, 0);
    for (size_t i = 0; tokens && i < cfg->n * cfg->length; i++)
        d->x.tokens[i] = 1 + (int32_t)lrr_rng_below(key, i, 0, cfg->tokens - 1);
    if (tokens) {
        for (size_t i = 0; i <= cfg->n; i++)
            d->offset[i] = i * cfg->length;
        d->vocab = cfg->tokens;
        d->length_max = cfg->length;
    }
    *out = d;
    return LRR_OK;
}
