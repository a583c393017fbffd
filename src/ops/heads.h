/*
** heads.h -- how the rows of queries, keys and values are laid out that attention, rope and
** qk_norm work on: x (t, (heads + 2 kv_heads) size), queries of all heads first.
*/
#ifndef LRR_OPS_HEADS_H
#define LRR_OPS_HEADS_H

#include "graph/op.h"

typedef struct lrr_heads {
    int64_t heads, kv_heads; /* attributes, checked by lrr__heads_check */
} lrr_heads;

/* The head's size; x and the attributes have been checked. */
static inline size_t lrr__heads_size(const lrr_node *x, const lrr_heads *h)
{
    return x->shape.d[1] / (size_t)(h->heads + 2 * h->kv_heads);
}

/* For infer. even: the size of a head has to be. Errors: ESHAPE. */
lrr_status lrr__heads_check(const lrr_node *y, const lrr_heads *h, bool even,
                            lrr_error *err);

/* clang-format off */
#define LRR_HEADS_ATTRS(struct_, member)                                          \
    { .name = "heads", .type = LRR_ATTR_INT,                                      \
      .offset = offsetof(struct_, member) + offsetof(lrr_heads, heads) },         \
    { .name = "kv_heads", .type = LRR_ATTR_INT,                                   \
      .offset = offsetof(struct_, member) + offsetof(lrr_heads, kv_heads) }
/* clang-format on */

#endif
