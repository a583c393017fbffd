/* pick.c -- see pick.h. */
#include "train/pick.h"

#include <math.h>
#include <stdbool.h>

#include "base/dmath.h"
#include "base/mem.h"
#include "base/rng.h"

/* A class and its weight, not divided by the sum of all. */
typedef struct item {
    double weight;
    uint32_t place;
} item;

size_t lrr_pick_work(size_t n)
{
    return lrr_size_mul(n, sizeof(item));
}

/* Whether a stands before b. Weights may be equal where scores are not: they underflow. */
static bool before(const lrr_real *score, const item *a, const item *b)
{
    if (score[a->place] != score[b->place])
        return score[a->place] > score[b->place];
    return a->place < b->place;
}

static void sift(const lrr_real *score, item *items, size_t n, size_t at)
{
    const item moving = items[at];
    for (size_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && before(score, &items[child + 1], &items[child]))
            child++;
        if (!before(score, &items[child], &moving))
            break;
        items[at] = items[child];
        at = child;
    }
    items[at] = moving;
}

/* The classes that may be taken: a heap of those left, the first in order on top, and behind
** it, from the end on, those that were taken off it. */
typedef struct heap {
    const lrr_real *score;
    item *items;
    size_t n, taken;
    double sum; /* of the weights of those taken */
} heap;

static void order(heap *h)
{
    for (size_t i = h->n / 2; i-- > 0;)
        sift(h->score, h->items, h->n, i);
}

static void take(heap *h)
{
    const size_t left = h->n - h->taken - 1;
    const item first = h->items[0];
    h->items[0] = h->items[left];
    h->items[left] = first;
    sift(h->score, h->items, left, 0);
    h->sum += first.weight;
    h->taken++;
}

/* The weight of the k-th in order that were taken. */
static double weight_of(const heap *h, size_t k)
{
    return h->items[h->n - 1 - k].weight;
}

/* The first in order; n where a score cannot be. */
static size_t first_of(const lrr_real *score, size_t n, size_t from)
{
    size_t best = n;
    for (size_t i = from; i < n; i++) {
        if (isnan(score[i]) || (isinf(score[i]) && score[i] > 0))
            return n;
        if (isfinite(score[i]) && (best == n || score[i] > score[best]))
            best = i;
    }
    return best;
}

static void fill(heap *h, const lrr_pick_cfg *cfg, size_t n, double best)
{
    for (size_t i = cfg->from; i < n; i++)
        h->items[h->n++] =
            (item){ lrr_dexp(((double)h->score[i] - best) / cfg->temperature),
                    (uint32_t)i };
}

static double sum_of(const heap *h)
{
    double sum = 0;
    for (size_t i = 0; i < h->n; i++)
        sum += h->items[i].weight;
    return sum;
}

/* Takes those that top_k and top_p leave; gives how many, and the sum of their weights. */
static size_t narrow(heap *h, const lrr_pick_cfg *cfg, double *sum)
{
    const bool few = cfg->top_k > 0 && cfg->top_k < h->n;
    size_t kept = 0;
    *sum = sum_of(h);
    if (!few && cfg->top_p >= 1)
        return h->n; /* in any order */
    order(h);
    if (few) {
        while (h->taken < cfg->top_k)
            take(h);
        *sum = h->sum;
    }
    const double mass = cfg->top_p * *sum;
    for (*sum = 0; kept < (few ? h->taken : h->n) && (kept == 0 || *sum < mass);
         kept++) {
        if (kept == h->taken)
            take(h);
        *sum += weight_of(h, kept);
    }
    return kept;
}

size_t lrr_pick(const lrr_pick_cfg *cfg, const lrr_real *score, size_t n,
                uint64_t index, void *work)
{
    const size_t best = first_of(score, n, cfg->from);
    const lrr_key key = lrr_rng_key(cfg->seed, LRR_STREAM_GENERATE, 0);
    heap h = { .score = score, .items = work };
    size_t kept;
    double sum, u;
    if (best == n || cfg->temperature == 0)
        return best;
    fill(&h, cfg, n, (double)score[best]);
    kept = narrow(&h, cfg, &sum);
    u = lrr_rng_uniform(key, index, 0) * sum;
    for (size_t i = 0; i + 1 < kept; i++) {
        u -= weight_of(&h, i);
        if (u < 0)
            return h.items[h.n - 1 - i].place;
    }
    return h.items[h.n - kept].place;
}
