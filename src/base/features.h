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
#include <sys/platform/x86.h>
#define LRR_HAS(libc, compiler) (CPU_FEATURE_ACTIVE(libc) != 0)
#else
#define LRR_HAS(libc, compiler) (__builtin_cpu_supports(compiler) != 0)
#endif
#endif

#endif
