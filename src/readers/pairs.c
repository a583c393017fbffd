/* pairs.c -- see pairs.h: open addressing, of which the numbers do not depend. */
#include "readers/pairs.h"

#include "base/mem.h"

enum { FIRST_SIZE = 1024 };

static size_t place_of(const lrr_pairs *p, uint64_t pair)
{
    /* The finalizer of MurmurHash3. */
    uint64_t h = pair;
    size_t i;
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdU;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53U;
    i = (size_t)(h ^ h >> 33) & (p->size - 1);
    while (p->slot[i] != LRR_PAIRS_NONE && p->key[i] != pair)
        i = (i + 1) & (p->size - 1);
    return i;
}

static lrr_status resize(lrr_pairs *p, size_t size, lrr_error *err)
{
    lrr_pairs next = { .n = p->n, .size = size };
    lrr_status st = lrr_mem_new(size, sizeof *next.key, "a vocabulary", &next.key, err);
    if (st == LRR_OK)
        st = lrr_mem_new(size, sizeof *next.slot, "a vocabulary", &next.slot, err);
    if (st != LRR_OK) {
        lrr_pairs_free(&next);
        return st;
    }
    for (size_t i = 0; i < size; i++)
        next.slot[i] = LRR_PAIRS_NONE;
    for (size_t i = 0; i < p->size; i++) {
        if (p->slot[i] != LRR_PAIRS_NONE) {
            const size_t at = place_of(&next, p->key[i]);
            next.key[at] = p->key[i];
            next.slot[at] = p->slot[i];
        }
    }
    lrr_mem_free(p->key);
    lrr_mem_free(p->slot);
    *p = next;
    return LRR_OK;
}

uint32_t lrr_pairs_find(const lrr_pairs *p, uint64_t pair)
{
    return p->size == 0 ? LRR_PAIRS_NONE : p->slot[place_of(p, pair)];
}

lrr_status lrr_pairs_add(lrr_pairs *p, uint64_t pair, uint32_t *slot, lrr_error *err)
{
    size_t i;
    lrr_status st = LRR_OK;
    if (p->n >= p->size / 4 * 3)
        st = resize(p, p->size == 0 ? FIRST_SIZE : lrr_size_mul(p->size, 2), err);
    if (st != LRR_OK)
        return st;
    i = place_of(p, pair);
    if (p->slot[i] == LRR_PAIRS_NONE) {
        p->key[i] = pair;
        p->slot[i] = (uint32_t)p->n++;
    }
    *slot = p->slot[i];
    return LRR_OK;
}

void lrr_pairs_free(lrr_pairs *p)
{
    lrr_mem_free(p->key);
    lrr_mem_free(p->slot);
    *p = (lrr_pairs){ 0 };
}
