/*
** gather.h -- rows of a matrix by index, and the gradient that goes back to them.
**
** w is (rows, dim), ids (n) each in 0..rows-1, y and dy are (n, dim). Cannot fail. By all
** threads, the same bits for any number of them: each row of the gradient is summed by
** one thread, in the order of ids.
*/
#ifndef LRR_KERNELS_GATHER_H
#define LRR_KERNELS_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/real.h"

/* y[i] = w[ids[i]]. An id outside 0..rows-1 gives a row of zeros. */
void lrr_gather_forward(const lrr_real *w, size_t rows, size_t dim, const int32_t *ids,
                        size_t n, lrr_real *y);

/* What the gradient reads. */
typedef struct lrr_gather_grad {
    size_t rows, dim;
    const int32_t *ids; /* (n, t) */
    size_t n, t;
    const int32_t *len; /* (n) ids of each sample that count; NULL: all t */
    int32_t skip;       /* the id whose row gets no gradient; -1: none */
    const lrr_real *dy; /* (n, t, dim), not read past a sample's length */
    uint8_t *touched;   /* (rows) 0: dw's is 0, before and after; NULL: nobody knows */
} lrr_gather_grad;

/* dw (rows, dim) = sum of dy over equal ids, 0 for rows that do not occur; with add, dw
** += that. Ids out of range count nowhere. */
void lrr_gather_backward(const lrr_gather_grad *g, lrr_real *dw, bool add);

#endif
