/* simd_table.c -- this instruction set's table; see simd.h. Compiled once for each. */
#include "kernels/simd.h"

extern const lrr_simd LRR_SIMD(table);

const lrr_simd LRR_SIMD(table) = {
#define X(type, name, params) .name = LRR_SIMD(name),
    LRR_SIMD_MAP(X)
#undef X
};
