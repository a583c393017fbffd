/*
** absorb.h -- products that are added to what they may be too small to change.
**
** A sum of floating-point numbers keeps nothing of a term that is less than half of its last place
** (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2). Gradients vanish
** on their way back through the steps of a sequence, and most steps then give weights such terms,
** which need not be made.
*/
#ifndef LRR_KERNELS_ABSORB_H
#define LRR_KERNELS_ABSORB_H

#include "kernels/gemm.h"

/* Reals of scratch. */
#define LRR_ABSORB_SCRATCH(m, n) ((m) + (n))

/* lrr_gemm_serial with alpha = 1 and beta = adds, of a that is taken transposed and b that is not:
** its numbers, to the sign of a 0. With `adds` rows of C that absorb all they would get are left
** as they are. */
void lrr_absorb_add(lrr_gemm_kind kind, size_t m, size_t n, size_t k, lrr_mat a,
                    lrr_mat b, bool adds, lrr_real *c, size_t ldc, lrr_real *scratch);

#define LRR_ABSORB_SIMD_MAP(X)                                                         \
    /* of each column of x (rows, n): the sum of |x|; the largest, NaN where one is */ \
    X(void, absorb_sums,                                                               \
      (const lrr_real *x, size_t ld, size_t rows, size_t n, lrr_real *out))            \
    X(void, absorb_peaks,                                                              \
      (const lrr_real *x, size_t ld, size_t rows, size_t n, lrr_real *out))            \
    /* whether a[i] b[j] <= |c| for all of c (rows, n) */                              \
    X(int, absorb_all,                                                                 \
      (const lrr_real *c, size_t ldc, size_t rows, size_t n, const lrr_real *a,        \
       const lrr_real *b))

#endif
