/*
** rnn_pass.h -- one call of a recurrent layer (rnn.h): where everything lies in aux and work, and who
** works on what; private to rnn.c, rnn_forward.c and rnn_backward.c.
**
** aux is rows, those of a group together, step behind step and in each the samples that have it.
** A row is gates (slots h); xh (in + h), x and the state that the step started from; for the LSTM c0
** (h) likewise and tc = tanh(c); and a cache line more, so that the same place in all rows is not
** in the same sets of the cache.
**
** A lane is a run of groups that one thread takes through everything: the products of
** all its steps are one call, and its share of the weights' gradients is a partial sum.
*/
#ifndef LRR_KERNELS_RNN_PASS_H
#define LRR_KERNELS_RNN_PASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/rnn.h"

/* One call, with everything in aux and work given its place. */
typedef struct rnn_pass {
    const lrr_rnn *r;
    const lrr_rnn_grads *grads;
    size_t gates, slots, groups, lanes;
    lrr_real *g, *xh, *c0, *tc; /* of the first row of aux ... */
    size_t ld;                  /* ... and how far the next one's are */
    lrr_real *w_ih, *w_hh;      /* packed; of the GRU all of W_ih, and of W_hh ... */
    lrr_real *w_hn;             /* ... the last gate behind the first two */
    lrr_real *bias;             /* (slots h) */
    lrr_real *scratch;          /* of the lanes */
    size_t *rank;               /* (n) samples, longest first */
    size_t *first;  /* (n + 1) how many rows those before it have, by rank; then all */
    size_t *starts; /* (t + 1) for sorting */
} rnn_pass;

/* What one thread works on: the ranks from..to-1 of a lane, and its scratch. */
typedef struct rnn_lane {
    size_t from, to;
    lrr_real *state, *dc, *db, *dw, *bounds;
} rnn_lane;

/* First rank of group q; q = groups: n. */
static inline size_t rnn_group_at(const rnn_pass *p, size_t q)
{
    return p->r->n * q / p->groups;
}

/* A group within a lane: ranks from..from+n-1. */
typedef struct rnn_group {
    const rnn_lane *l;
    size_t from, n;
} rnn_group;

static inline rnn_group rnn_group_of(const rnn_pass *p, const rnn_lane *l, size_t q)
{
    return (rnn_group){ l, rnn_group_at(p, q),
                        rnn_group_at(p, q + 1) - rnn_group_at(p, q) };
}

static inline size_t rnn_steps(const rnn_pass *p, size_t rank)
{
    return p->first[rank + 1] - p->first[rank];
}

/* How many of the group's samples have a step s: the first ones. */
static inline size_t rnn_active(const rnn_pass *p, const rnn_group *u, size_t s)
{
    size_t m = u->n;
    while (m > 0 && rnn_steps(p, u->from + m - 1) <= s)
        m--;
    return m;
}

/* Where step s of the group's sample k has its place in x and y, in steps. */
static inline size_t rnn_place(const rnn_pass *p, const rnn_group *u, size_t k,
                               size_t s)
{
    const lrr_rnn *r = p->r;
    const size_t rank = u->from + k;
    return p->rank[rank] * r->t + (r->reverse ? rnn_steps(p, rank) - 1 - s : s);
}

/* (h) of this row; NULL where sides are not kept. */
static inline uint8_t *rnn_sides(const lrr_rnn *r, size_t row)
{
    return r->side != NULL ? r->side + row * r->h : NULL;
}

/* Of a call forward (grads NULL) or backward. */
rnn_pass lrr__rnn_pass(const lrr_rnn *r, const lrr_rnn_grads *grads);

/* Lane i, of p->lanes. */
rnn_lane lrr__rnn_lane(const rnn_pass *p, size_t i);

/* Reals from a lane's scratch to the next one's. */
size_t lrr__rnn_lane_size(lrr_rnn_kind kind, size_t in, size_t h);

/* Packs the weights for all products of the pass, by all threads. */
void lrr__rnn_pack(rnn_pass *p);

#endif
