/* bpe.c -- see bpe.h: the tokens, and encoding with them. */
#include "readers/bpe.h"

#include <string.h>

#include "base/mem.h"
#include "readers/pairs.h"

enum { TOKENS_MAX = 1 << 24 };

struct lrr_bpe {
    lrr_intern *text; /* of all tokens, by id */
    lrr_pairs pairs;  /* of merges: the number is the id less 256 */
    lrr_ids left, right;
};

lrr_status lrr_bpe_new(lrr_bpe **out, lrr_error *err)
{
    lrr_bpe *b = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *b, "a vocabulary", &b, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    st = lrr_intern_new(TOKENS_MAX, &b->text, err);
    for (int i = 0; st == LRR_OK && i < LRR_BPE_BYTES; i++) {
        const char byte = (char)(unsigned char)i;
        uint32_t id;
        st = lrr_intern_add(b->text, &byte, 1, &id, err);
    }
    if (st != LRR_OK) {
        lrr_bpe_free(b);
        return st;
    }
    *out = b;
    return LRR_OK;
}

void lrr_bpe_free(lrr_bpe *b)
{
    if (b == NULL)
        return;
    lrr_intern_free(b->text);
    lrr_pairs_free(&b->pairs);
    lrr_ids_free(&b->left);
    lrr_ids_free(&b->right);
    lrr_mem_free(b);
}

size_t lrr_bpe_count(const lrr_bpe *b)
{
    return LRR_BPE_BYTES + b->pairs.n;
}

const char *lrr_bpe_text(const lrr_bpe *b, int32_t id, size_t *n)
{
    return lrr_intern_text(b->text, (uint32_t)id, n);
}

void lrr_bpe_parts(const lrr_bpe *b, int32_t id, int32_t *left, int32_t *right)
{
    LRR_ASSERT(id >= LRR_BPE_BYTES && (size_t)id < lrr_bpe_count(b));
    *left = b->left.id[id - LRR_BPE_BYTES];
    *right = b->right.id[id - LRR_BPE_BYTES];
}

bool lrr_bpe_has(const lrr_bpe *b, const char *s, size_t n)
{
    uint32_t id;
    return lrr_intern_find(b->text, s, n, &id);
}

lrr_status lrr_bpe_merge(lrr_bpe *b, int32_t left, int32_t right, lrr_error *err)
{
    const size_t count = lrr_bpe_count(b);
    char text[2 * LRR_BPE_LONGEST];
    size_t n, m;
    uint32_t id;
    const char *s;
    lrr_status st;
    if (left < 0 || (size_t)left >= count || right < 0 || (size_t)right >= count)
        return lrr_fail(err, LRR_EINVAL, "token %zu is made of %d and %d, want 0..%zu",
                        count, left, right, count - 1);
    s = lrr_bpe_text(b, left, &n);
    memcpy(text, s, n);
    s = lrr_bpe_text(b, right, &m);
    memcpy(text + n, s, m);
    if (n + m > LRR_BPE_LONGEST)
        return lrr_fail(err, LRR_EINVAL, "token %zu is %zu bytes, the most is %d",
                        count, n + m, LRR_BPE_LONGEST);
    if (lrr_intern_find(b->text, text, n + m, &id))
        return lrr_fail(err, LRR_EINVAL, "token %zu is the same as token %u", count,
                        id);
    st = lrr_ids_reserve(&b->left, 1, err);
    if (st == LRR_OK)
        st = lrr_ids_reserve(&b->right, 1, err);
    if (st == LRR_OK)
        st = lrr_intern_add(b->text, text, n + m, &id, err);
    if (st == LRR_OK)
        st = lrr_pairs_add(&b->pairs, lrr_pair(left, right), &id, err);
    if (st != LRR_OK)
        return st;
    b->left.id[b->left.n++] = left;
    b->right.id[b->right.n++] = right;
    return LRR_OK;
}

/* A piece while it is merged: tokens as a list of places. */
enum { NO_PLACE = -1 };
typedef struct piece {
    const lrr_bpe *b;
    int32_t *token, *prev, *next; /* (n); token -1: gone into the one before it */
    lrr_queue queue;              /* (rank, place) of pairs, of which some are gone */
} piece;

static uint32_t rank_at(const piece *p, int32_t at)
{
    if (p->token[at] < 0 || p->next[at] == NO_PLACE)
        return LRR_PAIRS_NONE;
    return lrr_pairs_find(&p->b->pairs, lrr_pair(p->token[at], p->token[p->next[at]]));
}

static lrr_status consider(piece *p, int32_t at, lrr_error *err)
{
    const uint32_t rank = at == NO_PLACE ? LRR_PAIRS_NONE : rank_at(p, at);
    if (rank == LRR_PAIRS_NONE)
        return LRR_OK;
    return lrr_queue_add(&p->queue, (lrr_queue_item){ rank, (uint64_t)at, rank }, err);
}

static lrr_status merge_all(piece *p, size_t n, lrr_error *err)
{
    lrr_status st = LRR_OK;
    for (size_t i = 0; st == LRR_OK && i + 1 < n; i++)
        st = consider(p, (int32_t)i, err);
    while (st == LRR_OK && p->queue.n > 0) {
        const lrr_queue_item item = lrr_queue_take(&p->queue);
        const int32_t at = (int32_t)item.second;
        int32_t gone;
        if (rank_at(p, at) != item.what)
            continue; /* of before another merge */
        gone = p->next[at];
        p->token[at] = LRR_BPE_BYTES + (int32_t)item.what;
        p->token[gone] = -1;
        p->next[at] = p->next[gone];
        if (p->next[at] != NO_PLACE)
            p->prev[p->next[at]] = at;
        st = consider(p, p->prev[at], err);
        if (st == LRR_OK)
            st = consider(p, at, err);
    }
    return st;
}

lrr_status lrr_bpe_encode(const lrr_bpe *b, const char *s, size_t n, lrr_ids *out,
                          lrr_error *err)
{
    piece p = { .b = b };
    int32_t *places = NULL, few[3 * 64];
    lrr_status st;
    if (n > INT32_MAX)
        return lrr_fail(err, LRR_EINVAL, "a piece of text of %zu bytes", n);
    if ((st = lrr_ids_reserve(out, n, err)) != LRR_OK)
        return st;
    if (n > 64 && (st = lrr_mem_new(lrr_size_mul(n, 3), sizeof *places, "a text",
                                    &places, err)) != LRR_OK)
        return st;
    p.token = places != NULL ? places : few;
    p.prev = p.token + n;
    p.next = p.prev + n;
    for (size_t i = 0; i < n; i++) {
        p.token[i] = (unsigned char)s[i];
        p.prev[i] = (int32_t)i - 1; /* of the first NO_PLACE */
        p.next[i] = i + 1 < n ? (int32_t)i + 1 : NO_PLACE;
    }
    st = merge_all(&p, n, err);
    for (size_t i = 0; st == LRR_OK && i < n; i++)
        if (p.token[i] >= 0)
            out->id[out->n++] = p.token[i];
    lrr_queue_free(&p.queue);
    lrr_mem_free(places);
    return st;
}
