/*
** offsets.c -- see offsets.h.
**
** Three ways, of which the shortest block is taken. Two go through time, forwards and
** backwards, and give each span the hole that it fits best: n log n. The third puts each
** span, largest first, at the lowest place where it overlaps nothing of its time (greedy
** by size: Pisarchyk and Lee, arXiv 2001.03288): n^2, for as many spans as cost nothing.
** No block is shorter than what is alive at once; who reaches that is asked last.
**
** Deep networks lose nothing by the first two alone: their forward pass only takes, and
** their backward pass gives back in reverse order.
*/
#include "graph/offsets.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "graph/holes.h"

enum { GREEDY_MAX = 2048 }; /* spans; some 10 ms */

/* A span in the order that a way wants; `order` makes sorts the same everywhere. */
typedef struct item {
    lrr_span span;
    size_t order;
    uint32_t piece; /* of holes */
} item;

typedef struct lists {
    size_t n;
    item *item;   /* (n) */
    item **ends;  /* (n) in order of their ends */
    size_t least; /* bytes that are alive at once, at most */
} lists;

static int by_number(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int by_size(const void *a, const void *b)
{
    const item *x = a, *y = b;
    if (x->span.bytes != y->span.bytes)
        return by_number(y->span.bytes, x->span.bytes);
    return by_number(x->order, y->order);
}

static int by_start(const void *a, const void *b)
{
    const item *x = a, *y = b;
    return x->span.from != y->span.from ? by_number(x->span.from, y->span.from)
                                        : by_size(a, b);
}

static int by_end(const void *a, const void *b)
{
    const item *x = *(item *const *)a, *y = *(item *const *)b;
    return x->span.to != y->span.to ? by_number(x->span.to, y->span.to)
                                    : by_number(x->order, y->order);
}

/* Fills items from spans, time turned round where `back`. */
static void fill(lists *l, const lrr_span *span, bool back)
{
    size_t end = 0;
    for (size_t i = 0; i < l->n; i++)
        end = span[i].to > end ? span[i].to : end;
    for (size_t i = 0; i < l->n; i++) {
        l->item[i] = (item){ .span = span[i], .order = i };
        if (back) {
            l->item[i].span.from = end - span[i].to;
            l->item[i].span.to = end - span[i].from;
        }
    }
}

static lrr_status sweep(lists *l, const lrr_span *span, bool back, size_t *top,
                        lrr_error *err)
{
    size_t live = 0, ended = 0;
    lrr_holes *h = NULL;
    lrr_status st = lrr__holes_new(l->n, &h, err);
    if (st != LRR_OK)
        return st;
    fill(l, span, back);
    qsort(l->item, l->n, sizeof *l->item, by_start);
    for (size_t i = 0; i < l->n; i++)
        l->ends[i] = &l->item[i];
    qsort(l->ends, l->n, sizeof *l->ends, by_end);
    for (size_t i = 0; i < l->n; i++) {
        item *x = &l->item[i];
        for (; l->ends[ended]->span.to < x->span.from; ended++) {
            live -= l->ends[ended]->span.bytes;
            if (l->ends[ended]->span.bytes > 0)
                lrr__holes_give(h, l->ends[ended]->piece);
        }
        if (x->span.bytes > 0) {
            x->piece = lrr__holes_take(h, x->span.bytes);
            x->span.at = lrr__holes_at(h, x->piece);
        }
        live += x->span.bytes;
        l->least = live > l->least ? live : l->least;
    }
    *top = lrr__holes_top(h);
    lrr__holes_free(h);
    return LRR_OK;
}

static bool overlap(const lrr_span *a, const lrr_span *b)
{
    return a->from <= b->to && b->from <= a->to;
}

/* The lowest place for item k among the k placed before it. */
static size_t find_place(const lists *l, size_t k)
{
    const lrr_span *x = &l->item[k].span;
    size_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < k; i++) {
            const lrr_span *o = &l->item[i].span;
            if (overlap(o, x) && at < o->at + o->bytes && o->at < at + x->bytes) {
                at = o->at + o->bytes;
                moved = true;
            }
        }
    }
    return at;
}

static size_t greedy(lists *l, const lrr_span *span)
{
    size_t top = 0;
    fill(l, span, false);
    qsort(l->item, l->n, sizeof *l->item, by_size);
    for (size_t i = 0; i < l->n; i++) {
        lrr_span *x = &l->item[i].span;
        x->at = find_place(l, i);
        top = x->at + x->bytes > top ? x->at + x->bytes : top;
    }
    return top;
}

/* What a way has found becomes the answer where it is shorter. */
static void keep(const lists *l, size_t found, lrr_span *span, size_t *top)
{
    if (found >= *top)
        return;
    *top = found;
    for (size_t i = 0; i < l->n; i++)
        span[l->item[i].order].at = l->item[i].span.at;
}

lrr_status lrr__offsets(lrr_span *span, size_t n, size_t *top, lrr_error *err)
{
    lists l = { .n = n };
    lrr_status st;

    *top = SIZE_MAX;
    for (size_t i = 0; i < n; i++)
        if (span[i].bytes > LRR_SPAN_MAX)
            return LRR_OK;
    st = lrr_mem_new(n, sizeof *l.item, "a memory plan", &l.item, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *l.ends, "a memory plan", &l.ends, err);
    for (int back = 0; st == LRR_OK && back < 2 && (back == 0 || *top > l.least);
         back++) {
        size_t found;
        st = sweep(&l, span, back == 1, &found, err);
        if (st == LRR_OK)
            keep(&l, found, span, top);
    }
    if (st == LRR_OK && *top > l.least && n <= GREEDY_MAX)
        keep(&l, greedy(&l, span), span, top);
    lrr_mem_free(l.item);
    lrr_mem_free(l.ends);
    return st;
}
