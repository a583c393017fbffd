/*
** bpe_train.c -- lrr_bpe_train (bpe.h).
**
** All words stand in one list of places, each with its token and its neighbours. A place is in the
** list of the pair that it begins, so that a merge looks only at where its pair is. Pairs wait in
** a queue by their counts; a count there may be too high, as merges take from others, and is put
** right when its turn comes. Counts never rise but for pairs of the newest token.
*/
#include <string.h>

#include "base/halt.h"
#include "base/mem.h"
#include "data/sort.h"
#include "readers/bpe.h"
#include "readers/pairs.h"

enum { LEAST = 2 };
#define NONE UINT32_MAX

typedef struct place {
    int32_t token; /* -1: gone into the one before it */
    uint32_t prev, next;
    uint32_t word;
    uint32_t before, behind; /* in the list of its pair */
} place;

typedef struct pair {
    uint64_t key, count;
    uint32_t head; /* of the list of places */
    bool is_new;   /* since the queue had its count */
} pair;

typedef struct trainer {
    lrr_bpe *b;
    const uint64_t *weight; /* of each word */
    place *place;
    size_t places;
    lrr_pairs pairs;
    pair *pair; /* (pair_room) */
    size_t pair_room;
    lrr_ids fresh; /* pairs that the queue does not know */
    lrr_queue queue;
} trainer;

static uint64_t pair_at(const trainer *t, uint32_t at)
{
    return lrr_pair(t->place[at].token, t->place[t->place[at].next].token);
}

/* The pair that begins at `at` is there once more. */
static lrr_status link(trainer *t, uint32_t at, lrr_error *err)
{
    const uint64_t key = pair_at(t, at);
    const size_t known = t->pairs.n;
    place *here = &t->place[at];
    uint32_t slot;
    pair *p;
    lrr_status st = lrr_mem_grow(&t->pair, t->pairs.n, &t->pair_room, sizeof *t->pair,
                                 "a vocabulary", err);
    if (st == LRR_OK)
        st = lrr_pairs_add(&t->pairs, key, &slot, err);
    if (st == LRR_OK)
        st = lrr_ids_reserve(&t->fresh, 1, err);
    if (st != LRR_OK)
        return st;
    p = &t->pair[slot];
    if (slot == known)
        *p = (pair){ key, 0, NONE, false };
    if (!p->is_new) {
        p->is_new = true;
        t->fresh.id[t->fresh.n++] = (int32_t)slot;
    }
    p->count += t->weight[here->word];
    here->before = NONE;
    here->behind = p->head;
    if (p->head != NONE)
        t->place[p->head].before = at;
    p->head = at;
    return LRR_OK;
}

static void unlink_at(trainer *t, uint32_t at)
{
    pair *p = &t->pair[lrr_pairs_find(&t->pairs, pair_at(t, at))];
    const place *here = &t->place[at];
    p->count -= t->weight[here->word];
    if (here->before != NONE)
        t->place[here->before].behind = here->behind;
    else
        p->head = here->behind;
    if (here->behind != NONE)
        t->place[here->behind].before = here->before;
}

/* The pairs whose counts rose, into the queue: the largest count first, then the least ids. */
static lrr_status queue_fresh(trainer *t, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i < t->fresh.n; i++) {
        const uint32_t slot = (uint32_t)t->fresh.id[i];
        pair *p = &t->pair[slot];
        p->is_new = false;
        if (p->count >= LEAST)
            st = lrr_queue_add(&t->queue, (lrr_queue_item){ ~p->count, p->key, slot },
                               err);
    }
    t->fresh.n = 0;
    return st;
}

static lrr_status merge_at(trainer *t, uint32_t at, int32_t token, lrr_error *err)
{
    place *here = &t->place[at];
    const uint32_t gone = here->next, prev = here->prev, next = t->place[gone].next;
    lrr_status st = LRR_OK;
    if (prev != NONE)
        unlink_at(t, prev);
    unlink_at(t, at);
    if (next != NONE)
        unlink_at(t, gone);
    here->token = token;
    here->next = next;
    t->place[gone].token = -1;
    if (next != NONE)
        t->place[next].prev = at;
    if (prev != NONE)
        st = link(t, prev, err);
    if (st == LRR_OK && next != NONE)
        st = link(t, at, err);
    return st;
}

