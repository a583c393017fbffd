/*
** lanczos.h -- the largest eigenvalue of a symmetric matrix that is known by its products.
**
** Lanczos iteration with full reorthogonalisation, which asks for one product after another:
**
**   fill lrr_lanczos_start(l);
**   lrr_lanczos_begin(l, dimension);
**   while ((x = lrr_lanczos_ask(l)) != NULL)
**       lrr_lanczos_tell(l, y);       y = A x
**
** It ends when the value has settled: the Ritz value's error, by its residual and its distance
** from the next, is below a thousandth of it. Products may be inexact, as differences of
** gradients are: what of A is not symmetric is left out.
** Source: Lanczos 1950; Golub and Van Loan, Matrix Computations, 10.1 and 10.3.5; the bound
** is that of Parlett, The Symmetric Eigenvalue Problem, 11.7.
**
** The same bits for any number of threads. Threads: the one that trains (base/threads.h).
*/
#ifndef LRR_LINALG_LANCZOS_H
#define LRR_LINALG_LANCZOS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/real.h"
#include "linalg/eig.h"

typedef struct lrr_lanczos lrr_lanczos;

/* For vectors of n numbers and at most `steps` products, 2..LRR_EIG_MAX; keeps as many vectors.
** Errors: ENOMEM. */
lrr_status lrr_lanczos_new(size_t n, size_t steps, lrr_lanczos **out, lrr_error *err);
void lrr_lanczos_free(lrr_lanczos *l);

/* (n) where it starts, to be filled with anything but zeros: best with random numbers, so that no
** eigenvector is missed. Where it and all products are 0 everything stays 0. */
lrr_real *lrr_lanczos_start(lrr_lanczos *l);

/* (steps + 1, n) where its vectors are: anyone's while no iteration is on its way, which spoils what
** lrr_lanczos_vector gives. */
lrr_real *lrr_lanczos_scratch(lrr_lanczos *l);

/* dimension: of the numbers that are not always 0, at least 1: no more products are asked for. */
void lrr_lanczos_begin(lrr_lanczos *l, size_t dimension);

/* (n), of length 1: what is to be multiplied; NULL: it has come to its end. */
const lrr_real *lrr_lanczos_ask(const lrr_lanczos *l);

/* y (n) is the product with it, and is spoilt. */
void lrr_lanczos_tell(lrr_lanczos *l, lrr_real *y);

typedef struct lrr_lanczos_result {
    double value; /* the largest eigenvalue */
    double error; /* bound of its error by the iteration, not by that of products */
    size_t steps; /* products told */
    bool settled; /* false: `steps` were not enough, or a product was not finite */
} lrr_lanczos_result;
lrr_lanczos_result lrr_lanczos_found(const lrr_lanczos *l);

/* v (n) becomes the eigenvector of it, of length 1. After at least one product. */
void lrr_lanczos_vector(const lrr_lanczos *l, lrr_real *v);

#endif
