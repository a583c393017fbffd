/*
** stream.h -- a network of sequences that is run a few steps at a time, each with what the
** steps before it left: how a model of language writes.
**
** A graph whose one input is a sequence of tokens is planned as any other, for one sample of
** as many steps as are wanted at a time. Operators that look at each step alone run as they
** are, on the new steps; those that look back keep what they need in a carry of their own
** (a state, keys and values), which is made here, once. What comes out for a step is what a
** forward pass over the whole text gives for it, within rounding. lrr_op_def.stream says what
** an operator does; where one cannot, there is no stream.
**
** Ownership: the stream owns carries and tokens, the graph stays the caller's and has to live
** longer; once it is planned again, a stream of before may only be freed.
** Threads: as the graph's.
*/
#ifndef LRR_GRAPH_STREAM_H
#define LRR_GRAPH_STREAM_H

#include "graph/graph.h"

typedef struct lrr_stream lrr_stream;

/*
** Of a graph that is planned with batch 1: input is its one input that the plan needs, i32
** and a sequence of steps alone; output an output of the plan.
** Errors: ENOMEM; EINVAL (not such a graph); ESHAPE where an operator cannot, with why in err
** and its node in *who (NULL with all other errors).
*/
lrr_status lrr_stream_new(lrr_graph *g, lrr_node *input, const lrr_node *output,
                          const lrr_node **who, lrr_stream **out, lrr_error *err);
void lrr_stream_free(lrr_stream *s);

/*
** Whether each step of `output` is made of the steps up to its own alone: asks the operators
** up to output of a graph whose input is a sequence, planned or not. Allocates nothing.
** Errors: ESHAPE where one looks at more, or is not known to do without, with why in err and
** its node in *who (else NULL).
*/
lrr_status lrr_stream_check(const lrr_graph *g, const lrr_node *output,
                            const lrr_node **who, lrr_error *err);

/* The next n tokens, 1..lrr_stream_most; lrr_stream_at + n may not be above
** lrr_stream_bound. Neither allocates nor fails. */
void lrr_stream_feed(lrr_stream *s, const int32_t *ids, size_t n);

/* The output of the last step that was fed, and its elements; NULL before that. It holds until
** the next one. */
lrr_real *lrr_stream_output(const lrr_stream *s, size_t *n);

/* Forgets all steps. */
void lrr_stream_reset(lrr_stream *s);

/* Steps that were fed; how many may be at a time; how many in all (SIZE_MAX: no bound). */
size_t lrr_stream_at(const lrr_stream *s);
size_t lrr_stream_most(const lrr_stream *s);
size_t lrr_stream_bound(const lrr_stream *s);

/* Bytes of all carries. */
size_t lrr_stream_bytes(const lrr_stream *s);

/* True while the graph is planned as it was. */
bool lrr_stream_holds(const lrr_stream *s);

#endif