/* Of a pair of the same token twice, places may overlap: from the left, as encoding does. */
static lrr_status merge_alike(trainer *t, const pair *of, int32_t token, lrr_error *err)
{
    const int32_t half = (int32_t)(of->key >> 32);
    uint64_t *list = NULL;
    size_t n = 0;
    lrr_status st;
    for (uint32_t at = of->head; at != NONE; at = t->place[at].behind)
        n++;
    if ((st = lrr_mem_new(n, sizeof *list, "a vocabulary", &list, err)) != LRR_OK)
        return st;
    n = 0;
    for (uint32_t at = of->head; at != NONE; at = t->place[at].behind)
        list[n++] = at;
    lrr_sort_u64(list, n);
    for (size_t i = 0; st == LRR_OK && i < n; i++) {
        const place *here = &t->place[list[i]];
        if (here->token == half && here->next != NONE &&
            t->place[here->next].token == half)
            st = merge_at(t, (uint32_t)list[i], token, err);
    }
    lrr_mem_free(list);
    return st;
}

static lrr_status merge_everywhere(trainer *t, uint32_t slot, int32_t token,
                                   lrr_error *err)
{
    const pair of = t->pair[slot];
    lrr_status st = LRR_OK;
    if (of.key >> 32 == (of.key & UINT32_MAX))
        return merge_alike(t, &of, token, err);
    while (st == LRR_OK && t->pair[slot].head != NONE)
        st = merge_at(t, t->pair[slot].head, token, err);
    return st;
}

/* Whether the pair may become a token. */
static bool can_merge(const trainer *t, uint64_t key)
{
    const int32_t left = (int32_t)(key >> 32), right = (int32_t)(key & UINT32_MAX);
    char text[2 * LRR_BPE_LONGEST];
    size_t n, m;
    const char *s = lrr_bpe_text(t->b, left, &n);
    memcpy(text, s, n);
    s = lrr_bpe_text(t->b, right, &m);
    memcpy(text + n, s, m);
    return n + m <= LRR_BPE_LONGEST && !lrr_bpe_has(t->b, text, n + m);
}

static lrr_status run(trainer *t, size_t tokens, lrr_error *err)
{
    lrr_status st = queue_fresh(t, err);
    while (st == LRR_OK && lrr_bpe_count(t->b) < tokens && t->queue.n > 0) {
        lrr_queue_item item = lrr_queue_take(&t->queue);
        const uint64_t count = t->pair[item.what].count;
        const int32_t token = (int32_t)lrr_bpe_count(t->b);
        if (count != ~item.first) {
            item.first = ~count;
            if (count >= LEAST)
                st = lrr_queue_add(&t->queue, item, err);
            continue;
        }
        if (!can_merge(t, item.second))
            continue;
        st = lrr_bpe_merge(t->b, (int32_t)(item.second >> 32),
                           (int32_t)(item.second & UINT32_MAX), err);
        if (st == LRR_OK)
            st = merge_everywhere(t, item.what, token, err);
        if (st == LRR_OK)
            st = queue_fresh(t, err);
        if (st == LRR_OK)
            st = lrr_halt_check(err);
    }
    return st;
}

/* The bytes of all words as places, and their pairs. */
static lrr_status lay_out(trainer *t, const lrr_intern *words, lrr_error *err)
{
    const size_t count = lrr_intern_count(words);
    size_t at = 0, n;
    lrr_status st;
    for (uint32_t w = 0; w < count; w++) {
        lrr_intern_text(words, w, &n);
        t->places = lrr_size_add(t->places, n);
    }
    if (t->places >= NONE)
        return lrr_fail(err, LRR_EINVAL,
                        "the different words are %zu bytes, the most is %u", t->places,
                        NONE - 1);
    st = lrr_mem_new(t->places, sizeof *t->place, "a vocabulary", &t->place, err);
    for (uint32_t w = 0; st == LRR_OK && w < count; w++) {
        const char *s = lrr_intern_text(words, w, &n);
        for (size_t i = 0; i < n; i++, at++)
            t->place[at] = (place){ .token = (unsigned char)s[i],
                                    .prev = i > 0 ? (uint32_t)at - 1 : NONE,
                                    .next = i + 1 < n ? (uint32_t)at + 1 : NONE,
                                    .word = w };
    }
    for (size_t i = 0; st == LRR_OK && i < t->places; i++)
        if (t->place[i].next != NONE)
            st = link(t, (uint32_t)i, err);
    return st;
}

lrr_status lrr_bpe_train(lrr_bpe *b, const lrr_intern *words, const uint64_t *count,
                         size_t tokens, lrr_error *err)
{
    trainer t = { .b = b, .weight = count };
    lrr_status st = lay_out(&t, words, err);
    if (st == LRR_OK)
        st = run(&t, tokens, err);
    lrr_mem_free(t.place);
    lrr_mem_free(t.pair);
    lrr_pairs_free(&t.pairs);
    lrr_ids_free(&t.fresh);
    lrr_queue_free(&t.queue);
    return st;
}
