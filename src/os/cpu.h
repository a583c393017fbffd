/*
** cpu.h -- what this CPU can do, and which of our kernels and OpenBLAS's that means.
**
** LRRUN_ISA=sse2|avx2|avx512 in the environment lowers the choice (it never raises it):
** our kernels give the same bits in every version, and this is how that is checked. avx512 is
** what it says, without the instructions for bfloat16 that some have beside it.
*/
#ifndef LRR_OS_CPU_H
#define LRR_OS_CPU_H

#include <stdbool.h>

typedef enum lrr_isa { LRR_ISA_SSE2, LRR_ISA_AVX2, LRR_ISA_AVX512 } lrr_isa;

/* The best version of our kernels that this CPU runs, after LRRUN_ISA. */
lrr_isa lrr_cpu_isa(void);

/* "sse2", "avx2" or "avx512". */
const char *lrr_cpu_isa_name(void);

/* Whether it multiplies and adds in one rounding; of the CPU alone, not of LRRUN_ISA. */
bool lrr_cpu_fuses(void);

/* Whether there is AVX-512 BF16, whose vdpbf16ps is gemm_dots's; after LRRUN_ISA. */
bool lrr_cpu_has_dots(void);

/* Whether gemm_dots is taken there: not on Intel's, where gemm_bf16 has the same bits in half the
** time. */
bool lrr_cpu_dots(void);

/* Whether the CPU has AMX's tiles for bfloat16 and the system lets this process use them, which the
** first call asks for; of the machine alone, not of LRRUN_ISA. */
bool lrr_cpu_has_tiles(void);

/* Whether gemm_amx is taken there; after LRRUN_ISA. */
bool lrr_cpu_tiles(void);

/* What to set OPENBLAS_CORETYPE to on this CPU: NULL where OpenBLAS finds out itself. */
const char *lrr_cpu_coretype(void);

/* The processor's own name ("Intel(R) Xeon(R) Processor"); "unknown" where it has none. */
const char *lrr_cpu_name(void);

#endif
