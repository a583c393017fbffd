/*
** span.h -- an operator's loop over elements or rows, cut into chunks by shape.
**
** f(y, run, from, to) is called for ranges that together are 0..n, by any thread. What
** fewer than about 2^14 elements cost is less than handing half of them over.
*/
#ifndef LRR_OPS_SPAN_H
#define LRR_OPS_SPAN_H

#include "graph/op.h"

typedef void (*lrr_span_fn)(const lrr_node *y, lrr_run *run, size_t from, size_t to);

/* n elements that each cost about `cost` additions; ranges begin at multiples of 64. */
void lrr__span_elements(const lrr_node *y, lrr_run *run, size_t n, size_t cost,
                        lrr_span_fn f);

/* n rows that each cost about `cost` additions; ranges begin anywhere. */
void lrr__span_rows(const lrr_node *y, lrr_run *run, size_t n, size_t cost,
                    lrr_span_fn f);

#endif
