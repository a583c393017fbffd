/*
** basis.h -- orthonormal bases of matrices of any size, in double: eigenvectors of a symmetric
** one, and of what rows span (QR).
**
** Eigenvectors by Householder's reduction to three diagonals and implicit QL steps; QR by
** Householder reflections, so that rows which depend on others are no matter. About 9 n^3 and
** 3 n^3 multiplications. By all threads, or in line within a chunk of lrr_parallel: the same
** bits, and on any CPU. eig.h is for a few dozen rows, and more accurate where eigenvalues are far
** apart. Source: Golub and Van Loan, Matrix Computations, 5.2, 8.3; the QL steps as EISPACK's
** tql2.
*/
#ifndef LRR_LINALG_BASIS_H
#define LRR_LINALG_BASIS_H

#include <stddef.h>

/* Doubles of work for n rows. */
#define LRR_BASIS_WORK(n) (5 * (n))

/* a (n, n) symmetric, full storage: is spoilt. v (n, n): row i becomes the unit eigenvector of
** the i-th largest eigenvalue, d[i]. work: LRR_BASIS_WORK(n) doubles. Cannot fail; what is not
** finite gives what is not. */
void lrr_basis_eigen(double *a, double *v, double *d, double *work, size_t n);

/* a (n, n): is spoilt. q (n, n): rows become orthonormal, the first k of which span the first k
** of a, for any k; their signs are as they come. work as above. Cannot fail. */
void lrr_basis_rows(double *a, double *q, double *work, size_t n);

#endif
