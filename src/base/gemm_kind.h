/* gemm_kind.h -- whose matrix products are taken (kernels/gemm.h): said once for a network or
** an optimizer by lrr_gemm_choose, and handed down as it is by all that lies between. */
#ifndef LRR_BASE_GEMM_KIND_H
#define LRR_BASE_GEMM_KIND_H

#include <stdbool.h>

/* BLAS: OpenBLAS's, whose bits hang on which of its kernels are taken. PORTABLE: sums in a
** defined order without FMA, the same bits on any x86-64 CPU, more slowly. FUSED: such sums
** with FMA, the same bits on any CPU that has it. BF16: operands rounded to bfloat16 and sums in
** float, the same bits on any x86-64 CPU, whether it has instructions for that or not. TILES: as
** BF16, sums in the order of AMX's tiles. These two are not in the f64 build. */
typedef enum lrr_gemm_kind {
    LRR_GEMM_BLAS,
    LRR_GEMM_PORTABLE,
    LRR_GEMM_FUSED,
    LRR_GEMM_BF16,
    LRR_GEMM_TILES
} lrr_gemm_kind;

/* Whether operands are rounded to bfloat16. */
static inline bool lrr_gemm_rounds(lrr_gemm_kind kind)
{
    return kind == LRR_GEMM_BF16 || kind == LRR_GEMM_TILES;
}

#endif
