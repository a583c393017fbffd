/*
** gemm.h -- matrix products: the only way to BLAS's sgemm and dgemm.
**
** C (m, n) = alpha * op(A) (m, k) * op(B) (k, n) + beta * C, all row-major; op is the
** transpose where ta or tb. With beta = 0, C is written and never read (NaN in it does
** not spread). Sizes up to 2^31 - 1 each (checked where shapes are inferred).
**
** The same bits for any number of threads: C is cut into tiles by its shape alone, and
** each tile is one product by one thread. Each call says whose product it is, as its operator
** has it from the run: there is no switch for the process.
*/
#ifndef LRR_KERNELS_GEMM_H
#define LRR_KERNELS_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/gemm_kind.h"
#include "base/real.h"
#include "kernels/gemm_block.h"

typedef struct lrr_mat {
    const lrr_real *p;
    size_t ld; /* distance of rows as stored: at least the number of columns */
    bool t;    /* take it transposed */
} lrr_mat;

/* By all threads. */
void lrr_gemm(lrr_gemm_kind kind, size_t m, size_t n, size_t k, double alpha, lrr_mat a,
              lrr_mat b, double beta, lrr_real *c, size_t ldc);

/* C = op(A) op(B), and bias (n) added to each row. By all threads. */
void lrr_gemm_bias(lrr_gemm_kind kind, size_t m, size_t n, size_t k, lrr_mat a,
                   lrr_mat b, const lrr_real *bias, lrr_real *c, size_t ldc);

/* By the calling thread alone, as one product: for use inside lrr_parallel. */
void lrr_gemm_serial(lrr_gemm_kind kind, size_t m, size_t n, size_t k, double alpha,
                     lrr_mat a, lrr_mat b, double beta, lrr_real *c, size_t ldc);

/* B (k, n) as products by one thread take it, for many of them: LRR_GEMM_ROUNDED(n, k) reals
** (gemm_block.h), 64-byte aligned; and C = op(A) B, or with `adds` C += op(A) B, of it by the
** calling thread alone. soon: what is asked for meanwhile, by LRR_GEMM_FUSED; NULL: nothing. */
void lrr_gemm_pack(lrr_gemm_kind kind, size_t n, size_t k, lrr_mat b, lrr_real *to);
void lrr_gemm_serial_packed(lrr_gemm_kind kind, size_t m, size_t n, size_t k, lrr_mat a,
                            const lrr_real *b, bool adds, lrr_real *c, size_t ldc,
                            lrr_gemm_soon *soon);

/* Whose products a network and its optimizer take: the one place where that is chosen. Our own
** where this CPU multiplies and adds in one; else BLAS's, which take less time than what --portable
** takes. It hangs on the machine alone, not on LRRUN_ISA. bf16: a network whose operands are
** rounded to bfloat16, with sums in AMX's order where there is AMX and it need not be portable; not in
** the f64 build. */
lrr_gemm_kind lrr_gemm_choose(bool portable, bool bf16);

/* What a product takes whose operands are not to be rounded: LRR_GEMM_FUSED for a kind that rounds,
** any other for itself. */
lrr_gemm_kind lrr_gemm_exact(lrr_gemm_kind kind);

/* What does the products of a kind that rounds on this machine, for people: its bits are the same
** by any. */
const char *lrr_gemm_unit(lrr_gemm_kind kind);

#endif
