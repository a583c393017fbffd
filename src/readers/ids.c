/* ids.c -- see ids.h. */
#include "readers/ids.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_ROOM = 256 };

lrr_status lrr_ids_reserve(lrr_ids *l, size_t more, lrr_error *err)
{
    const size_t want = lrr_size_add(l->n, more);
    size_t room =
        l->room < FIRST_ROOM ? FIRST_ROOM : lrr_size_add(l->room, l->room / 2);
    lrr_status st;
    if (want <= l->room)
        return LRR_OK;
    if (room < want)
        room = want;
    st = lrr_mem_resize(&l->id, l->n, room, sizeof *l->id, "tokens of a text", err);
    if (st == LRR_OK)
        l->room = room;
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
    lrr_status st =
        lrr_mem_grow(&q->item, q->n, &q->room, sizeof x, "a vocabulary", err);
    if (st != LRR_OK)
        return st;
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
