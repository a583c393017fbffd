/*
** polar.h -- the orthogonal factor of a matrix, nearly, by Newton-Schulz iterations.
**
** X = X / max(|X|, 1e-7), then `steps` times X = a X + (b X X^T + c (X X^T)^2) X with
** (a, b, c) = (3.4445, -4.7750, 2.0315). Singular values grow to about 1 (0.7 to 1.2 after
** five steps, the smallest of a square matrix less), singular vectors stay.
** Source: Jordan et al., "Muon", 2024, kellerjordan.github.io/posts/muon; Bernstein and
** Newhouse, arXiv 2409.20325.
**
** By all threads, or in line within a chunk of lrr_parallel: the same bits, as products are
** cut by shape alone (gemm.h).
*/
#ifndef LRR_KERNELS_POLAR_H
#define LRR_KERNELS_POLAR_H

#include <stddef.h>

#include "base/gemm_kind.h"
#include "base/real.h"

/* Reals of scratch for a matrix of so many rows and columns, both at least 1. */
size_t lrr_polar_scratch(size_t rows, size_t cols);

/* x (rows, cols) is spoilt. Gives where the result is: x, or within scratch. What is not
** finite makes all of it not a number. Cannot fail. */
lrr_real *lrr_polar(lrr_gemm_kind gemm, int steps, size_t rows, size_t cols,
                    lrr_real *x, lrr_real *scratch);

#endif
