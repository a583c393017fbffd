/*
** gemm.h -- matrix products: the only way to BLAS's sgemm and dgemm.
**
** C (m, n) = alpha * op(A) (m, k) * op(B) (k, n) + beta * C, all row-major; op is the
** transpose where ta or tb. With beta = 0, C is written and never read (NaN in it does
** not spread). Sizes up to 2^31 - 1 each (checked where shapes are inferred).
**
** The same bits for any number of threads: C is cut into tiles by its shape alone, and
** each tile is one product by one thread. With `portable`, the sums run in a defined order
** without FMA: the same bits on any x86-64 CPU, more slowly. Each call says which it is,
** as its operator has it from the run: there is no switch for the process.
*/
#ifndef LRR_KERNELS_GEMM_H
#define LRR_KERNELS_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/real.h"

typedef struct lrr_mat {
    const lrr_real *p;
    size_t ld; /* distance of rows as stored: at least the number of columns */
    bool t;    /* take it transposed */
} lrr_mat;

/* By all threads. */
void lrr_gemm(bool portable, size_t m, size_t n, size_t k, double alpha, lrr_mat a,
              lrr_mat b, double beta, lrr_real *c, size_t ldc);

/* By the calling thread alone, as one product: for use inside lrr_parallel. */
void lrr_gemm_serial(bool portable, size_t m, size_t n, size_t k, double alpha,
                     lrr_mat a, lrr_mat b, double beta, lrr_real *c, size_t ldc);

/* True where BLAS's kernels have registers half as wide as this CPU's (OPENBLAS_CORETYPE says
** so, or a BLAS that does not know it): then the portable product is faster. It hangs on the
** machine and the environment alone, not on LRRUN_ISA. */
bool lrr_gemm_is_narrow(void);

#endif
