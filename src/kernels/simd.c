/* simd.c -- see simd.h. */
#include "kernels/simd.h"

#include "os/cpu.h"

extern const lrr_simd lrr__table_sse2;
/* LRR_PLAIN: a build that has no others than the plain ones. */
#if defined(__x86_64__) && !defined(LRR_PLAIN)
extern const lrr_simd lrr__table_avx2;
extern const lrr_simd lrr__table_avx512;
#endif

const lrr_simd *lrr_k = &lrr__table_sse2;

void lrr_simd_choose(void)
{
#if defined(__x86_64__) && !defined(LRR_PLAIN)
    static const lrr_simd *const tables[] = { &lrr__table_sse2, &lrr__table_avx2,
                                              &lrr__table_avx512 };
    lrr_k = tables[lrr_cpu_isa()];
    /* asked for before calls are filtered, and known before there are threads */
    (void)lrr_cpu_has_tiles();
    (void)lrr_cpu_dots();
#endif
}
