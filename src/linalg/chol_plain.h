/*
** chol_plain.h -- chol.h's functions in plain C: the same bits on every CPU.
**
** The order of every sum is written here and nothing is fused, so they are what portable mode
** takes in the place of LAPACK. Inner loops run along rows, which lets the compiler make
** vectors of them without touching that order. The factor stands in both triangles, L below the
** diagonal and L^T above it. Arguments and results are those of chol.h, which calls these.
*/
#ifndef LRR_LINALG_CHOL_PLAIN_H
#define LRR_LINALG_CHOL_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

bool lrr__chol_plain_factor(double *a, size_t n);
void lrr__chol_plain_half(const double *l, size_t n, double *b, size_t k);
void lrr__chol_plain_back(const double *l, size_t n, double *b, size_t k);
void lrr__chol_plain_inverse(double *l, size_t n);

#endif
