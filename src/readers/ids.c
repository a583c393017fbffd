/* ids.c -- see ids.h. */
#include "readers/ids.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_ROOM = 256 };

/* A block of at least `want` items in the place of *block, which has n of them in use. */
static lrr_status grow(void **block, size_t size, size_t n, size_t want, size_t *room,
                       const char *what, lrr_error *err)
{
    size_t more = *room < FIRST_ROOM ? FIRST_ROOM : lrr_size_add(*room, *room / 2);
    void *p = NULL;
    lrr_status st;
    if (more < want)
        more = want;
    if ((st = lrr_mem_new(more, size, what, &p, err)) != LRR_OK)
        return st;
    if (n > 0)
        memcpy(p, *block, n * size);
    lrr_mem_free(*block);
    *block = p;
    *room = more;
    return LRR_OK;
}

lrr_status lrr_ids_reserve(lrr_ids *l, size_t more, lrr_error *err)
{
    const size_t want = lrr_size_add(l->n, more);
    void *block = l->id;
    lrr_status st;
    if (want <= l->room)
        return LRR_OK;
    st = grow(&block, sizeof *l->id, l->n, want, &l->room, "tokens of a text", err);
    l->id = block;
    return st;
}

lrr_status lrr_ids_add(lrr_ids *l, int32_t id, lrr_error *err)
{
    lrr_status st = l->n < l->room ? LRR_OK : lrr_ids_reserve(l, 1, err);
    if (st == LRR_OK)
        l->id[l->n++] = id;
    return st;
}

void lrr_ids_free(lrr_ids *l)
{
    lrr_mem_free(l->id);
    *l = (lrr_ids){ 0 };
}

static bool before(const lrr_queue_item *a, const lrr_queue_item *b)
{
    return a->first != b->first ? a->first < b->first : a->second < b->second;
}

lrr_status lrr_queue_add(lrr_queue *q, lrr_queue_item x, lrr_error *err)
{
    size_t i = q->n;
    if (q->n == q->room) {
        void *block = q->item;
        lrr_status st =
            grow(&block, sizeof x, q->n, q->n + 1, &q->room, "a vocabulary", err);
        q->item = block;
        if (st != LRR_OK)
            return st;
    }
    q->n++;
    while (i > 0 && before(&x, &q->item[(i - 1) / 2])) {
        q->item[i] = q->item[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    q->item[i] = x;
    return LRR_OK;
}

lrr_queue_item lrr_queue_take(lrr_queue *q)
{
    const lrr_queue_item least = q->item[0], x = q->item[--q->n];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= q->n)
            break;
        if (child + 1 < q->n && before(&q->item[child + 1], &q->item[child]))
            child++;
        if (!before(&q->item[child], &x))
            break;
        q->item[i] = q->item[child];
        i = child;
    }
    q->item[i] = x; /* of an empty queue the place that was taken */
    return least;
}

void lrr_queue_free(lrr_queue *q)
{
    lrr_mem_free(q->item);
    *q = (lrr_queue){ 0 };
}
