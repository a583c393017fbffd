/*
** blas.h -- OpenBLAS, loaded at run time with the kernels that suit this CPU.
**
** OpenBLAS picks its kernels in a library constructor, from OPENBLAS_CORETYPE or from a
** list of CPU models that is older than many CPUs: 0.3.21 takes AVX2 kernels on new
** AVX-512 machines, at half the speed. So the library is opened with dlopen at the first
** need, after the variable was set from the CPU's own feature bits. A setting of the
** user's wins. It also keeps the library's 30 MB out of `lrrun --version`.
**
** One OpenBLAS thread only: threads are ours (threads.h), and the bits of a product
** depend on how many threads OpenBLAS uses.
*/
#ifndef LRR_OS_BLAS_H
#define LRR_OS_BLAS_H

#include "base/error.h"

typedef int lrr_blasint; /* Debian's OpenBLAS has 32-bit integers */

/* CBLAS's constants. */
enum { LRR_BLAS_ROW = 101, LRR_BLAS_N = 111, LRR_BLAS_T = 112 };

typedef struct lrr_blas {
    void (*sgemm)(int order, int ta, int tb, lrr_blasint m, lrr_blasint n,
                  lrr_blasint k, float alpha, const float *a, lrr_blasint lda,
                  const float *b, lrr_blasint ldb, float beta, float *c,
                  lrr_blasint ldc);
    void (*dgemm)(int order, int ta, int tb, lrr_blasint m, lrr_blasint n,
                  lrr_blasint k, double alpha, const double *a, lrr_blasint lda,
                  const double *b, lrr_blasint ldb, double beta, double *c,
                  lrr_blasint ldc);
    /* LAPACK, Fortran calling convention, column-major. */
    void (*dpotrf)(const char *uplo, const lrr_blasint *n, double *a,
                   const lrr_blasint *lda, lrr_blasint *info);
    void (*dpotri)(const char *uplo, const lrr_blasint *n, double *a,
                   const lrr_blasint *lda, lrr_blasint *info);
    void (*dpotrs)(const char *uplo, const lrr_blasint *n, const lrr_blasint *nrhs,
                   const double *a, const lrr_blasint *lda, double *b,
                   const lrr_blasint *ldb, lrr_blasint *info);
    void (*dtrtrs)(const char *uplo, const char *trans, const char *diag,
                   const lrr_blasint *n, const lrr_blasint *nrhs, const double *a,
                   const lrr_blasint *lda, double *b, const lrr_blasint *ldb,
                   lrr_blasint *info);
    const char *(*corename)(void);
    const char *(*config)(void);
} lrr_blas;

/* Begins to load the library in a thread of its own, for whoever will need it soon and has
** other things to do: it takes 2 ms. It changes the environment: no other thread may run.
** What goes wrong is for lrr_blas_load to say. */
void lrr_blas_begin(void);

/* Waits until what was begun has ended. */
void lrr_blas_end(void);

/* Loads the library once and for all, and has it keep a buffer for each thread of the pool
** (base/threads.h): to be called again after there are more. Errors: EIO (no libopenblas, or
** a symbol is missing), ENOMEM (no room for the buffers, without which a product would wait
** for ever). */
lrr_status lrr_blas_load(lrr_error *err);

/* The loaded functions; only after lrr_blas_load has succeeded. */
const lrr_blas *lrr_blas_get(void);

#endif
