/*
** simd.h -- kernels compiled once for each instruction set, chosen at run time.
**
** Every file simd_*.c is compiled three times (plain SSE2, AVX2, AVX-512) with
** LRR_SIMD(name) giving each function its own symbol; lrr_k points to the table that
** suits the CPU (os/cpu.h). A family of kernels is one list here-included
** (LRR_<FAMILY>_SIMD_MAP in its header: X(return type, name, (parameters))) and one line
** of LRR_SIMD_MAP below.
**
** The three versions give the same bits: nothing is contracted into FMA
** (-ffp-contract=off), and a sum keeps 16 partial sums (lane l takes elements l, l + 16,
** ...) added in a fixed tree at the end, whatever the width of a register.
** kernels/vec.h has these sums and the exponential family.
*/
#ifndef LRR_KERNELS_SIMD_H
#define LRR_KERNELS_SIMD_H

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"
#include "kernels/absorb.h"
#include "kernels/activation.h"
#include "kernels/attention.h"
#include "kernels/attention_step.h"
#include "kernels/conv.h"
#include "kernels/conv_direct.h"
#include "kernels/conv_tiles.h"
#include "kernels/dropout.h"
#include "kernels/eltwise.h"
#include "kernels/gemm_block.h"
#include "kernels/gemv.h"
#include "kernels/loss.h"
#include "kernels/norm.h"
#include "kernels/optim_far.h"
#include "kernels/optim_k.h"
#include "kernels/pool.h"
#include "kernels/rnn.h"
#include "kernels/wino.h"

#ifndef LRR_SIMD_ISA
#define LRR_SIMD_ISA sse2
#endif
#define LRR_SIMD_PASTE2(a, b) a##_##b
#define LRR_SIMD_PASTE(a, b)  LRR_SIMD_PASTE2(a, b)
#define LRR_SIMD(name)        LRR_SIMD_PASTE(lrr__##name, LRR_SIMD_ISA)

#define LRR_SIMD_MAP(X)         \
    LRR_ELTWISE_SIMD_MAP(X)     \
    LRR_ACTIVATION_SIMD_MAP(X)  \
    LRR_GEMM_SIMD_MAP(X)        \
    LRR_GEMV_SIMD_MAP(X)        \
    LRR_ABSORB_SIMD_MAP(X)      \
    LRR_OPTIM_SIMD_MAP(X)       \
    LRR_OPTIM_FAR_SIMD_MAP(X)   \
    LRR_RNN_SIMD_MAP(X)         \
    LRR_CONV_SIMD_MAP(X)        \
    LRR_CONV_DIRECT_SIMD_MAP(X) \
    LRR_CONV_TILES_SIMD_MAP(X)  \
    LRR_POOL_SIMD_MAP(X)        \
    LRR_DROPOUT_SIMD_MAP(X)     \
    LRR_LOSS_SIMD_MAP(X)        \
    LRR_NORM_SIMD_MAP(X)        \
    LRR_ATTENTION_SIMD_MAP(X)   \
    LRR_MIX_ROWS_SIMD_MAP(X)    \
    LRR_WINO_SIMD_MAP(X)

typedef struct lrr_simd {
#define X(type, name, params) type(*name) params;
    LRR_SIMD_MAP(X)
#undef X
} lrr_simd;

/* Prototypes of this instruction set's versions, for simd_*.c. */
#define X(type, name, params) type LRR_SIMD(name) params;
LRR_SIMD_MAP(X)
#undef X

/* The table for this CPU; set by lrr_simd_choose, SSE2 before that. */
extern const lrr_simd *lrr_k;

/* Chooses by lrr_cpu_isa(). Called once by the host, before any thread starts. */
void lrr_simd_choose(void);

#endif
