/* ids.h -- a list of token ids that grows, and a queue of pairs that are to be merged. */
#ifndef LRR_READERS_IDS_H
#define LRR_READERS_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct lrr_ids {
    int32_t *id; /* (room), of lrr_mem_new, n of them in use */
    size_t n, room;
} lrr_ids;

/* Room for `more` behind those that are there. Errors: ENOMEM; then it is as before. */
lrr_status lrr_ids_reserve(lrr_ids *l, size_t more, lrr_error *err);
lrr_status lrr_ids_add(lrr_ids *l, int32_t id, lrr_error *err);
void lrr_ids_free(lrr_ids *l);

/* The least first, by (first, second). */
typedef struct lrr_queue_item {
    uint64_t first, second;
    uint32_t what;
} lrr_queue_item;

typedef struct lrr_queue {
    lrr_queue_item *item; /* a binary heap */
    size_t n, room;
} lrr_queue;

lrr_status lrr_queue_add(lrr_queue *q, lrr_queue_item x, lrr_error *err);
/* Takes the least one of q, which is not empty. Cannot fail. */
lrr_queue_item lrr_queue_take(lrr_queue *q);
void lrr_queue_free(lrr_queue *q);

#endif
