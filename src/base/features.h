/*
** features.h -- which instructions the processor and the system have.
**
** LRR_HAS(AVX2, "avx2"): by the C library's name and by the compiler's. The C library has asked
** the processor when the program began; to ask it again costs a virtual machine, which is left
** for each question, 70 us.
*/
#ifndef LRR_BASE_FEATURES_H
#define LRR_BASE_FEATURES_H

#if defined(__x86_64__)
#if __has_include(<sys/platform/x86.h>)
#include <stdbool.h>
#include <sys/platform/x86.h>

/* As its x86_cpu_active, which shifts an int by 31 places. */
static inline bool lrr_has_active(unsigned feature)
{
    const struct cpuid_feature *leaf = __x86_get_cpuid_feature_leaf(feature / 128);
    return (leaf->active_array[feature % 128 / 32] >> feature % 32 & 1) != 0;
}

#define LRR_HAS(libc, compiler) lrr_has_active(x86_cpu_##libc)
#else
#define LRR_HAS(libc, compiler) (__builtin_cpu_supports(compiler) != 0)
#endif
#endif

#endif
