/*
** chol.h -- symmetric positive definite systems in double, by Cholesky's factors.
**
** Matrices are square, (n, n), row-major, full storage. The factor is the lower triangle
** L of A = L L^T; what lies above its diagonal is not read. LAPACK's dpotrf, dpotrs,
** dpotri and dtrtrs do the work, on one thread, and their bits may depend on the CPU; in
** portable mode the plain C of chol_plain.h does, more slowly. A factor is used in the mode in
** which it was made. Only the Gaussian process of the search uses this.
**
** Call lrr_blas_load (os/blas.h) once before any of these.
*/
#ifndef LRR_LINALG_CHOL_H
#define LRR_LINALG_CHOL_H

#include <stdbool.h>
#include <stddef.h>

/* Switches portable mode. */
void lrr_chol_portable(bool on);

/* Replaces the lower triangle of a (n, n) by L. False, and a is spoilt, where the matrix
** is not numerically positive definite. n >= 1. */
bool lrr_chol_factor(double *a, size_t n);

/* log det A = 2 sum log L_ii. */
double lrr_chol_logdet(const double *l, size_t n);

/* b (k, n): each row becomes A^-1 row. */
void lrr_chol_solve(const double *l, size_t n, double *b, size_t k);

/* b (k, n): each row becomes L^-1 row; the squared length of it is row^T A^-1 row. */
void lrr_chol_half(const double *l, size_t n, double *b, size_t k);

/* b (n) becomes L^-T b: after lrr_chol_half, A^-1 of what b was. */
void lrr_chol_back(const double *l, size_t n, double *b);

/* Replaces the factor by the full symmetric inverse A^-1 (n, n). */
void lrr_chol_inverse(double *l, size_t n);

#endif
