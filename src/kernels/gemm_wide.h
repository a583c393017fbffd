/*
** gemm_wide.h -- large products by AMX, for gemm.c: all threads pack A once, then each multiplies
** it with columns of B that it packs itself. In tiles of C both would be packed several times, which
** takes as long as the products.
**
** Threads: as lrr_parallel, outside of a chunk.
*/
#ifndef LRR_KERNELS_GEMM_WIDE_H
#define LRR_KERNELS_GEMM_WIDE_H

#include "kernels/gemm_block.h"

/* As gemm_amx; scratch: of each of the pool's threads. */
void lrr__gemm_wide(const lrr_gemm_args *g, lrr_real (*scratch)[LRR_GEMM_SCRATCH]);

#endif
