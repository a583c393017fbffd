/* order.c -- see order.h. */
#include "data/order.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "data/strata.h"

/* Batches in a pool: enough for even lengths, few enough that batches keep mixing. */
enum { POOL = 64 };

struct lrr_order {
    const lrr_dataset *d;
    lrr_order_cfg cfg;
    size_t n, used, count; /* samples of the split; of an epoch; batches */
    bool ready;
    uint64_t epoch;   /* of sample and place, when ready */
    uint32_t *sample; /* (n) in epoch order */
    uint32_t *place;  /* (count) which cut of sample is batch i; NULL without buckets */
    uint32_t *scratch; /* (n) for sorting; NULL without buckets */
    uint32_t *
        by_stratum; /* (n) the split's samples, stratum by stratum; NULL: not balanced */
    size_t n_strata,
        *start; /* (n_strata + 1) where in it those that have samples begin */
};

/* Counting sort of the split's samples. */
static lrr_status new_strata(lrr_order *o, lrr_error *err)
{
    const uint32_t *index = o->d->index[o->cfg.split];
    const size_t k = lrr_strata_count(o->d);
    size_t there = 0, at = 0, *start;
    lrr_status st;
    if (k == 0)
        return lrr_fail(err, LRR_EINVAL,
                        "sampler = \"balanced\" is for samples with a class each");
    st = lrr_mem_new(o->n, sizeof *index, "the order of samples", &o->by_stratum, err);
    if (st == LRR_OK)
        st = lrr_mem_new(k + 2, sizeof *start, "the order of samples", &o->start, err);
    if (st != LRR_OK)
        return st;
    start =
        o->start; /* first of stratum c: start[c + 1], one place on while it fills */
    for (size_t i = 0; i < o->n; i++)
        start[lrr_stratum_of(o->d, index[i]) + 2]++;
    for (size_t c = 0; c < k; c++)
        start[c + 2] += start[c + 1];
    for (size_t i = 0; i < o->n; i++)
        o->by_stratum[start[lrr_stratum_of(o->d, index[i]) + 1]++] = index[i];
    for (size_t c = 0; c < k; c++) { /* now start[c + 1] is where c ends */
        if (start[c + 1] > at) {
            at = start[c + 1];
            start[++there] = at;
        }
    }
    start[0] = 0;
    o->n_strata = there;
    return LRR_OK;
}

static void draw_balanced(lrr_order *o, uint64_t epoch)
{
    const lrr_key key = lrr_rng_key(o->cfg.seed, LRR_STREAM_SAMPLER, o->cfg.split);
    for (size_t i = 0; i < o->n; i++) {
        const size_t c = (size_t)lrr_rng_below(key, 2 * i, epoch, o->n_strata);
        const size_t from = o->start[c], n = o->start[c + 1] - from;
        const size_t place = (size_t)lrr_rng_below(key, 2 * i + 1, epoch, n);
        o->sample[i] = o->by_stratum[from + place];
    }
}

lrr_status lrr_order_new(const lrr_dataset *d, const lrr_order_cfg *cfg,
                         lrr_order **out, lrr_error *err)
{
    static const char *const name[] = { "train", "val", "test" };
    lrr_order *o = NULL;
    lrr_status st;
    *out = NULL;
    if (cfg->batch == 0)
        return lrr_fail(err, LRR_EINVAL, "batch is 0, want 1 or more");
    if (d->n_index[cfg->split] == 0)
        return lrr_fail(err, LRR_EINVAL, "the data have no %s split", name[cfg->split]);
    if (cfg->drop_last && d->n_index[cfg->split] < cfg->batch)
        return lrr_fail(
            err, LRR_EINVAL,
            "the %s split has %zu sample%s, a batch %zu: drop_last = true "
            "leaves none to train; want a smaller batch, or drop_last = false",
            name[cfg->split], d->n_index[cfg->split],
            d->n_index[cfg->split] == 1 ? "" : "s", cfg->batch);
    if ((st = lrr_mem_new(1, sizeof *o, "the order of samples", &o, err)) != LRR_OK)
        return st;
    o->d = d;
    o->cfg = *cfg;
    o->cfg.bucket = cfg->bucket && d->offset != NULL;
    o->n = d->n_index[cfg->split];
    o->count = cfg->drop_last ? o->n / cfg->batch : (o->n - 1) / cfg->batch + 1;
    o->used = cfg->drop_last ? o->count * cfg->batch : o->n;
    st = lrr_mem_new(o->n, sizeof *o->sample, "the order of samples", &o->sample, err);
    if (st == LRR_OK && o->cfg.bucket)
        st = lrr_mem_new(o->n, sizeof *o->scratch, "the order of samples", &o->scratch,
                         err);
    if (st == LRR_OK && o->cfg.bucket)
        st = lrr_mem_new(o->count, sizeof *o->place, "the order of batches", &o->place,
                         err);
    if (st == LRR_OK && cfg->balanced)
        st = new_strata(o, err);
    if (st != LRR_OK) {
        lrr_order_free(o);
        return st;
    }
    *out = o;
    return LRR_OK;
}

