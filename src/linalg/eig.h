/*
** eig.h -- eigenvalues of a small symmetric matrix in double.
**
** Cyclic Jacobi rotations: slow beyond a few dozen rows, but short, accurate to rounding, and
** the same bits on any CPU. Source: Golub and Van Loan, Matrix Computations, 8.5.
*/
#ifndef LRR_LINALG_EIG_H
#define LRR_LINALG_EIG_H

#include <stddef.h>

#define LRR_EIG_MAX 64

/* a (n, n) symmetric, full storage, n at most LRR_EIG_MAX: is spoilt; its diagonal becomes the
** eigenvalues, in no order. v (n, n): row i becomes the unit eigenvector of a[i, i]. Cannot
** fail; what is not finite gives what is not. */
void lrr_eig_symmetric(double *a, double *v, size_t n);

#endif
