/*
** holes.c -- see holes.h.
**
** All parts of the block, given out or free, are a list in the order of their places, so
** that a part that is given back finds the holes beside it. Holes are a treap besides
** (Seidel and Aragon, Algorithmica 1996), ordered by size and place, whose priorities are
** mixed from the parts' numbers: chance has no part in it.
*/
#include "graph/holes.h"

#include <stdbool.h>

#include "base/mem.h"

/* A part of the block. Number 0 is none: the list's ends and the treap's leaves. */
typedef struct part {
    size_t at, bytes;
    uint32_t before,
        after;            /* neighbours; a part that is not in use: after is the next */
    uint32_t left, right; /* of a hole, in the treap */
    bool hole;
} part;

struct lrr_holes {
    part *part;
    uint32_t unused, last, root; /* last: the part at the block's end */
    size_t top;
};

lrr_status lrr__holes_new(size_t most, lrr_holes **out, lrr_error *err)
{
    /* A hole stands between two pieces, and one is made before its piece is. */
    const size_t n = 2 * most + 3;
    lrr_holes *h = NULL;
    lrr_status st;

    LRR_ASSERT(n < UINT32_MAX);
    st = lrr_mem_new(1, sizeof *h, "a memory plan", &h, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *h->part, "a memory plan", &h->part, err);
    if (st != LRR_OK) {
        lrr__holes_free(h);
        return st;
    }
    for (uint32_t i = 1; i + 1 < n; i++)
        h->part[i].after = i + 1;
    h->unused = 1;
    *out = h;
    return LRR_OK;
}

void lrr__holes_free(lrr_holes *h)
{
    if (h == NULL)
        return;
    lrr_mem_free(h->part);
    lrr_mem_free(h);
}

/* The finalizer of MurmurHash3 (Appleby): one to one, so that no two are equal. */
static uint32_t priority(uint32_t x)
{
    x = (x ^ x >> 16) * 0x85ebca6bU;
    x = (x ^ x >> 13) * 0xc2b2ae35U;
    return x ^ x >> 16;
}

static bool before(const lrr_holes *h, uint32_t a, uint32_t b)
{
    const part *x = &h->part[a], *y = &h->part[b];
    return x->bytes != y->bytes ? x->bytes < y->bytes : x->at < y->at;
}

/* Puts hole x into the treap: below all of higher priority, and what it finds there is
** cut in two along its own place. */
static void insert(lrr_holes *h, uint32_t x)
{
    uint32_t *link = &h->root, *less, *more, rest;

    while (*link != 0 && priority(*link) > priority(x))
        link = before(h, x, *link) ? &h->part[*link].left : &h->part[*link].right;
    rest = *link;
    *link = x;
    less = &h->part[x].left;
    more = &h->part[x].right;
    while (rest != 0) {
        const bool is_less = before(h, rest, x);
        uint32_t **side = is_less ? &less : &more;
        **side = rest;
        *side = is_less ? &h->part[rest].right : &h->part[rest].left;
        rest = **side;
    }
    *less = *more = 0;
}

/* Takes hole x out of the treap: its two sides become one in its place. */
static void take_out(lrr_holes *h, uint32_t x)
{
    uint32_t *link = &h->root, a = h->part[x].left, b = h->part[x].right;

    while (*link != x)
        link = before(h, x, *link) ? &h->part[*link].left : &h->part[*link].right;
    while (a != 0 && b != 0) {
        if (priority(a) > priority(b)) {
            *link = a;
            link = &h->part[a].right;
            a = *link;
        } else {
            *link = b;
            link = &h->part[b].left;
            b = *link;
        }
    }
    *link = a != 0 ? a : b;
}

/* The smallest hole of at least so many bytes, the lowest of equal ones; 0: none. */
static uint32_t find(const lrr_holes *h, size_t bytes)
{
    uint32_t best = 0;
    for (uint32_t i = h->root; i != 0;) {
        const bool fits = h->part[i].bytes >= bytes;
        best = fits ? i : best;
        i = fits ? h->part[i].left : h->part[i].right;
    }
    return best;
}

/* A new part behind part `x`; x = 0: before all. */
static uint32_t add_behind(lrr_holes *h, uint32_t x, size_t at, size_t bytes)
{
    const uint32_t i = h->unused;
    const uint32_t next = x != 0 ? h->part[x].after : 0;
    LRR_ASSERT(i != 0);
    h->unused = h->part[i].after;
    h->part[i] = (part){ .at = at, .bytes = bytes, .before = x, .after = next };
    if (x != 0)
        h->part[x].after = i;
    if (next != 0)
        h->part[next].before = i;
    else
        h->last = i;
    return i;
}

/* Hole `x` becomes a part of the one before it in the list. */
static void join(lrr_holes *h, uint32_t x)
{
    part *own = &h->part[x], *to = &h->part[own->before];
    to->bytes += own->bytes;
    to->after = own->after;
    if (own->after != 0)
        h->part[own->after].before = own->before;
    else
        h->last = own->before;
    own->after = h->unused;
    h->unused = x;
}

uint32_t lrr__holes_take(lrr_holes *h, size_t bytes)
{
    uint32_t i = find(h, bytes);
    if (i == 0) {
        const bool grows = h->last != 0 && h->part[h->last].hole;
        i = grows ? h->last : add_behind(h, h->last, h->top, 0);
        if (grows)
            take_out(h, i);
        h->part[i].bytes = bytes;
        h->top = lrr_size_add(h->part[i].at, bytes);
    } else {
        take_out(h, i);
    }
    h->part[i].hole = false;
    if (h->part[i].bytes > bytes) {
        const uint32_t rest =
            add_behind(h, i, h->part[i].at + bytes, h->part[i].bytes - bytes);
        h->part[i].bytes = bytes;
        h->part[rest].hole = true;
        insert(h, rest);
    }
    return i;
}

size_t lrr__holes_at(const lrr_holes *h, uint32_t piece)
{
    return h->part[piece].at;
}

void lrr__holes_give(lrr_holes *h, uint32_t piece)
{
    const uint32_t next = h->part[piece].after, last = h->part[piece].before;
    h->part[piece].hole = true;
    if (next != 0 && h->part[next].hole) {
        take_out(h, next);
        join(h, next);
    }
    if (last != 0 && h->part[last].hole) {
        take_out(h, last);
        join(h, piece);
        piece = last;
    }
    insert(h, piece);
}

size_t lrr__holes_top(const lrr_holes *h)
{
    return h->top;
}
