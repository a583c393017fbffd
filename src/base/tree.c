/* tree.c -- see tree.h. */
#include "base/tree.h"

#include <stdbool.h>

#include "base/error.h"

/* Whether one holder has all leaves lo .. hi - 1. */
typedef struct holding {
    size_t leaves, n; /* n 0: only from .. to - 1 are held */
    size_t from, to;
} holding;

size_t lrr_tree_cut(size_t n, size_t shares, size_t i)
{
    return n / shares * i + n % shares * i / shares;
}

static size_t middle(size_t lo, size_t hi)
{
    size_t half = 1;
    while (half * 2 < hi - lo)
        half *= 2;
    return lo + half;
}

static bool is_held(const holding *h, size_t lo, size_t hi)
{
    if (h->n == 0)
        return h->from <= lo && hi <= h->to;
    for (size_t i = 0; i < h->n; i++)
        if (lrr_tree_cut(h->leaves, h->n, i) <= lo &&
            hi <= lrr_tree_cut(h->leaves, h->n, i + 1))
            return true;
    return false;
}

/* The additions beneath lo .. hi - 1 and its own that are held, or that are not. Depth: 10. */
static lrr_merge *visit(const holding *h, bool held, size_t lo, size_t hi,
                        lrr_merge *out) /* NOLINT(misc-no-recursion) */
{
    size_t mid;
    if (hi - lo < 2)
        return out;
    mid = middle(lo, hi);
    out = visit(h, held, lo, mid, out);
    out = visit(h, held, mid, hi, out);
    if (is_held(h, lo, hi) == held)
        *out++ = (lrr_merge){ lo, mid };
    return out;
}

size_t lrr_tree_within(size_t leaves, size_t from, size_t to, lrr_merge *out)
{
    const holding h = { .leaves = leaves, .from = from, .to = to };
    return (size_t)(visit(&h, true, 0, leaves, out) - out);
}

size_t lrr_tree_across(size_t leaves, size_t holders, lrr_merge *out)
{
    const holding h = { .leaves = leaves, .n = holders };
    return (size_t)(visit(&h, false, 0, leaves, out) - out);
}

size_t lrr_tree_tops(size_t leaves, size_t holders, size_t holder, size_t *out)
{
    const size_t from = lrr_tree_cut(leaves, holders, holder),
                 to = lrr_tree_cut(leaves, holders, holder + 1);
    lrr_merge merge[LRR_TREE_MAX];
    bool used[LRR_TREE_MAX] = { false };
    size_t count = 0, merges;

    LRR_ASSERT(leaves <= LRR_TREE_MAX);
    merges = lrr_tree_within(leaves, from, to, merge);
    for (size_t i = 0; i < merges; i++)
        used[merge[i].from] = true;
    for (size_t i = from; i < to; i++)
        if (!used[i])
            out[count++] = i;
    return count;
}

void lrr_tree_sum(double *rows, size_t leaves, size_t n)
{
    lrr_merge merge[LRR_TREE_MAX];
    size_t merges;

    LRR_ASSERT(leaves <= LRR_TREE_MAX);
    merges = lrr_tree_within(leaves, 0, leaves, merge);
    for (size_t m = 0; m < merges; m++)
        for (size_t i = 0; i < n; i++)
            rows[merge[m].to * n + i] += rows[merge[m].from * n + i];
}