void lrr_order_free(lrr_order *o)
{
    if (o == NULL)
        return;
    lrr_mem_free(o->sample);
    lrr_mem_free(o->scratch);
    lrr_mem_free(o->place);
    lrr_mem_free(o->by_stratum);
    lrr_mem_free(o->start);
    lrr_mem_free(o);
}

size_t lrr_order_count(const lrr_order *o)
{
    return o->count;
}

size_t lrr_order_samples(const lrr_order *o)
{
    return o->used;
}

static uint64_t length(const lrr_dataset *d, uint32_t i)
{
    return d->offset[i + 1] - d->offset[i];
}

/* Merge sort by length: stable, so that equal lengths keep their permuted order. */
static void sort_by_length(const lrr_dataset *d, uint32_t *a, uint32_t *tmp, size_t n)
{
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * run) {
            size_t mid = lo + run < n ? lo + run : n;
            size_t hi = lo + 2 * run < n ? lo + 2 * run : n;
            for (size_t i = lo, j = mid, k = lo; k < hi; k++) {
                bool left = i < mid && (j == hi || length(d, a[i]) <= length(d, a[j]));
                tmp[k] = left ? a[i++] : a[j++];
            }
        }
        memcpy(a, tmp, n * sizeof *a);
    }
}

static void arrange(lrr_order *o, uint64_t epoch)
{
    const uint32_t *index = o->d->index[o->cfg.split];
    if (o->cfg.balanced) {
        draw_balanced(o, epoch);
    } else if (o->cfg.shuffle) {
        lrr_key key = lrr_rng_key(o->cfg.seed, LRR_STREAM_SHUFFLE, o->cfg.split);
        lrr_rng_permute(key, epoch, o->sample, o->n);
        for (size_t i = 0; i < o->n; i++)
            o->sample[i] = index[o->sample[i]];
    } else {
        memcpy(o->sample, index, o->n * sizeof *index);
    }
    if (o->cfg.bucket && !o->cfg.shuffle) {
        sort_by_length(o->d, o->sample, o->scratch, o->used);
        for (size_t i = 0; i < o->count; i++)
            o->place[i] = (uint32_t)i;
    } else if (o->cfg.bucket) {
        size_t pool = lrr_size_mul(o->cfg.batch, POOL);
        for (size_t at = 0; at < o->used; at += pool) {
            size_t n = o->used - at < pool ? o->used - at : pool;
            sort_by_length(o->d, o->sample + at, o->scratch, n);
            if (n < pool)
                break;
        }
        lrr_rng_permute(lrr_rng_key(o->cfg.seed, LRR_STREAM_BUCKET, o->cfg.split),
                        epoch, o->place, o->count);
    }
    o->epoch = epoch;
    o->ready = true;
}

const uint32_t *lrr_order_batch(lrr_order *o, uint64_t epoch, size_t index, size_t *n)
{
    size_t at;
    LRR_ASSERT(index < o->count);
    if (!o->ready || o->epoch != epoch)
        arrange(o, epoch);
    at = (o->place != NULL ? o->place[index] : index) * o->cfg.batch;
    *n = o->n - at < o->cfg.batch ? o->n - at : o->cfg.batch;
    return o->sample + at;
}
