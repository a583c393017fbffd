/* intern.c -- see intern.h. */
#include "readers/intern.h"

#include <string.h>

#include "base/mem.h"

typedef struct entry {
    size_t at; /* of the text */
    uint32_t n, hash;
} entry;

struct lrr_intern {
    size_t max, count;
    entry *entry; /* (entry_room) */
    size_t entry_room;
    char *text; /* (text_room) texts, each with a NUL */
    size_t text_used, text_room;
    uint32_t *slot; /* (slots) id + 1, or 0; slots is a power of two */
    size_t slots;
};

lrr_status lrr_intern_new(size_t max, lrr_intern **out, lrr_error *err)
{
    lrr_intern *t = NULL;
    lrr_status st = lrr_mem_new(1, sizeof *t, "texts", &t, err);
    *out = NULL;
    if (st != LRR_OK)
        return st;
    t->max = max;
    t->entry_room = 64;
    t->text_room = 1024;
    t->slots = 256;
    st = lrr_mem_new(t->entry_room, sizeof *t->entry, "texts", &t->entry, err);
    if (st == LRR_OK)
        st = lrr_mem_new(t->text_room, 1, "texts", &t->text, err);
    if (st == LRR_OK)
        st = lrr_mem_new(t->slots, sizeof *t->slot, "texts", &t->slot, err);
    if (st != LRR_OK) {
        lrr_intern_free(t);
        return st;
    }
    *out = t;
    return LRR_OK;
}

void lrr_intern_free(lrr_intern *t)
{
    if (t == NULL)
        return;
    lrr_mem_free(t->entry);
    lrr_mem_free(t->text);
    lrr_mem_free(t->slot);
    lrr_mem_free(t);
}

static uint32_t hash_of(const char *s, size_t n)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 16777619U;
    return h ^ h >> 15;
}

/* The slot that holds the text, or the empty one where it belongs. */
static size_t find(const lrr_intern *t, const char *s, size_t n, uint32_t hash)
{
    size_t i = hash & (t->slots - 1);
    while (t->slot[i] != 0) {
        const entry *e = &t->entry[t->slot[i] - 1];
        if (e->hash == hash && e->n == n && memcmp(t->text + e->at, s, n) == 0)
            break;
        i = (i + 1) & (t->slots - 1);
    }
    return i;
}

static lrr_status rehash(lrr_intern *t, lrr_error *err)
{
    uint32_t *slot = NULL;
    size_t slots = t->slots * 2;
    lrr_status st = lrr_mem_new(slots, sizeof *slot, "texts", &slot, err);
    if (st != LRR_OK)
        return st;
    for (uint32_t id = 0; id < t->count; id++) {
        size_t i = t->entry[id].hash & (slots - 1);
        while (slot[i] != 0)
            i = (i + 1) & (slots - 1);
        slot[i] = id + 1;
    }
    lrr_mem_free(t->slot);
    t->slot = slot;
    t->slots = slots;
    return LRR_OK;
}

/* Room for n more bytes of texts. */
static lrr_status reserve(lrr_intern *t, size_t n, lrr_error *err)
{
    size_t room = t->text_room;
    lrr_status st;
    if (n <= room - t->text_used)
        return LRR_OK;
    while (room < lrr_size_add(t->text_used, n))
        room = lrr_size_mul(room, 2);
    st = lrr_mem_resize(&t->text, t->text_used, room, 1, "texts", err);
    if (st == LRR_OK)
        t->text_room = room;
    return st;
}

lrr_status lrr_intern_add(lrr_intern *t, const char *s, size_t n, uint32_t *id,
                          lrr_error *err)
{
    uint32_t hash = hash_of(s, n);
    size_t i = find(t, s, n, hash);
    lrr_status st = LRR_OK;
    if (t->slot[i] != 0) {
        *id = t->slot[i] - 1;
        return LRR_OK;
    }
    if (t->count == t->max)
        return lrr_fail(err, LRR_EINVAL, "more than %zu different texts", t->max);
    if (n >= UINT32_MAX)
        return lrr_fail(err, LRR_EINVAL, "a text of %zu bytes is too long", n);
    st = reserve(t, n + 1, err);
    if (st == LRR_OK)
        st = lrr_mem_grow(&t->entry, t->count, &t->entry_room, sizeof *t->entry,
                          "texts", err);
    if (st == LRR_OK && t->count * 2 >= t->slots) {
        st = rehash(t, err);
        i = st == LRR_OK ? find(t, s, n, hash) : 0;
    }
    if (st != LRR_OK)
        return st;
    memcpy(t->text + t->text_used, s, n);
    t->text[t->text_used + n] = '\0';
    t->entry[t->count] = (entry){ t->text_used, (uint32_t)n, hash };
    t->text_used += n + 1;
    *id = (uint32_t)t->count++;
    t->slot[i] = *id + 1;
    return LRR_OK;
}

bool lrr_intern_find(const lrr_intern *t, const char *s, size_t n, uint32_t *id)
{
    const uint32_t slot = t->slot[find(t, s, n, hash_of(s, n))];
    *id = slot - 1;
    return slot != 0;
}

size_t lrr_intern_count(const lrr_intern *t)
{
    return t->count;
}

const char *lrr_intern_text(const lrr_intern *t, uint32_t id, size_t *n)
{
    LRR_ASSERT(id < t->count);
    if (n != NULL)
        *n = t->entry[id].n;
    return t->text + t->entry[id].at;
}

int lrr_intern_compare(const lrr_intern *t, uint32_t a, uint32_t b)
{
    const entry *x = &t->entry[a], *y = &t->entry[b];
    uint32_t n = x->n < y->n ? x->n : y->n;
    int c = memcmp(t->text + x->at, t->text + y->at, n);
    return c != 0 ? (c > 0) - (c < 0) : (x->n > y->n) - (x->n < y->n);
}

lrr_status lrr_intern_rank(const lrr_intern *t, uint32_t *rank, lrr_error *err)
{
    uint32_t *a = NULL, *b = NULL, *swap;
    const size_t n = t->count;
    lrr_status st = lrr_mem_new(n, sizeof *a, "texts", &a, err);
    if (st == LRR_OK)
        st = lrr_mem_new(n, sizeof *b, "texts", &b, err);
    for (uint32_t i = 0; st == LRR_OK && i < n; i++)
        a[i] = i;
    for (size_t run = 1; st == LRR_OK && run < n; run *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * run) {
            size_t mid = lo + run < n ? lo + run : n;
            size_t hi = lo + 2 * run < n ? lo + 2 * run : n;
            for (size_t i = lo, j = mid, k = lo; k < hi; k++)
                b[k] = i < mid && (j == hi || lrr_intern_compare(t, a[i], a[j]) <= 0)
                           ? a[i++]
                           : a[j++];
        }
        swap = a;
        a = b;
        b = swap;
    }
    for (uint32_t i = 0; st == LRR_OK && i < n; i++)
        rank[a[i]] = i;
    lrr_mem_free(a);
    lrr_mem_free(b);
    return st;
}
