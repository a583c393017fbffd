/*
** chol.h -- symmetric positive definite systems in double, by Cholesky's factors.
**
** Matrices are square, (n, n), row-major, full storage. The factor is the lower triangle
** L of A = L L^T; what lies above its diagonal is not read. LAPACK's dpotrf, dpotrs,
** dpotri and dtrtrs do the work, on one thread, and their bits may depend on the CPU; of
** portable factors the plain C of chol_plain.h does it, more slowly. Only the Gaussian
** process of the search uses this.
**
** Call lrr_blas_load (os/blas.h) once before any of these.
*/
#ifndef LRR_LINALG_CHOL_H
#define LRR_LINALG_CHOL_H

#include <stdbool.h>
#include <stddef.h>

/* A matrix, or its factor after lrr_chol_factor. The memory is the caller's. */
typedef struct lrr_chol {
    double *l;     /* (n, n) */
    size_t n;      /* >= 1 */
    bool portable; /* the same bits on any x86-64 CPU; from the factor on it stays so */
} lrr_chol;

/* Replaces the lower triangle of A in l by L. False, and l is spoilt, where the matrix is
** not numerically positive definite. */
bool lrr_chol_factor(const lrr_chol *f);

/* log det A = 2 sum log L_ii. */
double lrr_chol_logdet(const lrr_chol *f);

/* b (k, n): each row becomes A^-1 row. */
void lrr_chol_solve(const lrr_chol *f, double *b, size_t k);

/* b (k, n): each row becomes L^-1 row; the squared length of it is row^T A^-1 row. */
void lrr_chol_half(const lrr_chol *f, double *b, size_t k);

/* b (n) becomes L^-T b: after lrr_chol_half, A^-1 of what b was. */
void lrr_chol_back(const lrr_chol *f, double *b);

/* Replaces the factor by the full symmetric inverse A^-1 (n, n). */
void lrr_chol_inverse(const lrr_chol *f);

#endif
