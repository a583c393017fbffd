/*
** steps.h -- the steps of a sequence that count: those within a sample's length. A row is a
** step of a sample, in memory's order; of what is no sequence, all count.
*/
#ifndef LRR_OPS_STEPS_H
#define LRR_OPS_STEPS_H

#include "graph/op.h"

typedef struct lrr_steps {
    size_t n, t;        /* rows: n t */
    const int32_t *len; /* (n), or NULL: all count */
} lrr_steps;

/* Of the first axis of x. */
static inline lrr_steps lrr__steps_of(const lrr_node *x, const lrr_run *run)
{
    return (lrr_steps){ run->n, lrr_node_time(x, run), lrr_node_len(x, run) };
}

static inline bool lrr__steps_has(const lrr_steps *s, size_t row)
{
    return s->len == NULL || row % s->t < (size_t)s->len[row / s->t];
}

/* How many count. */
static inline size_t lrr__steps_count(const lrr_steps *s)
{
    size_t count = 0;
    if (s->len == NULL)
        return s->n * s->t;
    for (size_t i = 0; i < s->n; i++)
        count += (size_t)s->len[i];
    return count;
}

/* From row `row` on, before `end`: how many rows in turn count, or do not, as that does. */
static inline size_t lrr__steps_alike(const lrr_steps *s, size_t row, size_t end)
{
    size_t step, len, left = end - row, alike;
    if (s->len == NULL)
        return left;
    step = row % s->t;
    len = (size_t)s->len[row / s->t];
    alike = step < len ? len - step : s->t - step;
    return alike < left ? alike : left;
}

/* For infer: that predictions and targets are steps of one sequence, or neither is one. */
static inline bool lrr__steps_match(const lrr_node *x, const lrr_node *target)
{
    return x->seq == target->seq && (!x->seq || x->axis == target->axis);
}

#endif
